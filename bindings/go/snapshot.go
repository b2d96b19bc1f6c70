package slipstream

// #include "glue.h"
// #cgo noescape slipgo_snapshot_get
// #cgo nocallback slipgo_snapshot_get
import "C"

import (
	"iter"
	"runtime"
	"sync"
	"unsafe"
)

// Snapshot is one committed state of a fold. All its methods may be called at once. What it gives is
// copied, and stays.
type Snapshot struct{ state *snapshotState }

// snapshotState is what a handle is elsewhere, with one lock for both: readers among themselves,
// Refresh and Close alone. A point get is the call that is made most.
type snapshotState struct {
	sync.RWMutex
	pointer *C.slip_snapshot
	closed  bool
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
	state := &snapshotState{pointer: snapshot}
	made := &Snapshot{state}
	runtime.AddCleanup(made, func(state *snapshotState) { go state.close() }, state)
	return made, nil
}

// enter lets a reader in, who calls RUnlock afterwards.
func (s *snapshotState) enter() error {
	if s == nil {
		return newError(ErrInvalid, "the handle is nil: it was not opened")
	}
	s.RLock()
	if s.closed {
		s.RUnlock()
		return newError(ErrClosed, "this snapshot was closed")
	}
	return nil
}

func (s *snapshotState) close() {
	s.Lock()
	defer s.Unlock()
	if !s.closed {
		s.closed = true
		C.slip_snapshot_free(s.pointer)
	}
}

// find looks a key up. After a success the row is valid until RUnlock.
func (s *snapshotState) find(key string, found *row) error {
	if err := s.enter(); err != nil {
		return err
	}
	var e C.uintptr_t
	data, size := keyOf(key)
	status := C.slipgo_snapshot_get(s.pointer, data, size, (*C.slipgo_row)(unsafe.Pointer(found)), &e)
	if status == 0 {
		return nil
	}
	s.RUnlock()
	return check(status, *(**C.slip_error)(unsafe.Pointer(&e)))
}

// Get gives the live entry of a key; ErrNotFound for absent and deleted keys.
func (s *Snapshot) Get(key string) (Update, error) {
	var found row
	if err := s.state.find(key, &found); err != nil {
		return Update{}, err
	}
	value := make([]byte, int(found.valueSize))
	copy(value, at(found.value, found.valueSize))
	s.state.RUnlock()
	return found.update(key, value), nil
}

// AppendValue appends the value of a key to a slice of yours: a hit allocates nothing where that has
// room.
func (s *Snapshot) AppendValue(to []byte, key string) ([]byte, error) {
	var found row
	if err := s.state.find(key, &found); err != nil {
		return to, err
	}
	to = append(to, at(found.value, found.valueSize)...)
	s.state.RUnlock()
	return to, nil
}

// Cursor is that of this state: every update at or below it is in.
func (s *Snapshot) Cursor() (Cursor, error) {
	if err := s.state.enter(); err != nil {
		return Cursor{}, err
	}
	defer s.state.RUnlock()
	return cursorOf(C.slip_snapshot_cursor(s.state.pointer)), nil
}

// Refresh moves to the newest committed state. ErrMisuse while a loop over a Range of it runs.
func (s *Snapshot) Refresh() error {
	if err := s.state.enter(); err != nil {
		return err
	}
	s.state.RUnlock()
	s.state.Lock()
	defer s.state.Unlock()
	if s.state.closed {
		return newError(ErrClosed, "this snapshot was closed")
	}
	var e *C.slip_error
	return check(C.slip_snapshot_refresh(s.state.pointer, &e), e)
}

// Close releases the state. Calling it again does nothing.
func (s *Snapshot) Close() error {
	if s.state != nil {
		s.state.close()
	}
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
	if err := s.state.enter(); err != nil {
		return nil, err
	}
	defer s.state.RUnlock()
	prefix, prefixSize := keyOf(wanted.Prefix)
	from, fromSize := keyOf(wanted.From)
	var opened *C.slip_iterator
	var e *C.slip_error
	status := C.slipgo_snapshot_range(s.state.pointer, prefix, prefixSize, from, fromSize,
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
