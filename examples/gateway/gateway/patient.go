package gateway

import (
	"context"
	"io"
	"net/http"
	"sync/atomic"
	"time"
)

// patient is a client's writer: what is written waits so long for a client that takes nothing, who would otherwise
// have a place at a server, and one among the connections, for ever.
type patient struct {
	http.ResponseWriter
	*http.ResponseController // the methods that dram looks for
	idle                     time.Duration
	others                   bool // somebody else has set a deadline, to cut the answer, say

	body    *arriving // of a request of HTTP/1 that has one, until the header of the answer is sent
	waits   bool      // the body has a deadline
	written int
}

// What h1 and net/http do with a body that nobody has read: they read up to 256 KiB of it before they send the header of the
// answer, which is with the first flush, or when more than they buffer is written.
const (
	leftover = 5 * time.Second // for what is still to come
	buffered = 2 << 10
)

// arriving is a body that knows whether all of it has come.
type arriving struct {
	io.ReadCloser
	w     http.ResponseWriter
	ctx   context.Context
	ended atomic.Bool
}

func (a *arriving) Read(p []byte) (int, error) {
	if context.Cause(a.ctx) == errCut { // before cut, or its deadline is gone: each read is given one
		a.cut()
		a.ended.Store(true)
		_, _ = io.Copy(io.Discard, a.ReadCloser) // the server sees the end of it, too, and waits for no more
		return 0, errCut
	}
	n, err := a.ReadCloser.Read(p)
	if err != nil {
		a.ended.Store(true)
	}
	if err != nil && err != io.EOF && context.Cause(a.ctx) == errCut {
		err = errCut
	}
	return n, err
}

// cut ends a read that waits for the client: of a request whose context has ended, which tells why.
func (a *arriving) cut() {
	if a != nil && !a.ended.Load() {
		_ = http.NewResponseController(a.w).SetReadDeadline(time.Unix(1, 0))
	}
}

// newPatient makes the writer of a request, and has its body tell when it has come.
func newPatient(w http.ResponseWriter, r *http.Request, idle time.Duration) *patient {
	p := &patient{ResponseWriter: w, ResponseController: http.NewResponseController(w), idle: idle}
	if r.ContentLength != 0 && r.Body != nil {
		body := &arriving{ReadCloser: r.Body, w: w, ctx: r.Context()}
		if r.Body = body; r.ProtoMajor == 1 {
			p.body = body
		}
	}
	return p
}

// Unwrap is for http.ResponseController.
func (p *patient) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// begin sets the deadlines, and end removes them: HTTP/2 resets a stream when it is over, whether it writes or not.
func (p *patient) begin() {
	now := time.Now()
	if p.body != nil && !p.body.ended.Load() {
		p.waits = true
		now = now.Add(leftover) // the answer is written behind it
		_ = p.ResponseController.SetReadDeadline(now)
	}
	p.until(now.Add(p.idle))
}

func (p *patient) end() {
	p.until(time.Time{})
	if p.waits {
		p.waits = false
		_ = p.ResponseController.SetReadDeadline(time.Time{})
	}
}

func (p *patient) until(deadline time.Time) {
	if !p.others {
		_ = p.ResponseController.SetWriteDeadline(deadline) // a recorder has none
	}
}

// SetWriteDeadline has the deadline of whoever calls it count from now on.
func (p *patient) SetWriteDeadline(deadline time.Time) error {
	p.others = true
	return p.ResponseController.SetWriteDeadline(deadline)
}

func (p *patient) Write(text []byte) (int, error) {
	p.begin()
	defer p.end()
	n, err := p.ResponseWriter.Write(text)
	if p.written += n; p.written > buffered {
		p.body = nil
	}
	return n, err
}

// FlushError is for http.ResponseController.
func (p *patient) FlushError() error {
	p.begin()
	defer p.end()
	err := p.ResponseController.Flush()
	p.body = nil
	return err
}
