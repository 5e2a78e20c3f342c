package http1

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/textproto"
	"os"
	"runtime/debug"
	"strings"
	"time"
)

// This file is one connection: its requests one after the other, and what becomes of it when
// a request cannot be read, a handler does not read the body, or the client goes away.

// How much of a body that the handler did not read is read in its place, so that the
// connection can go on, and for how long.
const (
	maxDrain     = 256 << 10
	maxDrainTime = 500 * time.Millisecond
)

// conn is a connection whose writes have a deadline each.
type conn struct {
	net.Conn
	server *Server
	br     *bufio.Reader
	bw     *bufio.Writer
}

func (c *conn) Write(p []byte) (int, error) {
	_ = c.SetWriteDeadline(time.Now().Add(cmp.Or(c.server.WriteTimeout, 30*time.Second)))
	return c.Conn.Write(p)
}

// setLinger says how the connection ends, whoever closes it, and be it the kernel because the process
// is gone: 0 is by a reset, of which every client learns, -1 as usual.
func (c *conn) setLinger(seconds int) {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(seconds) // fails on a connection that has ended
	}
}

// readWithin gives the reads that follow a time; negative: none at all.
func (c *conn) readWithin(d time.Duration) { _ = c.SetReadDeadline(time.Now().Add(d)) }

// serveConn answers the requests of one connection, one after the other.
func (s *Server) serveConn(ctx context.Context, netConn net.Conn) {
	defer netConn.Close()
	c := &conn{Conn: netConn, server: s}
	c.br, c.bw = bufio.NewReaderSize(c, maxLine+2), bufio.NewWriter(c)
	for {
		c.readWithin(cmp.Or(s.IdleTimeout, 60*time.Second))
		if _, err := c.br.Peek(1); err != nil {
			return
		}
		c.readWithin(cmp.Or(s.HeaderTimeout, 10*time.Second))
		req, err := ReadRequest(c.br)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			err = refuse(408, "the header did not arrive in time")
		}
		if err == nil && req.Minor > 0 && req.Header.Get("Expect") != "" && !req.expectsContinue() {
			err = refuse(417, "the only expectation here is 100-continue")
		}
		if refused, ok := errors.AsType[*StatusError](err); ok {
			c.refuse(refused)
			return
		}
		if err != nil || !c.answer(ctx, req) {
			return
		}
	}
}

// answer runs the handler, and reports whether the connection can go on.
func (c *conn) answer(ctx context.Context, req *Request) bool {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	req.ctx, req.LocalAddr, req.RemoteAddr = ctx, c.LocalAddr(), c.RemoteAddr()
	w := &Response{bw: c.bw, setLinger: c.setLinger, req: req, header: textproto.MIMEHeader{}, length: -1}
	c.readWithin(cmp.Or(c.server.BodyTimeout, time.Minute))
	b := req.Body.(*body)
	waits := req.expectsContinue() && req.ContentLength != 0 // RFC 9110 section 10.1.1
	b.onRead = func() { waits = waits && !w.sendContinue() }
	stop := func() {}
	b.onEnd = func() { stop = c.watch(cancel) }
	if req.ContentLength == 0 {
		b.onEnd()
	}
	returned := c.run(w, req)
	c.readWithin(maxDrainTime) // also for a goroutine that the handler has left in Read
	b.detach()
	stop()
	if !returned {
		w.cut()
		return false
	}
	// What of the body is left stands in front of the next request. If the client still waits
	// to be told to send it, nobody knows whether it will.
	if waits || !b.drain(maxDrain) {
		w.close = true
	}
	if !w.end() {
		c.linger()
		return false
	}
	return true
}

// run calls the handler, and reports whether it returned.
func (c *conn) run(w *Response, req *Request) (returned bool) {
	defer func() {
		if returned {
			return
		}
		reason := recover()
		if err, ok := reason.(error); !ok || !errors.Is(err, ErrAbort) {
			log.Printf("http1: panic for %s %q: %v\n%s", req.Method, req.Target, reason, debug.Stack())
		}
	}()
	c.server.Handler(w, req)
	return true
}

// watch waits for the connection to end while a handler runs, and then calls gone. Another
// request that has been sent ahead stays in the buffer, and ends the watch.
//
// A client that only sends no more (shutdown) looks like one that has left, here as in net/http:
// the handler's context ends. One that does not ask it answers in full; one that does must not
// return as if it had: see ErrAbort.
func (c *conn) watch(gone func()) (stop func()) {
	_ = c.SetReadDeadline(time.Time{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		if _, err := c.br.Peek(1); err != nil {
			gone()
		}
	}()
	return func() {
		c.readWithin(-time.Second) // ends the Peek; the handler has returned
		<-done
	}
}

// refuse answers a request that could not be read.
func (c *conn) refuse(err *StatusError) {
	text := fmt.Sprintf("%d %s: %s\n", err.Status, strings.ToLower(reasons[err.Status]), err.Reason)
	w := &Response{bw: c.bw, req: &Request{Minor: 1, Close: true}, header: textproto.MIMEHeader{}}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(err.Status)
	_, _ = io.WriteString(w, text)
	w.end()
	c.linger()
}

// linger lets the answer arrive before the connection is closed: a socket that is closed with
// bytes unread sends a reset, and the client may see that first. So what the client still sends
// is read for a while, however much it is, or until the client closes; section 9.6.
func (c *conn) linger() {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	c.readWithin(maxDrainTime)
	_, _ = io.Copy(io.Discard, c.br)
}

func (r *Request) expectsContinue() bool {
	return r.Minor > 0 && strings.EqualFold(r.Header.Get("Expect"), "100-continue")
}
