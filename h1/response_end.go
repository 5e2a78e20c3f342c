package h1

import (
	"errors"
	"net/http"

	"github.com/dram-go/dram/internal/httpfield"
)

// This file is how an answer ends, with its handler.

// finish ends the answer after its handler, and reports whether the connection may be used for
// another request.
func (w *response) finish() (again bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ctx.cancel() // under the lock: who has waited for it writes too late
	if w.hijacked {
		return false
	}
	w.returned.Store(true)
	if w.status == 0 {
		w.writeHeader(http.StatusOK)
	}
	emit(w, "")
	if w.chunking && !w.isHead {
		w.buffers.out = append(w.buffers.out, "0\r\n"...)
		w.buffers.out = w.appendTrailers(w.buffers.out)
		w.buffers.out = append(w.buffers.out, "\r\n"...)
	}
	w.send()
	short := !w.isHead && httpfield.BodyAllowed(w.status) && w.length >= 0 && w.written != w.length
	again = w.err == nil && !w.closeAfter && !short
	if w.hasBody && w.err == nil && w.rest == nothing {
		var whole bool
		whole, w.rest = w.body.leave()
		again = again && whole
	}
	w.body.over()
	w.end()
	return again
}

// abandon ends the answer of a handler that has panicked: what was not sent is not.
func (w *response) abandon() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ctx.cancel()
	if !w.hijacked && !w.over {
		w.returned.Store(true)
		w.end()
	}
}

// end gives the buffers back, removes the files of a form, and takes the connection from whoever
// has kept a part of the request. Who keeps its context keeps the request no longer.
func (w *response) end() {
	w.over = true
	if form := w.req.MultipartForm; form != nil {
		_ = form.RemoveAll()
	}
	w.req = nil
	w.giveBack()
	w.ctx.endWatching()
	w.deadlines.mu.Lock()
	defer w.deadlines.mu.Unlock()
	w.deadlines.over = errOver
	c := w.conn
	if w.deadlines.write {
		_ = c.rwc.SetWriteDeadline(noDeadline)
	}
	if w.deadlines.read || c.server.ReadTimeout > 0 {
		c.readBy = noDeadline
		_ = c.rwc.SetReadDeadline(noDeadline)
	}
}

// giveBack puts the buffers back into the pool.
func (w *response) giveBack() {
	if b := w.buffers; b != nil {
		w.buffers = nil
		if cap(b.out) <= maxKept {
			b.out, b.held = b.out[:0], b.held[:0]
			pool.Put(b)
		}
	}
}

var errOver = errors.New("dram: h1: the handler has returned: an answer is written before that")
