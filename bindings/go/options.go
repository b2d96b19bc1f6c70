package slipstream

// #include "glue.h"
import "C"

import (
	"fmt"
	"time"
)

// OptionsKind is what options are for.
type OptionsKind int32

// The kinds of options.
const (
	OptionsConnection OptionsKind = 1 + iota
	OptionsBucket
	OptionsWatch
	OptionsFold
	OptionsExport
	OptionsObjectStore
	OptionsPublish
	OptionsImport
)

var kindNames = []string{"", "connection", "bucket", "watch", "fold", "export", "object_store", "publish", "import"}

// String is the kind's name, "" for one that there is not.
func (k OptionsKind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return ""
	}
	return kindNames[k]
}

// DescribeOptions gives all options of a kind as a JSON array of {"name","type","default","min",
// "max","values","unit","secret","summary"}.
func DescribeOptions(kind OptionsKind) ([]byte, error) {
	var text *C.slip_text
	var e *C.slip_error
	if err := check(C.slip_options_describe(C.int32_t(kind), &text, &e), e); err != nil {
		return nil, err
	}
	return takeText(text), nil
}

// Setting is an option by name, with its value as text. The same name again adds to a list.
type Setting struct{ Name, Value string }

// settings collects options into one object of the library; the first failure stays.
type settings struct {
	pointer *C.slip_options
	err     error
}

// newSettings makes the library's options of what a typed struct says. Free them with free.
func newSettings(kind OptionsKind, set func(*settings)) (*settings, error) {
	made := &settings{}
	var e *C.slip_error
	if err := check(C.slip_options_new(C.int32_t(kind), &made.pointer, &e), e); err != nil {
		return nil, err
	}
	set(made)
	if made.err != nil {
		made.free()
		return nil, made.err
	}
	return made, nil
}

func (s *settings) free() { C.slip_options_free(s.pointer) }

func (s *settings) number(name string, value uint64) {
	if value != 0 {
		s.numberPointer(name, &value)
	}
}

func (s *settings) numberPointer(name string, value *uint64) {
	if value != nil {
		s.named(name, func(option *C.char, e **C.slip_error) C.slip_status {
			return C.slip_options_set_u64(s.pointer, option, C.uint64_t(*value), e)
		})
	}
}

func (s *settings) milliseconds(name string, value time.Duration) {
	if value != 0 {
		s.millisecondsPointer(name, &value)
	}
}

func (s *settings) millisecondsPointer(name string, value *time.Duration) {
	switch {
	case value == nil || s.err != nil:
	case *value < 0 || *value%time.Millisecond != 0:
		s.err = errorf(ErrOutOfBounds, "option %q cannot be %v: it counts whole milliseconds", name, *value)
	default:
		count := uint64(*value / time.Millisecond)
		s.numberPointer(name, &count)
	}
}

func (s *settings) flag(name string, value bool) {
	if value {
		s.flagPointer(name, &value)
	}
}

func (s *settings) flagPointer(name string, value *bool) {
	if value != nil {
		s.named(name, func(option *C.char, e **C.slip_error) C.slip_status {
			return C.slip_options_set_bool(s.pointer, option, C.int(numberOf(*value)), e)
		})
	}
}

func (s *settings) text(name, value string) {
	if value != "" {
		s.textual(name, value, func(option, text *C.char, e **C.slip_error) C.slip_status {
			return C.slip_options_set_string(s.pointer, option, text, e)
		})
	}
}

func (s *settings) list(name string, values []string) {
	for _, value := range values {
		s.textual(name, value, func(option, text *C.char, e **C.slip_error) C.slip_status {
			return C.slip_options_add(s.pointer, option, text, e)
		})
	}
}

// bytes is here for options of that type; no release has had one.
func (s *settings) bytes(name string, value []byte) {
	if value != nil {
		s.named(name, func(option *C.char, e **C.slip_error) C.slip_status {
			data := C.CBytes(value)
			defer C.slipgo_free(data)
			return C.slip_options_set_bytes(s.pointer, option, data, C.size_t(len(value)), e)
		})
	}
}

func (s *settings) more(more []Setting) {
	seen := map[string]bool{}
	for _, one := range more {
		again := seen[one.Name]
		s.textual(one.Name, one.Value, func(option, text *C.char, e **C.slip_error) C.slip_status {
			if again {
				return C.slip_options_add(s.pointer, option, text, e)
			}
			return C.slip_options_set_string(s.pointer, option, text, e)
		})
		seen[one.Name] = true
	}
}

func (s *settings) named(name string, set func(*C.char, **C.slip_error) C.slip_status) {
	if s.err != nil {
		return
	}
	option, err := cName(name, "option")
	if err != nil {
		s.err = err
		return
	}
	defer freeName(option)
	var e *C.slip_error
	s.err = check(set(option, &e), e)
}

func (s *settings) textual(name, value string, set func(option, text *C.char, e **C.slip_error) C.slip_status) {
	if s.err != nil {
		return
	}
	// The value may be a password.
	text, err := cText(value, fmt.Sprintf("the value of option %q", name))
	if err != nil {
		s.err = err
		return
	}
	defer freeName(text)
	s.named(name, func(option *C.char, e **C.slip_error) C.slip_status { return set(option, text, e) })
}
