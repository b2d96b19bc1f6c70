// Command command writes the generated files of package slipstream: "go generate" in bindings/go.
// It asks the library itself, so that it also runs while the files do not fit.
package main

// #cgo pkg-config: slipstream
// #include <slipstream.h>
import "C"

import (
	"fmt"
	"os"
	"path/filepath"
	"unsafe"

	"slipstream/internal/generate"
)

// kinds of options, in the order of their numbers.
var kinds = []string{"connection", "bucket", "watch", "fold", "export", "object_store", "publish", "import"}

func input(header string) (generate.Input, error) {
	made := generate.Input{Header: header, Kinds: kinds, Options: map[string]string{}}
	var count C.size_t
	table := C.slip_status_table(&count)
	for _, row := range unsafe.Slice(table, int(count)) {
		made.Statuses = append(made.Statuses,
			generate.Status{Code: int32(row.status), Name: C.GoString(row.name), Text: C.GoString(row.text)})
	}
	for i, kind := range kinds {
		var text *C.slip_text
		if status := C.slip_options_describe(C.int32_t(i+1), &text, nil); status != 0 {
			return made, fmt.Errorf("the library does not describe the options of %s (status %d)", kind, status)
		}
		made.Options[kind] = C.GoString(C.slip_text_string(text))
		C.slip_text_free(text)
	}
	return made, nil
}

func run(header, folder string) error {
	text, err := os.ReadFile(header)
	if err != nil {
		return err
	}
	from, err := input(string(text))
	if err != nil {
		return err
	}
	files, err := generate.Files(from)
	if err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: command SLIPSTREAM.H FOLDER")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
