package dram

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"unsafe"

	"github.com/dram-go/dram/internal/httpfield"
	"github.com/dram-go/dram/internal/serve"
)

// This file is the writer between a handler and net/http. It keeps back the
// status until the first byte of the body, so that a middleware may still
// change it, sends the header once, and knows afterwards what was sent. What
// layers do to an answer is in writer_layer.go, how a GET route answers HEAD in
// writer_head.go, and how an answer ends that cannot be completed in writer_cut.go.
// See docs/internals/13-writer.md.

const noWritten = -1

// errBodyWritten is what Hijack returns when the body has begun.
var errBodyWritten = errors.New("dram: response body already written: hijack before the first Write")

// ResponseWriter is the writer of a Context. It is Gin's interface.
type ResponseWriter interface {
	http.ResponseWriter
	http.Hijacker
	http.Flusher
	//lint:ignore SA1019 the method is part of Gin's interface
	http.CloseNotifier

	// Status returns the response's status code: the one that is recorded, or the
	// one that was sent.
	Status() int
	// Size returns the number of bytes of the body written so far, or -1 if the
	// header was not sent yet.
	Size() int
	// WriteString writes s into the body.
	WriteString(s string) (int, error)
	// Written reports whether the header was sent.
	Written() bool
	// WriteHeaderNow sends the header if that has not happened yet.
	WriteHeaderNow()
	// Pusher returns the connection's http.Pusher, or nil.
	Pusher() http.Pusher
}

// responseWriter is the ResponseWriter inside each Context.
type responseWriter struct {
	http.ResponseWriter
	size   int
	status int
	c      *Context // the one that it is part of
}

var (
	_ ResponseWriter = (*responseWriter)(nil)
	_ io.ReaderFrom  = (*responseWriter)(nil)
)

// reset makes the writer new for a request.
func (w *responseWriter) reset(under http.ResponseWriter) {
	w.ResponseWriter = under
	w.size = noWritten
	w.status = http.StatusOK
}

// live panics if the writer's Context was released.
func (w *responseWriter) live() { w.c.live() }

// Unwrap is the writer under this one, for http.ResponseController.
func (w *responseWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader records the status, which the first byte of the body sends.
// Informational statuses (1xx but 101) go out at once, as many as there are
// (RFC 9110 section 15.2, RFC 8297), unless the request came otherwise than over a
// connection: CGI, FastCGI and httptest.ResponseRecorder take the first status for the
// answer's. Codes of 0 or less are ignored.
func (w *responseWriter) WriteHeader(code int) {
	if code <= 0 || code == w.status {
		return
	}
	w.live()
	if code < 100 || code > 999 {
		panic("dram: status code " + strconv.Itoa(code) + " is not valid: use one between 100 and 999")
	}
	if w.written() {
		w.c.warnSecondAnswer(w.status, code)
		return
	}
	if httpfield.Informational(code) {
		if cameOverConnection(contextOf(w.c.Request)) {
			w.send(code)
		}
		return
	}
	w.status = code
}

// cameOverConnection reports whether the request with this context came over a connection
// of the server that called the Engine: HTTP/1, 2 or 3.
func cameOverConnection(ctx context.Context) bool {
	return ctx.Value(http.LocalAddrContextKey) != nil
}

// WriteHeaderNow sends the recorded header, once.
func (w *responseWriter) WriteHeaderNow() {
	if !w.written() {
		w.sendHeader()
	}
}

// end sends the header of an answer without a body, whose length the server knows.
func (w *responseWriter) end() {
	if !w.written() {
		w.send(w.status)
		w.size = 0
	}
}

// send sends a status with the header, as far as the request's version of HTTP has it.
func (w *responseWriter) send(code int) {
	if req := w.c.Request; req != nil && req.ProtoMajor > 1 {
		httpfield.DropConnectionSpecific(w.Header(), req.ProtoMajor, code)
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *responseWriter) sendHeader() {
	w.c.closeHidden()
	w.send(w.status)
	w.size = 0
	if req := w.c.Request; req != nil && req.ProtoMinor == 0 {
		w.c.noteEnd()
	}
}

// Write sends the header if need be, then data.
func (w *responseWriter) Write(data []byte) (n int, err error) {
	w.WriteHeaderNow()
	n, err = w.ResponseWriter.Write(data)
	w.size += n
	if err != nil && err != http.ErrBodyNotAllowed {
		w.c.lost, w.c.unusual = true, true
	}
	return n, err
}

// WriteString is Write for a string, without a copy: a Writer may neither change
// nor keep the bytes that it is given.
func (w *responseWriter) WriteString(s string) (n int, err error) {
	return w.Write(bytesOf(s))
}

// bytesOf are the bytes of s, not to be changed.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// ReadFrom copies src into the body. net/http sends a file so without passing
// it through the program (sendfile). When it fails, the body is not whole, and
// the answer is cut.
func (w *responseWriter) ReadFrom(src io.Reader) (n int64, err error) {
	w.WriteHeaderNow()
	n, err = io.Copy(w.ResponseWriter, src)
	w.size += int(n)
	w.c.copied(err)
	return n, err
}

// copied cuts the answer if its body could not be copied, unless nobody is to have the body.
func (c *Context) copied(err error) {
	if err != nil && !errors.Is(err, http.ErrBodyNotAllowed) && !c.tooLongForHEAD(err) {
		c.fail()
	}
}

// tooLongForHEAD reports whether err says no more than that a body is longer than its
// Content-Length, and nobody is to have the body: the answer to HEAD is its header, which is whole.
func (c *Context) tooLongForHEAD(err error) bool {
	return errors.Is(err, http.ErrContentLength) && c.Request != nil && c.Request.Method == http.MethodHead
}

// written is Written without the check for a released Context.
func (w *responseWriter) written() bool { return w.size != noWritten }

// Status is the recorded status, 200 at first.
func (w *responseWriter) Status() int {
	w.live()
	return w.status
}

// Size is the number of body bytes, -1 before the header.
func (w *responseWriter) Size() int {
	w.live()
	return w.size
}

// Written reports whether the header was sent.
func (w *responseWriter) Written() bool {
	w.live()
	return w.size != noWritten
}

// Flush sends what is buffered, the header first. It does nothing more when
// the writer under this one cannot flush.
func (w *responseWriter) Flush() {
	if w.c.first != nil {
		w.c.first.streams = true
	}
	w.WriteHeaderNow()
	_ = http.NewResponseController(w.ResponseWriter).Flush()
}

// Hijack takes the connection over from net/http. It works until the first
// byte of the body is written.
func (w *responseWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if w.size > 0 {
		return nil, nil, errBodyWritten
	}
	conn, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if errors.Is(err, http.ErrNotSupported) {
		return nil, nil, http.ErrNotSupported
	}
	if err == nil {
		w.size = max(w.size, 0)
		w.c.wasHijacked()
		if w.c.endsByClose {
			w.c.endsByClose = false
			serve.Keep(conn)
		}
	}
	return conn, rw, err
}

// CloseNotify is a channel that is ready when the client is gone; nil, which
// never is, when no writer under this one can tell.
//
// Deprecated: wait for the request's context instead.
func (w *responseWriter) CloseNotify() <-chan bool {
	w.live()
	if notifier, ok := findUnder[http.CloseNotifier](w.ResponseWriter); ok {
		return notifier.CloseNotify()
	}
	return nil
}

// Pusher is the connection's http.Pusher, nil when there is none.
func (w *responseWriter) Pusher() http.Pusher {
	w.live()
	pusher, _ := findUnder[http.Pusher](w.ResponseWriter)
	return pusher
}

// findUnder is the first writer that is a T, from w down, as
// http.ResponseController looks for one.
func findUnder[T any](w http.ResponseWriter) (found T, ok bool) {
	for {
		if found, ok = w.(T); ok {
			return found, true
		}
		under, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return found, false
		}
		w = under.Unwrap()
	}
}
