package h1

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/dram-go/dram/internal/mask"
)

// This file is a connection: one request after the other is read (head.go), answered
// (response.go), and ended.

// conn is a connection. But for its state it belongs to its goroutine; what a handler's
// goroutines share of it is behind the lock of their response.
type conn struct {
	server   *Server
	rwc      net.Conn
	in       input
	ctx      context.Context
	remote   string
	tls      *tls.ConnectionState
	accepted time.Time
	state    atomic.Int32 // http.ConnState

	readBy  time.Time // the deadline of reads that is set
	wantBy  time.Time // the one that readUntil was told
	skipped int       // bytes of empty lines that may still come: old clients send one after the body of a POST
	fresh   bool      // something was read for this request
	handed  bool      // to net/http, or hijacked
	begun   time.Time // when the first byte of this request was seen
}

// noDeadline takes a deadline away; longAgo ends a read that waits.
var (
	noDeadline time.Time
	longAgo    = time.Unix(1, 0)
)

func newConn(s *Server, rwc net.Conn) *conn {
	return &conn{server: s, rwc: rwc, accepted: time.Now()}
}

// serve is the life of the connection.
func (c *conn) serve(ctx context.Context) {
	if addr := c.rwc.RemoteAddr(); addr != nil {
		c.remote = addr.String()
	}
	c.ctx = context.WithValue(ctx, http.LocalAddrContextKey, c.rwc.LocalAddr())
	defer func() {
		if reason := recover(); reason != nil {
			c.panicked(reason) // a function of the program's: one of TLSConfig, ConnState
		}
		if !c.handed {
			_ = c.rwc.Close()
			c.setState(http.StateClosed)
		}
	}()
	c.in = input{rwc: c.rwc, buf: make([]byte, inputSize)}
	if secure, ok := c.rwc.(secured); ok {
		if !c.handshake(secure) {
			return
		}
		if c.tls.NegotiatedProtocol == "h2" && c.server.servesHTTP2() {
			c.handOver()
			return
		}
	}
	for first := true; c.awaitRequest(first); first = false {
		if !c.serveRequest(first) {
			return
		}
		c.setState(http.StateIdle)
		if !c.server.keepsAlive() {
			return
		}
	}
}

// secured is a connection with TLS: one of crypto/tls, or one around it.
type secured interface {
	ConnectionState() tls.ConnectionState
}

// handshake reports whether TLS has begun.
func (c *conn) handshake(secure secured) bool {
	if limit := c.server.handshakeTimeout(); limit > 0 {
		_ = c.rwc.SetDeadline(time.Now().Add(limit))
	}
	var err error
	if begins, ok := secure.(interface{ HandshakeContext(context.Context) error }); ok {
		err = begins.HandshakeContext(c.ctx)
	}
	if err != nil {
		reason := err.Error()
		var header tls.RecordHeaderError
		if errors.As(err, &header) && header.Conn != nil && looksLikeHTTP(header.RecordHeader) {
			_, _ = io.WriteString(header.Conn, "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n")
			_ = header.Conn.Close()
			reason = "client sent an HTTP request to an HTTPS server"
		}
		c.server.logf("http: TLS handshake error from %s: %s", c.remote, mask.Line(reason))
		return false
	}
	_ = c.rwc.SetDeadline(noDeadline)
	state := secure.ConnectionState()
	c.tls = &state
	return true
}

// looksLikeHTTP reports whether five bytes are those of a request.
func looksLikeHTTP(begin [5]byte) bool {
	for _, method := range []string{"GET /", "HEAD ", "POST ", "PUT /", "OPTIO"} {
		if string(begin[:]) == method {
			return true
		}
	}
	return false
}

// awaitRequest waits for the first byte of a request, and reports whether there is one. What
// the deadline of reads is then, the reading of the head knows.
func (c *conn) awaitRequest(first bool) bool {
	c.skipEmptyLines()
	from, limit := c.accepted, c.server.headerTimeout()
	if !first && c.in.r == c.in.w {
		c.in.shrink() // it may wait long
		from, limit = time.Now(), c.server.idleTimeout()
	}
	for c.in.r == c.in.w {
		c.readUntil(from, limit)
		if err := c.fill(); err != nil {
			return false
		}
		c.skipEmptyLines()
	}
	c.begun = time.Now()
	if first {
		c.begun = c.accepted
	} else {
		c.fresh = false
	}
	return true
}

// skipEmptyLines drops what old clients send after the body of a POST (RFC 9112 section 2.2).
func (c *conn) skipEmptyLines() {
	for ; c.skipped > 0 && c.in.r < c.in.w && (c.in.buf[c.in.r] == '\r' || c.in.buf[c.in.r] == '\n'); c.skipped-- {
		c.in.r++
	}
}

// readUntil says that reads end limit after from; 0 is never. The deadline that is set may be an
// earlier one, since setting it costs as much as a fifth of a read: fill sets it again if a read
// ends before its time.
func (c *conn) readUntil(from time.Time, limit time.Duration) {
	if limit <= 0 {
		c.readWithoutEnd()
		return
	}
	c.wantBy = from.Add(limit)
	if c.readBy.IsZero() || c.readBy.After(c.wantBy) {
		c.readBy = c.wantBy
		_ = c.rwc.SetReadDeadline(c.readBy)
	}
}

// readWithoutEnd takes the deadline of reads away.
func (c *conn) readWithoutEnd() {
	if !c.readBy.IsZero() {
		c.readBy = noDeadline
		_ = c.rwc.SetReadDeadline(noDeadline)
	}
}

// fill reads up to the time that readUntil was told.
func (c *conn) fill() error {
	for {
		err := c.in.fill()
		c.fresh = c.fresh || err == nil
		if err == nil || !errors.Is(err, os.ErrDeadlineExceeded) || c.readBy.IsZero() || !c.readBy.Before(c.wantBy) {
			return err
		}
		c.readBy = c.wantBy
		_ = c.rwc.SetReadDeadline(c.readBy)
	}
}

// awaitHead reads up to the end of the head, and returns its length.
func (c *conn) awaitHead() (int, error) {
	var checked half
	for seen := 0; ; {
		data := c.in.data()
		most := c.server.maxHead()
		if end := headEnd(data, seen); end > 0 && end <= most {
			return end, nil
		}
		if len(data) >= most {
			return 0, errTooLarge
		}
		if err := checked.lines(data, seen); err != nil {
			return 0, err
		}
		seen = len(data)
		c.readUntil(c.begun, c.server.headTimeout())
		if err := c.fill(); err != nil {
			if err == io.EOF {
				err = errMalformed // it ends in the middle
			}
			return 0, err
		}
	}
}

// serveRequest reads a request and has it answered. It reports whether the connection may be
// used for another one. The first one may be the preface of HTTP/2.
func (c *conn) serveRequest(first bool) (again bool) {
	if first && c.in.buf[c.in.r] == 'P' && c.tls == nil && c.awaitPreface() {
		c.handOver()
		return false
	}
	end, err := c.awaitHead()
	if err == nil || c.fresh {
		c.setState(http.StateActive) // with half a head it was idle, and could be closed
	}
	if c.server.ending.Load() && !c.server.waitsFor(c) {
		return false
	}
	if err != nil {
		c.refuse(err)
		return false
	}
	head := string(c.in.buf[c.in.r : c.in.r+end])
	c.in.r += end
	c.in.shrink()
	w, err := c.newResponse(head)
	if err != nil {
		c.refuse(err)
		return false
	}
	if c.skipped = 0; w.req.Method == http.MethodPost {
		c.skipped = 4
	}
	if limit := c.server.ReadTimeout; limit > 0 {
		c.readBy = c.begun.Add(limit)
		_ = c.rwc.SetReadDeadline(c.readBy)
	}
	if limit := c.server.WriteTimeout; limit > 0 {
		_ = c.rwc.SetWriteDeadline(time.Now().Add(limit))
		w.deadlines.write = true
	}
	return c.answer(w)
}

// answer runs the handler. A panic ends the connection, but not the process; so does the end of the
// goroutine (runtime.Goexit).
func (c *conn) answer(w *response) (again bool) {
	var ended bool
	defer func() {
		reason := recover()
		if ended && reason == nil {
			return
		}
		again = false
		if w.abandon(); reason != nil {
			c.panicked(reason)
		}
	}()
	if !w.expectationMet() {
		w.closeAfter = true
		if w.hasBody {
			w.rest = some // which nobody has asked for
		}
		w.header = http.Header{"Connection": {"close"}}
		w.WriteHeader(http.StatusExpectationFailed)
	} else {
		c.server.handle(w, w.req)
	}
	if again = w.finish(); !again {
		c.linger(w.rest)
	}
	ended = true
	return again
}

// panicked logs a panic, which ends the connection.
func (c *conn) panicked(reason any) {
	if reason == http.ErrAbortHandler {
		return
	}
	stack := make([]byte, 64<<10)
	stack = stack[:runtime.Stack(stack, false)]
	c.server.logf("http: panic serving %v: %s\n%s", c.remote, mask.Line(fmt.Sprint(reason)), stack)
}

// awaitPreface reads on while what is there may be the preface of HTTP/2, and reports whether it
// is one. If the client leaves in the middle of it the next read says so.
func (c *conn) awaitPreface() bool {
	for {
		n := min(len(preface), c.in.w-c.in.r)
		if string(c.in.data()[:n]) != preface[:n] {
			return false
		}
		if n == len(preface) {
			return true
		}
		c.readUntil(c.begun, c.server.headTimeout())
		if c.fill() != nil {
			return false
		}
	}
}
