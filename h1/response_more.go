package h1

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/dram-go/dram/internal/httpfield"
)

// This file is what a handler may do besides writing: what http.ResponseController, io.Copy and
// older code find in a ResponseWriter.

// ReadFrom copies src into the body; files by sendfile, once the head of the answer is out and
// if the body is not chunked. Beyond Content-Length it copies what has room, and returns
// http.ErrContentLength.
func (w *response) ReadFrom(src io.Reader) (n int64, err error) {
	if w.returned.Load() {
		return 0, errOver
	}
	rest := src
	limited, _ := src.(*io.LimitedReader)
	if limited != nil {
		rest = limited.R
	}
	file, isFile := rest.(*os.File)
	into, canSend := w.conn.rwc.(io.ReaderFrom)
	if !isFile || !canSend || !isRegular(file) || !w.sendsAsItIs(limited) {
		return io.CopyBuffer(copier{w}, src, make([]byte, 32<<10))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.hijacked || w.returned.Load() {
		return 0, w.begin(0)
	}
	emit(w, "")
	w.send()
	if w.err != nil {
		return 0, w.err
	}
	n, err = into.ReadFrom(src)
	w.written += n
	if err != nil {
		w.err = err
		w.ctx.leave()
	}
	return n, err
}

// copier writes what has room in the body.
type copier struct{ w *response }

func (c copier) Write(p []byte) (int, error) {
	fits := c.w.room(len(p))
	n, err := c.w.Write(p[:fits])
	if err == nil && fits < len(p) {
		err = http.ErrContentLength
	}
	return n, err
}

// room is how much of n bytes the body has room for.
func (w *response) room(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.begin(0) == nil && w.length >= 0 && httpfield.BodyAllowed(w.status) {
		return int(min(int64(n), max(0, w.length-w.written)))
	}
	return n
}

func isRegular(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode().IsRegular()
}

// sendsAsItIs reports whether the bytes of a file can go to the connection as they are: the type
// is known, the body has a length that holds what is to be read, and it is wanted.
func (w *response) sendsAsItIs(limited *io.LimitedReader) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.begin(0) != nil || w.isHead || !httpfield.BodyAllowed(w.status) {
		return false
	}
	if !w.committed && !w.lines.typed && !w.lines.encoded {
		return false
	}
	return w.length >= 0 && limited != nil && w.written+limited.N <= w.length
}

// Hijack hands the connection over, with what was read of it (http.Hijacker). Its deadlines are
// taken away.
func (w *response) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if w.returned.Load() {
		return nil, nil, errOver
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.hijacked:
		return nil, nil, http.ErrHijacked
	case w.returned.Load():
		return nil, nil, errOver
	}
	w.ctx.endWatching()
	if w.status != 0 {
		w.buffers.held = w.buffers.held[:0] // what is written from now on is the caller's
		w.commit()
		w.send()
	}
	w.hijacked = true
	if w.hasBody { // another goroutine may be reading it
		w.body.claim()
		defer w.body.mu.Unlock()
	}
	w.contMu.Lock()
	w.waits = false
	w.contMu.Unlock()
	w.deadlines.mu.Lock()
	w.deadlines.over = http.ErrHijacked
	w.deadlines.mu.Unlock()
	w.giveBack()
	c := w.conn
	c.handed = true
	_ = c.rwc.SetDeadline(noDeadline)
	rest := append([]byte(nil), c.in.data()...)
	reader := bufio.NewReader(c.rwc)
	if len(rest) > 0 {
		reader = bufio.NewReaderSize(io.MultiReader(bytes.NewReader(rest), c.rwc), max(4096, len(rest)))
		_, _ = reader.Peek(len(rest))
	}
	c.setState(http.StateHijacked)
	return c.rwc, bufio.NewReadWriter(reader, bufio.NewWriter(c.rwc)), nil
}

// SetReadDeadline sets the deadline of the reading of this request's body.
func (w *response) SetReadDeadline(deadline time.Time) error {
	w.deadlines.mu.Lock()
	defer w.deadlines.mu.Unlock()
	if w.deadlines.over != nil {
		return w.deadlines.over
	}
	w.deadlines.read = true
	return w.conn.rwc.SetReadDeadline(deadline)
}

// SetWriteDeadline sets the deadline of the writing of this answer. It may be called while a
// Write waits.
func (w *response) SetWriteDeadline(deadline time.Time) error {
	w.deadlines.mu.Lock()
	defer w.deadlines.mu.Unlock()
	if w.deadlines.over != nil {
		return w.deadlines.over
	}
	w.deadlines.write = true
	return w.conn.rwc.SetWriteDeadline(deadline)
}

// EnableFullDuplex has the handler read the body while it answers.
func (w *response) EnableFullDuplex() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fullDuplex = true
	return nil
}

// CloseNotify returns a channel that gets a value when the client leaves.
//
// Deprecated: it is here for code that was written before Request.Context.
func (w *response) CloseNotify() <-chan bool {
	gone := make(chan bool, 1)
	context.AfterFunc(&w.ctx, func() {
		if w.ctx.gone.Load() {
			gone <- true
		}
	})
	return gone
}
