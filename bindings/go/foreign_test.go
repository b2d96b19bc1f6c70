package slipstream_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"slipstream"
)

// history is a bucket of one's own: a list, delivered by a goroutine for each source.
type history struct {
	sync.Mutex
	updates  []slipstream.Update
	changed  chan struct{}
	requests []slipstream.FeedRequest
	credit   int
	stopped  int
	infoErr  error
	watchErr error
	panics   bool
}

type delivery struct {
	of   *history
	stop chan struct{}
}

func (d delivery) Stop() {
	d.of.Lock()
	d.of.stopped++
	d.of.Unlock()
	close(d.stop)
}

func (d delivery) Credit(updates, bytes int) {
	d.of.Lock()
	d.of.credit += updates
	d.of.Unlock()
}

func newHistory(updates ...slipstream.Update) *history {
	return &history{updates: updates, changed: make(chan struct{})}
}

func puts(first uint64, keys ...string) (updates []slipstream.Update) {
	for i, key := range keys {
		updates = append(updates, slipstream.Update{Key: key, Value: []byte("of " + key), Revision: first + uint64(i), Operation: slipstream.Put})
	}
	return updates
}

func (h *history) add(updates ...slipstream.Update) {
	h.Lock()
	defer h.Unlock()
	h.updates = append(h.updates, updates...)
	close(h.changed)
	h.changed = make(chan struct{})
}

func (h *history) Info(state *slipstream.BucketState) error {
	h.Lock()
	defer h.Unlock()
	if h.panics {
		panic("out of paper")
	}
	state.Epoch = 5
	if len(h.updates) > 0 {
		state.LastRevision = h.updates[len(h.updates)-1].Revision
	}
	return h.infoErr
}

func (h *history) Get(key string) (slipstream.Update, error) {
	h.Lock()
	defer h.Unlock()
	for i := len(h.updates) - 1; i >= 0; i-- {
		if h.updates[i].Key == key {
			return h.updates[i], nil
		}
	}
	return slipstream.Update{}, slipstream.ErrNotFound
}

func (h *history) AtRevision(revision uint64) (slipstream.Update, error) {
	h.Lock()
	defer h.Unlock()
	for _, update := range h.updates {
		if update.Revision == revision {
			return update, nil
		}
	}
	return slipstream.Update{}, slipstream.ErrNotFound
}

func (h *history) List(prefix string, values bool) iter.Seq2[slipstream.Update, error] {
	return func(yield func(slipstream.Update, error) bool) {
		h.Lock()
		live := map[string]slipstream.Update{}
		for _, update := range h.updates {
			live[update.Key] = update
		}
		h.Unlock()
		for _, key := range slices.Sorted(maps.Keys(live)) {
			update := live[key]
			if update.Operation != slipstream.Put {
				continue
			}
			if update.Key == "broken" {
				yield(update, errors.New("the disk is gone"))
				return
			}
			if !values {
				update.Value = nil
			}
			if strings.HasPrefix(update.Key, prefix) && !yield(update, nil) {
				return
			}
		}
	}
}

func (h *history) Watch(request slipstream.FeedRequest, feed *slipstream.Feed) (slipstream.Source, error) {
	h.Lock()
	defer h.Unlock()
	h.requests = append(h.requests, request)
	if h.watchErr != nil {
		return nil, h.watchErr
	}
	source := delivery{h, make(chan struct{})}
	go h.deliver(request.FromRevision, feed, source.stop)
	return source, nil
}

func (h *history) deliver(next uint64, feed *slipstream.Feed, stop chan struct{}) {
	defer feed.Close()
	for {
		h.Lock()
		var part []slipstream.Update
		for _, update := range h.updates {
			if update.Revision >= next && len(part) < 100 {
				part = append(part, update)
			}
		}
		changed := h.changed
		h.Unlock()
		if len(part) == 0 {
			select {
			case <-stop:
				return
			case <-changed:
			}
			continue
		}
		if err := feed.Append(context.Background(), part, 0); err != nil {
			return // the watch is done with it
		}
		next = part[len(part)-1].Revision + 1
		if err := feed.Progress(0, next-1); err != nil {
			return
		}
	}
}

func foreignOf(t *testing.T, bucket slipstream.ForeignBucket, options *slipstream.ForeignOptions) *slipstream.Bucket {
	t.Helper()
	opened := must[*slipstream.Bucket](t)(slipstream.OpenForeignBucket("changes", bucket, options))
	t.Cleanup(func() { _ = opened.Close() })
	return opened
}

func TestForeignBucket(t *testing.T) {
	ctx := within(t)
	of := newHistory(append(puts(1, "a", "b"), slipstream.Update{Key: "a", Revision: 3, Operation: slipstream.Delete})...)
	bucket := foreignOf(t, of, &slipstream.ForeignOptions{CreditReceiver: true})
	fold := foldAt(t, t.TempDir()+"/fold")
	equal(t, followToEnd(t, bucket, fold), "put a=of a, put b=of b, delete a")
	of.add(puts(4, "c")...)
	equal(t, followToEnd(t, bucket, fold), "put c=of c")
	equal(t, must[slipstream.Update](t)(fold.Get("c")).Revision, 4)
	await(t, "both sources to be stopped", func() bool {
		of.Lock()
		defer of.Unlock()
		return of.stopped == 2 && of.credit == 4
	})
	equal(t, of.requests[1].FromRevision, 4)
	equal(t, strings.Join(of.requests[0].Prefixes, "|"), "")
	equal(t, string(must[slipstream.Update](t)(bucket.Get(ctx, "b")).Value), "of b")
	_, err := bucket.Get(ctx, "x")
	fails(t, err, slipstream.ErrNotFound, "")
	var keys []string
	for key, err := range bucket.Keys(ctx, "") {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	equal(t, strings.Join(keys, ""), "bc")
	for range bucket.Scan(ctx, "") {
		break
	}
	_, err = bucket.Put(ctx, "a", nil)
	fails(t, err, slipstream.ErrUnsupported, "")
}

func TestWhatAForeignBucketReturnsIsHandedThrough(t *testing.T) {
	ctx := within(t)
	of := newHistory(puts(1, "broken")...)
	bucket := foreignOf(t, of, nil)
	for _, one := range []struct {
		err    error
		status slipstream.Status
		says   string
	}{
		{errors.New("the\x00wire is cut"), slipstream.ErrCallbackFailed, "the?wire is cut"},
		{slipstream.ErrUnreachable, slipstream.ErrUnreachable, ""},
		{fmt.Errorf("of mine: %w", slipstream.UserFirst+7), slipstream.UserFirst + 7, "of mine"},
		{&slipstream.Error{Code: slipstream.ErrUnauthorized, Message: "who are you"}, slipstream.ErrUnauthorized, "who are you"},
		{errors.New(strings.Repeat("ä", 5000)), slipstream.ErrCallbackFailed, "äää"},
	} {
		of.infoErr = one.err
		_, err := bucket.Info(ctx)
		fails(t, err, one.status, one.says)
	}
	of.infoErr, of.panics = nil, true
	_, err := bucket.Info(ctx)
	fails(t, err, slipstream.ErrCallbackFailed, "out of paper")
	of.panics, of.watchErr = false, slipstream.ErrCursorExpired
	watch, err := bucket.Watch(ctx, nil, nil)
	if err == nil {
		_, err = watch.Next(ctx)
		defer watch.Close()
	}
	fails(t, err, slipstream.ErrCursorExpired, "")
	for _, err = range bucket.Keys(ctx, "") {
	}
	fails(t, err, slipstream.ErrCallbackFailed, "the disk is gone")
	_, err = slipstream.OpenForeignBucket("changes", nil, nil)
	fails(t, err, slipstream.ErrInvalid, "nil")
	_, err = slipstream.OpenForeignBucket("no good", of, nil)
	fails(t, err, slipstream.ErrInvalid, "no good")
}

// stateful hands over its state, and keeps its feed for the test.
type stateful struct{ feeds chan *slipstream.Feed }

func (s stateful) Info(state *slipstream.BucketState) error {
	state.Epoch, state.LastRevision = 9, 20
	return nil
}

func (s stateful) Watch(request slipstream.FeedRequest, feed *slipstream.Feed) (slipstream.Source, error) {
	if !request.FromState {
		return nil, errors.New("from_state was not asked for")
	}
	s.feeds <- feed
	return nil, nil
}

func TestFeedOfAState(t *testing.T) {
	ctx, of := within(t), stateful{make(chan *slipstream.Feed, 1)}
	bucket := foreignOf(t, of, &slipstream.ForeignOptions{FromState: true})
	watch := must[*slipstream.Watch](t)(bucket.Watch(ctx, nil, &slipstream.WatchOptions{ReceiveUpdatesMax: 2, BatchUpdatesMax: 1}))
	feed := <-of.feeds
	fails(t, feed.Append(ctx, puts(0, ""), 0), slipstream.ErrInvalid, "key")
	_ = feed.Close()
	_, err := watch.Next(ctx)
	fails(t, err, slipstream.ErrCallbackFailed, "key")
	_, err = watch.End()
	fails(t, err, slipstream.ErrCallbackFailed, "key")

	watch = must[*slipstream.Watch](t)(bucket.Watch(ctx, nil, nil))
	feed = <-of.feeds
	if err := feed.Append(ctx, puts(12, "b", "a"), 0); err != nil {
		t.Fatal(err)
	}
	if err := feed.StateEnd(20); err != nil {
		t.Fatal(err)
	}
	fails(t, feed.StateEnd(20), slipstream.ErrMisuse, "")
	if err := feed.TryAppend(puts(21, "c"), 0); err != nil {
		t.Fatal(err)
	}
	var seen []slipstream.Update
	for len(seen) < 3 {
		batch := must[*slipstream.Batch](t)(watch.Next(ctx))
		for _, update := range batch.Updates() {
			seen = append(seen, update)
		}
		if err := batch.Ack(); err != nil {
			t.Fatal(err)
		}
	}
	equal(t, describe(seen), "put b=of b, put a=of a, put c=of c")
	if err := feed.End(slipstream.UserFirst+1, false); err != nil {
		t.Fatal(err)
	}
	_, err = watch.Next(ctx)
	fails(t, err, slipstream.UserFirst+1, "")
	_ = watch.Close()
	await(t, "the feed to be done", func() bool { return errors.Is(feed.Progress(0, 0), slipstream.ErrClosed) })
	_ = feed.Close()
	fails(t, feed.Progress(0, 0), slipstream.ErrClosed, "feed")
}

func TestForeignBucketsAreGivenBack(t *testing.T) {
	gone := make(chan struct{})
	func() {
		of := newHistory(puts(1, "a")...)
		runtime.AddCleanup(of, func(c chan struct{}) { close(c) }, gone)
		bucket := must[*slipstream.Bucket](t)(slipstream.OpenForeignBucket("changes", of, nil))
		equal(t, followToEnd(t, bucket, nil), "put a=of a")
		_ = bucket.Close()
	}()
	await(t, "the bucket to be collected", func() bool {
		runtime.GC()
		select {
		case <-gone:
			return true
		default:
			return false
		}
	})
}
