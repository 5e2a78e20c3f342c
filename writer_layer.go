package dram

import (
	"io"
	"net/http"
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
//
// See docs/internals/13-writer.md.

// Answer is a response at the moment at which it begins, as one layer sees it. It is for the
// call that it was passed to, and what was registered there (Hold, Tee, OnStream): when NextAnswer
// has returned, its methods panic.
type Answer struct {
	of   *answerWriter
	turn uint32 // which of the answers of that memory
}

// open returns the writer of the answer, if its layer has not returned.
func (a Answer) open() *answerWriter {
	if a.turn != a.of.turn {
		panic("dram: an Answer was used after its NextAnswer has returned: use it in the function that it was passed to")
	}
	return a.of
}

// Status returns the status that is about to be sent; 101 for a connection that is
// about to be taken over (Hijack), whatever protocol follows.
func (a Answer) Status() int {
	w := a.open()
	if w.hijacking {
		return http.StatusSwitchingProtocols
	}
	return w.Status()
}

// SetStatus replaces the status.
func (a Answer) SetStatus(code int) {
	if !a.isReplaced() {
		a.open().ResponseWriter.WriteHeader(code)
	}
}

// isReplaced reports whether another answer was sent, after which nothing is to be done
// with this one.
func (a Answer) isReplaced() bool { return a.open().state == answerDropped }

// Header returns the header that is about to be sent.
func (a Answer) Header() http.Header { return a.open().Header() }

// Given reports whether the layers inside have answered: set a status, written a
// body, or taken the connection over. Without an answer a layer outside may still
// give one: the text of a 404, say.
func (a Answer) Given() bool {
	w := a.open()
	return w.given || w.hijacking || a.begun()
}

// begun reports whether a byte of the body was written, or the header sent on
// purpose.
func (a Answer) begun() bool { return a.open().size != noWritten }

// Out returns the writer to which the body goes when it leaves this layer.
func (a Answer) Out() io.Writer { return a.open().ResponseWriter }

// Through sends the body through encoder, which writes to a.Out(), and closes it
// when the body is whole; it is not closed when the body breaks off. If encoder has
// a method Flush, the answer's flushes go on to it. The header changes with the
// bytes: Content-Length, Accept-Ranges and digests are removed, and a strong ETag becomes
// a weak one. Without a body, or with a nil encoder, only the header changes.
func (a Answer) Through(encoder io.WriteCloser) {
	if a.isReplaced() {
		return
	}
	h := a.Header()
	httpfield.DropBytes(h)
	if tag := h.Get("Etag"); tag != "" && !strings.HasPrefix(tag, "W/") {
		h.Set("Etag", "W/"+tag)
	}
	if encoder != nil && a.mayHaveBody() && a.begun() {
		a.open().through = encoder
	}
}

// Tee writes the body to copy as well. The copy is complete even if the client is
// gone. If copy fails, the answer is cut. A copy that wants no more may call Tee(nil).
func (a Answer) Tee(copy io.Writer) {
	if a.mayHaveBody() && !a.isReplaced() {
		a.open().tee = copy
	}
}

// OnStream registers f to be called once when the answer turns out to be a stream:
// before it is flushed, or copied from a reader (a file, say), or when the connection
// is taken over. It may call Tee(nil) to end a copy, by which files go by sendfile again.
func (a Answer) OnStream(f func()) {
	w := a.open()
	if w.onStream = f; w.hijacking {
		w.streams()
	}
}

// Hold keeps back up to limit bytes of the body, and the header with them. It calls
// then once: with the whole body if it is that short, or else with its beginning,
// when more is written or the answer is flushed. Then may call any method but Hold.
// For a status without a body, begin is empty and whole is true.
func (a Answer) Hold(limit int, then func(a Answer, begin []byte, whole bool)) {
	if a.isReplaced() {
		return
	}
	if !a.mayHaveBody() || !a.begun() {
		then(a, nil, true)
		return
	}
	w := a.open()
	w.state, w.limit, w.then = answerHeld, limit, then
}

// Replace answers with handler in place of the layers inside: their body is
// dropped, as if it had been written; Stream, SSE, Proxy, streams of package typed and what is copied
// from a reader without a length end, unless a layer inside has a copy (Tee). The handler finds the status and the header
// as they are, without Content-Length, and the writer outside this layer in
// c.Writer. The handlers that are still to come do not run, and nothing more can be done
// with the Answer: its other methods do nothing.
func (a Answer) Replace(handler HandlerFunc) {
	if a.isReplaced() {
		return
	}
	w := a.open()
	c := w.c
	w.state, w.replacing = answerDropped, true
	w.through, w.tee = nil, nil
	a.Header().Del("Content-Length")
	inner := c.Writer
	c.Writer = w.ResponseWriter
	c.Abort()
	defer func() {
		c.Writer = inner
		if w.replacing { // the handler has panicked: whoever recovers answers, and is not asked about
			w.state, w.look = answerPassing, nil
		}
	}()
	handler(c)
	w.ResponseWriter.WriteHeaderNow()
	w.replacing = false
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
