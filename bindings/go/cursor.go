package slipstream

// #include "glue.h"
import "C"

// Cursor is a position in one incarnation of a bucket: every update at or below Revision was
// applied. Revisions compare only within one Epoch.
type Cursor struct{ Epoch, Revision uint64 }

func cursorOf(c C.slip_cursor) Cursor { return Cursor{uint64(c.epoch), uint64(c.revision)} }

func (c Cursor) c() C.slip_cursor {
	return C.slip_cursor{epoch: C.uint64_t(c.Epoch), revision: C.uint64_t(c.Revision)}
}

// Format gives the cursor as portable text, which WatchOptions.Cursor takes.
func (c Cursor) Format(bucket string) (string, error) {
	name, err := cName(bucket, "bucket")
	if err != nil {
		return "", err
	}
	defer freeName(name)
	var text *C.slip_text
	var e *C.slip_error
	if err := check(C.slip_cursor_format(name, c.c(), &text, &e), e); err != nil {
		return "", err
	}
	return string(takeText(text)), nil
}

// ParseCursor is the inverse of Format.
func ParseCursor(text string) (cursor Cursor, bucket string, err error) {
	from, err := cName(text, "cursor")
	if err != nil {
		return Cursor{}, "", err
	}
	defer freeName(from)
	var c C.slip_cursor
	var name *C.slip_text
	var e *C.slip_error
	if err := check(C.slip_cursor_parse(from, &c, &name, &e), e); err != nil {
		return Cursor{}, "", err
	}
	return cursorOf(c), string(takeText(name)), nil
}
