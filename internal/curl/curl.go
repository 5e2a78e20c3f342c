// Package curl writes a request as a line for a shell: bash, zsh and ksh. It is for packages that
// show requests to people, in tests or at work: see docs/testing.md and docs/inspect.md.
package curl

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/dram-go/dram/internal/mask"
)

// Request is what a line is made of.
type Request struct {
	Method      string
	Base        string // "http://localhost:8080"
	Path, Query string // as in a URL
	Header      http.Header
	Options     string // further ones, " -k"
	Data        string // the options of a body, Data or " --data-binary @file"; "" without one
}

// Data is the option of a body that is text.
func Data(text string) string { return " --data-binary " + Quote(text) }

// Line returns the line. Secrets in it are "*".
func (r Request) Line() string {
	var line strings.Builder
	line.WriteString("curl -i")
	if plain, _ := url.PathUnescape(r.Path); strings.Contains(plain, "/.") {
		line.WriteString(" --path-as-is")
	}
	address := r.Base + mask.Path(r.Path)
	if r.Query != "" {
		address += "?" + mask.Query(r.Query)
	}
	if strings.ContainsAny(r.Path+r.Query, "[]{}") { // of which curl would make several addresses
		line.WriteString(" --globoff")
	}
	line.WriteString(r.Options)
	switch {
	case r.Method == http.MethodHead:
		line.WriteString(" -I")
	case strings.ContainsFunc(r.Method, func(r rune) bool { return r < 'A' || 'Z' < r }):
		line.WriteString(" -X " + Quote(r.Method))
	case r.Method != http.MethodGet || r.Data != "":
		line.WriteString(" -X " + r.Method)
	}
	fmt.Fprintf(&line, " %s", Quote(address))
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		for _, value := range r.Header[name] {
			fmt.Fprintf(&line, " -H %s", Quote(name+": "+mask.Header(name, value)))
		}
	}
	return line.String() + r.Data
}

// Quote quotes a word so that nothing in it means anything to a shell. One with control characters, which a
// terminal would take for keys, is written as $'…'.
func Quote(word string) string {
	isControl := func(r rune) bool { return r < ' ' || r == 0x7f }
	if !strings.ContainsFunc(word, isControl) {
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	var out strings.Builder
	out.WriteString("$'")
	for _, r := range word {
		switch {
		case r == '\'' || r == '\\':
			out.WriteString(`\` + string(r))
		case r == '\n':
			out.WriteString(`\n`)
		case r == '\r':
			out.WriteString(`\r`)
		case r == '\t':
			out.WriteString(`\t`)
		case isControl(r):
			fmt.Fprintf(&out, `\%03o`, r)
		default:
			out.WriteRune(r)
		}
	}
	out.WriteString("'")
	return out.String()
}
