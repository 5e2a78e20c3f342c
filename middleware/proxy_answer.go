package middleware

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
)

// This file brings the answer of the server behind Proxy to the client, through
// the layers outside, which have set headers of their own by then.

// listHeaders are the headers of which layers outside and the server may each add
// theirs.
var listHeaders = map[string]bool{"Cache-Control": true, "Link": true, "Server-Timing": true, "Set-Cookie": true, "Vary": true, "Via": true}

// isServers reports whether a header says something of the answer that only the
// server can know: what its body is, how long it is good.
func isServers(name string) bool {
	switch name {
	case "Accept-Ranges", "Age", "Allow", "Date", "Etag", "Expires", "Last-Modified", "Location", "Retry-After", "Www-Authenticate":
		return true
	}
	return strings.HasPrefix(name, "Content-") && !strings.HasPrefix(name, "Content-Security-")
}

// modify sees an answer on its way to the client. Where the layers outside have
// set a header that the server sets too, lists get both, the server's stays if it
// speaks of the answer, and the layers' if it is a policy or an id: two of
// Access-Control-Allow-Origin or X-Frame-Options are none to a browser.
func (p *passage) modify(res *http.Response) error {
	if p.ModifyResponse != nil {
		if err := p.ModifyResponse(res); err != nil {
			return err
		}
	}
	outer := p.c.Writer.Header()
	for name := range outer {
		switch {
		case listHeaders[name] || len(res.Header[name]) == 0:
		case isServers(name):
			delete(outer, name)
		default:
			delete(res.Header, name)
		}
	}
	if limit, ok := p.c.Request.Context().Value(timeLimitKey{}).(*timeLimit); ok {
		limit.lift() // the server has answered: its body may take its time
	}
	if res.StatusCode == http.StatusSwitchingProtocols {
		p.c.Status(res.StatusCode) // the connection is taken over: this is for the log
		return nil
	}
	p.body = recordedBody{ReadCloser: res.Body, c: p.c}
	res.Body = &p.body
	return nil
}

// recordedBody is the body of an answer; that it broke off is for the log.
type recordedBody struct {
	io.ReadCloser
	c      *dram.Context
	broken bool
}

func (b *recordedBody) Read(buf []byte) (int, error) {
	n, err := b.ReadCloser.Read(buf)
	if err != nil && err != io.EOF {
		b.broken = true
		_ = b.c.Error(fmt.Errorf("dram: middleware.Proxy: the server's answer broke off: %w", err))
	}
	return n, err
}

// answerWriter is the writer that httputil.ReverseProxy sees. It keeps what the
// server says apart from what the layers outside have said until the answer's own
// header goes out: ReverseProxy empties the header behind each 1xx.
type answerWriter struct {
	dram.ResponseWriter
	req     *http.Request
	servers http.Header // nil once it has gone out
}

// Header is the server's header; once that went out, the answer's, which takes
// the trailers.
func (w *answerWriter) Header() http.Header {
	if w.servers != nil {
		return w.servers
	}
	return w.ResponseWriter.Header()
}

// WriteHeader sends a header: any number of 1xx (RFC 9110 section 15.2), then the
// answer's.
func (w *answerWriter) WriteHeader(status int) {
	if httpfield.Informational(status) {
		w.inform(status)
		return
	}
	w.join()
	w.ResponseWriter.WriteHeader(status)
}

// join adds the server's header to that of the layers outside.
func (w *answerWriter) join() {
	outer := w.ResponseWriter.Header()
	for name, values := range w.servers {
		if name == "Vary" {
			for _, names := range values {
				httpfield.AddVary(outer, names)
			}
			continue
		}
		if before := outer[name]; len(before) > 0 {
			values = append(before, values...)
		}
		outer[name] = values
	}
	w.servers = nil
}

// inform passes a 1xx on with what the server says in it, and nothing of what the
// layers outside have set for the answer. It is called by the transport, while
// the Context's goroutine waits for the answer. A client that waits for a 100
// gets net/http's, when its body is first read: two goroutines must not write to
// it. HTTP/1.0 has no 1xx.
func (w *answerWriter) inform(status int) {
	if len(w.req.Header["Expect"]) > 0 || !w.req.ProtoAtLeast(1, 1) {
		return
	}
	outer := w.ResponseWriter.Header()
	kept := maps.Clone(outer)
	clear(outer)
	httpfield.DropHopByHop(w.servers)
	maps.Copy(outer, w.servers)
	w.ResponseWriter.WriteHeader(status)
	clear(outer)
	maps.Copy(outer, kept)
}

// Hijack takes over the connection of a client that is switched to another
// protocol.
func (w *answerWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.join()
	return w.ResponseWriter.Hijack()
}

// Unwrap is the outer writer, for http.ResponseController.
func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// failed answers for a server that did not.
func (p *passage) failed(_ http.ResponseWriter, req *http.Request, err error) {
	var tooLarge *http.MaxBytesError
	var timeout net.Error
	status, detail := http.StatusBadGateway, "the server behind this one cannot be reached"
	switch {
	case errors.As(err, &tooLarge):
		status, detail = http.StatusRequestEntityTooLarge, "the body is larger than this resource takes"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		status, detail = http.StatusGatewayTimeout, "the server behind this one took too long"
	case errors.Is(req.Context().Err(), context.Canceled):
		detail = "the client is gone" // for the log: nobody will read it
	}
	if p.c.Writer.Written() {
		_ = p.c.Error(err)
		return
	}
	fail(p.c, p.OnError, status, detail, err)
}

// copyBuffers keeps the buffers in which bodies are copied.
type copyBuffers struct{ pool sync.Pool }

func newCopyBuffers() *copyBuffers {
	return &copyBuffers{sync.Pool{New: func() any { return new([copyBufferSize]byte) }}}
}

const copyBufferSize = 32 << 10

// Get is part of httputil.BufferPool.
func (b *copyBuffers) Get() []byte { return b.pool.Get().(*[copyBufferSize]byte)[:] }

// Put is part of httputil.BufferPool.
func (b *copyBuffers) Put(buf []byte) {
	if cap(buf) >= copyBufferSize {
		b.pool.Put((*[copyBufferSize]byte)(buf[:copyBufferSize]))
	}
}
