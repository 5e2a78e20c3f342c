// Package life runs servers that belong together: they serve until a context is
// done or one of them fails, and end together, gently at first. It does for the
// servers of contrib what Engine.RunContext does for its own.
package life

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/dram-go/dram"
)

// Server is one of several. Serve returns http.ErrServerClosed after Shutdown or
// Close.
type Server interface {
	Serve() error
	// Shutdown waits for the requests in flight, until ctx is done.
	Shutdown(ctx context.Context) error
	// Close ends at once.
	Close() error
}

// Run serves until ctx is done, and then returns nil once the requests in flight
// are done, or an error if some were cut off after grace (0 or less waits for
// ever). When a server fails the others end too, and its error is returned.
func Run(ctx context.Context, grace time.Duration, servers ...Server) error {
	ended := make(chan error, len(servers))
	for _, server := range servers {
		go func() { ended <- server.Serve() }()
	}
	left := len(servers)
	var failure error
	select {
	case <-ctx.Done():
	case failure = <-ended:
		left--
	}
	drained := drain(ctx, grace, servers)
	for ; left > 0; left-- {
		failure = first(failure, <-ended)
	}
	return first(failure, drained)
}

// first is the first error that is one.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil && !errors.Is(err, http.ErrServerClosed) {
			return err
		}
	}
	return nil
}

// drain ends all servers at the same time.
func drain(ctx context.Context, grace time.Duration, servers []Server) error {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	if grace > 0 {
		ctx, cancel = context.WithTimeout(ctx, grace)
		defer cancel()
	}
	results := make(chan error, len(servers))
	for _, server := range servers {
		go func() {
			err := server.Shutdown(ctx)
			if err != nil && ctx.Err() != nil {
				err = fmt.Errorf("requests were cut off after %v of shutting down: %w", grace, err)
			}
			_ = server.Close() // what Shutdown could not wait for
			results <- err
		}()
	}
	var failure error
	for range servers {
		failure = first(failure, <-results)
	}
	return failure
}

// httpServer is a http.Server with its listener.
type httpServer struct {
	*http.Server
	listener net.Listener
	cancel   context.CancelFunc
}

// HTTP is an Engine's server (Engine.Server: its timeouts and protocols) on a
// listener, serving handler. The requests' contexts have the values of ctx, and
// are cancelled when requests are cut off. With a listener of crypto/tls it
// speaks HTTP/2 if that does.
func HTTP(ctx context.Context, engine *dram.Engine, listener net.Listener, handler http.Handler) Server {
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	server := engine.Server("")
	server.Handler = handler
	server.BaseContext = func(net.Listener) context.Context { return base }
	return &httpServer{server, listener, cancel}
}

func (s *httpServer) Serve() error { return s.Server.Serve(s.listener) }

func (s *httpServer) Close() error {
	s.cancel()
	return s.Server.Close()
}
