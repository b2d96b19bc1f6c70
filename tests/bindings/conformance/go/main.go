// Command machine runs the conformance script on the Go package: machine SCRIPT LOG URL DIRECTORY FOLDS.
// README.md in the folder above has the language of the script.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"slipstream"
)

const waitMax = time.Minute

// machine is the stacks, and what the steps say.
type machine struct {
	url, directory string
	kind           string // of folds: the scheme of their URLs
	times          bool
	sentence       string // of the last call that failed
	connections    stack[*slipstream.Connection]
	buckets        stack[*slipstream.Bucket]
	folds          stack[*slipstream.Fold]
	watches        stack[*watching]
	snapshots      stack[*slipstream.Snapshot]
	stores         stack[*slipstream.ObjectStore]
	cursors        stack[slipstream.Cursor]
	texts          stack[string]
}

type stack[T any] []T

func (s *stack[T]) push(item T) { *s = append(*s, item) }
func (s stack[T]) top() T       { return s[len(s)-1] }
func (s *stack[T]) pop() T {
	item := s.top()
	*s = (*s)[:len(*s)-1]
	return item
}

// pushed pushes what was opened without an error.
func pushed[T any](s *stack[T], item T, err error) error {
	if err == nil {
		s.push(item)
	}
	return err
}

// said is what stands behind "ok".
type said []string

func say(words ...any) said {
	var out said
	for _, word := range words {
		switch value := word.(type) {
		case bool:
			if value {
				out = append(out, "1")
			} else {
				out = append(out, "0")
			}
		case said:
			out = append(out, value...)
		default:
			out = append(out, fmt.Sprint(value))
		}
	}
	return out
}

type step struct {
	words int // behind the name, at least
	run   func(m *machine, w []string) (said, error)
}

var tables = []map[string]step{librarySteps, bucketSteps, watchSteps, foldSteps, publishSteps}

func fail(format string, arguments ...any) {
	fmt.Fprintf(os.Stderr, "machine: "+format+"\n", arguments...)
	os.Exit(2)
}

func encoded(data string) string {
	if data == "" {
		return "%"
	}
	var out strings.Builder
	for _, b := range []byte(data) {
		if b > ' ' && b < 127 && b != '%' && b != ':' {
			out.WriteByte(b)
		} else {
			fmt.Fprintf(&out, "%%%02X", b)
		}
	}
	return out.String()
}

func decoded(text string) string {
	if text == "%" {
		return ""
	}
	var out strings.Builder
	for len(text) > 0 {
		if text[0] == '%' && len(text) > 2 {
			out.WriteByte(byte(number(text[1:3], 16)))
			text = text[3:]
			continue
		}
		out.WriteByte(text[0])
		text = text[1:]
	}
	return out.String()
}

func number(text string, base int) uint64 {
	value, err := strconv.ParseUint(text, base, 64)
	if err != nil {
		fail("no number: %s", text)
	}
	return value
}

func signed(text string) int64 {
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		fail("no number: %s", text)
	}
	return value
}

func operation(name string) slipstream.Operation {
	for _, one := range []slipstream.Operation{slipstream.Put, slipstream.Delete, slipstream.Purge} {
		if one.String() == name {
			return one
		}
	}
	fail("no operation %s", name)
	return 0
}

func (m *machine) show(u slipstream.Update) string {
	text := fmt.Sprintf("%s:%s:%s:%d:%d", u.Operation, encoded(u.Key), encoded(string(u.Value)), u.Revision, u.Flags)
	if m.times {
		text += fmt.Sprintf(":%d:%d", u.TimestampNS, int64(u.TTL))
	}
	return text
}

func (m *machine) path(name string) string { return filepath.Join(m.directory, name) }

func (m *machine) foldURL(name string) string { return m.kind + ":" + m.path(name) }

// options reads NAME=VALUE words; the type that may stand before the value is the package's affair.
func (m *machine) options(words []string) []slipstream.Setting {
	var out []slipstream.Setting
	for _, word := range words {
		name, value, _ := strings.Cut(word, "=")
		switch {
		case value == "text:":
			value = m.texts.pop()
		case strings.HasPrefix(value, "u64:"), strings.HasPrefix(value, "add:"):
			value = value[len("u64:"):]
		case strings.HasPrefix(value, "bool:"):
			value = strconv.FormatBool(value == "bool:1")
		}
		out = append(out, slipstream.Setting{Name: name, Value: value})
	}
	return out
}

// within is a context for a time in the script.
func within(milliseconds string) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), time.Duration(number(milliseconds, 10))*time.Millisecond)
}

func (m *machine) result(line string) string {
	words := strings.Split(line, " ")
	for _, table := range tables {
		one, found := table[words[0]]
		if !found {
			continue
		}
		if len(words) <= one.words {
			fail("too few words: %s", line)
		}
		given, err := one.run(m, words[1:])
		if err != nil {
			return m.failure(line, err)
		}
		return strings.Join(append(said{"ok"}, given...), " ")
	}
	fail("no step %s", words[0])
	return ""
}

func (m *machine) failure(line string, err error) string {
	var reason *slipstream.Error
	if !errors.As(err, &reason) || reason.Message == "" {
		fail("%s: not an error of the package, or one without a sentence: %v", line, err)
	}
	m.sentence = reason.Message
	name, again := reason.Code.String(), "final"
	if reason.Code >= slipstream.UserFirst {
		name = "user"
	}
	if reason.Retriable {
		again = "retriable"
	}
	return fmt.Sprintf("%s %d %s", name, int32(reason.Code), again)
}

func (m *machine) left() int {
	return len(m.connections) + len(m.buckets) + len(m.folds) + len(m.watches) + len(m.snapshots) +
		len(m.stores) + len(m.cursors) + len(m.texts)
}

func main() {
	if len(os.Args) != 6 {
		fail("usage: machine SCRIPT LOG URL DIRECTORY FOLDS")
	}
	m := &machine{url: os.Args[3], directory: os.Args[4], kind: os.Args[5]}
	script, err := os.Open(os.Args[1])
	if err != nil {
		fail("%v", err)
	}
	log, err := os.Create(os.Args[2])
	if err != nil {
		fail("%v", err)
	}
	lines := bufio.NewScanner(script)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line, _, _ := strings.Cut(lines.Text(), " -> ")
		if line != "" && line[0] != '#' {
			fmt.Fprintf(log, "%s -> %s\n", line, m.result(line))
		}
	}
	if lines.Err() != nil || log.Close() != nil {
		fail("cannot read the script or write the log")
	}
	if m.left() != 0 {
		fail("the script leaves %d things on the stacks", m.left())
	}
}
