// Package serve is the life of servers: how they listen (listen.go), serve and end
// together (life.go, group.go, accept.go), what is told of the end (hooks.go), and HTTP/2
// without TLS in servers that others started (h2c.go). It knows http.Handlers only:
// the Run methods of the Engine, contrib/http3 and contrib/autotls are a few lines
// on top of it. See docs/internals/06-listen.md.
package serve

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	// ReadHeaderTimeout is how long a client may take to send a request's header.
	ReadHeaderTimeout = 10 * time.Second
	// IdleTimeout is how long a connection is kept open between two requests.
	IdleTimeout = 120 * time.Second
)

// Server is one server with what it listens on. Serve is called once at most, and
// returns http.ErrServerClosed after Shutdown or Close, also if these came first.
type Server interface {
	// Addr is where it listens.
	Addr() net.Addr
	Serve() error
	// Shutdown accepts nothing more and waits for the requests in flight, until
	// ctx is done.
	Shutdown(ctx context.Context) error
	// Close ends at once: it cancels the contexts of the requests that are left.
	Close() error
}

// Func serves on a listener: http.Server's Serve, or what TLS makes. It is handed
// down rather than chosen by a switch, so that a program without TLS does not link
// the server's half of crypto/tls.
type Func func(*http.Server, net.Listener) error

// HTTP is server on listener, to be served by serve. The requests' contexts have
// the values of ctx, but not its end. The server's BaseContext is taken; its ConnState is called as well.
func HTTP(ctx context.Context, server *http.Server, listener net.Listener, serve Func) Server {
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &httpServer{Server: server, entrance: newEntrance(listener), serve: serve, cancel: cancel, watch: server.ConnState}
	server.BaseContext = func(net.Listener) context.Context { return base }
	server.ConnState = s.note
	server.RegisterOnShutdown(s.silent.close)
	return s
}

type httpServer struct {
	*http.Server
	entrance *entrance
	silent   silent
	open     sync.Map // net.Conn → nothing: those that Close resets
	serve    Func
	cancel   context.CancelFunc
	watch    func(net.Conn, http.ConnState) // the server's own ConnState, or nil
}

func (s *httpServer) Addr() net.Addr { return s.entrance.Addr() }

func (s *httpServer) Serve() error { return s.serve(s.Server, s.entrance) }

func (s *httpServer) Shutdown(ctx context.Context) error {
	first, cancel := context.WithTimeout(ctx, firstRequest)
	s.entrance.leave(first)
	s.silent.await(first)
	cancel()
	return s.Server.Shutdown(ctx)
}

// note is the server's ConnState.
func (s *httpServer) note(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.open.Store(conn, nil)
	case http.StateClosed, http.StateHijacked:
		s.open.Delete(conn)
	}
	s.silent.note(conn, state)
	if s.watch != nil {
		s.watch(conn, state)
	}
}

// Close resets the connections that are left: an answer that is under way must not look whole,
// as over HTTP/1.0 one does whose connection is closed.
func (s *httpServer) Close() error {
	_ = s.entrance.Close() // the Server does not know it before Serve
	for conn := range s.open.Range {
		Reset(conn.(net.Conn))
	}
	err := s.Server.Close()
	s.cancel()
	return err
}

// Reset closes a connection so that its peer gets an error, and not the end of what was sent:
// TCP's reset, and for TLS no close_notify. What has not been sent is dropped. A connection of
// another kind, a Unix socket say, is closed.
func Reset(conn net.Conn) {
	for {
		outer, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		conn = outer.NetConn()
	}
	if tcp, ok := conn.(interface{ SetLinger(int) error }); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
