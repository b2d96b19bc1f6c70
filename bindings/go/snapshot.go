package slipstream

// #include "glue.h"
// #cgo noescape slipgo_snapshot_get
// #cgo nocallback slipgo_snapshot_get
import "C"

import (
	"iter"
	"sync"
	"unsafe"
)

// Snapshot is one committed state of a fold. All its methods may be called at once. What it gives is
// copied, and stays.
type Snapshot struct {
	h *handle
	// Readers among themselves; Refresh alone.
	refreshing sync.RWMutex
}

// Snapshot opens the newest committed state. It does no I/O and waits for nobody.
func (f *Fold) Snapshot() (*Snapshot, error) {
	var snapshot *C.slip_snapshot
	err := f.call(func(p *C.slip_fold, e **C.slip_error) C.slip_status {
		return C.slip_snapshot_open(p, &snapshot, e)
	})
	if err != nil {
		return nil, err
	}
	h := newHandle("snapshot", unsafe.Pointer(snapshot), func(p unsafe.Pointer) {
		C.slip_snapshot_free((*C.slip_snapshot)(p))
	})
	return guarded(&Snapshot{h: h}, h, true), nil
}

// find looks a key up. After a success the row is valid until done.
func (s *Snapshot) find(key string, found *row) error {
	p, err := s.h.enter()
	if err != nil {
		return err
	}
	s.refreshing.RLock()
	var e C.uintptr_t
	data, size := keyOf(key)
	status := C.slipgo_snapshot_get((*C.slip_snapshot)(p), data, size, (*C.slipgo_row)(unsafe.Pointer(found)), &e)
	if status == 0 {
		return nil
	}
	s.done()
	return check(status, *(**C.slip_error)(unsafe.Pointer(&e)))
}

func (s *Snapshot) done() {
	s.refreshing.RUnlock()
	s.h.leave()
}

// Get gives the live entry of a key; ErrNotFound for absent and deleted keys.
func (s *Snapshot) Get(key string) (Update, error) {
	var found row
	if err := s.find(key, &found); err != nil {
		return Update{}, err
	}
	out := found.copied()
	s.done()
	return out, nil
}

// AppendValue appends the value of a key to a slice of yours: a hit allocates nothing where that has
// room.
func (s *Snapshot) AppendValue(to []byte, key string) ([]byte, error) {
	var found row
	if err := s.find(key, &found); err != nil {
		return to, err
	}
	to = append(to, at(found.value, found.valueSize)...)
	s.done()
	return to, nil
}

// Cursor is that of this state: every update at or below it is in.
func (s *Snapshot) Cursor() (Cursor, error) {
	p, err := s.h.enter()
	if err != nil {
		return Cursor{}, err
	}
	defer s.h.leave()
	s.refreshing.RLock()
	defer s.refreshing.RUnlock()
	return cursorOf(C.slip_snapshot_cursor((*C.slip_snapshot)(p))), nil
}

// Refresh moves to the newest committed state. ErrMisuse while a loop over a Range of it runs.
func (s *Snapshot) Refresh() error {
	p, err := s.h.enter()
	if err != nil {
		return err
	}
	defer s.h.leave()
	s.refreshing.Lock()
	defer s.refreshing.Unlock()
	var e *C.slip_error
	return check(C.slip_snapshot_refresh((*C.slip_snapshot)(p), &e), e)
}

// Close releases the state. Calling it again does nothing.
func (s *Snapshot) Close() error {
	s.h.close()
	return nil
}

// Range says what to iterate over; its zero value means everything live, ascending.
type Range struct {
	Prefix     string // only keys that begin with it
	From       string // start at this key, inclusive; "": at the prefix's edge
	Limit      uint64 // entries at most; 0: all
	Reverse    bool   // descending
	Tombstones bool   // deleted keys too, as Delete or Purge
}

func (s *Snapshot) open(wanted Range) (*iterator, error) {
	p, err := s.h.enter()
	if err != nil {
		return nil, err
	}
	defer s.h.leave()
	s.refreshing.RLock()
	defer s.refreshing.RUnlock()
	prefix, prefixSize := keyOf(wanted.Prefix)
	from, fromSize := keyOf(wanted.From)
	var opened *C.slip_iterator
	var e *C.slip_error
	status := C.slipgo_snapshot_range((*C.slip_snapshot)(p), prefix, prefixSize, from, fromSize,
		C.uint64_t(wanted.Limit), C.int(numberOf(wanted.Reverse)), C.int(numberOf(wanted.Tombstones)), &opened, &e)
	if err := check(status, e); err != nil {
		return nil, err
	}
	return newIterator(opened), nil
}

// Range iterates in byte order of keys. An error ends the loop.
func (s *Snapshot) Range(wanted Range) iter.Seq2[Update, error] {
	return func(yield func(Update, error) bool) {
		it, err := s.open(wanted)
		if err != nil {
			yield(Update{}, err)
			return
		}
		defer it.close()
		it.each(it.next, yield)
	}
}
