package h1

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/dram-go/dram/internal/serve"
)

// This file runs a Server as the Run methods of an Engine run theirs: it listens, serves, and
// ends with all else that the Engine runs.

// Run listens on addr, "host:port", and serves; without an addr on Addr, or else on the port
// of the environment variable PORT, or else on 8080. It returns http.ErrServerClosed after
// Shutdown of the Engine, and else why it could not listen or serve:
//
//	srv := h1.Server{Handler: engine}
//	log.Fatal(srv.Run())
//
// If Handler is a *dram.Engine the Server is one of the Engine's: its Shutdown, OnShutdown,
// Context.Stopping, Context.Go, OnListen, ShutdownTimeout and UseH2C hold for it. BaseContext and
// ConnContext are replaced. A Server runs once, on one listener.
func (s *Server) Run(addr ...string) error {
	return s.run(context.Background(), "h1: Run", s.where(addr))
}

// RunContext is Run until ctx is done. Then the Server accepts nothing more; connections that
// are open have 200 milliseconds to send a request, which is the last of its connection, and requests in
// flight are waited for, for ShutdownTimeout. It returns nil then, or an error if requests were cut off. It
// returns nil too when the Server, or its Engine, was ended by Shutdown or Close.
func (s *Server) RunContext(ctx context.Context, addr ...string) error {
	return serve.Ended(s.run(ctx, "h1: RunContext", s.where(addr)))
}

// RunListenerContext is RunContext on a listener, which it closes: one of tls.NewListener, say, of
// dram.InheritedListeners, or of a Unix socket.
func (s *Server) RunListenerContext(ctx context.Context, listener net.Listener) error {
	listener, err := serve.Given(listener)
	if err == nil {
		defer listener.Close()
	}
	return serve.Ended(s.run(ctx, "h1: RunListenerContext", func() (net.Listener, error) { return listener, err }))
}

// where returns what listens on the first of addr, or where Run says.
func (s *Server) where(addr []string) func() (net.Listener, error) {
	if len(addr) == 0 && s.Addr != "" {
		addr = []string{s.Addr}
	}
	return func() (net.Listener, error) { return serve.TCP(serve.Address(addr)) }
}

func (s *Server) run(ctx context.Context, method string, listen func() (net.Listener, error)) error {
	if s.ran.Swap(true) {
		return fmt.Errorf("dram: %s: the Server has run already; make another one for another run", method)
	}
	life, grace := new(serve.Life), 10*time.Second
	if serve.Of != nil {
		if of, timeout, h2c := serve.Of(s.Handler); of != nil {
			life, grace = of, timeout
			s.h2c.Store(h2c)
		}
	}
	if s.ShutdownTimeout != 0 {
		grace = s.ShutdownTimeout
	}
	return life.Run(ctx, method, grace, func() ([]serve.Server, error) {
		listener, err := listen()
		if err != nil {
			return nil, err
		}
		s.ConnState = life.Watched(s.ConnState)
		hooks := serve.Hooks{Handler: &s.Handler, BaseContext: &s.BaseContext, ConnContext: &s.ConnContext, ConnState: &s.ConnState, HasCut: &s.hasCut, WasClosed: s.closed.Load}
		return []serve.Server{serve.On(ctx, s, hooks, listener, s.Serve)}, nil
	})
}
