package h1

import (
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/dram-go/dram/internal/httpfield"
)

// This file is the ResponseWriter: what a handler writes, until it returns. What the head of the
// answer says is in response_head.go, what else a handler may do in response_more.go.

// holdBody is how much of a body is held back: an answer that ends within it gets its
// Content-Length, and goes out in one write with its head.
const holdBody = 2048

// sendAt is the size from which on what is to be sent is sent, and sendAtOnce how much of it by
// one write.
const (
	sendAt     = 4096
	sendAtOnce = 32 << 10
)

// response answers one request, and is never used for another one: who keeps it finds it over.
type response struct {
	conn    *conn
	req     *http.Request
	url     url.URL
	ctx     requestContext
	body    body
	hasBody bool

	proto11, isHead bool
	isConnect       bool
	wantsClose      bool // the client is to close, or is HTTP/1.0
	keep10          bool // HTTP/1.0 that asks for a connection to be kept
	header          http.Header

	returned atomic.Bool // the handler has, and the rest of the body may be waited for, with the lock

	mu         sync.Mutex // of what follows
	buffers    *buffers
	lines      lines
	status     int   // 0 until WriteHeader
	length     int64 // Content-Length, -1 if there is none
	written    int64
	committed  bool // the head is on its way
	chunking   bool
	over       bool // no more of this
	hijacked   bool
	fullDuplex bool
	closeAfter bool  // the connection ends with this answer
	rest       rest  // of the request's body, behind an answer that ends the connection
	err        error // of the connection

	expects bool // Expect: 100-continue
	contMu  sync.Mutex
	waits   bool // the client waits for 100 Continue, and is told so when the body is read
	waited  bool // it has got another answer

	deadlines deadlines
}

// deadlines are those that were set for one request.
type deadlines struct {
	mu          sync.Mutex
	read, write bool
	over        error // why none can be set any more
}

// ofReads reports whether the handler has set one for reads.
func (d *deadlines) ofReads() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.read
}

// buffers are what an answer is made in.
type buffers struct {
	out  []byte // is to be sent
	held []byte // of the body, behind out
}

var pool = sync.Pool{New: func() any {
	return &buffers{make([]byte, 0, sendAt), make([]byte, 0, holdBody)}
}}

// maxKept is the size up to which a buffer is kept: a head may be longer.
const maxKept = 2 * sendAtOnce

// Header returns the header of the answer, which WriteHeader sends.
func (w *response) Header() http.Header {
	if w.header == nil {
		w.header = make(http.Header)
	}
	return w.header
}

// Write writes to the body, after a WriteHeader with 200 if there was none.
func (w *response) Write(p []byte) (int, error) { return write(w, p) }

// WriteString is Write.
func (w *response) WriteString(s string) (int, error) { return write(w, s) }

func write[T string | []byte](w *response, p T) (int, error) {
	if w.returned.Load() {
		return 0, errOver
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.begin(len(p)); err != nil {
		return 0, err
	}
	if len(p) == 0 || w.isHead && w.committed {
		return w.wrote(len(p))
	}
	if len(w.buffers.held)+len(p) <= holdBody {
		w.buffers.held = append(w.buffers.held, p...)
		return w.wrote(len(p))
	}
	if !w.committed && len(w.buffers.held) < sniffed {
		// The type is found in what is held.
		n := min(len(p), holdBody-len(w.buffers.held))
		w.buffers.held = append(w.buffers.held, p[:n]...)
		emit(w, p[n:])
	} else {
		emit(w, p)
	}
	return w.wrote(len(p))
}

// wrote is the result of a Write.
func (w *response) wrote(n int) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	return n, nil
}

// sniffed is how much of a body tells its type.
const sniffed = 512

// begin checks that n bytes of a body may be written, and counts them.
func (w *response) begin(n int) error {
	switch {
	case w.hijacked:
		if n > 0 {
			w.conn.server.logf("http: response.Write on hijacked connection from %s", caller())
		}
		return http.ErrHijacked
	case w.over, w.returned.Load():
		return errOver
	}
	if w.status == 0 {
		w.writeHeader(http.StatusOK)
	}
	if n == 0 {
		return nil
	}
	if !httpfield.BodyAllowed(w.status) {
		return http.ErrBodyNotAllowed
	}
	if w.written += int64(n); w.length >= 0 && w.written > w.length {
		return http.ErrContentLength
	}
	return nil
}

// emit sends what is held, and p behind it.
func emit[T string | []byte](w *response, p T) {
	w.commit()
	b := w.buffers
	n := len(b.held) + len(p)
	if n == 0 || w.isHead {
		b.held = b.held[:0]
		return
	}
	if w.chunking {
		b.out = strconv.AppendInt(b.out, int64(n), 16)
		b.out = append(b.out, "\r\n"...)
	}
	b.out = append(b.out, b.held...)
	b.held = b.held[:0]
	for len(p) > sendAtOnce-len(b.out) { // what is large goes through the buffer piece by piece
		n := max(0, sendAtOnce-len(b.out))
		b.out, p = append(b.out, p[:n]...), p[n:]
		if w.send(); w.err != nil {
			return
		}
	}
	b.out = append(b.out, p...)
	if w.chunking {
		b.out = append(b.out, "\r\n"...)
	}
	if len(b.out) >= sendAt {
		w.send()
	}
}

// send writes what is to be sent to the connection.
func (w *response) send() {
	if w.err != nil {
		w.buffers.out = w.buffers.out[:0]
		return
	}
	if len(w.buffers.out) == 0 {
		return
	}
	_, w.err = w.conn.rwc.Write(w.buffers.out)
	w.buffers.out = w.buffers.out[:0]
	if w.err != nil {
		w.ctx.leave()
	}
}

// Flush sends what was written so far.
func (w *response) Flush() { _ = w.FlushError() }

// FlushError is Flush, and returns why it could not.
func (w *response) FlushError() error {
	if w.returned.Load() {
		return errOver
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.begin(0); err != nil {
		return err
	}
	emit(w, "")
	w.send()
	return w.err
}
