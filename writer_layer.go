package dram

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/dram-go/dram/internal/httpfield"
)

// This file is what layers do to an answer. A layer that wants to look at an
// answer, or to change it, runs the rest of the chain with NextAnswer and is asked
// once, at the one moment at which everything is still possible: the status and
// the header are as the layers inside left them, the first byte of the body is
// about to be written, and nothing was sent.
//
// Layers inside are asked before those outside, so each sees what the others
// decided. The writers of several layers are nested:
//
//	handler → ETag's → Compress's → the Context's own → net/http

// Answer is a response at the moment at which it begins, as one layer sees it. It
// is valid only during the call that it was passed to.
type Answer struct{ w *answerWriter }

// Status returns the status that is about to be sent; 101 for a connection that is
// about to be taken over (Hijack), whatever protocol follows.
func (a Answer) Status() int {
	if a.w.hijacking {
		return http.StatusSwitchingProtocols
	}
	return a.w.Status()
}

// SetStatus replaces the status.
func (a Answer) SetStatus(code int) { a.w.ResponseWriter.WriteHeader(code) }

// Header returns the header that is about to be sent.
func (a Answer) Header() http.Header { return a.w.Header() }

// Given reports whether the layers inside have answered: set a status, written a
// body, or taken the connection over. Without an answer a layer outside may still
// give one: the text of a 404, say.
func (a Answer) Given() bool { return a.w.given || a.w.hijacking || a.begun() }

// begun reports whether a byte of the body was written, or the header sent on
// purpose.
func (a Answer) begun() bool { return a.w.size != noWritten }

// Out returns the writer to which the body goes when it leaves this layer.
func (a Answer) Out() io.Writer { return a.w.ResponseWriter }

// Through sends the body through encoder, which writes to a.Out(), and closes it
// when the body is whole; it is not closed when the body breaks off. If encoder has
// a method Flush, the answer's flushes go on to it. The header changes with the
// bytes: Content-Length and Accept-Ranges are removed, and a strong ETag becomes a
// weak one. Without a body, or with a nil encoder, only the header changes.
func (a Answer) Through(encoder io.WriteCloser) {
	h := a.Header()
	h.Del("Content-Length")
	h.Del("Accept-Ranges")
	if tag := h.Get("Etag"); tag != "" && !strings.HasPrefix(tag, "W/") {
		h.Set("Etag", "W/"+tag)
	}
	if encoder != nil && a.mayHaveBody() && a.begun() {
		a.w.through = encoder
	}
}

// Tee writes the body to copy as well. The copy is complete even if the client is
// gone. An error of copy is returned to the handler that writes.
func (a Answer) Tee(copy io.Writer) {
	if a.mayHaveBody() {
		a.w.tee = copy
	}
}

// OnStream registers f to be called once when the answer turns out to be a stream:
// before it is flushed, or copied from a reader (a file, say), or when the connection
// is taken over.
func (a Answer) OnStream(f func()) {
	if a.w.onStream = f; a.w.hijacking {
		a.w.streams()
	}
}

// Hold keeps back up to limit bytes of the body, and the header with them. It calls
// then once: with the whole body if it is that short, or else with its beginning,
// when more is written or the answer is flushed. Then may call any method but Hold.
// For a status without a body, begin is empty and whole is true.
func (a Answer) Hold(limit int, then func(a Answer, begin []byte, whole bool)) {
	if !a.mayHaveBody() || !a.begun() {
		then(a, nil, true)
		return
	}
	a.w.state, a.w.limit, a.w.then = answerHeld, limit, then
}

// Replace answers with handler in place of the layers inside: their body is
// dropped, as if it had been written. The handler finds the status and the header
// as they are, without Content-Length, and the writer outside this layer in
// c.Writer.
func (a Answer) Replace(handler HandlerFunc) {
	w, c := a.w, a.w.c
	w.state = answerDropped
	w.held = w.held[:0]
	w.through, w.tee = nil, nil
	a.Header().Del("Content-Length")
	inner := c.Writer
	c.Writer = w.ResponseWriter
	defer func() { c.Writer = inner }()
	handler(c)
	w.ResponseWriter.WriteHeaderNow()
	w.dropped = w.ResponseWriter.Header().Clone()
}

func (a Answer) mayHaveBody() bool { return httpfield.BodyAllowed(a.Status()) }

// NextAnswer runs the handlers that are still to come, as NextWith does with
// another request (nil: the one that is there), and calls look when their answer
// begins: before its header is sent, whether by the first byte of a body, by a flush,
// or at the end of the chain. If look calls no method of Answer that changes it, the
// answer passes as if this layer were not there: files by sendfile, and Hijack, 1xx
// statuses, trailers and HEAD as they should.
//
// It reports whether the answer is whole: neither broken off nor shorter than its
// Content-Length. A panic passes, and look is not called for what it leaves. If an
// answer that no layer has sent yet is replaced by another one (by Recovery, say),
// look is called again for that one.
//
// look runs on the Context's goroutine.
func (c *Context) NextAnswer(req *http.Request, look func(Answer)) (whole bool) {
	w := c.pushAnswer(look)
	defer c.popAnswer(w)
	if req != nil {
		c.NextWith(nil, req)
	} else {
		c.Next()
	}
	c.Writer = w.ResponseWriter
	return w.finish()
}

// pushAnswer puts a writer around c.Writer. The memory of one that another request
// has used serves again, in release mode.
func (c *Context) pushAnswer(look func(Answer)) *answerWriter {
	c.live()
	if c.depth == len(c.answers) {
		c.answers = append(c.answers, new(answerWriter))
	}
	w := c.answers[c.depth]
	c.depth++
	*w = answerWriter{ResponseWriter: c.Writer, c: c, look: look, held: w.held[:0], size: noWritten}
	c.Writer = w
	return w
}

// popAnswer takes the writer off. A use of it that comes later is one of the
// writer outside in release mode, and a panic in the others.
func (c *Context) popAnswer(w *answerWriter) {
	const keep = 64 << 10 // a longer body's memory is not kept for the next
	c.Writer = w.ResponseWriter
	c.depth--
	w.look, w.then, w.through, w.tee, w.onStream, w.dropped = nil, nil, nil, nil, nil, nil
	w.state, w.size = answerPassing, 0
	if cap(w.held) > keep {
		w.held = nil
	}
	if c.engine.poison {
		c.answers[c.depth] = new(answerWriter)
		w.ResponseWriter = goneAnswer(c)
	}
}

// The states of an answerWriter.
const (
	answerAwaited = iota // look was not called yet
	answerHeld           // the body is held back
	answerPassing        // the body goes on
	answerDropped        // another answer was sent in its place
)

// answerWriter is the writer inside a layer that called NextAnswer. To the layers
// inside it looks like the Context's own: the first byte fixes the status, Size
// counts what they wrote.
type answerWriter struct {
	ResponseWriter // the writer outside the layer
	c              *Context
	look           func(Answer)
	then           func(a Answer, begin []byte, whole bool)

	held      []byte
	limit     int
	size      int // bytes written by the layers inside; -1 before the header
	promised  int // the Content-Length that they set; -1 without one
	state     uint8
	given     bool // a status was set
	hijacking bool
	through   io.WriteCloser
	tee       io.Writer
	onStream  func()
	dropped   http.Header // that of the layers inside once another answer was sent
}

var _ io.ReaderFrom = (*answerWriter)(nil)

// errReplaced is what Hijack returns when a layer has answered.
var errReplaced = errors.New("dram: a layer has answered in place of the handler")

// begin is called before each byte: the first one fixes the status.
func (w *answerWriter) begin() {
	if w.size == noWritten {
		w.size = 0
		w.ask()
	}
}

// ask calls look, unless it was called or comes too late.
func (w *answerWriter) ask() {
	if w.state != answerAwaited {
		return
	}
	w.state, w.promised = answerPassing, -1
	if w.ResponseWriter.Written() {
		return
	}
	if length := w.Header()["Content-Length"]; len(length) > 0 {
		if n, err := strconv.Atoi(length[0]); err == nil {
			w.promised = n
		}
	}
	w.look(Answer{w})
}

// settle ends the time in which the body is held: with the bytes that are about
// to be written if none are held.
func (w *answerWriter) settle(next []byte, whole bool) error {
	begin, then := w.held, w.then
	if len(begin) == 0 {
		begin = next
	}
	w.state, w.then = answerPassing, nil
	if then != nil {
		then(Answer{w}, begin, whole)
	}
	held := w.held
	w.held = held[:0]
	if len(held) > 0 {
		return w.pass(held)
	}
	if len(next) == 0 && w.state == answerPassing {
		w.ResponseWriter.WriteHeaderNow()
	}
	return nil
}

// streams says that the answer is a stream.
func (w *answerWriter) streams() {
	if f := w.onStream; f != nil {
		w.onStream = nil
		f()
	}
}

// pass sends p on.
func (w *answerWriter) pass(p []byte) (err error) {
	if w.state == answerDropped {
		return nil
	}
	if w.tee != nil {
		if _, err = w.tee.Write(p); err != nil {
			return err
		}
	}
	if w.through != nil {
		_, err = w.through.Write(p)
	} else {
		_, err = w.ResponseWriter.Write(p)
	}
	if w.tee != nil {
		return nil
	}
	return err
}

// finish ends the answer when the chain has returned, and reports whether it is
// whole.
func (w *answerWriter) finish() (whole bool) {
	if w.short() {
		w.c.fail()
	}
	w.ask() // of an answer without a body
	if w.state == answerHeld {
		_ = w.settle(nil, true) // the client may be gone
	}
	if w.through != nil && w.c.cut == uncut && w.through.Close() != nil {
		w.c.fail()
	}
	return w.c.cut == uncut
}

// short reports whether the body is not as long as its Content-Length says.
func (w *answerWriter) short() bool {
	return w.size > noWritten && w.promised >= 0 && w.size != w.promised &&
		!w.hijacking && w.state != answerDropped && httpfield.BodyAllowed(w.Status()) && w.c.Request.Method != http.MethodHead
}

// rewind forgets an answer of which nothing was sent.
func (w *answerWriter) rewind() {
	w.state, w.size, w.given, w.hijacking = answerAwaited, noWritten, false, false
	w.held, w.then, w.through, w.tee, w.dropped = w.held[:0], nil, nil, nil, nil
}

// Header is the answer's header; one of nothing once another answer was sent, whose
// own may still be held back outside.
func (w *answerWriter) Header() http.Header {
	if w.dropped != nil {
		return w.dropped
	}
	return w.ResponseWriter.Header()
}

// Unwrap is the writer outside, for http.ResponseController.
func (w *answerWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader records the status until the first byte; informational ones go out
// at once. Later the writer outside is told if it warns by itself.
func (w *answerWriter) WriteHeader(code int) {
	w.given = w.given || code > 0 && !httpfield.Informational(code)
	if w.size == noWritten || httpfield.Informational(code) || w.ResponseWriter.Written() {
		w.ResponseWriter.WriteHeader(code)
	}
}

// WriteHeaderNow fixes the status. The header itself waits while the body is held.
func (w *answerWriter) WriteHeaderNow() {
	w.begin()
	if w.state == answerPassing {
		w.ResponseWriter.WriteHeaderNow()
	}
}

// Write holds p back or sends it on.
func (w *answerWriter) Write(p []byte) (int, error) {
	w.begin()
	if w.state == answerHeld {
		if len(w.held)+len(p) <= w.limit {
			w.held = append(w.held, p...)
			w.size += len(p)
			return len(p), nil
		}
		if err := w.settle(p, false); err != nil {
			return 0, err
		}
	}
	if w.state == answerPassing && w.through == nil && w.tee == nil {
		n, err := w.ResponseWriter.Write(p)
		w.size += n
		return n, err
	}
	if err := w.pass(p); err != nil {
		return 0, err
	}
	w.size += len(p)
	return len(p), nil
}

// WriteString is Write for a string.
func (w *answerWriter) WriteString(s string) (int, error) { return w.Write(bytesOf(s)) }

// ReadFrom copies src: by the writer outside once the body passes, so that files
// go by sendfile.
func (w *answerWriter) ReadFrom(src io.Reader) (n int64, err error) {
	w.begin()
	w.streams()
	if w.state == answerHeld {
		// One byte more than may be held settles it.
		n, err = io.CopyN(struct{ io.Writer }{w}, src, int64(w.limit-len(w.held))+1)
		if errors.Is(err, io.EOF) {
			return n, nil
		}
	}
	if err == nil {
		var more int64
		if w.state == answerPassing && w.through == nil && w.tee == nil {
			more, err = io.Copy(w.ResponseWriter, src)
			w.size += int(more)
		} else {
			more, err = io.Copy(struct{ io.Writer }{w}, src)
		}
		n += more
	}
	if err != nil {
		w.c.fail()
	}
	return n, err
}

// Flush sends what there is: a handler that flushes streams, so nothing is held any
// more.
func (w *answerWriter) Flush() {
	w.begin()
	w.streams()
	if w.state == answerHeld {
		_ = w.settle(nil, false) // the next Write tells
	}
	switch encoder := w.through.(type) {
	case interface{ Flush() error }:
		_ = encoder.Flush()
	case http.Flusher:
		encoder.Flush()
	}
	if w.state == answerPassing {
		w.ResponseWriter.Flush()
	}
}

// Hijack hands the connection over, until the first byte of the body is written.
func (w *answerWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if w.size > 0 {
		return nil, nil, errBodyWritten
	}
	waiting := w.state == answerAwaited
	w.hijacking = true
	w.ask()
	w.streams()
	if w.state == answerDropped {
		return nil, nil, errReplaced
	}
	conn, rw, err := w.ResponseWriter.Hijack()
	if err != nil && waiting { // the answer will be another one
		w.rewind()
	}
	if err == nil && w.size == noWritten {
		w.size = 0
	}
	return conn, rw, err
}

// Size is the number of bytes that the layers inside wrote; -1 before the header.
func (w *answerWriter) Size() int {
	if w.size == noWritten {
		return w.ResponseWriter.Size()
	}
	return w.size
}

// Written reports whether the status is fixed.
func (w *answerWriter) Written() bool { return w.size != noWritten || w.ResponseWriter.Written() }
