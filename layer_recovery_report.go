package dram

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// This file is what Recovery logs of a panic: what was asked for, what was
// panicked, and from where.

// maxFrames is how many calls of a stack are reported.
const maxFrames = 64

// reportWriter writes reports, one at a time and whole; none if out is nil.
type reportWriter struct {
	mu  sync.Mutex
	out io.Writer
}

func (w *reportWriter) write(text func() string) {
	if w.out == nil {
		return
	}
	report := text()
	w.mu.Lock()
	defer w.mu.Unlock()
	_, _ = io.WriteString(w.out, report) // a log that cannot be written must not fail the request
}

// reportHead is the beginning of a report's first line.
func reportHead(c *Context, event string) string {
	return "[Recovery] " + time.Now().Format("2006/01/02 - 15:04:05") + " " + event + ": " +
		oneLine(c.Request.Method) + " " + strconv.Quote(c.Request.URL.Path)
}

// goneReport is the line about a client that cannot be reached.
func goneReport(c *Context, err error) string {
	return reportHead(c, "client gone") + ": " + logLine(err.Error()) + "\n"
}

// panicReport is the text about a panic. The request's headers are part of it in debug mode
// only.
func panicReport(c *Context, panicked any) string {
	var out strings.Builder
	out.WriteString(reportHead(c, "panic recovered") + "\n")
	if c.engine.debug {
		dumpRequest(&out, c.Request)
	}
	out.WriteString(logLine(fmt.Sprint(panicked)) + "\n")
	writeStack(&out)
	return out.String()
}

// dumpRequest writes the request without its body; secrets are masked.
func dumpRequest(out *strings.Builder, req *http.Request) {
	out.WriteString(oneLine(req.Method + " " + req.URL.EscapedPath()))
	if query := req.URL.RawQuery; query != "" {
		out.WriteString("?" + oneLine(MaskQuery(query)))
	}
	out.WriteString(" " + oneLine(req.Proto) + "\n")
	out.WriteString("Host: " + oneLine(req.Host) + "\n")
	for _, name := range slices.Sorted(maps.Keys(req.Header)) {
		for _, value := range req.Header[name] {
			out.WriteString(oneLine(name+": "+MaskHeader(name, value)) + "\n")
		}
	}
	out.WriteString("\n")
}

// writeStack writes the calls that led to the panic, innermost first. The
// runtime's own frames above it, and Recovery's, are left out.
func writeStack(out *strings.Builder) {
	var pcs [maxFrames + 16]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	panicking, count := false, 0
	for more := true; more && count < maxFrames; {
		var frame runtime.Frame
		frame, more = frames.Next()
		inRuntime := strings.HasPrefix(frame.Function, "runtime.")
		panicking = panicking || frame.Function == "runtime.gopanic"
		if !panicking || (inRuntime && count == 0) {
			continue
		}
		out.WriteString(frame.Function + "\n\t" + frame.File + ":" + strconv.Itoa(frame.Line) + "\n")
		count++
	}
}
