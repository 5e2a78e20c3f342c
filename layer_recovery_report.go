package dram

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dram-go/dram/internal/caller"
	"github.com/dram-go/dram/internal/mask"
)

// This file is what Recovery logs of a panic: what was asked for, what was
// panicked, and from where.
// See docs/internals/16-recovery.md.

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

// reportHead is the beginning of a report's first line, with a path as a log may show it.
func reportHead(event, method, path string) string {
	return "[Recovery] " + time.Now().Format("2006/01/02 - 15:04:05") + " " + event + ": " +
		mask.OneLine(method) + " " + strconv.Quote(path)
}

// goneReport is the line about a client that cannot be reached.
func goneReport(c *Context, pattern string, err error) string {
	return reportHead("client gone", c.Request.Method, loggedPath(c, pattern, c.Request.URL.Path)) + ": " + logLine(err.Error()) + "\n"
}

// panicReport is the text about a panic. The request's headers are part of it in debug mode
// only.
func panicReport(c *Context, pattern string, panicked any) string {
	var out strings.Builder
	out.WriteString(reportHead("panic recovered", c.Request.Method, loggedPath(c, pattern, c.Request.URL.Path)) + "\n")
	if c.engine.debugging() {
		mask.WriteRequest(&out, c.Request, loggedPath(c, pattern, c.Request.URL.EscapedPath()))
	}
	writePanic(&out, panicked, c.origin)
	return out.String()
}

// jobReport is the text about a panic of a job, which a request of this method, pattern and path has
// begun. The request itself may be in use.
func jobReport(method, pattern, path string, panicked any) string {
	var out strings.Builder
	out.WriteString(reportHead("panic recovered in a job of Context.Go", method, mask.PathOf(pattern, path)) + "\n")
	writePanic(&out, panicked, "")
	return out.String()
}

// writePanic writes what was panicked, from where, and the calls that it came through: origin are
// those of another goroutine, which has passed it on.
func writePanic(out *strings.Builder, panicked any, origin string) {
	out.WriteString(logLine(fmt.Sprint(panicked)) + "\n" + origin + caller.Stack())
}
