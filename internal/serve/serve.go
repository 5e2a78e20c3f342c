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
// the values of ctx, but not its end. The server's BaseContext and ConnContext are taken; its ConnState is called as well.
func HTTP(ctx context.Context, server *http.Server, listener net.Listener, serve Func) Server {
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &httpServer{Server: server, entrance: newEntrance(listener), serve: serve, cancel: cancel, watch: server.ConnState}
	server.BaseContext = func(net.Listener) context.Context { return base }
	server.ConnState = s.note
	server.ConnContext = withConn
	server.RegisterOnShutdown(s.silent.close)
	return s
}

type httpServer struct {
	*http.Server
	entrance *entrance
	silent   silent
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
	s.silent.note(conn, state)
	if s.watch != nil {
		s.watch(conn, state)
	}
}

func (s *httpServer) Close() error {
	_ = s.entrance.Close() // the Server does not know it before Serve
	err := s.Server.Close()
	s.cancel()
	return err
}
