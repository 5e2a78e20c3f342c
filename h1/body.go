package h1

import (
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
)

// This file is the body of a request, as its handler reads it: of a known length, or in chunks
// (chunks.go). At its end the connection stands before the next request.

// maxUnread is how much of a body that a handler has not read is read for it, so that the
// connection can be used again.
const maxUnread = 256 << 10

// body is a Request.Body. It may be read by another goroutine than the handler's.
type body struct {
	w       *response
	req     *http.Request // whose Trailer is filled
	chunked bool
	last    bool  // the client has asked to close behind it
	left    int64 // bytes of the body, or of the chunk, that are still to come
	chunks  chunks

	mu     sync.Mutex
	end    error // io.EOF at the end, or why there is none
	closed bool
}

// Read reads from the body. The first Read tells a client that waits for it to go on (RFC 9110
// section 10.1.1); if it has got another answer instead, there is nothing to read.
func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return 0, http.ErrBodyReadAfterClose
	}
	if b.end == nil && !b.w.goOn() {
		return 0, http.ErrBodyReadAfterClose // the client does not send it
	}
	return b.read(p)
}

// read is Read under the lock.
func (b *body) read(p []byte) (n int, err error) {
	if b.end != nil {
		return 0, b.end
	}
	if b.chunked {
		n, err = b.readChunk(p)
	} else {
		n, err = b.readSome(p)
		if err == nil && b.left == 0 {
			err = io.EOF
		}
	}
	if err != nil {
		b.end = err
		if err == io.EOF {
			b.w.ctx.bodyIsRead()
		}
	}
	return n, err
}

// readSome reads of what is left, from the buffer or past it.
func (b *body) readSome(p []byte) (n int, err error) {
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	in := &b.w.conn.in
	switch {
	case len(p) == 0:
		return 0, nil
	case in.r < in.w:
		n = copy(p, in.data())
		in.r += n
	case len(p) >= len(in.buf) && in.err == nil:
		b.withoutEnd()
		if n, err = in.rwc.Read(p); n > 0 {
			in.err, err = err, nil
		}
	default:
		if err = b.fill(); err == nil {
			n = copy(p, in.data())
			in.r += n
		}
	}
	if b.left -= int64(n); err != nil {
		err = b.failed(err)
	}
	return n, err
}

// fill reads from the connection.
func (b *body) fill() error {
	b.withoutEnd()
	return b.w.conn.in.fill()
}

// withoutEnd takes the deadline of an idle connection away: a body may take its time.
func (b *body) withoutEnd() {
	if c := b.w.conn; c.server.ReadTimeout <= 0 && !b.w.deadlines.ofReads() {
		c.readWithoutEnd()
	}
}

// failed is the error of a connection that cannot be read any more, which ends the request's
// context.
func (b *body) failed(err error) error {
	b.w.ctx.leave()
	return cutShort(err)
}

// cutShort says of an end that comes before its time that it does.
func cutShort(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Close ends the body. What is left of it is read if that is little.
func (b *body) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil
	}
	err := b.drain()
	b.closed = true
	if errors.Is(err, errMuchLeft) {
		return nil
	}
	return err
}

var errMuchLeft = errors.New("dram: h1: the rest of the body is not read")

// drain reads the rest of the body, if it is not much, if somebody needs what is behind it, and if the
// client has not asked whether to send it: then it may still decide not to. Without an error the body is
// at its end.
func (b *body) drain() error {
	if b.last && !b.chunked {
		return errMuchLeft
	}
	if b.end == nil && b.w.expects || !b.chunked && b.left >= maxUnread { // whatever a read has said
		return errMuchLeft
	}
	var rest []byte
	dropped := 0
	for b.end == nil && dropped <= maxUnread {
		if rest == nil {
			rest = make([]byte, 8<<10)
		}
		n, _ := b.read(rest[:min(len(rest), maxUnread+1-dropped)])
		dropped += n
	}
	if dropped > maxUnread {
		return errMuchLeft
	}
	if b.end == io.EOF {
		return nil
	}
	return b.end
}

// claim takes the lock for the end of the answer. A Read of another goroutine that waits for the
// client is ended.
func (b *body) claim() {
	if b.mu.TryLock() {
		return
	}
	c := b.w.conn
	_ = c.rwc.SetReadDeadline(longAgo)
	b.mu.Lock()
	c.readBy = noDeadline
	_ = c.rwc.SetReadDeadline(noDeadline)
}

// over takes the body from whoever has kept it.
func (b *body) over() {
	b.claim()
	defer b.mu.Unlock()
	b.closed, b.req = true, nil
}

// rest is what may still come of a body that nobody reads to its end.
type rest int

const (
	nothing rest = iota
	some
	much    // more than is read for a handler
	offered // the client has asked whether to send it
)

// leave is called before the header of the answer goes out, and at the end. It reports whether
// the connection stands before the next request, and if not, what may still come.
func (b *body) leave() (whole bool, _ rest) {
	if b.w.returned.Load() {
		b.claim()
	} else {
		b.mu.Lock()
	}
	defer b.mu.Unlock()
	if b.closed {
		return b.end == io.EOF, b.unread()
	}
	if b.w.returned.Load() { // who still writes is told so, and need not wait
		b.w.mu.Unlock()
		defer b.w.mu.Lock()
	}
	err := b.drain()
	if err == nil && !b.w.expects {
		b.closed = true // a Read that comes now must not find an end where there was a body
	}
	return err == nil, b.unread()
}

// unread is what the client may still be sending: after a deadline of reads, too.
func (b *body) unread() rest {
	switch {
	case b.end != nil && !errors.Is(b.end, os.ErrDeadlineExceeded), !b.chunked && b.left <= int64(len(b.w.conn.in.data())):
		return nothing
	case b.w.awaited():
		return offered
	case b.chunked || b.left >= maxUnread:
		return much
	}
	return some
}
