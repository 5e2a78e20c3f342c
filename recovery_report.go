package dram

import (
	"fmt"
	"maps"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// This file is what Recovery logs of a panic: what was asked for, what was
// panicked, and from where.

// maxFrames is how many calls of a stack are reported.
const maxFrames = 64

// panicReport is the text. The request's headers are part of it in debug mode
// only.
func panicReport(c *Context, panicked any) string {
	var out strings.Builder
	out.WriteString("[Recovery] " + timeOfReport() + " panic recovered: " +
		oneLine(c.Request.Method) + " " + strconv.Quote(c.Request.URL.Path) + "\n")
	if c.engine.debug {
		dumpRequest(&out, c.Request)
	}
	out.WriteString(oneLine(fmt.Sprint(panicked)) + "\n")
	writeStack(&out)
	return out.String()
}

// dumpRequest writes the request without its body; the values of secret
// headers become an asterisk.
func dumpRequest(out *strings.Builder, req *http.Request) {
	out.WriteString(oneLine(req.Method+" "+req.URL.RequestURI()+" "+req.Proto) + "\n")
	out.WriteString("Host: " + oneLine(req.Host) + "\n")
	for _, name := range slices.Sorted(maps.Keys(req.Header)) {
		for _, value := range req.Header[name] {
			if isSecretHeader(name) {
				value = "*"
			}
			out.WriteString(oneLine(name+": "+value) + "\n")
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
