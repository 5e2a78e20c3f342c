package rows

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
)

// Call is a request that is made once and sent many times.
type Call struct {
	Request *http.Request
	body    *replay
}

// NewCall makes the request.
func (r Request) NewCall() *Call {
	call := &Call{Request: httptest.NewRequest(r.Method, r.Target, nil)}
	if r.Body != "" {
		call.body = &replay{text: r.Body}
		call.Request.ContentLength = int64(len(r.Body))
		call.Request.Header.Set("Content-Type", r.ContentType)
	}
	return call
}

// Rewind undoes what reading the request has changed, as for a new one.
func (c *Call) Rewind() {
	if c.body == nil {
		return
	}
	c.body.Reset(c.body.text)
	c.Request.Body = c.body
	c.Request.Form, c.Request.PostForm = nil, nil
}

// replay is a body that can be read again. Like the body of a real request it
// has Read and Close alone.
type replay struct {
	reader strings.Reader
	text   string
}

func (b *replay) Reset(text string)          { b.reader.Reset(text) }
func (b *replay) Read(p []byte) (int, error) { return b.reader.Read(p) }
func (b *replay) Close() error               { return nil }

// Writer is the http.ResponseWriter of all measurements: it keeps the header's
// map and the status, and drops the body.
type Writer struct {
	header http.Header
	Status int
}

// NewWriter makes a Writer.
func NewWriter() *Writer { return &Writer{header: http.Header{}} }

// Reset makes it new for the next response, but for the header; see Clear.
func (w *Writer) Reset() { w.Status = http.StatusOK }

// Clear removes all headers.
func (w *Writer) Clear() { clear(w.header) }

func (w *Writer) Header() http.Header               { return w.header }
func (w *Writer) WriteHeader(status int)            { w.Status = status }
func (w *Writer) Write(p []byte) (int, error)       { return len(p), nil }
func (w *Writer) WriteString(s string) (int, error) { return len(s), nil }

var (
	_ http.ResponseWriter = (*Writer)(nil)
	_ io.StringWriter     = (*Writer)(nil)
)
