package slipstream

import (
	"runtime"
	"sync/atomic"
	"unsafe"
)

// handle is one handle of the library. No call may run on it while it is freed: each call counts
// itself in, close keeps further ones out, and whoever leaves last frees.
type handle struct {
	state   atomic.Int64 // calls that are inside, and the two bits below
	pointer unsafe.Pointer
	free    func(unsafe.Pointer)
	kind    string
}

const (
	closedBit = 1 << 62
	freedBit  = 1 << 61
)

func newHandle(kind string, pointer unsafe.Pointer, free func(unsafe.Pointer)) *handle {
	return &handle{pointer: pointer, free: free, kind: kind}
}

// guarded ties a handle to the object that a program holds: where that is forgotten, the collector
// closes it. slow: its free may wait, so that it must not hold up other objects' cleanups.
func guarded[T any](object *T, h *handle, slow bool) *T {
	runtime.AddCleanup(object, func(h *handle) {
		if slow {
			go h.close()
		} else {
			h.close()
		}
	}, h)
	return object
}

func (h *handle) enter() (unsafe.Pointer, error) {
	if h == nil {
		return nil, newError(ErrInvalid, "the handle is nil: it was not opened")
	}
	if h.state.Add(1)&closedBit != 0 {
		h.leave()
		return nil, errorf(ErrClosed, "this %s was closed", h.kind)
	}
	return h.pointer, nil
}

func (h *handle) leave() {
	if h.state.Add(-1) == closedBit {
		h.release()
	}
}

// release frees unless another has: entering and leaving a closed handle comes by here, too.
func (h *handle) release() {
	if h.state.CompareAndSwap(closedBit, closedBit|freedBit) {
		h.free(h.pointer)
	}
}

// close keeps further calls out; false: it was closed before.
func (h *handle) close() bool {
	if h == nil || h.state.Or(closedBit)&closedBit != 0 {
		return false
	}
	h.release()
	return true
}

// forget closes a handle that went back to the library: nothing frees it.
func (h *handle) forget() { h.state.Or(closedBit | freedBit) }

func (h *handle) closed() bool { return h == nil || h.state.Load()&closedBit != 0 }
