package h1

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dram-go/dram/internal/mask"
)

// This file hands connections with HTTP/2 to net/http: an http.Server of the same
// configuration serves each of them. The requests of all connections find this http.Server
// under http.ServerContextKey; its Shutdown is that of the Server, its Close ends HTTP/2 alone.

// preface is how a connection of HTTP/2 begins (RFC 9113 section 3.4): net/http reads it.
const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// prepare makes the inner server.
func (s *Server) prepare() {
	s.once.Do(func() {
		protocols := new(http.Protocols)
		if protocols.SetHTTP2(true); s.Protocols != nil {
			*protocols = *s.Protocols
		}
		if protocols.SetHTTP1(true); s.h2c.Load() {
			protocols.SetUnencryptedHTTP2(true)
		}
		s.mu.Lock()
		s.inner = s.speaker(protocols, http.HandlerFunc(s.handle))
		s.mu.Unlock()
		_ = s.inner.Serve(&single{ctx: context.Background()}) // sets HTTP/2 up, and accepts nothing
		s.inner.RegisterOnShutdown(func() {
			if !s.ending.Load() { // a handler has found it in its context, and ends it
				_ = s.shutdown(context.Background(), func(context.Context) error { return nil })
			}
		})
	})
}

// speaker is an http.Server of the Server's configuration.
func (s *Server) speaker(protocols *http.Protocols, handler http.Handler) *http.Server {
	speaker := &http.Server{
		Addr: s.Addr, Handler: handler, DisableGeneralOptionsHandler: true, TLSConfig: s.tlsConfig(protocols.HTTP2()),
		ReadTimeout: s.ReadTimeout, ReadHeaderTimeout: s.headerTimeout(), WriteTimeout: s.WriteTimeout, IdleTimeout: s.idleTimeout(),
		MaxHeaderBytes: s.MaxHeaderBytes, ErrorLog: mask.ErrorLog(s.ErrorLog), ConnState: s.tellOfInner, Protocols: protocols, HTTP2: s.HTTP2,
		BaseContext: func(l net.Listener) context.Context { return l.(*single).ctx },
	}
	speaker.SetKeepAlivesEnabled(!s.keepsNone.Load())
	s.limitValues(speaker)
	return speaker
}

// servesHTTP2 reports whether HTTP/2 is spoken over TLS: Protocols, the ciphers of TLSConfig and the
// setting http2server of package net/http may be against it.
func (s *Server) servesHTTP2() bool {
	_, ok := s.inner.TLSNextProto["h2"]
	return ok && s.inner.Protocols.HTTP2()
}

// tellOfInner is the ConnState of the inner server, whose connections were told of when they
// were new.
func (s *Server) tellOfInner(c net.Conn, state http.ConnState) {
	if s.ConnState == nil || state == http.StateNew {
		return
	}
	if before, ok := c.(*readBefore); ok {
		c = before.Conn
	}
	s.ConnState(c, state)
}

// handOver gives the connection to the inner server, with what was read of it.
func (c *conn) handOver() {
	s := c.server
	c.handed = true
	rwc := c.rwc
	_ = rwc.SetDeadline(noDeadline)
	if read := c.in.data(); len(read) > 0 {
		rwc = &readBefore{rwc, append([]byte(nil), read...)}
	}
	l := &single{conn: rwc, ctx: c.ctx}
	if _ = s.inner.Serve(l); !l.accepted { // it has begun to end, and has said so to those that it has
		c.serveLate(rwc)
	}
	s.mu.Lock()
	delete(s.conns, c) // until then Shutdown waits for it here
	s.mu.Unlock()
}

// serveLate serves a connection that the inner server takes no more, until it is closed, by a server of its own.
// That answers the first request and those that come with it; the client is told to send others elsewhere.
func (c *conn) serveLate(rwc net.Conn) {
	c.state.Store(int32(http.StateActive))
	s, ended := c.server, make(chan struct{})
	var late *http.Server
	end := sync.OnceFunc(func() { go late.Shutdown(context.Background()) })
	first := sync.OnceFunc(func() { time.AfterFunc(lateFor, end) })
	late = s.speaker(s.inner.Protocols, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		first()
		s.handle(w, req)
	}))
	late.ConnState = func(conn net.Conn, state http.ConnState) {
		s.tellOfInner(conn, state)
		if state == http.StateClosed || state == http.StateHijacked {
			close(ended)
		}
	}
	defer time.AfterFunc(newFor, end).Stop() // if there is none
	if l := (&single{conn: rwc, ctx: c.ctx}); late.Serve(l) != nil && !l.accepted {
		_ = rwc.Close()
		c.setState(http.StateClosed)
		return
	}
	<-ended
}

// lateFor is how long requests may come with the first one: a client that opens a connection for several has them at
// hand, and cannot send the body of each once more.
const lateFor = 200 * time.Millisecond

// single is a listener with one connection, whose requests have ctx. It does not close it.
type single struct {
	conn     net.Conn
	ctx      context.Context
	taken    atomic.Bool // by Accept, or by Close
	accepted bool
}

func (l *single) Accept() (net.Conn, error) {
	if l.conn == nil || l.taken.Swap(true) {
		return nil, net.ErrClosed
	}
	l.accepted = true
	return l.conn, nil
}

func (l *single) Close() error {
	l.taken.Store(true)
	return nil
}

func (l *single) Addr() net.Addr { return &net.TCPAddr{} }

// readBefore is a connection of which something was read.
type readBefore struct {
	net.Conn
	read []byte
}

func (c *readBefore) Read(p []byte) (int, error) {
	if len(c.read) > 0 {
		n := copy(p, c.read)
		c.read = c.read[n:]
		return n, nil
	}
	return c.Conn.Read(p)
}
