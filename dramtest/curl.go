package dramtest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/mask"
)

// This file writes a request as a line for a shell: bash, zsh and ksh.

// curl returns the line. Secrets in it are "*". A client in process has no address: the line
// is for a server on this machine.
func curl(r *request, s *server) string {
	var line strings.Builder
	line.WriteString("curl -i")
	base := "http://localhost:8080"
	if strings.Contains(r.http.URL.Path, "/.") {
		line.WriteString(" --path-as-is")
	}
	if s.socket {
		base = s.base
		line.WriteString(" -k")
	}
	switch method := r.http.Method; {
	case method == http.MethodHead:
		line.WriteString(" -I")
	case strings.ContainsFunc(method, func(r rune) bool { return r < 'A' || 'Z' < r }):
		line.WriteString(" -X " + shellQuote(method))
	case method != http.MethodGet || r.body != nil:
		line.WriteString(" -X " + method)
	}
	address := base + r.http.URL.EscapedPath()
	if query := r.http.URL.RawQuery; query != "" {
		address += "?" + mask.Query(query)
	}
	fmt.Fprintf(&line, " %s", shellQuote(address))
	for _, name := range slices.Sorted(maps.Keys(r.http.Header)) {
		if name == headerExchange {
			continue
		}
		for _, value := range r.http.Header[name] {
			fmt.Fprintf(&line, " -H %s", shellQuote(name+": "+dram.MaskHeader(name, value)))
		}
	}
	switch {
	case r.body == nil:
	case len(r.body) > maxShown || !utf8.Valid(r.body):
		line.WriteString(" --data-binary @body")
	default:
		fmt.Fprintf(&line, " --data-binary %s", shellQuote(string(r.body)))
	}
	return line.String()
}

// shellQuote quotes a word so that nothing in it means anything to a shell. One with control characters, which a
// terminal would take for keys, is written as $'…'.
func shellQuote(word string) string {
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
