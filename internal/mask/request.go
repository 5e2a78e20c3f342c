package mask

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// This file writes what a log may show of a request, in lines that no client can forge.

// WriteRequest writes the request without its body, with a path as a log may show it; secrets are masked.
func WriteRequest(out *strings.Builder, req *http.Request, path string) {
	out.WriteString(OneLine(req.Method + " " + path))
	if query := req.URL.RawQuery; query != "" {
		out.WriteString("?" + OneLine(Query(query)))
	}
	out.WriteString(" " + OneLine(req.Proto) + "\n")
	out.WriteString("Host: " + OneLine(req.Host) + "\n")
	for _, name := range slices.Sorted(maps.Keys(req.Header)) {
		for _, value := range req.Header[name] {
			out.WriteString(OneLine(name+": "+Header(name, value)) + "\n")
		}
	}
	out.WriteString("\n")
}

// OneLine returns text with its control characters, and what is not UTF-8, escaped
// as in a Go string.
func OneLine(text string) string {
	for _, r := range text {
		if !strconv.IsPrint(r) || r == '\uFFFD' {
			quoted := strconv.Quote(text)
			return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
		}
	}
	return text
}
