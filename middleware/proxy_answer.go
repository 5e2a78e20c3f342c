package middleware

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/body"
	"github.com/dram-go/dram/internal/httpfield"
	"github.com/dram-go/dram/internal/timelimit"
)

// This file passes the answer of the server behind Proxy to the client, through
// the layers outside, which may already have set headers.

// listHeaders are the headers to which both the layers outside and the server
// may add values.
var listHeaders = map[string]bool{"Cache-Control": true, "Link": true, "Server-Timing": true, "Set-Cookie": true, "Vary": true, "Via": true}

// isServers reports whether a header describes the answer, so that only the
// server can know it: what its body is, how long it is valid.
func isServers(name string) bool {
	switch name {
	case "Accept-Ranges", "Age", "Allow", "Date", "Etag", "Expires", "Last-Modified", "Location", "Retry-After", "Www-Authenticate":
		return true
	}
	return strings.HasPrefix(name, "Content-") && !strings.HasPrefix(name, "Content-Security-")
}

// modify changes an answer on its way to the client. If the layers outside have
// set a header that the server sets too, lists get both values, headers that
// describe the answer are the server's, and policies and ids are those of the
// layers: browsers ignore two values of Access-Control-Allow-Origin or
// X-Frame-Options.
func (p *passage) modify(res *http.Response) error {
	source := res.Body
	if p.ModifyResponse != nil {
		if err := p.ModifyResponse(res); err != nil {
			return err
		}
	}
	if res.StatusCode < http.StatusOK && res.StatusCode != http.StatusSwitchingProtocols || res.StatusCode > 999 {
		return fmt.Errorf("dram: middleware.Proxy: the server answered with the status %d, which is not one of an answer", res.StatusCode)
	}
	outer := p.c.Writer.Header()
	if len(outer["Access-Control-Allow-Origin"]) > 0 {
		dropCORS(res.Header)
	}
	for name := range outer {
		switch {
		case listHeaders[name] || len(res.Header[name]) == 0:
		case isServers(name):
			delete(outer, name)
		default:
			delete(res.Header, name)
		}
	}
	if res.StatusCode == http.StatusNoContent || res.StatusCode == http.StatusSwitchingProtocols {
		delete(res.Header, "Content-Length") // RFC 9110 section 8.6
	}
	dropTrailers(res.Trailer, res.Header)
	dropTrailers(res.Trailer, outer)
	if limit := timelimit.Of(p.c.Request.Context()); limit != nil {
		limit.Lift() // the server has answered: its body may take its time
	}
	if res.StatusCode == http.StatusSwitchingProtocols {
		p.c.Status(res.StatusCode)   // the connection is taken over: this is for the log
		p.body.ReadCloser = res.Body // which ReverseProxy leaves open if it refuses the switch
		p.body.endWith(p.c.Stopping(), source)
		return nil
	}
	events := httpfield.MediaType(res.Header.Get("Content-Type")) == "text/event-stream"
	p.answer.streams = p.FlushInterval != 0 || res.ContentLength < 0 || events
	p.body = recordedBody{ReadCloser: res.Body, c: p.c, res: res}
	if events {
		p.body.endWith(p.c.Stopping(), source)
	}
	res.Body = &p.body
	return nil
}

// dropCORS drops what the server lets pages of other origins do, where a layer outside has said which
// origin that is: what the two say together, such as the origin of one and the credentials of the
// other, neither has allowed.
func dropCORS(h http.Header) {
	for name := range h {
		if strings.HasPrefix(name, "Access-Control-") {
			delete(h, name)
		}
	}
}

// dropTrailers drops the trailers whose names the header has: a client that merges the
// two (RFC 9110 section 6.5.1) would have both values, and net/http sends both.
func dropTrailers(trailers, header http.Header) {
	for name := range trailers {
		if len(header[name]) > 0 {
			delete(trailers, name)
		}
	}
}

// recordedBody is the body of an answer; that it broke off is for the log.
type recordedBody struct {
	io.ReadCloser
	c      *dram.Context
	res    *http.Response
	broken bool

	stopping <-chan struct{} // nil but for an event stream or a switched protocol
	over     chan struct{}   // closed with it
}

// endWith has an event stream, or a connection of another protocol, end when the server
// begins to: a client drops half an event at the end of a stream, and reconnects. source is
// what the transport reads.
func (b *recordedBody) endWith(stopping <-chan struct{}, source io.Closer) {
	over := make(chan struct{})
	b.stopping, b.over = stopping, over
	go func() {
		select {
		case <-stopping:
			_ = source.Close()
		case <-over:
		}
	}()
}

// end lets go of what endWith has begun.
func (b *recordedBody) end() {
	if b.over != nil {
		close(b.over)
		b.over = nil
	}
}

// isStopped reports whether it is an event stream, and the server has begun to end.
func (b *recordedBody) isStopped() bool {
	select {
	case <-b.stopping:
		return true
	default:
		return false
	}
}

// Close closes the body. The trailers are there then, those that were not announced
// included.
func (b *recordedBody) Close() error {
	b.end()
	err := b.ReadCloser.Close()
	dropTrailers(b.res.Trailer, b.c.Writer.Header())
	httpfield.DropHopByHop(b.res.Trailer)
	delete(b.res.Trailer, "Content-Length")
	return err
}

func (b *recordedBody) Read(buf []byte) (int, error) {
	if w, ok := b.c.Writer.(interface{ Unwanted() bool }); ok && w.Unwanted() {
		return 0, io.EOF // a layer has answered in place of the server
	}
	n, err := b.ReadCloser.Read(buf)
	if err != nil && b.isStopped() {
		return n, io.EOF
	}
	if err != nil && err != io.EOF {
		b.broken = true
		what := "the server's answer broke off"
		switch ctx := b.c.Request.Context(); {
		case isEnded(ctx):
			what, err = "the request was ended here", context.Cause(ctx)
		case errors.Is(err, context.Cause(ctx)) && ctx.Err() == context.Canceled:
			what = "the client has left"
		}
		_ = b.c.Error(fmt.Errorf("dram: middleware.Proxy: %s: %w", what, err))
	}
	return n, err
}

// pass answers by the server behind. If its body breaks off, the client's answer ends as
// that of any source which fails: it is cut, unless a layer has answered in its place.
func (p *passage) pass(server http.Handler) {
	defer func() {
		switch cause := recover(); {
		case p.body.broken && (cause == nil || cause == http.ErrAbortHandler): // by which ReverseProxy tells net/http
			p.breakOff()
		case cause != nil:
			panic(cause)
		}
	}()
	server.ServeHTTP(&p.answer, p.c.Request)
}

// breakOff has the client's answer fail.
func (p *passage) breakOff() {
	switch body, ok := p.c.Writer.(io.ReaderFrom); {
	case ok:
		_, _ = body.ReadFrom(brokenBody{}) // its error is in c.Errors
	case p.c.Request.Context().Value(http.LocalAddrContextKey) != nil: // it came over a connection
		panic(http.ErrAbortHandler) // only net/http knows how somebody's own writer is cut
	}
}

// brokenBody is what is left of a body that broke off.
type brokenBody struct{}

func (brokenBody) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// release closes the body, if there is one, whatever a layer has panicked with.
func (b *recordedBody) release() {
	b.end()
	if b.ReadCloser != nil {
		_ = b.ReadCloser.Close() // the body was copied or is not wanted
	}
}

// answerWriter is the writer that httputil.ReverseProxy sees. It keeps what the
// server says apart from what the layers outside have said until the answer's own
// header goes out: ReverseProxy empties the header behind each 1xx.
type answerWriter struct {
	dram.ResponseWriter
	req     *http.Request
	servers http.Header      // nil once it has gone out
	infos   chan information // on their way to the Context's goroutine
	arrived chan struct{}    // closed when the answer has, and no 1xx is waited for
	streams bool             // what is written is flushed
}

func newAnswerWriter(c *dram.Context) answerWriter {
	return answerWriter{ResponseWriter: c.Writer, req: c.Request, servers: http.Header{}, infos: make(chan information), arrived: make(chan struct{})}
}

// Header returns the header of the server; once that is sent, that of the
// answer, to which trailers are added.
func (w *answerWriter) Header() http.Header {
	if w.servers != nil {
		return w.servers
	}
	return w.ResponseWriter.Header()
}

// WriteHeader sends a header: any number of 1xx (RFC 9110 section 15.2), of which
// the transport tells, then the answer's. That of a stream does not wait for a body.
func (w *answerWriter) WriteHeader(status int) {
	if httpfield.Informational(status) {
		select {
		case w.infos <- information{status, w.servers.Clone()}:
		case <-w.arrived:
		}
		return
	}
	w.join()
	w.ResponseWriter.WriteHeader(status)
	if w.streams {
		w.Flush()
	}
}

// Write passes on what was read, and flushes it if it is part of a stream.
func (w *answerWriter) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	if w.streams {
		w.Flush()
	}
	return n, err
}

// FlushError does nothing: ReverseProxy calls it by a timer. All that has to be
// flushed, Write has.
func (w *answerWriter) FlushError() error { return nil }

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

// Hijack takes over the connection of a client that is switched to another
// protocol.
func (w *answerWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.join()
	return w.ResponseWriter.Hijack()
}

// Unwrap returns the outer writer, for http.ResponseController.
func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// isEnded reports whether the program has ended a request for a reason of its own: the client is still there.
func isEnded(ctx context.Context) bool {
	return ctx.Err() == context.Canceled && !httpfield.HasClientLeft(ctx)
}

// failed answers if the server did not.
func (p *passage) failed(_ http.ResponseWriter, req *http.Request, err error) {
	var tooLarge *http.MaxBytesError
	var timeout net.Error
	canceled := req.Context().Err() == context.Canceled // perhaps with a timeout of the client's connection
	late := !canceled && (errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout())
	ended := late || canceled || errors.Is(err, context.Canceled) // this request, by whomever
	status, detail := http.StatusBadGateway, "the server behind this one cannot be reached"
	switch {
	case errors.As(err, &tooLarge):
		status, detail = http.StatusRequestEntityTooLarge, "the body is larger than this resource takes"
	case isEnded(req.Context()):
		status, detail, err = http.StatusServiceUnavailable, "the request was ended here", context.Cause(req.Context())
	case body.IsLate(err), ended && (body.IsLate(p.sent.Err()) || p.sent.Waits()):
		status, detail = http.StatusRequestTimeout, "the body did not arrive in time"
	case body.IsBroken(err), ended && body.IsBroken(p.sent.Err()):
		status, detail = http.StatusBadRequest, "the body could not be read to its end"
	case late:
		status, detail = http.StatusGatewayTimeout, "the server behind this one took too long"
	case canceled:
		status, detail = httpfield.StatusClientGone, "the client is gone" // for the log: nobody will read it
	}
	if p.c.Writer.Written() {
		_ = p.c.Error(err)
		return
	}
	p.OnError.Fail(p.c, status, detail, err)
}

// copyBuffers is a pool of the buffers with which bodies are copied.
type copyBuffers struct{ pool sync.Pool }

func newCopyBuffers() *copyBuffers {
	return &copyBuffers{sync.Pool{New: func() any { return new([copyBufferSize]byte) }}}
}

const copyBufferSize = 32 << 10

// Get implements httputil.BufferPool.
func (b *copyBuffers) Get() []byte { return b.pool.Get().(*[copyBufferSize]byte)[:] }

// Put implements httputil.BufferPool: buf is one of Get's.
func (b *copyBuffers) Put(buf []byte) { b.pool.Put((*[copyBufferSize]byte)(buf)) }
