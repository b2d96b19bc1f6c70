package slipstream

// #include "glue.h"
import "C"

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// Status says how a call ended. Each one but OK is an error, so that errors.Is(err, ErrNotFound)
// asks for it. There may be values that were added after this package was made; UserFirst and
// above are those of a foreign bucket.
type Status int32

// String is the name in the header, such as "SLIP_NOT_FOUND".
func (s Status) String() string {
	if name, ok := statusNames[s]; ok {
		return name
	}
	if s > UserFirst {
		return statusNames[UserFirst] + "+" + strconv.Itoa(int(s-UserFirst))
	}
	return C.GoString(C.slip_status_name(C.slip_status(s)))
}

// Error is the name, as String gives it.
func (s Status) Error() string { return s.String() }

// Is makes the errors of package io/fs and os that mean the same equal to a status.
func (s Status) Is(target error) bool {
	switch s {
	case ErrNotFound, ErrBucketNotFound:
		return target == fs.ErrNotExist
	case ErrExists, ErrBucketExists:
		return target == fs.ErrExist
	case ErrClosed:
		return target == fs.ErrClosed
	case ErrPermissionDenied:
		return target == fs.ErrPermission
	case ErrTimeout:
		return target == os.ErrDeadlineExceeded
	}
	return false
}

// Error is why a call failed. Every error of this package is one, or wraps one:
//
//	var failure *slipstream.Error
//	if errors.As(err, &failure) && failure.Retriable { ... }
type Error struct {
	// Code is what a program decides by; errors.Is compares it.
	Code Status
	// Message says what was being done, to what, what happened and what to do. For people.
	Message string
	// Retriable: the same again, later and unchanged, may succeed.
	Retriable bool
	// ServerCode is the NATS server's own number (err_code) where the message names one, else 0.
	ServerCode int

	cause error
}

// Error gives the status and the sentence.
func (e *Error) Error() string { return e.Code.String() + ": " + e.Message }

// Is compares the status.
func (e *Error) Is(target error) bool {
	if status, ok := target.(Status); ok {
		return e.Code == status
	}
	return e.Code.Is(target)
}

// Unwrap gives what lies behind it: the error of a context, or what a foreign bucket returned.
func (e *Error) Unwrap() error { return e.cause }

var serverCode = regexp.MustCompile(`\berr_code (\d+)`)

func newError(code Status, message string) *Error {
	made := &Error{Code: code, Message: message}
	if strings.Contains(message, "err_code ") {
		if match := serverCode.FindStringSubmatch(message); match != nil {
			made.ServerCode, _ = strconv.Atoi(match[1])
		}
	}
	return made
}

func errorf(code Status, format string, arguments ...any) *Error {
	return newError(code, fmt.Sprintf(format, arguments...))
}

// check makes an error of what a call reported, and frees it.
func check(status C.slip_status, e *C.slip_error) error {
	if status == 0 {
		return nil
	}
	if e == nil {
		return newError(Status(status), "the call failed, and memory for the reason is lacking")
	}
	read := C.slipgo_error_read(e)
	made := newError(Status(status), C.GoStringN(read.message, C.int(read.message_size)))
	made.Retriable = read.retriable != 0
	C.slip_error_free(e)
	return made
}

// contextError tells that a context ended a call; errors.Is also finds the context's own error.
func contextError(ctx context.Context, what string) error {
	cause := context.Cause(ctx)
	code := ErrInterrupted
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		code = ErrTimeout
	}
	return &Error{Code: code, Message: "cannot " + what + ": " + cause.Error(), Retriable: true, cause: causes(ctx, cause)}
}

// causes joins a cause of the caller's own with the context's error.
func causes(ctx context.Context, cause error) error {
	if errors.Is(cause, ctx.Err()) {
		return cause
	}
	return errors.Join(ctx.Err(), cause)
}

// cName is a name or path as the library takes it; free it with freeName.
func cName(text, what string) (*C.char, error) {
	return cText(text, fmt.Sprintf("%s %q", what, text))
}

// cText is cName for what may be a secret (a URL, the value of an option): the sentence has only
// what it is.
func cText(text, what string) (*C.char, error) {
	if strings.IndexByte(text, 0) >= 0 {
		return nil, errorf(ErrInvalid, "%s holds a NUL byte", what)
	}
	if !utf8.ValidString(text) {
		return nil, errorf(ErrInvalid, "%s is not valid UTF-8", what)
	}
	return C.CString(text), nil
}

// freeName frees what cName and cText gave.
func freeName(text *C.char) { C.slipgo_free(unsafe.Pointer(text)) }

// keyOf is a view of a string for the length of one call.
func keyOf(key string) (*C.uint8_t, C.size_t) {
	return (*C.uint8_t)(unsafe.Pointer(unsafe.StringData(key))), C.size_t(len(key))
}

func bytesOf(data []byte) (*C.uint8_t, C.size_t) {
	return (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(data))), C.size_t(len(data))
}

// takeText gives the bytes of an owned text, and frees it.
func takeText(text *C.slip_text) []byte {
	view := C.slip_text_bytes(text)
	data := make([]byte, int(view.size))
	copy(data, unsafe.Slice((*byte)(unsafe.Pointer(view.data)), int(view.size)))
	C.slip_text_free(text)
	return data
}

// StatusRow is one row of the library's table of statuses.
type StatusRow struct {
	Status    Status
	Retriable bool
	Name      string
	Text      string
}

// StatusTable gives all statuses of the loaded library, ascending.
func StatusTable() []StatusRow {
	var count C.size_t
	table := C.slip_status_table(&count)
	rows := make([]StatusRow, 0, int(count))
	for _, row := range unsafe.Slice(table, int(count)) {
		rows = append(rows, StatusRow{Status(row.status), row.retriable != 0, C.GoString(row.name), C.GoString(row.text)})
	}
	return rows
}
