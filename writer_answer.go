package dram

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"

	"github.com/dram-go/dram/internal/httpfield"
)

// This file is the writer inside a layer that called NextAnswer: what a handler
// writes on its way through the layer's decision. The Context keeps these writers
// in a stack, so that they come from the pool with it.
// See docs/internals/13-writer.md.

// pushAnswer puts a writer around c.Writer. The memory of one that another request
// has used serves again, in release mode.
func (c *Context) pushAnswer(look func(Answer)) *answerWriter {
	c.live()
	if c.depth == len(c.answers) {
		c.answers = append(c.answers, new(answerWriter))
	}
	w := c.answers[c.depth]
	c.depth++
	*w = answerWriter{ResponseWriter: c.Writer, c: c, look: look, held: w.held[:0], size: noWritten, turn: w.turn}
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
	w.turn++
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
	replacing bool // Replace is sending the answer
	broken    bool // the answer was replaced outside, and could not have been completed
	turn      uint32
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
	if w.look != nil { // which it is for the answer to a panic in Replace
		w.look(Answer{w, w.turn})
	}
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
		then(Answer{w, w.turn}, begin, whole)
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

// pass sends p on. What an encoder or a copy does not take is missing, whatever the
// handler makes of the error: the answer is not whole.
func (w *answerWriter) pass(p []byte) (err error) {
	if w.state == answerDropped {
		return nil
	}
	if w.tee != nil {
		if _, err = w.tee.Write(p); err != nil {
			w.c.fail()
			return err
		}
	}
	if w.through != nil {
		if _, err = w.through.Write(p); err != nil {
			w.c.fail()
		}
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
		w.ask()                 // of a 500, if an encoder failed
	}
	if w.through != nil && w.c.cut == uncut && !w.bodiless() && w.through.Close() != nil {
		w.c.fail()
	}
	return w.c.cut == uncut && !w.broken
}

// bodiless reports whether a handler that answers HEAD by itself has written nothing: an
// encoder would say what it says of an empty body, and its length would be the answer's.
func (w *answerWriter) bodiless() bool {
	return w.size == 0 && w.c.Request.Method == http.MethodHead
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
			more, err = io.Copy(struct{ io.Writer }{w}, w.c.whileWanted(src))
		}
		n += more
	}
	w.c.copied(err)
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
	if !w.bodiless() {
		flush(w.through)
	}
	if w.state == answerPassing {
		w.ResponseWriter.Flush()
	}
}

// flush flushes an encoder that can.
func flush(encoder any) {
	switch encoder := encoder.(type) {
	case interface{ Flush() error }:
		_ = encoder.Flush()
	case http.Flusher:
		encoder.Flush()
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
	if err != nil {
		w.hijacking = false
		if waiting { // the answer will be another one
			w.rewind()
		}
	}
	return conn, rw, err
}

// Unwanted reports whether another answer was sent, and nobody wants this one: Proxy and package typed ask.
func (w *answerWriter) Unwanted() bool { return w.c.isUnwanted() }

// Size is the number of bytes that the layers inside wrote; -1 before the header.
func (w *answerWriter) Size() int {
	if w.size == noWritten {
		return w.ResponseWriter.Size()
	}
	return w.size
}

// Written reports whether the status is fixed.
func (w *answerWriter) Written() bool { return w.size != noWritten || w.ResponseWriter.Written() }
