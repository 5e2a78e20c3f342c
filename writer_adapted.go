package dram

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
)

// This file is the Writer of the layers inside a net/http middleware that wraps
// the http.ResponseWriter: what a middleware's writer lacks of a ResponseWriter.

// adaptedWriter is a ResponseWriter on top of a middleware's writer. It follows
// the rules of the Context's own: the status is only recorded until the first
// byte of the body, and sent once.
type adaptedWriter struct {
	http.ResponseWriter                // the middleware's
	outer               ResponseWriter // the Context's, under the middleware's
	status              int
	initial             int // the status before the layers inside ran
	size                int
}

var (
	_ ResponseWriter = (*adaptedWriter)(nil)
	_ io.ReaderFrom  = (*adaptedWriter)(nil)
)

func newAdaptedWriter(w http.ResponseWriter, call *middlewareCall) *adaptedWriter {
	return &adaptedWriter{
		ResponseWriter: w, outer: call.writer,
		status: call.status, initial: call.status, size: noWritten,
	}
}

// finish passes a status on that was set, but not sent. A chain inside that
// set none leaves the header to the layers outside.
func (w *adaptedWriter) finish() {
	if w.status != w.initial {
		w.WriteHeaderNow()
	}
}

// Unwrap is the middleware's writer, for http.ResponseController.
func (w *adaptedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader records the status; an informational one goes out at once.
func (w *adaptedWriter) WriteHeader(code int) {
	switch {
	case code <= 0 || w.Written():
	case isInformational(code):
		w.ResponseWriter.WriteHeader(code)
	default:
		w.status = code
	}
}

// WriteHeaderNow gives the recorded status to the middleware's writer, once.
func (w *adaptedWriter) WriteHeaderNow() {
	if !w.Written() {
		w.size = 0
		w.ResponseWriter.WriteHeader(w.status)
	}
}

// Write writes the header if need be, then data.
func (w *adaptedWriter) Write(data []byte) (int, error) {
	w.WriteHeaderNow()
	n, err := w.ResponseWriter.Write(data)
	w.size += n
	return n, err
}

// WriteString is Write for a string.
func (w *adaptedWriter) WriteString(s string) (int, error) {
	w.WriteHeaderNow()
	n, err := io.WriteString(w.ResponseWriter, s)
	w.size += n
	return n, err
}

// ReadFrom copies src into the body.
func (w *adaptedWriter) ReadFrom(src io.Reader) (int64, error) {
	w.WriteHeaderNow()
	n, err := io.Copy(w.ResponseWriter, src)
	w.size += int(n)
	return n, err
}

// Status is the recorded status.
func (w *adaptedWriter) Status() int { return w.status }

// Size is the number of bytes that the layers inside wrote, which the
// middleware may have changed; -1 before the header.
func (w *adaptedWriter) Size() int { return w.size }

// Written tells whether the header was sent.
func (w *adaptedWriter) Written() bool { return w.size != noWritten }

// Flush flushes what the middleware's writer can flush.
func (w *adaptedWriter) Flush() {
	w.WriteHeaderNow()
	_ = http.NewResponseController(w.ResponseWriter).Flush()
}

// Hijack takes the connection over, until the body has begun.
func (w *adaptedWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if w.size > 0 {
		return nil, nil, errBodyWritten
	}
	conn, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if errors.Is(err, http.ErrNotSupported) {
		return nil, nil, http.ErrNotSupported
	}
	if err == nil && !w.Written() {
		w.size = 0
	}
	return conn, rw, err
}

// CloseNotify is the Context's own writer's.
//
// Deprecated: wait for the request's context instead.
func (w *adaptedWriter) CloseNotify() <-chan bool { return w.outer.CloseNotify() }

// Pusher is the connection's http.Pusher, nil when there is none.
func (w *adaptedWriter) Pusher() http.Pusher { return w.outer.Pusher() }
