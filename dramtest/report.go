package dramtest

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/caller"
	"github.com/dram-go/dram/internal/mask"
)

// This file is what a failure prints.
//
//	POST /books: status 500, want 201
//
//	> POST /books HTTP/1.1
//	…
//	< HTTP/1.1 500 Internal Server Error
//	…
//	route   POST /books (books.go:41)
//	layers  dram.RecoveryWithWriter, main.create; answered by main.create
//	error   the database is gone
//	curl    curl -i -X POST …

// maxShown is how many bytes of a body are shown, and maxLines how many lines.
const (
	maxShown = 4 << 10
	maxLines = 60
)

// report returns a message and all that is known.
func (res *Response) report(format string, args ...any) string {
	var out strings.Builder
	req := res.request.http
	fmt.Fprintf(&out, "%s %s: %s\n", req.Method, target(req), fmt.Sprintf(format, args...))
	fmt.Fprintf(&out, "\n> %s %s %s\n", req.Method, target(req), req.Proto)
	writeHeader(&out, "> ", withHost(req))
	writeBody(&out, "> ", res.request.body)
	res.writeAnswer(&out)
	res.writeInside(&out)
	fmt.Fprintf(&out, "curl    %s\n", curlLine(res.request, res.client.server))
	return out.String()
}

// target is the request's path and query, without secrets.
func target(req *http.Request) string {
	if req.URL.RawQuery == "" {
		return mask.Path(req.URL.EscapedPath())
	}
	return mask.Path(req.URL.EscapedPath()) + "?" + mask.OneLine(mask.Query(req.URL.RawQuery))
}

// withHost returns what the request has sent.
func withHost(req *http.Request) http.Header {
	h := req.Header.Clone()
	h.Set("Host", req.Host)
	delete(h, headerExchange)
	return h
}

func writeHeader(out *strings.Builder, prefix string, h http.Header) {
	for _, name := range slices.Sorted(maps.Keys(h)) {
		if name == "Date" {
			continue // it says nothing
		}
		for _, value := range h[name] {
			fmt.Fprintf(out, "%s%s: %s\n", prefix, name, mask.OneLine(dram.MaskHeader(name, value)))
		}
	}
}

// shown is the values of a header without secrets.
func shown(name string, values []string) string {
	var all []string
	for _, value := range values {
		all = append(all, dram.MaskHeader(name, value))
	}
	return strings.Join(all, ", ")
}

// writeBody writes the beginning of a body, line by line.
func writeBody(out *strings.Builder, prefix string, body []byte) {
	if len(body) == 0 {
		return
	}
	fmt.Fprintf(out, "%s\n", strings.TrimSpace(prefix))
	if !utf8.Valid(body) || bytes.IndexByte(body, 0) >= 0 {
		fmt.Fprintf(out, "%s%d bytes that are not text\n", prefix, len(body))
		return
	}
	more, lines := len(body), 0
	for line := range strings.Lines(string(body[:min(len(body), maxShown)])) {
		if lines++; lines > maxLines {
			break
		}
		more -= len(line)
		fmt.Fprintf(out, "%s\n", strings.TrimRight(prefix+mask.OneLine(strings.TrimRight(line, "\r\n")), " "))
	}
	if more > 0 {
		fmt.Fprintf(out, "%s… and %d bytes more\n", prefix, more)
	}
}

func (res *Response) writeAnswer(out *strings.Builder) {
	out.WriteString("\n")
	if res.Status() == 0 {
		fmt.Fprintf(out, "< no answer: %v\n\n", res.err)
		return
	}
	fmt.Fprintf(out, "< %s %s\n", res.answer.Proto, res.answer.Status)
	writeHeader(out, "< ", res.answer.Header)
	body, err := res.unzipped()
	if err != nil {
		body = res.raw
	}
	writeBody(out, "< ", body)
	switch {
	case res.err != nil:
		fmt.Fprintf(out, "< cut here: %v\n", res.err)
	case !res.read:
		out.WriteString("< a stream, which goes on\n")
	}
	out.WriteString("\n")
}

// writeInside writes what is known of the handler's side.
func (res *Response) writeInside(out *strings.Builder) {
	x := res.exchange
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.engine != nil {
		fmt.Fprintf(out, "route   %s\n", x.routeLine())
		fmt.Fprintf(out, "layers  %s\n", x.layersLine())
	}
	for _, text := range x.errors {
		fmt.Fprintf(out, "error   %s\n", mask.Line(text))
	}
	if x.panicked != nil {
		fmt.Fprintf(out, "panic   %s\n", mask.Line(fmt.Sprint(x.panicked)))
	}
	if x.stack != "" {
		fmt.Fprintf(out, "panicked at\n%s", x.stack)
	}
	for _, stack := range x.stands {
		fmt.Fprintf(out, "stands at\n%s", stack)
	}
}

// between are the functions between two layers.
var between = []string{"/dramtest.recorder.Handle", "/dram.(*Engine).", "/dram.(*Context).Next", "/dram.(*Context).with"}

// tidied is a stack as debug.Stack has it without what is not the program's: what is above a panic, the Engine that runs the layers, the
// observer, the server.
func tidied(stack string) string {
	var out strings.Builder
	lines := strings.SplitAfter(stack, "\n")
	for i := 1; i+1 < len(lines); i += 2 {
		switch function := lines[i]; {
		case strings.HasPrefix(function, "panic("):
			out.Reset()
		case strings.Contains(function, "/dramtest.(*server).ServeHTTP"):
			return out.String()
		case out.Len() > 0 && slices.ContainsFunc(between, func(name string) bool { return strings.Contains(function, name) }):
		default:
			out.WriteString(function + lines[i+1])
		}
	}
	return out.String()
}

func (x *exchange) routeLine() string {
	switch {
	case len(x.ran) == 0:
		return "none: no handler ran"
	case x.route == "":
		return "none"
	}
	line := x.method + " " + x.route
	if source := x.source(); source != "" {
		line += " (" + caller.Short(source) + ")"
	}
	return line
}

func (x *exchange) layersLine() string {
	line := strings.Join(x.names(), ", ")
	if line == "" {
		return "none"
	}
	if x.answered != nil {
		line += "; answered by " + x.answered.short()
	}
	if x.aborted != nil {
		line += "; aborted by " + x.aborted.short()
	}
	if skipped := x.skipped(); len(skipped) > 0 {
		line += "; not run: " + strings.Join(skipped, ", ")
	}
	return line
}

// quoted is a text in a message, not too long.
func quoted(text string) string {
	const most = 200
	if len(text) > most {
		return fmt.Sprintf("%q… (%d bytes)", text[:most], len(text))
	}
	return fmt.Sprintf("%q", text)
}

// listOf is "200 or 201".
func listOf(statuses []int) string {
	var all []string
	for _, status := range statuses {
		all = append(all, fmt.Sprint(status))
	}
	return strings.Join(all, " or ")
}
