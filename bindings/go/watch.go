package slipstream

// #include "glue.h"
import "C"

import (
	"context"
	"errors"
	"iter"
	"sync"
	"time"
	"unsafe"
)

// Watch is a running watch, which is pulled from: Next, apply, Ack, and so on; or Run, which does
// that. All its methods may be called at once; one goroutine at a time may be in Next (ErrMisuse).
type Watch struct {
	h *handle

	mutex   sync.Mutex
	waiters map[*waiter]struct{}
	asked   bool // by Interrupt, and no caller has seen it yet

	end struct {
		sync.Mutex
		done   bool
		cursor Cursor
		err    error
	}
}

type waiter struct{ ctx context.Context }

// Watch starts a watch on the bucket. A fold is nil where nothing is to be stored: then
// Batch.Cursor after the Ack is the position to keep. The checks of the start run before it
// returns: ErrIdentityMismatch, ErrStreamRecreated, ErrStreamRewound, ErrCursorExpired,
// ErrScopeMismatch mean that going on would be wrong.
func (b *Bucket) Watch(ctx context.Context, fold *Fold, options *WatchOptions) (*Watch, error) {
	return await(ctx, "watch bucket "+b.name, on(b, func(p *C.slip_bucket) (*Watch, error) {
		var into *C.slip_fold
		if fold != nil {
			entered, err := fold.h.enter()
			if err != nil {
				return nil, err
			}
			defer fold.h.leave()
			into = (*C.slip_fold)(entered)
		}
		chosen, err := newSettings(OptionsWatch, options.set)
		if err != nil {
			return nil, err
		}
		defer chosen.free()
		var watch *C.slip_watch
		var e *C.slip_error
		if err := check(C.slip_watch_open(p, into, chosen.pointer, &watch, &e), e); err != nil {
			return nil, err
		}
		h := newHandle("watch", unsafe.Pointer(watch), func(p unsafe.Pointer) {
			C.slip_watch_free((*C.slip_watch)(p))
		})
		return guarded(&Watch{h: h, waiters: map[*waiter]struct{}{}}, h, true), nil
	}), func(late *Watch) { _ = late.Close() })
}

// Next waits for the next batch. ErrEnd after StopAt or a Close; ErrCancelled; ErrInterrupted; the
// context's error; else why the watch ended. The batch is to be acknowledged or closed before the
// next one: ErrMisuse.
func (w *Watch) Next(ctx context.Context) (*Batch, error) {
	var batch *Batch
	err := w.wait(ctx, "wait for a batch", func(p *C.slip_watch) error {
		got := C.slipgo_watch_next(p, -1)
		if err := check(got.status, got.error); err != nil {
			return err
		}
		batch = newBatch(&got)
		return nil
	})
	return batch, err
}

// wait runs a waiting call, which the context ends by slip_watch_interrupt. An interrupt is not
// addressed: it may strike another waiting call, or the next one. So who is struck without a reason
// of its own sees to it that those who have one are struck, and waits on.
func (w *Watch) wait(ctx context.Context, what string, call func(*C.slip_watch) error) error {
	if ctx.Err() != nil {
		return contextError(ctx, what)
	}
	p, err := w.h.enter()
	if err != nil {
		return err
	}
	defer w.h.leave()
	me := &waiter{ctx}
	if ctx.Done() != nil {
		w.mutex.Lock()
		w.waiters[me] = struct{}{}
		w.mutex.Unlock()
		stop := context.AfterFunc(ctx, w.strike)
		defer func() {
			stop()
			w.mutex.Lock()
			delete(w.waiters, me)
			w.mutex.Unlock()
		}()
	}
	for {
		err := call((*C.slip_watch)(p))
		if failure, ok := err.(*Error); !ok || failure.Code != ErrInterrupted {
			return err
		}
		if own, again := w.struck(me, what); !again {
			return own
		}
	}
}

// struck decides whom an interrupt was for; again: not for this caller.
func (w *Watch) struck(me *waiter, what string) (own error, again bool) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	mine, others := me.ctx.Err() != nil, false
	for one := range w.waiters {
		others = others || (one != me && one.ctx.Err() != nil)
	}
	switch {
	case mine:
		own = contextError(me.ctx, what)
	case w.asked:
		w.asked = false
		own = &Error{Code: ErrInterrupted, Message: "cannot " + what + ": the wait was interrupted", Retriable: true}
	}
	if others || w.asked {
		w.strike()
	}
	return own, own == nil
}

// strike interrupts one waiting call; after the end it does nothing.
func (w *Watch) strike() {
	if p, err := w.h.enter(); err == nil {
		C.slip_watch_interrupt((*C.slip_watch)(p))
		w.h.leave()
	}
}

// Interrupt ends one Next or Wait call with ErrInterrupted: one that runs now, or else the next. The
// watch goes on. It never blocks. A context does the same for a call of its own.
func (w *Watch) Interrupt() {
	w.mutex.Lock()
	w.asked = true
	w.mutex.Unlock()
	w.strike()
}

// Cancel ends the watch at once: a batch that is held can no longer be acknowledged. It never blocks.
func (w *Watch) Cancel() {
	if p, err := w.h.enter(); err == nil {
		C.slip_watch_cancel((*C.slip_watch)(p))
		w.h.leave()
	}
}

// Batches iterates over the batches until the watch ends; each is to be acknowledged within the loop.
// An error but ErrEnd comes last. Leaving the loop leaves the watch as it is.
func (w *Watch) Batches(ctx context.Context) iter.Seq2[*Batch, error] {
	return func(yield func(*Batch, error) bool) {
		for {
			batch, err := w.Next(ctx)
			err = w.endOf(err)
			if errors.Is(err, ErrEnd) {
				return
			}
			if !yield(batch, err) || err != nil {
				return
			}
		}
	}
}

// endOf is what End has given, where the watch was closed between two calls of Next.
func (w *Watch) endOf(err error) error {
	if !errors.Is(err, ErrClosed) {
		return err
	}
	w.end.Lock()
	defer w.end.Unlock()
	switch {
	case !w.end.done:
		return err
	case w.end.err == nil:
		return ErrEnd
	}
	return w.end.err
}

// How long Run tries to commit again after failures that may pass.
const (
	ackTriesMax  = 16
	ackRetryMin  = 10 * time.Millisecond
	ackRetryMax  = 2 * time.Second
	ackRetrySpan = 30 * time.Second
)

// Run pulls batches, has each applied, and acknowledges it, until the watch ends (nil after StopAt or
// a Close), the context does, or apply fails: its error comes back as it is, the watch ends, and the
// batch comes again after reopening. A commit that fails for a passing reason is tried again, with
// back-off, for 30 seconds and 16 times at least.
func (w *Watch) Run(ctx context.Context, apply func(context.Context, *Batch) error) error {
	for batch, err := range w.Batches(ctx) {
		if err != nil {
			return err
		}
		if err := apply(ctx, batch); err != nil {
			_ = batch.Close()
			return err
		}
		if err := commit(ctx, batch); err != nil {
			_ = batch.Close()
			return err
		}
	}
	return nil
}

func commit(ctx context.Context, batch *Batch) error {
	begin, pause := time.Now(), ackRetryMin
	for tries := 1; ; tries++ {
		err := batch.Ack()
		if failure, ok := err.(*Error); !ok || !failure.Retriable {
			return err
		}
		if tries >= ackTriesMax && time.Since(begin) > ackRetrySpan {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(contextError(ctx, "commit a batch"), err)
		case <-time.After(pause):
		}
		pause = min(2*pause, ackRetryMax)
	}
}

// WaitCaughtUp waits until everything that was in the bucket when the watch last found its place is
// applied and committed. Another goroutine must go on pulling.
func (w *Watch) WaitCaughtUp(ctx context.Context) error {
	return w.wait(ctx, "wait until the watch has caught up", func(p *C.slip_watch) error {
		var e *C.slip_error
		return check(C.slip_watch_wait_caught_up(p, -1, &e), e)
	})
}

// WaitRevision waits until the committed cursor is at or past a revision: read your own writes.
func (w *Watch) WaitRevision(ctx context.Context, revision uint64) error {
	return w.wait(ctx, "wait for a revision", func(p *C.slip_watch) error {
		var e *C.slip_error
		return check(C.slip_watch_wait_revision(p, C.uint64_t(revision), -1, &e), e)
	})
}

// Status tells what the watch is doing, and what it has done. It never blocks.
func (w *Watch) Status() (WatchState, error) {
	p, err := w.h.enter()
	if err != nil {
		return WatchState{}, err
	}
	defer w.h.leave()
	state := newWatchState()
	var e *C.slip_error
	if err := check(C.slip_watch_status((*C.slip_watch)(p), &state, &e), e); err != nil {
		return WatchState{}, err
	}
	return watchStateOf(&state), nil
}

// String is the kind's name, such as "delivery_gap".
func (k EventKind) String() string { return C.GoString(C.slip_watch_event_name(C.int32_t(k))) }

// Event is one kind of event of one watch.
type Event struct {
	Kind         EventKind
	Name         string
	Count        uint64
	LastRevision uint64
	Last         time.Time
}

// eventsMax is more kinds of events than any release has.
const eventsMax = 256

// Events gives what has happened under the watch, by kind, ascending. It never blocks.
func (w *Watch) Events() ([]Event, error) {
	p, err := w.h.enter()
	if err != nil {
		return nil, err
	}
	defer w.h.leave()
	var rows [eventsMax]C.slip_watch_event
	var count C.size_t
	var e *C.slip_error
	if err := check(C.slip_watch_events((*C.slip_watch)(p), &rows[0], eventsMax, &count, &e), e); err != nil {
		return nil, err
	}
	out := make([]Event, 0, int(count))
	for i := range rows[:int(count)] {
		row := &rows[i]
		out = append(out, Event{EventKind(row.event), C.GoString(row.name), uint64(row.count),
			uint64(row.last_revision), timeOf(int64(row.last_ns))})
	}
	return out, nil
}

// Export exports the fold as it is after the last acknowledged batch, into a directory that must not
// exist or be empty.
func (w *Watch) Export(directory string, options *ExportOptions) (ArtifactSummary, error) {
	return export(w.h, directory, options, func(p unsafe.Pointer, into *C.char, o *C.slip_options, summary *C.slip_artifact_summary, e **C.slip_error) C.slip_status {
		return C.slip_watch_export((*C.slip_watch)(p), into, o, summary, e)
	})
}

// End stops the watch, and gives the committed cursor and why it ended: nil for one that was closed or
// reached its StopAt. What was not acknowledged comes again after reopening. It blocks for 30 seconds
// at most; the same answer comes to everybody who asks again.
func (w *Watch) End() (Cursor, error) {
	w.end.Lock()
	defer w.end.Unlock()
	if w.end.done {
		return w.end.cursor, w.end.err
	}
	p, err := w.h.enter()
	if err != nil {
		return Cursor{}, err
	}
	var cursor C.slip_cursor
	var e *C.slip_error
	w.end.err = check(C.slip_watch_close((*C.slip_watch)(p), &cursor, &e), e)
	w.end.cursor, w.end.done = cursorOf(cursor), true
	w.h.leave()
	w.h.close()
	return w.end.cursor, w.end.err
}

// Close is End without the cursor, and without ErrCancelled, which is the caller's own doing.
func (w *Watch) Close() error {
	if _, err := w.End(); !errors.Is(err, ErrCancelled) {
		return err
	}
	return nil
}
