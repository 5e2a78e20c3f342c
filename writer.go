package dram

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
	"unsafe"
)

// This file is the writer between a handler and net/http. It keeps back the
// status until the first byte of the body, so that a middleware may still
// change it, sends the header once, and knows afterwards what was sent.

const noWritten = -1

// errBodyWritten is what Hijack returns when the body has begun.
var errBodyWritten = errors.New("dram: response body already written: hijack before the first Write")

// ResponseWriter is the writer of a Context.
type ResponseWriter interface {
	http.ResponseWriter
	http.Hijacker
	http.Flusher
	//lint:ignore SA1019 the method is part of Gin's interface
	http.CloseNotifier

	// Status is the response's status code: the one that is recorded, or the
	// one that was sent.
	Status() int
	// Size is the number of bytes of the body written so far; -1 before the
	// header was sent.
	Size() int
	// WriteString writes s into the body.
	WriteString(s string) (int, error)
	// Written tells whether the header was sent.
	Written() bool
	// WriteHeaderNow sends the header if that has not happened yet.
	WriteHeaderNow()
	// Pusher is the connection's http.Pusher, or nil.
	Pusher() http.Pusher
}

// responseWriter is the ResponseWriter inside each Context.
type responseWriter struct {
	http.ResponseWriter
	engine *Engine // for debug output; stays over all requests
	size   int
	status int
	// discardBody is set when a GET route answers a HEAD request.
	discardBody bool
	// headerHeld is set while discardBody keeps the header back, so that it
	// can tell the length of the body that GET would have.
	headerHeld bool
	// gone is the poison of a released Context; see pool_poison.go.
	gone atomic.Pointer[string]
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
	w.discardBody = false
	w.headerHeld = false
}

// Unwrap is the writer under this one, for http.ResponseController.
func (w *responseWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader records the status, which the first byte of the body sends.
// Informational statuses (1xx but 101) go out at once, as many as there are
// (RFC 9110 section 15.2, RFC 8297); codes of 0 or less are ignored.
func (w *responseWriter) WriteHeader(code int) {
	if code <= 0 || code == w.status {
		return
	}
	w.live()
	if w.written() {
		if w.engine != nil {
			w.engine.debugPrint("[WARNING] Headers were already written. Wanted to override status code %d with %d", w.status, code)
		}
		return
	}
	if isInformational(code) {
		w.ResponseWriter.WriteHeader(code)
		return
	}
	w.status = code
}

// isInformational tells whether more than one response header follows code.
func isInformational(code int) bool {
	return code >= 100 && code <= 199 && code != http.StatusSwitchingProtocols
}

// WriteHeaderNow sends the recorded header, once.
func (w *responseWriter) WriteHeaderNow() {
	if !w.written() {
		w.ResponseWriter.WriteHeader(w.status)
		w.size = 0
	}
}

// begin sends the header before the first byte of a body. A plain 200 is left to
// net/http, which sends it with that byte.
func (w *responseWriter) begin() {
	if w.written() {
		return
	}
	if w.status != http.StatusOK {
		w.ResponseWriter.WriteHeader(w.status)
	}
	w.size = 0
}

// Write sends the header if need be, then data.
func (w *responseWriter) Write(data []byte) (n int, err error) {
	if w.discardBody {
		return w.discard(data), nil
	}
	w.begin()
	n, err = w.ResponseWriter.Write(data)
	w.size += n
	return n, err
}

// WriteString is Write for a string, without a copy: a Writer may neither change
// nor keep the bytes that it is given.
func (w *responseWriter) WriteString(s string) (n int, err error) {
	return w.Write(unsafe.Slice(unsafe.StringData(s), len(s)))
}

// ReadFrom copies src into the body. net/http sends a file so without passing
// it through the program (sendfile).
func (w *responseWriter) ReadFrom(src io.Reader) (n int64, err error) {
	if w.discardBody {
		return io.Copy(struct{ io.Writer }{w}, src)
	}
	w.begin()
	n, err = io.Copy(w.ResponseWriter, src)
	w.size += int(n)
	return n, err
}

// discard counts the bytes of a body that is not to be sent.
func (w *responseWriter) discard(data []byte) int {
	if !w.written() {
		w.size = 0
		w.headerHeld = true
		if header := w.Header(); len(data) > 0 && len(header["Content-Type"]) == 0 {
			header["Content-Type"] = []string{http.DetectContentType(data)}
		}
	}
	w.size += len(data)
	return len(data)
}

// sendHeld sends the header that discard kept back.
func (w *responseWriter) sendHeld() {
	w.headerHeld = false
	w.ResponseWriter.WriteHeader(w.status)
}

// unfinished tells whether the chain left something for finish to do. A plain 200
// without a body is not among it: net/http sends that by itself.
func (w *responseWriter) unfinished() bool {
	return w.size == noWritten && w.status != http.StatusOK || w.headerHeld
}

// finish sends the header that the chain has not sent: a status without a body,
// or the header that discard kept back.
func (w *responseWriter) finish() {
	if !w.headerHeld {
		w.WriteHeaderNow()
		return
	}
	header := w.Header()
	if len(header["Content-Length"]) == 0 && len(header["Transfer-Encoding"]) == 0 && bodyAllowed(w.status) {
		header["Content-Length"] = []string{strconv.Itoa(w.size)}
	}
	w.sendHeld()
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

// Written tells whether the header was sent.
func (w *responseWriter) Written() bool {
	w.live()
	return w.size != noWritten
}

// Flush sends what is buffered, the header first. It does nothing more when
// the writer under this one cannot flush.
func (w *responseWriter) Flush() {
	if w.headerHeld {
		w.sendHeld()
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
	if err == nil && !w.written() {
		w.size = 0
	}
	return conn, rw, err
}

// CloseNotify is a channel that is ready when the client is gone; nil, which
// never is, when the writer under this one cannot tell.
//
// Deprecated: wait for the request's context instead.
func (w *responseWriter) CloseNotify() <-chan bool {
	if notifier, ok := w.ResponseWriter.(http.CloseNotifier); ok {
		return notifier.CloseNotify()
	}
	w.live()
	return nil
}

// Pusher is the connection's http.Pusher, nil when there is none.
func (w *responseWriter) Pusher() http.Pusher {
	w.live()
	pusher, _ := w.ResponseWriter.(http.Pusher)
	return pusher
}

// bodyAllowed tells whether a response with this status may have a body
// (RFC 9110 sections 15.2, 15.3.5 and 15.4.5).
func bodyAllowed(status int) bool {
	return (status < 100 || status > 199) && status != http.StatusNoContent && status != http.StatusNotModified
}
