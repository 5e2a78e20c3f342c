package h1

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dram-go/dram/internal/mask"
)

// This file is the Server: what it is set up with, and how it accepts connections. What
// becomes of a connection is in conn.go; how a Server ends, in life.go.

// The limits of a Server whose fields are zero.
const (
	DefaultReadHeaderTimeout   = 10 * time.Second
	DefaultIdleTimeout         = 120 * time.Second
	DefaultMaxHeaderValueCount = 500
)

// Server serves HTTP/1.1 and HTTP/1.0. Its fields have the names and the meaning of those of
// http.Server, which the zero value differs from in its timeouts. They must not be changed
// once it serves.
type Server struct {
	// Addr is where ListenAndServe listens; "" is ":http", or ":https" with TLS.
	Addr string
	// Handler answers. Default http.DefaultServeMux.
	Handler http.Handler
	// DisableGeneralOptionsHandler passes "OPTIONS *" to Handler; else it is answered with
	// 200 and Content-Length: 0.
	DisableGeneralOptionsHandler bool
	// TLSConfig is used by ServeTLS and ListenAndServeTLS, which clone it, and offer the protocols
	// that are spoken here ("h2", "http/1.1") besides those of its NextProtos.
	TLSConfig *tls.Config
	// ReadTimeout is how long a whole request may take to arrive, its body included. Zero
	// and below: no limit.
	ReadTimeout time.Duration
	// ReadHeaderTimeout is how long the header of a request may take to arrive, from its
	// first byte; on a new connection from the moment at which it was accepted. Zero:
	// ReadTimeout, or 10 seconds if that is zero too. Negative: no limit.
	ReadHeaderTimeout time.Duration
	// WriteTimeout is how long writing the answer may take, from the end of the request's
	// header. Zero and below: no limit.
	WriteTimeout time.Duration
	// IdleTimeout is how long a connection is kept for its next request. Zero: ReadTimeout, or
	// 120 seconds if that is zero too. Negative: no limit.
	IdleTimeout time.Duration
	// ShutdownTimeout is how long RunContext waits for requests in flight when it ends. Zero: the
	// Engine's, if Handler is one, or else 10 seconds. Negative: no limit. Of several servers of one
	// Engine the shortest counts: they end together.
	ShutdownTimeout time.Duration
	// MaxHeaderBytes limits the request line and the header of a request, in bytes, with 4
	// KiB on top. Beyond it is a 431. Zero: http.DefaultMaxHeaderBytes.
	MaxHeaderBytes int
	// MaxHeaderValueCount limits how many lines the header has. Beyond it is a 431. Zero: 500.
	// It holds for HTTP/2 since Go 1.27.
	MaxHeaderValueCount int
	// ConnState, if set, is told when the state of a connection changes.
	ConnState func(net.Conn, http.ConnState)
	// ErrorLog is where errors of connections and panics of handlers are written. Default:
	// the standard logger of package log.
	ErrorLog *log.Logger
	// BaseContext, if set, returns the context of all requests of a listener.
	BaseContext func(net.Listener) context.Context
	// ConnContext, if set, returns the context of the requests of a connection.
	ConnContext func(ctx context.Context, c net.Conn) context.Context
	// Protocols says what net/http serves on these connections: HTTP/2 over TLS (the
	// default), and without TLS. HTTP/1 is always served.
	Protocols *http.Protocols
	// HTTP2 is the configuration of HTTP/2.
	HTTP2 *http.HTTP2Config

	ran       atomic.Bool // Run or another of its kind was called
	h2c       atomic.Bool // the Engine's UseH2C
	hasCut    func(net.Conn) bool
	ending    atomic.Bool // Shutdown or Close was called
	closed    atomic.Bool // Close was called
	keepsNone atomic.Bool // SetKeepAlivesEnabled(false) was called

	mu         sync.Mutex
	listeners  map[*net.Listener]struct{}
	conns      map[*conn]struct{}
	onShutdown []func()
	shutdowns  int            // that have not returned
	serving    sync.WaitGroup // listeners

	once  sync.Once
	inner *http.Server // see handoff.go
}

// ListenAndServe listens on Addr and serves. It returns http.ErrServerClosed after Shutdown
// or Close, and else why it could not listen or serve.
func (s *Server) ListenAndServe() error {
	listener, err := s.listen(":http")
	if err != nil {
		return err
	}
	return s.Serve(listener)
}

// ListenAndServeTLS is ListenAndServe with the certificate and the key of two PEM files, or
// those of TLSConfig if both names are "".
func (s *Server) ListenAndServeTLS(certFile, keyFile string) error {
	listener, err := s.listen(":https")
	if err != nil {
		return err
	}
	defer listener.Close()
	return s.ServeTLS(listener, certFile, keyFile)
}

func (s *Server) listen(addr string) (net.Listener, error) {
	if s.ending.Load() {
		return nil, http.ErrServerClosed
	}
	if s.Addr != "" {
		addr = s.Addr
	}
	return net.Listen("tcp", addr)
}

// ServeTLS is Serve over TLS, with the certificate and the key of two PEM files, or those of
// TLSConfig if both names are "".
func (s *Server) ServeTLS(listener net.Listener, certFile, keyFile string) error {
	s.prepare()
	config := s.tlsConfig(s.servesHTTP2())
	if certFile != "" || keyFile != "" || len(config.Certificates) == 0 && config.GetCertificate == nil && config.GetConfigForClient == nil {
		certificate, err := tls.LoadX509KeyPair(certFile, keyFile)
		if err != nil {
			return err
		}
		config.Certificates = []tls.Certificate{certificate}
	}
	return s.Serve(tls.NewListener(listener, config))
}

// tlsConfig is TLSConfig with the protocols that are spoken here among those that it offers.
func (s *Server) tlsConfig(http2 bool) *tls.Config {
	config := new(tls.Config)
	if s.TLSConfig != nil {
		config = s.TLSConfig.Clone()
	}
	offers := slices.Clone(config.NextProtos)
	if !http2 {
		offers = slices.DeleteFunc(offers, func(name string) bool { return name == "h2" })
	} else if !slices.Contains(offers, "h2") {
		offers = append(offers, "h2")
	}
	if !slices.Contains(offers, "http/1.1") {
		offers = append(offers, "http/1.1")
	}
	config.NextProtos = offers
	return config
}

// Serve accepts connections and serves each in a goroutine of its own, until the listener
// fails. It closes the listener, and returns http.ErrServerClosed after Shutdown or Close.
func (s *Server) Serve(listener net.Listener) error {
	listener = &onceListener{Listener: listener}
	defer listener.Close()
	if !s.track(&listener) {
		return http.ErrServerClosed
	}
	defer s.untrack(&listener)
	s.prepare()

	ctx := context.Background()
	if s.BaseContext != nil {
		if ctx = s.BaseContext(listener.(*onceListener).Listener); ctx == nil {
			panic("dram: h1: Server.BaseContext has returned nil: return context.Background()")
		}
	}
	ctx = context.WithValue(ctx, http.ServerContextKey, s.inner)
	var pause time.Duration
	for {
		rwc, err := listener.Accept()
		if err != nil {
			if s.ending.Load() {
				return http.ErrServerClosed
			}
			var temporary interface{ Temporary() bool }
			if !errors.As(err, &temporary) || !temporary.Temporary() {
				return err
			}
			pause = min(max(2*pause, 5*time.Millisecond), time.Second)
			s.logf("http: Accept error: %s; retrying in %v", mask.Line(err.Error()), pause)
			time.Sleep(pause)
			continue
		}
		pause = 0
		connCtx := ctx
		if s.ConnContext != nil {
			if connCtx = s.ConnContext(ctx, rwc); connCtx == nil {
				panic("dram: h1: Server.ConnContext has returned nil: return its first argument")
			}
		}
		c := newConn(s, rwc)
		c.setState(http.StateNew)
		go c.serve(connCtx)
	}
}

// onceListener is closed once, whoever does it first.
type onceListener struct {
	net.Listener
	once sync.Once
	err  error
}

func (l *onceListener) Close() error {
	l.once.Do(func() { l.err = l.Listener.Close() })
	return l.err
}

// maxOptions is how large a body of "OPTIONS *" may be, which nobody needs, for the connection to
// be kept.
const maxOptions = 4096

// handle passes a request to the Handler.
func (s *Server) handle(w http.ResponseWriter, req *http.Request) {
	handler := s.Handler
	if handler == nil {
		handler = http.DefaultServeMux
	}
	if req.RequestURI == "*" && req.Method == http.MethodOptions && !s.DisableGeneralOptionsHandler {
		w.Header().Set("Content-Length", "0")
		if n, _ := io.CopyN(io.Discard, req.Body, maxOptions+1); n > maxOptions {
			w.Header().Set("Connection", "close")
		}
		return
	}
	handler.ServeHTTP(w, req)
}

func (s *Server) logf(format string, args ...any) {
	if s.ErrorLog != nil {
		s.ErrorLog.Printf(format, args...)
	} else {
		log.Printf(format, args...)
	}
}

// limit is a timeout: its own value, else that of ReadTimeout, else the default; 0 is none.
func (s *Server) limit(own, byDefault time.Duration) time.Duration {
	switch {
	case own != 0:
		return max(own, 0)
	case s.ReadTimeout != 0:
		return max(s.ReadTimeout, 0)
	}
	return byDefault
}

func (s *Server) headerTimeout() time.Duration {
	return s.limit(s.ReadHeaderTimeout, DefaultReadHeaderTimeout)
}

// headTimeout is the limit of a head that has begun.
func (s *Server) headTimeout() time.Duration {
	limit := s.headerTimeout()
	if s.ReadTimeout > 0 && (limit == 0 || s.ReadTimeout < limit) {
		return s.ReadTimeout
	}
	return limit
}

// handshakeTimeout is the limit of the handshake of TLS, before which there is no request.
func (s *Server) handshakeTimeout() time.Duration {
	limit := s.headTimeout()
	if s.WriteTimeout > 0 && (limit == 0 || s.WriteTimeout < limit) {
		return s.WriteTimeout
	}
	return limit
}

func (s *Server) idleTimeout() time.Duration { return s.limit(s.IdleTimeout, DefaultIdleTimeout) }

func (s *Server) maxHead() int {
	if s.MaxHeaderBytes > 0 {
		return s.MaxHeaderBytes + slop
	}
	return http.DefaultMaxHeaderBytes + slop
}

// slop is what net/http takes more than MaxHeaderBytes, and so does this server.
const slop = 4096

func (s *Server) maxLines() int {
	if s.MaxHeaderValueCount > 0 {
		return s.MaxHeaderValueCount
	}
	return DefaultMaxHeaderValueCount
}

// keepsAlive reports whether a connection may be used again.
func (s *Server) keepsAlive() bool { return !s.keepsNone.Load() && !s.ending.Load() }
