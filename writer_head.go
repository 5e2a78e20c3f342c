package dram

import (
	"net/http"
	"strconv"

	"github.com/dram-go/dram/internal/httpfield"
)

// This file answers HEAD with a GET route (RFC 9110 section 9.3.2): the handler
// writes the body of GET, this writer, under the Context's own, counts it and drops
// it. So the header can tell the length of the body that GET would have.
// See docs/internals/13-writer.md.

// headWriter keeps the header back until the chain has run, or flushes.
type headWriter struct {
	http.ResponseWriter
	status int // 0 before it is known
	size   int
	sent   bool
}

// Unwrap is the writer under this one, for http.ResponseController.
func (w *headWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader records the status. Informational ones go out at once.
func (w *headWriter) WriteHeader(code int) {
	if httpfield.Informational(code) {
		w.ResponseWriter.WriteHeader(code)
	} else if w.status == 0 {
		w.status = code
	}
}

// Write counts data. The first bytes tell the Content-Type, as net/http finds
// it for GET.
func (w *headWriter) Write(data []byte) (int, error) {
	header := w.Header()
	if w.size == 0 && !w.sent && len(data) > 0 && len(header["Content-Type"]) == 0 && len(header["Content-Encoding"]) == 0 {
		header["Content-Type"] = []string{http.DetectContentType(data)}
	}
	w.size += len(data)
	return len(data), nil
}

// Flush sends the header: the length of the body is not known then.
func (w *headWriter) Flush() {
	w.send()
	_ = http.NewResponseController(w.ResponseWriter).Flush()
}

func (w *headWriter) send() {
	if !w.sent && w.status != 0 {
		w.sent = true
		w.ResponseWriter.WriteHeader(w.status)
	}
}

// finish sends the header with the length of the body.
func (w *headWriter) finish() {
	if w.size > 0 && !w.sent && httpfield.BodyAllowed(w.status) {
		header := w.Header()
		if len(header["Content-Length"]) == 0 && len(header["Transfer-Encoding"]) == 0 {
			header["Content-Length"] = []string{strconv.Itoa(w.size)}
		}
	}
	w.send()
}

// discardBody has a GET route answer a HEAD request.
func (c *Context) discardBody() {
	if c.head.ResponseWriter == nil {
		under := &c.writermem.ResponseWriter
		if c.first != nil && *under == c.first { // which is told by whom the header is sent, though it waits
			under = &c.first.ResponseWriter
		}
		c.head.ResponseWriter, c.unusual = *under, true
		*under = &c.head
	}
}
