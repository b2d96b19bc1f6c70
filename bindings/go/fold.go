package slipstream

// #include "glue.h"
import "C"

import (
	"unsafe"
)

// Fold is a durable local copy of a bucket's current state. All its methods may be called at once.
// They work on this machine's disk alone, and take no context.
type Fold struct{ h *handle }

// OpenFold opens or creates a fold at "lmdb:PATH", or at "append-log:PATH", which holds all of it in
// memory.
func OpenFold(url string, options *FoldOptions) (*Fold, error) {
	if misfit != nil {
		return nil, misfit
	}
	chosen, err := newSettings(OptionsFold, options.set)
	if err != nil {
		return nil, err
	}
	defer chosen.free()
	where, err := cName(url, "the fold's URL")
	if err != nil {
		return nil, err
	}
	defer freeName(where)
	var fold *C.slip_fold
	var e *C.slip_error
	if err := check(C.slip_fold_open(where, chosen.pointer, &fold, &e), e); err != nil {
		return nil, err
	}
	h := newHandle("fold", unsafe.Pointer(fold), func(p unsafe.Pointer) { C.slip_fold_free((*C.slip_fold)(p)) })
	return guarded(&Fold{h}, h, true), nil
}

func (f *Fold) call(run func(*C.slip_fold, **C.slip_error) C.slip_status) error {
	p, err := f.h.enter()
	if err != nil {
		return err
	}
	defer f.h.leave()
	var e *C.slip_error
	return check(run((*C.slip_fold)(p), &e), e)
}

// Apply applies updates by hand and sets the cursor, in one commit.
func (f *Fold) Apply(bucket string, updates []Update, cursor Cursor) error {
	name, err := cName(bucket, "bucket")
	if err != nil {
		return err
	}
	defer freeName(name)
	block, rows := packUpdates(updates)
	defer block.free()
	return f.call(func(p *C.slip_fold, e **C.slip_error) C.slip_status {
		return C.slip_fold_apply(p, name, rows, C.size_t(len(updates)), cursor.c(), e)
	})
}

// Get gives the live entry of a key, as last committed; ErrNotFound for absent and deleted keys. For
// many reads a Snapshot is cheaper.
func (f *Fold) Get(key string) (Update, error) {
	var entry *C.slip_entry
	err := f.call(func(p *C.slip_fold, e **C.slip_error) C.slip_status {
		data, size := keyOf(key)
		return C.slip_fold_get(p, unsafe.Pointer(data), size, &entry, e)
	})
	if err != nil {
		return Update{}, err
	}
	return takeEntry(entry), nil
}

// Cursor gives the committed cursor, and the name of the bucket: "" where nothing was followed.
func (f *Fold) Cursor() (cursor Cursor, bucket string, err error) {
	var c C.slip_cursor
	var name *C.slip_text
	err = f.call(func(p *C.slip_fold, e **C.slip_error) C.slip_status {
		return C.slip_fold_cursor(p, &c, &name, e)
	})
	if err != nil {
		return Cursor{}, "", err
	}
	return cursorOf(c), string(takeText(name)), nil
}

// Stats gives counts and sizes.
func (f *Fold) Stats() (FoldState, error) {
	state := newFoldState()
	err := f.call(func(p *C.slip_fold, e **C.slip_error) C.slip_status { return C.slip_fold_stats(p, &state, e) })
	if err != nil {
		return FoldState{}, err
	}
	return foldStateOf(&state), nil
}

// Check reads everything and compares every checksum; it gives the records read, or ErrCorrupt.
func (f *Fold) Check() (records uint64, err error) {
	var checked C.uint64_t
	err = f.call(func(p *C.slip_fold, e **C.slip_error) C.slip_status { return C.slip_fold_check(p, &checked, e) })
	return uint64(checked), err
}

// Sync makes everything committed so far safe against a power loss.
func (f *Fold) Sync() error {
	return f.call(func(p *C.slip_fold, e **C.slip_error) C.slip_status { return C.slip_fold_sync(p, e) })
}

// Export exports the fold as an artifact into a directory that must not exist or be empty.
func (f *Fold) Export(directory string, options *ExportOptions) (ArtifactSummary, error) {
	return export(f.h, directory, options, func(p unsafe.Pointer, into *C.char, o *C.slip_options, summary *C.slip_artifact_summary, e **C.slip_error) C.slip_status {
		return C.slip_fold_export((*C.slip_fold)(p), into, o, summary, e)
	})
}

// Close syncs and releases the path. ErrBusy under a running watch, and nothing is closed then; open
// snapshots keep their state. Calling it again does nothing.
func (f *Fold) Close() error {
	err := f.call(func(p *C.slip_fold, e **C.slip_error) C.slip_status { return C.slip_fold_close(p, e) })
	if failure, ok := err.(*Error); ok && failure.Code == ErrBusy {
		return err
	}
	f.h.close()
	return closedIsFine(err)
}
