package slipstream

// #include "glue.h"
import "C"

// Revisions are those from From up to, but not including, To.
type Revisions struct{ From, To uint64 }

func (r Revisions) c() C.slip_revision_range {
	return C.slip_revision_range{from: C.uint64_t(r.From), to: C.uint64_t(r.To)}
}

// Compact gives back the space of what was overwritten or deleted, and tells how that ended, with the
// reason where it was not performed. For append logs; ErrUnsupported otherwise.
func (f *Fold) Compact() (done Compaction, reason string, err error) {
	c := newCompaction()
	var text *C.slip_text
	err = f.call(func(p *C.slip_fold, e **C.slip_error) C.slip_status {
		return C.slip_fold_compact(p, &c, &text, e)
	})
	if err != nil {
		return Compaction{}, "", err
	}
	return compactionOf(&c), string(takeText(text)), nil
}

// Hide lets what these revisions wrote be read as absent: applied, counted and exported, and seen by
// no reader. For append logs; ErrUnsupported otherwise.
func (f *Fold) Hide(revisions Revisions) error {
	return f.call(func(p *C.slip_fold, e **C.slip_error) C.slip_status {
		return C.slip_fold_hide(p, revisions.c(), e)
	})
}

// Unhide shows what these revisions wrote again.
func (f *Fold) Unhide(revisions Revisions) error {
	return f.call(func(p *C.slip_fold, e **C.slip_error) C.slip_status {
		return C.slip_fold_unhide(p, revisions.c(), e)
	})
}

// Hidden gives the revisions that are hidden, ascending.
func (f *Fold) Hidden() ([]Revisions, error) {
	var rows []C.slip_revision_range
	for {
		var count C.size_t
		err := f.call(func(p *C.slip_fold, e **C.slip_error) C.slip_status {
			var first *C.slip_revision_range
			if len(rows) > 0 {
				first = &rows[0]
			}
			return C.slip_fold_hidden(p, first, C.size_t(len(rows)), &count, e)
		})
		if err != nil {
			return nil, err
		}
		if int(count) <= len(rows) {
			hidden := make([]Revisions, int(count))
			for i := range hidden {
				hidden[i] = Revisions{uint64(rows[i].from), uint64(rows[i].to)}
			}
			return hidden, nil
		}
		rows = make([]C.slip_revision_range, int(count))
	}
}

// Position gives how far a named consumer has come; saved is false where it is fresh. Whatever else
// keeps a position from being read is an error, and never a fresh start.
func (f *Fold) Position(consumer string) (cursor Cursor, saved bool, err error) {
	name, err := cName(consumer, "the consumer's name")
	if err != nil {
		return Cursor{}, false, err
	}
	defer freeName(name)
	var c C.slip_cursor
	err = f.call(func(p *C.slip_fold, e **C.slip_error) C.slip_status {
		return C.slip_consumer_position_load(p, name, &c, e)
	})
	cursor = cursorOf(c)
	return cursor, err == nil && cursor.Epoch != 0, err
}

// SavePosition keeps how far a named consumer has come; durable when it returns.
func (f *Fold) SavePosition(consumer string, cursor Cursor) error {
	name, err := cName(consumer, "the consumer's name")
	if err != nil {
		return err
	}
	defer freeName(name)
	return f.call(func(p *C.slip_fold, e **C.slip_error) C.slip_status {
		return C.slip_consumer_position_save(p, name, cursor.c(), e)
	})
}
