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
		mask.OneLine(c.Request.Method) + " " + strconv.Quote(c.Request.URL.Path)
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
	if c.engine.debugging() {
		mask.WriteRequest(&out, c.Request)
	}
	out.WriteString(logLine(fmt.Sprint(panicked)) + "\n")
	caller.WriteStack(&out)
	return out.String()
}
