package slipstream

// #include "glue.h"
import "C"

import (
	"iter"
	"sync"
	"unsafe"
)

// Batch is some updates and the cursor that their Ack commits. The updates were copied in the call
// that brought them: they stay, whatever becomes of the batch and its watch.
type Batch struct {
	h      *handle
	rows   []row
	arena  []byte
	base   uintptr
	cursor Cursor
	acking sync.Mutex
	acked  bool
}

// newBatch copies what the library lends: the rows, and the one block with all their bytes.
func newBatch(got *C.slipgo_batch) *Batch {
	h := newHandle("batch", unsafe.Pointer(got.batch), func(p unsafe.Pointer) {
		C.slip_batch_free((*C.slip_batch)(p))
	})
	made := &Batch{h: h, cursor: cursorOf(got.cursor), base: uintptr(unsafe.Pointer(got.arena.data))}
	// append does not clear first what it writes over.
	made.rows = append([]row(nil), unsafe.Slice((*row)(unsafe.Pointer(got.rows)), int(got.count))...)
	made.arena = append([]byte(nil), unsafe.Slice((*byte)(unsafe.Pointer(got.arena.data)), int(got.arena.size))...)
	return guarded(made, h, false)
}

// Len is the number of updates.
func (b *Batch) Len() int { return len(b.rows) }

// At gives one update.
func (b *Batch) At(i int) Update {
	r := &b.rows[i]
	return r.update(stringOf(b.view(r.key, r.keySize)), b.view(r.value, r.valueSize))
}

// view is the part of the copy that an address of the library's block stands for.
func (b *Batch) view(address, size uintptr) []byte {
	if size == 0 {
		return nil
	}
	from := address - b.base
	return b.arena[from : from+size : from+size]
}

// Updates iterates over the updates in revision order. Nothing crosses into C.
func (b *Batch) Updates() iter.Seq2[int, Update] {
	return func(yield func(int, Update) bool) {
		for i := range b.rows {
			if !yield(i, b.At(i)) {
				return
			}
		}
	}
}

// Cursor is what Ack commits.
func (b *Batch) Cursor() Cursor { return b.cursor }

// Ack tells that you applied the batch: it is committed with its cursor, and that is as durable as
// the fold was asked to be when the call returns. It blocks for one commit. After a failure with
// Retriable it may be called again; after another one the watch has ended.
func (b *Batch) Ack() error {
	// The call frees the batch where it succeeds: one at a time.
	b.acking.Lock()
	defer b.acking.Unlock()
	if b.acked {
		return newError(ErrMisuse, "this batch was acknowledged before")
	}
	p, err := b.h.enter()
	if err != nil {
		return err
	}
	defer b.h.leave()
	var e *C.slip_error
	if err := check(C.slipgo_batch_ack((*C.slip_batch)(p), &e), e); err != nil {
		return err
	}
	b.acked = true
	b.h.forget()
	return nil
}

// Close lets the batch go. Without an Ack before, the watch ends with ErrCancelled, and the batch
// comes again after reopening. Calling it again does nothing.
func (b *Batch) Close() error {
	b.h.close()
	return nil
}
