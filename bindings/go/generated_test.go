package slipstream_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"slipstream"
	"slipstream/internal/generate"
	"slipstream/internal/layout"
)

// notWrapped are the functions of the header that the package does not call, and why.
var notWrapped = map[string]string{
	"slip_error_code":        "the status of the call is the same",
	"slip_text_string":       "slip_text_bytes gives its length too",
	"slip_fold_open_foreign": "a fold in Go would be called for every key, and by every read",
	"slip_fold_import_into":  "it fills folds of one's own only",
	"slip_watch_start":       "its callbacks would be a call from C into Go for every update; Watch.Run does the same over the pull form",
}

func read(t *testing.T, path ...string) string {
	t.Helper()
	return string(must[[]byte](t)(os.ReadFile(filepath.Join(path...))))
}

func TestGeneratedFilesAreFresh(t *testing.T) {
	input := generate.Input{Header: read(t, "..", "..", "include", "slipstream.h"), Options: map[string]string{}}
	for _, row := range slipstream.StatusTable() {
		input.Statuses = append(input.Statuses, generate.Status{Code: int32(row.Status), Name: row.Name, Text: row.Text})
	}
	for kind := slipstream.OptionsConnection; kind.String() != ""; kind++ {
		input.Kinds = append(input.Kinds, kind.String())
		input.Options[kind.String()] = string(must[[]byte](t)(slipstream.DescribeOptions(kind)))
	}
	_, err := slipstream.DescribeOptions(slipstream.OptionsKind(len(input.Kinds) + 1))
	fails(t, err, slipstream.ErrInvalid, "kind")
	for name, want := range must[map[string][]byte](t)(generate.Files(input)) {
		if read(t, name) != string(want) {
			t.Errorf("%s is not as it would be generated now: run go generate ./... in bindings/go", name)
		}
	}
}

func TestEveryFunctionIsWrappedOrListed(t *testing.T) {
	called := map[string]bool{}
	files := append(must[[]string](t)(filepath.Glob("*.go")), must[[]string](t)(filepath.Glob("glue*.c"))...)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, match := range regexp.MustCompile(`\b(slip_\w+)\(`).FindAllStringSubmatch(read(t, file), -1) {
			called[match[1]] = true
		}
	}
	for _, name := range strings.Fields(read(t, "..", "..", "tests", "abi", "symbols.txt")) {
		_, listed := notWrapped[name]
		if called[name] == listed {
			t.Errorf("%s: called %v, listed %v", name, called[name], listed)
		}
	}
}

func TestLayoutsAreThoseOfC(t *testing.T) {
	seen := map[[2]string]uintptr{}
	for _, row := range layout.Rows {
		seen[[2]string{row.Struct, row.Member}] = row.Bytes
	}
	compared := 0
	published := regexp.MustCompile(`(?:SIZE\((\w+)()|FIELD\((\w+), (\w+)), (\d+)\)`)
	for _, match := range published.FindAllStringSubmatch(read(t, "..", "..", "tests", "abi", "layout_test.c"), -1) {
		key := [2]string{match[1] + match[3], match[4]}
		want, _ := strconv.Atoi(match[5])
		if got, ok := seen[key]; !ok || got != uintptr(want) {
			t.Errorf("%v: %d in Go, %d in C", key, got, want)
		}
		compared++
	}
	if compared < 100 || compared != len(layout.Rows) {
		t.Errorf("compared %d rows of %d", compared, len(layout.Rows))
	}
}

func TestTheLibraryIsThatOfTheHeader(t *testing.T) {
	equal(t, slipstream.ABIEpoch(), 0)
	equal(t, slipstream.Version(), "0.1.0")
	equal(t, slipstream.Feature("mem"), true)
	equal(t, slipstream.Feature("objects.tape"), false)
}
