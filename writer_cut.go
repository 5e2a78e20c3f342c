package dram

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/dram-go/dram/internal/httpfield"
	"github.com/dram-go/dram/internal/serve"
)

// This file ends answers that cannot be completed: a panic after the first byte,
// a file or another server's body that breaks off, an encoder that fails. What was
// sent cannot be taken back, so it must not look whole (RFC 9112 section 8): over
// HTTP/1.1 the connection is closed, over HTTP/2 the stream is reset, and over HTTP/1.0,
// where the end of a connection ends a body without a length, the connection is reset. A Unix
// socket has no reset, and a connection that a listener has wrapped may not give it: there such an
// answer looks whole all the same.
// See docs/internals/13-writer.md.

// cutState is how the answer of a Context was cut.
type cutState int8

const (
	uncut      cutState = iota
	cutAtOnce           // nothing more can be sent
	cutByAbort          // the same where the server has no deadline: see isCutByAbort
)

// fail ends the answer because its body cannot be completed. If no byte was sent
// yet, since layers hold it back, it becomes a 500 without a body, else it is cut.
// The layers outside go on as if it had been sent.
func (c *Context) fail() {
	if c.isReplaced() {
		return
	}
	if c.rewind() {
		httpfield.DropEntity(c.writermem.Header())
		c.writermem.WriteHeader(http.StatusInternalServerError)
		return
	}
	c.cutAnswer()
}

// isReplaced reports whether a layer has answered in place of what fails now; to the
// layers inside it their answer is broken all the same.
func (c *Context) isReplaced() bool {
	inside, replaced := c.inReplaced()
	for _, w := range inside {
		w.broken = true
	}
	return replaced
}

// isUnwanted reports whether a layer has answered in place of what is being written, and
// none inside it wants that for itself. What could go on for ever ends then: the layer's answer
// is whole, and with the client, when the handlers have returned.
func (c *Context) isUnwanted() bool {
	inside, _ := c.inReplaced()
	return !slices.ContainsFunc(inside, func(w *answerWriter) bool { return w.tee != nil || w.state == answerHeld }) && c.isReplaced()
}

// whileWanted is src until its answer is unwanted; as it is, if it has a limit, up to which whoever has
// set that expects it to be read, or writes itself, as what is in memory does.
func (c *Context) whileWanted(src io.Reader) io.Reader {
	switch src.(type) {
	case *io.LimitedReader, io.WriterTo:
		return src
	}
	return wantedReader{src, c}
}

type wantedReader struct {
	io.Reader
	c *Context
}

func (r wantedReader) Read(p []byte) (int, error) {
	if r.c.isUnwanted() {
		return 0, io.EOF
	}
	return r.Reader.Read(p)
}

// inReplaced returns the layers inside one that has answered in place of them.
func (c *Context) inReplaced() (inside []*answerWriter, replaced bool) {
	active := c.answers[:c.depth]
	i := slices.IndexFunc(active, func(w *answerWriter) bool { return w.state == answerDropped && !w.replacing })
	if i < 0 {
		return nil, false
	}
	return active[i+1:], true
}

// rewind takes back an answer of which no byte was sent, be it that layers hold
// it back: they forget what they hold, and will look at the answer that comes in
// its place. It returns false if the header is out.
func (c *Context) rewind() bool {
	if c.writermem.written() {
		return false
	}
	for _, w := range c.answers[:c.depth] {
		if w.state == answerDropped {
			break // what the layers inside have written stays dropped
		}
		w.rewind()
	}
	return true
}

// cutAnswer makes an answer that has begun fail on the wire. A deadline in the
// past does that without unwinding the layers outside: what is still to be sent,
// the end mark of the body included, cannot be sent any more. Where the server
// is not net/http's, or offers none, ServeHTTP panics in the end. An answer that says itself
// that it failed (4xx, 5xx) and has no body goes out as it is.
func (c *Context) cutAnswer() {
	if c.cut != uncut || c.writermem.size <= 0 && c.writermem.status >= http.StatusBadRequest {
		return
	}
	_, err := c.writermem.ResponseWriter.Write(nil)
	if errors.Is(err, http.ErrHijacked) || errors.Is(err, http.ErrHandlerTimeout) || errors.Is(err, context.Canceled) {
		return // the connection is the handler's own business, or http.TimeoutHandler has answered, if only since the client has left
	}
	c.cut, c.unusual = cutAtOnce, true
	if c.breakOff() != nil {
		c.cut = cutByAbort
	}
}

// breakOff has all that is still to be sent fail, what net/http holds included.
func (c *Context) breakOff() error {
	server := http.NewResponseController(c.writermem.ResponseWriter)
	err := server.SetWriteDeadline(time.Unix(1, 0))
	if err == nil && c.endsByClose {
		if conn, _, hijacked := server.Hijack(); hijacked == nil {
			serve.Reset(conn)
		}
	}
	return err
}

// noteEnd is called when the header goes out over HTTP/1.0, or over 2 or 3, which have no minor
// version either. It notes whether the end of the connection will be that of the answer: if it goes
// to the server directly, and has a body without a length. Until release, or Hijack, the connection
// is then one to be reset.
func (c *Context) noteEnd() {
	w := &c.writermem
	if c.Request.ProtoMajor != 1 || !isServers(w.ResponseWriter) || w.Header().Get("Content-Length") != "" ||
		c.Request.Method == http.MethodHead || w.status == http.StatusNoContent || w.status == http.StatusNotModified {
		return
	}
	c.endsByClose, c.unusual = true, true
	serve.ResetUnlessWhole(c.Request.Context(), false)
}

// isServers reports whether a writer is net/http's own: no other has that method.
func isServers(w http.ResponseWriter) bool {
	if first, ok := w.(*firstWriter); ok {
		w = first.ResponseWriter
	}
	_, ok := w.(interface{ EnableFullDuplex() error })
	return ok
}

// isCutByAbort reports whether the server that has sent req, be it over HTTP/1, 2 or 3, is
// still to learn that its answer is cut: it offers no deadline, or, as for HTTP/3, the end
// mark of the body knows none. A test's recorder, which has no address, need not learn it.
func isCutByAbort(cut cutState, req *http.Request) bool {
	ctx := req.Context()
	return cameOverConnection(ctx) &&
		(cut == cutByAbort || req.ProtoMajor > 2 || ctx.Value(http.ServerContextKey) == nil)
}
