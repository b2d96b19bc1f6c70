package slipstream

// #include "glue.h"
import "C"

import (
	"context"
	"errors"
	"iter"
	"math"
	"runtime/cgo"
	"time"
	"unsafe"
)

// ForeignBucket is a bucket of a kind of your own behind the library's watch; the rules of order,
// numbers and cuts are those of FOREIGN BUCKET in slipstream.h. Its methods may be called from any
// thread, several at once. An *Error or a Status that they return is handed through, as is one from
// UserFirst on; another error is ErrCallbackFailed with its text, as is a panic. It may also be a
// ForeignGetter, a ForeignHistory and a ForeignLister.
//
// Each call is one crossing from C into Go. None of them is in the way of the updates, which a source
// appends to its feed, many at a time, from Go into C.
type ForeignBucket interface {
	// Info tells identity and bounds. The state comes filled for a bucket that never forgets; set
	// Epoch, LastRevision and what differs.
	Info(state *BucketState) error
	// Watch starts a source that delivers into the feed, from inside this call or later. After a
	// success the feed is yours: Close it once the source is done. The Source may be nil.
	Watch(request FeedRequest, feed *Feed) (Source, error)
}

// Source is what a ForeignBucket started. It may also be a CreditReceiver.
type Source interface {
	// Stop tells that the watch is done with the source; its feed answers ErrClosed already. It must
	// neither block, nor wait for a goroutine that may be inside a call on the feed.
	Stop()
}

// ForeignGetter is a ForeignBucket with Bucket.Get.
type ForeignGetter interface {
	// Get gives the last update of a key, a delete too, or ErrNotFound.
	Get(key string) (Update, error)
}

// ForeignHistory is a ForeignBucket in which a watch can find out that its history is another one.
type ForeignHistory interface {
	// AtRevision gives an update of this revision, or ErrNotFound.
	AtRevision(revision uint64) (Update, error)
}

// ForeignLister is a ForeignBucket with Bucket.Keys and Bucket.Scan.
type ForeignLister interface {
	// List gives the live keys that begin with prefix, in any order.
	List(prefix string, values bool) iter.Seq2[Update, error]
}

// CreditReceiver is a Source that appends without waiting.
type CreditReceiver interface {
	// Credit tells that so much was applied: the feed has room again. It runs on the watch's thread,
	// once a batch, and must not block.
	Credit(updates, bytes int)
}

// FeedRequest is what a watch wants of a source.
type FeedRequest struct {
	FromState     bool   // hand over the current state first
	FromRevision  uint64 // the first that is wanted
	Prefixes      []string
	CreditUpdates int // the feed takes so much ahead of what is applied
	CreditBytes   int
	IdleHeartbeat time.Duration
}

// ForeignOptions say what a foreign bucket does; CreditReceiver tells whether its sources take credit.
type ForeignOptions struct {
	FromState      bool // a first watch wants the current state, not revision 1
	Heartbeats     bool // its sources call Feed.Progress once an IdleHeartbeat at least
	CreditReceiver bool // its sources are CreditReceivers
}

// OpenForeignBucket makes a bucket of your kind. Writes to it are ErrUnsupported.
func OpenForeignBucket(name string, bucket ForeignBucket, options *ForeignOptions) (*Bucket, error) {
	if misfit != nil {
		return nil, misfit
	}
	if bucket == nil {
		return nil, newError(ErrInvalid, "cannot open a foreign bucket: it is nil")
	}
	named, err := cName(name, "bucket")
	if err != nil {
		return nil, err
	}
	defer freeName(named)
	var has, capabilities C.uint32_t
	if _, ok := bucket.(ForeignGetter); ok {
		has |= C.SLIPGO_HAS_GET
	}
	if _, ok := bucket.(ForeignHistory); ok {
		has |= C.SLIPGO_HAS_AT_REVISION
	}
	if _, ok := bucket.(ForeignLister); ok {
		has |= C.SLIPGO_HAS_LIST
	}
	if options != nil && options.CreditReceiver {
		has |= C.SLIPGO_HAS_CREDIT
	}
	if options != nil && options.FromState {
		capabilities |= C.SLIP_BUCKET_FROM_STATE
	}
	if options != nil && options.Heartbeats {
		capabilities |= C.SLIP_BUCKET_HEARTBEATS
	}
	var opened *C.slip_bucket
	var e *C.slip_error
	// destroy deletes it, also where the call fails.
	user := cgo.NewHandle(bucket)
	if err := check(C.slipgo_bucket_open_foreign(named, C.uintptr_t(user), capabilities, has, &opened, &e), e); err != nil {
		return nil, err
	}
	return newBucket(name, opened), nil
}

// Feed is where one source puts what it delivers. Any goroutine may call, one at a time (ErrMisuse);
// ErrClosed means that the watch is done with the source.
type Feed struct{ h *handle }

// feedSlice: so often a waiting Append looks at its context.
const feedSlice = 50 * time.Millisecond

// Append appends updates in order; all are taken, or none. It waits until the applier has left room.
// first is the number of the first of them as the source counts, or 0, always.
func (f *Feed) Append(ctx context.Context, updates []Update, first uint64) error {
	p, err := f.h.enter()
	if err != nil {
		return err
	}
	defer f.h.leave()
	block, rows := packUpdates(updates)
	defer block.free()
	timeout := C.int64_t(-1)
	if ctx.Done() != nil {
		timeout = C.int64_t(feedSlice / time.Millisecond)
	}
	for {
		if ctx.Err() != nil {
			return contextError(ctx, "append to a feed")
		}
		var e *C.slip_error
		err := check(C.slip_feed_append((*C.slip_feed)(p), rows, C.size_t(len(updates)), C.uint64_t(first), timeout, &e), e)
		if !errors.Is(err, ErrTimeout) {
			return err
		}
	}
}

func (f *Feed) call(run func(*C.slip_feed, **C.slip_error) C.slip_status) error {
	p, err := f.h.enter()
	if err != nil {
		return err
	}
	defer f.h.leave()
	var e *C.slip_error
	return check(run((*C.slip_feed)(p), &e), e)
}

// TryAppend is Append that does not wait: ErrTimeout where there is no room, and nothing was taken.
func (f *Feed) TryAppend(updates []Update, first uint64) error {
	block, rows := packUpdates(updates)
	defer block.free()
	return f.call(func(p *C.slip_feed, e **C.slip_error) C.slip_status {
		return C.slip_feed_append(p, rows, C.size_t(len(updates)), C.uint64_t(first), 0, e)
	})
}

// Progress tells that everything in scope at or below a revision was appended when the source had come
// to a number of its own (0: all so far). It is also a sign of life, and only that for revision 0.
func (f *Feed) Progress(delivery, revision uint64) error {
	return f.call(func(p *C.slip_feed, e **C.slip_error) C.slip_status {
		return C.slip_feed_progress(p, C.uint64_t(delivery), C.uint64_t(revision), e)
	})
}

// StateEnd tells that the current state is complete: it is that at this revision.
func (f *Feed) StateEnd(revision uint64) error {
	return f.call(func(p *C.slip_feed, e **C.slip_error) C.slip_status {
		return C.slip_feed_state_end(p, C.uint64_t(revision), e)
	})
}

// End tells that nothing more will come. With retriable the watch starts a new source; otherwise it
// ends with the reason.
func (f *Feed) End(reason error, retriable bool) error {
	status, sentence := statusOf(reason)
	return f.call(func(p *C.slip_feed, e **C.slip_error) C.slip_status {
		text := C.CString(plain(sentence, sentenceMax-1))
		defer freeName(text)
		return C.slip_feed_end(p, status, text, C.int(numberOf(retriable)), e)
	})
}

// Close gives the feed back. Without an End before, the watch starts a new source. Calling it again
// does nothing.
func (f *Feed) Close() error {
	f.h.close()
	return nil
}

// newFeed is the feed of a source that is about to start.
func newFeed(feed *C.slip_feed) *Feed {
	h := newHandle("feed", unsafe.Pointer(feed), func(p unsafe.Pointer) { C.slip_feed_free((*C.slip_feed)(p)) })
	return guarded(&Feed{h}, h, false)
}

// requestOf copies what a watch wants.
func requestOf(c *C.slip_feed_request) FeedRequest {
	out := FeedRequest{FromState: c.from_state != 0, FromRevision: uint64(c.from_revision),
		CreditUpdates: int(min(uint64(c.credit_updates), math.MaxInt)),
		CreditBytes:   int(min(uint64(c.credit_bytes), math.MaxInt)),
		IdleHeartbeat: time.Duration(c.idle_heartbeat_ms) * time.Millisecond}
	for _, prefix := range unsafe.Slice(c.prefixes, int(c.prefix_count)) {
		out.Prefixes = append(out.Prefixes, string(unsafe.Slice((*byte)(unsafe.Pointer(prefix.data)), int(prefix.size))))
	}
	return out
}
