package slipstream

// #include "glue.h"
import "C"

import (
	"errors"
	"unsafe"
)

// iteratorRows updates cross in one call.
const iteratorRows = 256

// iterator is an open slip_iterator. One goroutine at a time.
type iterator struct {
	h    *handle
	rows [iteratorRows]row
}

func newIterator(pointer *C.slip_iterator) *iterator {
	h := newHandle("iterator", unsafe.Pointer(pointer), func(p unsafe.Pointer) {
		C.slip_iterator_free((*C.slip_iterator)(p))
	})
	return guarded(&iterator{h: h}, h, true)
}

func (i *iterator) close() { i.h.close() }

// next gives some further updates, copied; ErrEnd after the last.
func (i *iterator) next() ([]Update, error) {
	p, err := i.h.enter()
	if err != nil {
		return nil, err
	}
	defer i.h.leave()
	var count C.size_t
	var e *C.slip_error
	status := C.slipgo_iterator_next((*C.slip_iterator)(p), (*C.slipgo_row)(unsafe.Pointer(&i.rows)), iteratorRows, &count, &e)
	if err := check(status, e); err != nil {
		return nil, err
	}
	return copyRows(i.rows[:int(count)]), nil
}

// each hands out what next gives; an error but ErrEnd comes last.
func (i *iterator) each(next func() ([]Update, error), yield func(Update, error) bool) {
	for {
		updates, err := next()
		if errors.Is(err, ErrEnd) {
			return
		}
		if err != nil {
			yield(Update{}, err)
			return
		}
		for _, update := range updates {
			if !yield(update, nil) {
				return
			}
		}
	}
}
