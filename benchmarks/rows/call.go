package rows

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dram-go/dram/benchmarks/pin"
)

// Call is a request that is made once and sent many times.
type Call struct {
	Request *http.Request
	body    *replay
}

// NewCall makes the request.
func (r Request) NewCall() *Call {
	call := &Call{Request: httptest.NewRequest(r.Method, r.Target, nil)}
	for name, values := range r.Header {
		call.Request.Header[name] = values
	}
	if r.Body != "" {
		call.body = &replay{text: r.Body}
		call.Request.ContentLength = int64(len(r.Body))
		call.Request.Header.Set("Content-Type", r.ContentType)
		call.rewind()
	}
	return call
}

// rewind undoes what reading the request has changed, as for a new one.
func (c *Call) rewind() {
	c.body.reader.Reset(c.body.text)
	c.Request.Body = c.body
	c.Request.Form, c.Request.PostForm = nil, nil
}

// replay is a body that can be read again. Like the body of a real request it has Read and Close alone.
type replay struct {
	reader strings.Reader
	text   string
}

func (b *replay) Read(p []byte) (int, error) { return b.reader.Read(p) }
func (b *replay) Close() error               { return nil }

// Writer is the http.ResponseWriter of all measurements: it keeps the header's map, and drops the status and the body.
type Writer struct{ header http.Header }

// NewWriter makes a Writer.
func NewWriter() *Writer { return &Writer{http.Header{}} }

func (w *Writer) Header() http.Header               { return w.header }
func (w *Writer) WriteHeader(int)                   {}
func (w *Writer) Write(p []byte) (int, error)       { return len(p), nil }
func (w *Writer) WriteString(s string) (int, error) { return len(s), nil }

// Load is the requests of a row, sent again and again to one handler. What goes on between two of them is the same for all
// frameworks, and no more than the row needs.
type Load struct {
	handler  http.Handler
	calls    []*Call
	requests []Request
	writer   *Writer
	clear    bool
}

// NewLoad makes the requests of a row.
func NewLoad(handler http.Handler, headers bool, requests ...Request) *Load {
	load := &Load{handler: handler, requests: requests, writer: NewWriter(), clear: headers}
	for _, request := range requests {
		load.calls = append(load.calls, request.NewCall())
	}
	return load
}

// Once sends every request once.
func (l *Load) Once() {
	for _, call := range l.calls {
		l.ready(call)
		l.handler.ServeHTTP(l.writer, call.Request)
	}
}

func (l *Load) ready(call *Call) {
	if call.body != nil {
		call.rewind()
	}
	if l.clear {
		clear(l.writer.header)
	}
}

// Measure times a run of the load, in processor time too: what other programs take of the processor is not in it.
// It returns nanoseconds.
func (l *Load) Measure(b *testing.B) float64 {
	b.ReportAllocs()
	l.Once() // what the pools lost to the collector is there again
	handler, calls, writer := l.handler, l.calls, l.writer
	start := pin.Time(0)
	for b.Loop() {
		for _, call := range calls { // as in Once, without a call of it
			l.ready(call)
			handler.ServeHTTP(writer, call.Request)
		}
	}
	ns := float64(pin.Time(0)-start) / float64(b.N)
	b.ReportMetric(ns, "cpu-ns/op")
	return ns
}

// Clone is the same load with requests and a writer of its own, for another goroutine.
func (l *Load) Clone() *Load { return NewLoad(l.handler, l.clear, l.requests...) }
