package http3

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"github.com/dram-go/dram"
)

// This file is the UDP side: quic-go's server, made to end as the others do.

const (
	// idleTimeout is how long a connection is kept open between two requests.
	idleTimeout = 120 * time.Second
	// linger is how long the end of an answer may be on its way when the server
	// ends.
	linger = 500 * time.Millisecond
)

// quicServer is quic-go's server, which waits for connections when it ends, made
// to wait for requests.
type quicServer struct {
	*http3.Server
	packets  net.PacketConn
	requests inFlight
	base     context.Context
	cancel   context.CancelFunc
}

func newQUIC(ctx context.Context, engine *dram.Engine, cfg Config, config *tls.Config, packets net.PacketConn) *quicServer {
	s := &quicServer{packets: packets}
	s.base, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	s.Server = &http3.Server{
		TLSConfig:      config,
		MaxHeaderBytes: cfg.MaxHeaderBytes,
		IdleTimeout:    idleTimeout,
		QUICConfig:     &quic.Config{Allow0RTT: cfg.EarlyData, MaxIdleTimeout: idleTimeout},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s.requests.begin()
			defer s.requests.end()
			ctx, cancel := context.WithCancel(withValues{r.Context(), s.base})
			defer cancel()
			defer context.AfterFunc(s.base, cancel)()
			engine.ServeHTTP(w, r.WithContext(ctx))
		}),
	}
	return s
}

// withValues is a request's context with the values of the server's behind it.
type withValues struct {
	context.Context
	base context.Context
}

func (c withValues) Value(key any) any {
	if value := c.Context.Value(key); value != nil {
		return value
	}
	return c.base.Value(key)
}

// Serve serves until Shutdown or Close.
func (s *quicServer) Serve() error {
	err := s.Server.Serve(s.packets)
	if errors.Is(err, quic.ErrServerClosed) {
		return http.ErrServerClosed
	}
	return err
}

// Shutdown waits for the requests, and a moment for their answers to arrive.
// Clients may keep a connection that has none for as long as they like.
func (s *quicServer) Shutdown(ctx context.Context) error {
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	left := make(chan error, 1)
	go func() { left <- s.Server.Shutdown(waiting) }()
	select {
	case err := <-left:
		return err
	case <-s.requests.none():
	}
	if ctx.Err() != nil {
		return ctx.Err() // they are done because they were cut off
	}
	select {
	case <-left:
	case <-time.After(linger):
	}
	return nil
}

// Close ends the connections and cancels the requests that are left.
func (s *quicServer) Close() error {
	s.cancel()
	return s.Server.Close()
}

// inFlight counts requests. New ones may begin while somebody waits for none.
type inFlight struct {
	mu   sync.Mutex
	n    int
	idle chan struct{} // closed when n is 0; nil if nobody waits
}

func (f *inFlight) begin() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.n++
}

func (f *inFlight) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.n--; f.n == 0 && f.idle != nil {
		close(f.idle)
		f.idle = nil
	}
}

// none is closed when there has been a moment without a request.
func (f *inFlight) none() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	idle := make(chan struct{})
	if f.n == 0 {
		close(idle)
	} else {
		f.idle = idle
	}
	return idle
}
