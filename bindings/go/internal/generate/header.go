// Package generate writes what the header, the table of statuses and the description of the options
// say as Go. The command beside it writes the files; a test compares them with a fresh generation.
package generate

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Constant is a constant of the header, without its prefix SLIP_.
type Constant struct {
	Name  string
	Value uint64
}

// Member is a member of a structure of the header.
type Member struct{ Name, Type, Count string }

// Struct is a structure of the header.
type Struct struct {
	Name    string
	Members []Member
}

// Header is what slipstream.h declares, in its order.
type Header struct {
	Constants []Constant
	Structs   []Struct
	Functions []string
}

var (
	comments   = regexp.MustCompile(`(?s)/\*.*?\*/`)
	enums      = regexp.MustCompile(`(?s)enum \{(.*?)\}`)
	enumRow    = regexp.MustCompile(`^(SLIP_\w+) = (\w+)$`)
	macro      = regexp.MustCompile(`(?m)^#define SLIP_(\w+) \(?(?:\(int64_t\))?(-?\d+)\)?$`)
	structures = regexp.MustCompile(`(?s)typedef struct \w+ \{(.*?)\} (\w+);`)
	member     = regexp.MustCompile(`^((?:const )?\w+\*?) (\w+)(?:\[(\d+)\])?$`)
	callback   = regexp.MustCompile(`\(\*(\w+)\)\(`)
	directives = regexp.MustCompile(`(?m)^\s*#.*$`)
	functions  = regexp.MustCompile(`(?s)SLIP_API [\w\s*]+?\s*\b(slip_\w+)\(`)
)

// Parse reads the header, which is in the project's own plain style.
func Parse(text string) (*Header, error) {
	text = comments.ReplaceAllString(text, " ")
	header := &Header{}
	for _, match := range macro.FindAllStringSubmatch(text, -1) {
		value, err := strconv.ParseInt(match[2], 10, 64)
		if err != nil {
			return nil, err
		}
		header.Constants = append(header.Constants, Constant{match[1], uint64(value)})
	}
	text = directives.ReplaceAllString(text, "")
	for _, body := range enums.FindAllStringSubmatch(text, -1) {
		for row := range strings.SplitSeq(body[1], ",") {
			if row = strings.TrimSpace(row); row == "" {
				continue
			}
			match := enumRow.FindStringSubmatch(row)
			if match == nil {
				return nil, fmt.Errorf("cannot read this row of an enum: %s", row)
			}
			value, err := strconv.ParseUint(match[2], 0, 64)
			if err != nil {
				return nil, err
			}
			header.Constants = append(header.Constants, Constant{match[1][len("SLIP_"):], value})
		}
	}
	for _, match := range structures.FindAllStringSubmatch(text, -1) {
		found := Struct{Name: match[2]}
		for row := range strings.SplitSeq(match[1], ";") {
			row = strings.Join(strings.Fields(row), " ")
			if pointer := callback.FindStringSubmatch(row); pointer != nil {
				found.Members = append(found.Members, Member{Name: pointer[1], Type: "function"})
			} else if parts := member.FindStringSubmatch(row); parts != nil {
				found.Members = append(found.Members, Member{parts[2], parts[1], parts[3]})
			} else if row != "" {
				return nil, fmt.Errorf("cannot read this member of %s: %s", found.Name, row)
			}
		}
		header.Structs = append(header.Structs, found)
	}
	for _, match := range functions.FindAllStringSubmatch(text, -1) {
		header.Functions = append(header.Functions, match[1])
	}
	if marked := strings.Count(text, "SLIP_API "); marked != len(header.Functions) {
		return nil, fmt.Errorf("%d functions for %d times SLIP_API", len(header.Functions), marked)
	}
	return header, nil
}

// initialisms are written in capitals in Go's names.
var initialisms = map[string]string{"ttl": "TTL", "url": "URL", "tls": "TLS", "ca": "CA", "js": "JS",
	"nkey": "NKey", "io": "IO", "id": "ID"}

// camel is a name of C as an exported name of Go.
func camel(name string) string {
	var out strings.Builder
	for part := range strings.SplitSeq(strings.ToLower(name), "_") {
		if known, ok := initialisms[part]; ok {
			out.WriteString(known)
		} else if part != "" {
			out.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return out.String()
}
