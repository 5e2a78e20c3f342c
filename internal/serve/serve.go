// Package serve is the life of servers: how they listen (listen.go), serve and end
// together (life.go, group.go, accept.go), what is told of the end (hooks.go), and HTTP/2
// without TLS in servers that others started (h2c.go). It knows http.Handlers only:
// the Run methods of the Engine, contrib/http3 and contrib/autotls are a few lines
// on top of it. See docs/internals/06-listen.md.
package serve

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
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
// the values of ctx, but not its end. The server's BaseContext and ConnContext are taken; its Handler and ConnState are called as well.
func HTTP(ctx context.Context, server *http.Server, listener net.Listener, serve Func) Server {
	hooks := Hooks{Handler: &server.Handler, BaseContext: &server.BaseContext, ConnContext: &server.ConnContext, ConnState: &server.ConnState}
	return On(ctx, server, hooks, listener, func(l net.Listener) error { return serve(server, l) })
}

// Accepting is an http.Server, or one that ends as it does.
type Accepting interface {
	RegisterOnShutdown(func())
	Shutdown(context.Context) error
	Close() error
}

// Hooks are the fields of such a server, which have to be set before it serves.
type Hooks struct {
	Handler     *http.Handler
	BaseContext *func(net.Listener) context.Context
	ConnContext *func(context.Context, net.Conn) context.Context
	ConnState   *func(net.Conn, http.ConnState)
	HasCut      *func(net.Conn) bool // if not nil, is set: whether a connection was closed at the end, when it had sent nothing
	WasClosed   func() bool          // if not nil, whether Close was called
}

// On is HTTP for any server.
func On(ctx context.Context, server Accepting, hooks Hooks, listener net.Listener, serve func(net.Listener) error) Server {
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &accepting{Accepting: server, entrance: newEntrance(listener), serve: serve, cancel: cancel, watch: *hooks.ConnState, wasClosed: hooks.WasClosed}
	*hooks.BaseContext = func(net.Listener) context.Context { return base }
	*hooks.ConnState = s.note
	*hooks.ConnContext = withConn
	if handler := *hooks.Handler; handler != nil {
		*hooks.Handler = &parting{handler, &s.entrance.leaving}
	}
	if hooks.HasCut != nil {
		*hooks.HasCut = s.silent.hasCut
	}
	server.RegisterOnShutdown(func() { // somebody else may shut it down
		s.told.Store(true)
		s.awaitLast(context.Background())
		s.silent.close()
	})
	return s
}

type accepting struct {
	Accepting
	entrance *entrance
	silent   silent
	serve    func(net.Listener) error
	awaited  sync.Once
	ending   atomic.Bool // Shutdown was called
	ended    atomic.Bool // somebody else has ended the server, by Shutdown or Close
	told     atomic.Bool // the server tells of its Shutdown, which somebody has called
	open     atomic.Int64
	cancel   context.CancelFunc
	watch    func(net.Conn, http.ConnState) // the server's own ConnState, or nil

	wasClosed func() bool // or nil
}

func (s *accepting) Addr() net.Addr { return s.entrance.Addr() }

func (s *accepting) Serve() error {
	err := s.serve(s.entrance)
	if errors.Is(err, http.ErrServerClosed) && !s.ending.Load() {
		s.ended.Store(true)
	}
	return err
}

// Shutdown shuts the server down unless somebody else has, now or while requests were awaited: once more, it would
// call what it tells of its end once more.
func (s *accepting) Shutdown(ctx context.Context) error {
	s.ending.Store(true)
	if !s.ended.Load() {
		s.awaitLast(ctx)
	}
	if s.ended.Load() || s.told.Load() {
		return s.awaitAll(ctx)
	}
	return s.Accepting.Shutdown(ctx)
}

// awaitLast waits once for the requests that come on connections that were accepted.
func (s *accepting) awaitLast(ctx context.Context) {
	s.awaited.Do(func() {
		ctx, cancel := context.WithTimeout(ctx, LastRequest())
		defer cancel()
		s.entrance.leave(ctx)
		s.await(ctx)
	})
}

// awaitAll waits until no connection is left, or until ctx is done. A server that was closed is not waited for: its
// handlers may not know, and it tells nobody.
func (s *accepting) awaitAll(ctx context.Context) error {
	for began := time.Now(); s.open.Load() > 0; {
		if s.wasClosed != nil && s.wasClosed() || !s.told.Load() && time.Since(began) > tellsWithin {
			return nil
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// tellsWithin is more than a server that was shut down takes to tell so.
const tellsWithin = time.Second

// note is the server's ConnState.
func (s *accepting) note(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.open.Add(1)
	case http.StateHijacked, http.StateClosed:
		s.open.Add(-1)
	}
	s.silent.note(conn, state)
	if s.watch != nil {
		s.watch(conn, state)
	}
}

func (s *accepting) Close() error {
	_ = s.entrance.Close() // the Server does not know it before Serve
	err := s.Accepting.Close()
	s.cancel()
	return err
}
