package generate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/format"
	"go/token"
	"strings"
)

// Status is one row of the library's table of statuses.
type Status struct {
	Code int32
	Name string
	Text string
}

// Input is what the files are made from.
type Input struct {
	Header   string            // the text of slipstream.h
	Statuses []Status          // slip_status_table
	Options  map[string]string // by kind ("watch"): what slip_options_describe gives
	Kinds    []string          // the kinds, ascending
}

const note = "// Code generated from slipstream.h and the library by internal/generate. DO NOT EDIT.\n\npackage slipstream\n\n"

// Files gives the generated files by name.
func Files(input Input) (map[string][]byte, error) {
	header, err := Parse(input.Header)
	if err != nil {
		return nil, err
	}
	options, err := optionsFile(input)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for name, text := range map[string]string{
		"generated_status.go":    statusFile(input.Statuses),
		"generated_constants.go": constantsFile(header),
		"generated_states.go":    statesFile(header),
		"generated_options.go":   options,
		layoutFile:               layoutText(header),
	} {
		head := note
		if name == layoutFile {
			head = strings.Replace(note, "package slipstream", "package layout", 1)
		}
		formatted, err := format.Source([]byte(head + text))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		files[name] = formatted
	}
	return files, nil
}

// layoutFile tells what cgo makes of the structures, for the tests: those cannot use cgo themselves.
const layoutFile = "internal/layout/generated.go"

func layoutText(header *Header) string {
	var out strings.Builder
	out.WriteString("// #cgo pkg-config: slipstream\n// #include <slipstream.h>\nimport \"C\"\n\nimport \"unsafe\"\n\n// Rows are the sizes (Member \"\") and offsets of the structures of the header.\nvar Rows = []Row{\n")
	for _, found := range header.Structs {
		fmt.Fprintf(&out, "\t{%q, \"\", unsafe.Sizeof(C.%s{})},\n", found.Name, found.Name)
		for _, member := range found.Members {
			fmt.Fprintf(&out, "\t{%q, %q, unsafe.Offsetof(C.%s{}.%s)},\n", found.Name, member.Name, found.Name, fieldOfC(member.Name))
		}
	}
	out.WriteString("}\n")
	return out.String()
}

// fieldOfC is a member as cgo names it: a word of Go's own gets an underscore.
func fieldOfC(name string) string {
	if token.IsKeyword(name) {
		return "_" + name
	}
	return name
}

func statusFile(rows []Status) string {
	var out strings.Builder
	out.WriteString("// OK is the status of a call that succeeded.\nconst OK Status = 0\n\n// What a call may fail with: errors.Is(err, ErrNotFound).\nconst (\n")
	for _, row := range rows {
		if row.Code == 0 {
			continue
		}
		name := "Err" + camel(strings.TrimPrefix(row.Name, "SLIP_"))
		if row.Name == "SLIP_USER_FIRST" {
			name = "UserFirst"
		}
		fmt.Fprintf(&out, "\t// %s: %s\n\t%s Status = %d\n", name, row.Text, name, row.Code)
	}
	out.WriteString(")\n\nvar statusNames = map[Status]string{\n")
	for _, row := range rows {
		fmt.Fprintf(&out, "\t%d: %q,\n", row.Code, row.Name)
	}
	out.WriteString("}\n")
	return out.String()
}

// families of constants that become a type of Go.
var families = []struct{ prefix, kind, base, about string }{
	{"FLAG_", "Flags", "uint32", "Flags are bits of an update; later releases may set further ones: ignore them."},
	{"CONNECTION_", "ConnectionPhase", "int32", "ConnectionPhase is what a connection is doing."},
	{"STORAGE_", "Storage", "uint32", "Storage is where the server keeps a bucket."},
	{"DISCARD_", "Discard", "uint32", "Discard is what a full bucket does."},
	{"WATCH_", "WatchPhase", "int32", "WatchPhase is what a watch is doing."},
	{"EVENT_", "EventKind", "int32", "EventKind is what can happen under a watch."},
	{"COMPACTION_", "CompactionOutcome", "uint32", "CompactionOutcome is how a compaction ended."},
	{"LOG_", "LogLevel", "int32", "LogLevel is how urgent a line of the log is."},
}

func constantsFile(header *Header) string {
	var out strings.Builder
	out.WriteString("// The version of the header that this package was made from.\nconst (\n")
	for _, constant := range header.Constants {
		switch constant.Name {
		case "ABI_EPOCH":
			fmt.Fprintf(&out, "\theaderEpoch = %d\n", constant.Value)
		case "VERSION_MAJOR", "VERSION_MINOR", "VERSION_PATCH":
			fmt.Fprintf(&out, "\theader%s = %d\n", camel(strings.TrimPrefix(constant.Name, "VERSION_")), constant.Value)
		}
	}
	out.WriteString(")\n")
	for _, family := range families {
		fmt.Fprintf(&out, "\n// %s\ntype %s %s\n\n// The values of %s.\nconst (\n", family.about, family.kind, family.base, family.kind)
		stem := camel(family.prefix)
		for _, constant := range header.Constants {
			if name, ok := strings.CutPrefix(constant.Name, family.prefix); ok {
				fmt.Fprintf(&out, "\t%s%s %s = %d\n", stem, camel(name), family.kind, constant.Value)
			}
		}
		out.WriteString(")\n")
	}
	return out.String()
}

// types of members that are more than their number.
var memberTypes = map[string]string{
	"slip_connection_state.state": "ConnectionPhase", "slip_watch_state.state": "WatchPhase",
	"slip_watch_state.end_status": "Status", "slip_watch_state.last_event": "EventKind",
	"slip_watch_state.ready": "bool", "slip_watch_state.auditable": "bool",
	"slip_bucket_state.storage": "Storage", "slip_bucket_state.discard": "Discard",
	"slip_bucket_state.per_message_ttl": "bool", "slip_fold_state.loading": "bool",
	"slip_fold_state.read_only": "bool",
	"slip_compaction.outcome":   "CompactionOutcome", "slip_compaction.status": "Status",
}

// spans, where the other members in nanoseconds are points in time.
var spans = map[string]bool{"round_trip_ns": true, "max_age_ns": true, "marker_ttl_ns": true,
	"lag_ns": true, "contact_age_ns": true}

func memberType(of Struct, member Member) string {
	if kind, ok := memberTypes[of.Name+"."+member.Name]; ok {
		return kind
	}
	switch {
	case spans[member.Name]:
		return "time.Duration"
	case strings.HasSuffix(member.Name, "_ns"):
		return "time.Time"
	case member.Type == "slip_cursor":
		return "Cursor"
	case member.Type == "char":
		return "string"
	case member.Type == "size_t":
		return "uint64"
	}
	return strings.TrimSuffix(member.Type, "_t")
}

func memberName(member Member) string { return camel(strings.TrimSuffix(member.Name, "_ns")) }

// isState tells the structures that the library fills for a caller.
func isState(name string) bool {
	for _, end := range []string{"_state", "_summary", "_published", "_compaction"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}

func statesFile(header *Header) string {
	var out strings.Builder
	out.WriteString("// #include \"glue.h\"\nimport \"C\"\n\nimport \"time\"\n")
	for _, found := range header.Structs {
		if !isState(found.Name) {
			continue
		}
		name := camel(strings.TrimPrefix(found.Name, "slip_"))
		var fields, fill, back strings.Builder
		for _, member := range found.Members {
			if member.Name == "struct_size" || member.Name == "reserved" {
				continue
			}
			kind, field, c := memberType(found, member), memberName(member), "c."+fieldOfC(member.Name)
			fmt.Fprintf(&fields, "\t%s %s\n", field, kind)
			from, to := kind+"("+c+")", fmt.Sprintf("%s = C.%s(s.%s)", c, member.Type, field)
			switch kind {
			case "bool":
				from, to = c+" != 0", fmt.Sprintf("%s = C.%s(numberOf(s.%s))", c, member.Type, field)
			case "time.Time":
				from, to = "timeOf(int64("+c+"))", fmt.Sprintf("%s = C.int64_t(nanosecondsOf(s.%s))", c, field)
			case "Cursor":
				from = "cursorOf(" + c + ")"
			case "string":
				from = "C.GoString(&" + c + "[0])"
			}
			fmt.Fprintf(&fill, "\t\t%s: %s,\n", field, from)
			fmt.Fprintf(&back, "\t%s\n", to)
		}
		fmt.Fprintf(&out, "\n// %s is %s of slipstream.h.\ntype %s struct {\n%s}\n", name, found.Name, name, fields.String())
		fmt.Fprintf(&out, "\nfunc new%s() C.%s {\n\tvar c C.%s\n\tc.struct_size = C.sizeof_%s\n\treturn c\n}\n", name, found.Name, found.Name, found.Name)
		fmt.Fprintf(&out, "\nfunc %sOf(c *C.%s) %s {\n\treturn %s{\n%s\t}\n}\n", strings.ToLower(name[:1])+name[1:], found.Name, name, name, fill.String())
		if found.Name == "slip_bucket_state" {
			fmt.Fprintf(&out, "\nfunc (s *BucketState) into(c *C.slip_bucket_state) {\n%s}\n", back.String())
		}
	}
	return out.String()
}

type option struct {
	Name, Type, Unit, Summary string
	Default                   any
	Min, Max                  *json.Number
	Values                    []string
	Secret                    bool
}

func optionsFile(input Input) (string, error) {
	var body strings.Builder
	durations := false
	for _, kind := range input.Kinds {
		var rows []option
		decoder := json.NewDecoder(bytes.NewReader([]byte(input.Options[kind])))
		decoder.UseNumber()
		if err := decoder.Decode(&rows); err != nil {
			return "", fmt.Errorf("options of %s: %w", kind, err)
		}
		durations = writeOptions(&body, kind, rows) || durations
	}
	head := ""
	if durations {
		head = "import \"time\"\n"
	}
	return head + body.String(), nil
}

// fieldOf gives the field's name and type and the setter that takes it. A pointer where Go's zero
// value is a setting of its own and not the default.
func fieldOf(stem string, row option) (name, kind, setter string, choice bool) {
	name = camel(row.Name)
	number, _ := row.Default.(json.Number)
	zero := number == "0" || (row.Min != nil && *row.Min != "0")
	switch row.Type {
	case "u64":
		kind, setter = "uint64", "number"
		if row.Unit == "ms" {
			name, kind, setter = camel(strings.TrimSuffix(row.Name, "_ms")), "time.Duration", "milliseconds"
		}
		if !zero {
			kind, setter = "*"+kind, setter+"Pointer"
		}
	case "bool", "boolean":
		kind, setter = "bool", "flag"
		if row.Default == true {
			kind, setter = "*bool", "flagPointer"
		}
	case "bytes":
		kind, setter = "[]byte", "bytes"
	case "list":
		kind, setter = "[]string", "list"
	case "choice":
		return name, stem + name, "text", true
	default:
		kind, setter = "string", "text"
	}
	return name, kind, setter, false
}

func aboutOption(row option) string {
	about := row.Summary
	if row.Min != nil && row.Max != nil {
		about += fmt.Sprintf(" (%s to %s%s)", *row.Min, *row.Max, strings.TrimRight(" "+row.Unit, " "))
	}
	if text, ok := row.Default.(string); ok && text != "" {
		about += "; default " + text
	} else if number, ok := row.Default.(json.Number); ok {
		about += "; default " + string(number)
	}
	return about
}

func writeOptions(out *strings.Builder, kind string, rows []option) (durations bool) {
	stem := camel(kind)
	var choices, set strings.Builder
	fmt.Fprintf(out, "\n// %sOptions are the options of the kind %q. A zero field means the default; where zero is a\n// setting of its own, the field is a pointer.\ntype %sOptions struct {\n", stem, kind, stem)
	for _, row := range rows {
		name, kind, setter, choice := fieldOf(stem, row)
		durations = durations || strings.HasSuffix(kind, "time.Duration")
		fmt.Fprintf(out, "\t// %s: %s\n\t%s %s\n", name, aboutOption(row), name, kind)
		value := "o." + name
		if choice {
			value = "string(" + value + ")"
			fmt.Fprintf(&choices, "\n// %s is %s.\ntype %s string\n\n// The values of %s.\nconst (\n", kind, row.Summary, kind, kind)
			for _, one := range row.Values {
				fmt.Fprintf(&choices, "\t%s%s %s = %q\n", kind, camel(one), kind, one)
			}
			choices.WriteString(")\n")
		}
		fmt.Fprintf(&set, "\ts.%s(%q, %s)\n", setter, row.Name, value)
	}
	out.WriteString("\t// More sets options by name and text, those that are newer than this package for example.\n\tMore []Setting\n}\n")
	fmt.Fprintf(out, "\nfunc (o *%sOptions) set(s *settings) {\n\tif o == nil {\n\t\treturn\n\t}\n%s\ts.more(o.More)\n}\n%s", stem, set.String(), choices.String())
	return durations
}
