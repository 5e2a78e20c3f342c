package serve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
)

// This file serves HTTP/2 without TLS (h2c, RFC 9113 section 3.3) in a server that
// others started, and that speaks HTTP/1.1 only. Where the server's Protocols name
// it, net/http does it, and nothing here is asked.
//
// A client that knows that the server speaks h2c opens the connection with the
// preface
//
//	PRI * HTTP/2.0␍␊␍␊SM␍␊␍␊
//
// whose first part a server of HTTP/1.1 takes for a request without headers. The
// handler recognises it, takes the connection over, and gives it, with what was
// read put back in front, to an inner server that expects the preface. The inner
// server's streams start where the outer one's requests do, at its Handler, so that
// they pass through whatever was put around this one:
//
//	outer server ──► wrappers ──► H2C ──► the Engine
//	          PRI ─────────────► H2C ──► inner server
//	                  ┌───────────────────────┘ streams
//	                  └─► wrappers ──► H2C ──► the Engine

const h2cPreface = "PRI * HTTP/2.0\r\n\r\n" // as far as it was read as a request

// H2C is a handler that speaks h2c as well. log is told of prefaces that it cannot
// serve, which get 505.
func H2C(handler http.Handler, log func(error)) http.Handler {
	return &h2cHandler{handler: handler, log: log, inner: map[*http.Server]*http.Server{}}
}

// Within is the handler that H2C was given, if handler is one of H2C.
func Within(handler any) any {
	if h, ok := handler.(*h2cHandler); ok {
		return h.handler
	}
	return handler
}

type h2cHandler struct {
	handler http.Handler
	log     func(error)
	mu      sync.Mutex
	inner   map[*http.Server]*http.Server // by the outer one
}

// ServeHTTP serves a request, or a connection that begins with the preface.
func (h *h2cHandler) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if req.Method != "PRI" || req.ProtoMajor != 2 || req.RequestURI != "*" || len(req.Header) != 0 || req.TLS != nil {
		h.handler.ServeHTTP(w, req)
		return
	}
	if err := h.takeOver(w, req); err != nil {
		h.log(err)
		http.Error(w, "HTTP/2 without TLS is not served here", http.StatusHTTPVersionNotSupported)
	}
}

const protocolsMend = "have net/http serve it instead: server.Protocols.SetUnencryptedHTTP2(true)"

var errNoServer = errors.New("dram: HTTP/2 without TLS: the request's context does not name its http.Server, " +
	"and streams would not pass through what is around the handler; " + protocolsMend)

// takeOver gives the connection to the inner server.
func (h *h2cHandler) takeOver(w http.ResponseWriter, req *http.Request) error {
	outer, _ := req.Context().Value(http.ServerContextKey).(*http.Server)
	if outer == nil || outer.Handler == nil {
		return errNoServer
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return fmt.Errorf("dram: HTTP/2 without TLS: what is around the handler keeps the connection from it: %w; %s", err, protocolsMend)
	}
	listener := &singleListener{conn: &replayConn{
		Conn:   conn,
		reader: io.MultiReader(strings.NewReader(h2cPreface), buffered),
		ctx:    context.WithoutCancel(req.Context()), // this request is over, the connection is not
	}}
	_ = h.innerOf(outer).Serve(listener) // returns when the connection has a goroutine of its own
	if !listener.done {
		_ = conn.Close() // the server has ended
	}
	return nil
}

// innerOf is the server of h2c for an outer one: with its limits, and ended with it.
func (h *h2cHandler) innerOf(outer *http.Server) *http.Server {
	h.mu.Lock()
	defer h.mu.Unlock()
	if inner := h.inner[outer]; inner != nil {
		return inner
	}
	inner := &http.Server{
		Handler:                      outer.Handler,
		DisableGeneralOptionsHandler: outer.DisableGeneralOptionsHandler,
		Protocols:                    new(http.Protocols),
		ReadTimeout:                  outer.ReadTimeout,
		ReadHeaderTimeout:            cmp.Or(outer.ReadHeaderTimeout, outer.ReadTimeout, ReadHeaderTimeout),
		WriteTimeout:                 outer.WriteTimeout,
		IdleTimeout:                  cmp.Or(outer.IdleTimeout, outer.ReadTimeout, IdleTimeout),
		MaxHeaderBytes:               outer.MaxHeaderBytes,
		HTTP2:                        outer.HTTP2,
		ErrorLog:                     outer.ErrorLog,
		ConnContext: func(_ context.Context, conn net.Conn) context.Context {
			return conn.(*replayConn).ctx
		},
	}
	inheritHeaderCount(inner, outer)
	inner.Protocols.SetUnencryptedHTTP2(true)
	outer.RegisterOnShutdown(func() { _ = inner.Shutdown(context.Background()) })
	h.inner[outer] = inner
	return inner
}

// replayConn is a connection from which some bytes were read already.
type replayConn struct {
	net.Conn
	reader io.Reader // those bytes, then the connection's
	ctx    context.Context
}

// Read reads what was read already, then the connection.
func (c *replayConn) Read(p []byte) (int, error) { return c.reader.Read(p) }

// singleListener is a listener that accepts one connection, once.
type singleListener struct {
	conn net.Conn
	done bool
}

// Accept returns the connection, then io.EOF.
func (l *singleListener) Accept() (net.Conn, error) {
	if l.done {
		return nil, io.EOF
	}
	l.done = true
	return l.conn, nil
}

// Close does nothing: the connection lives on.
func (l *singleListener) Close() error { return nil }

// Addr is the connection's own address.
func (l *singleListener) Addr() net.Addr { return l.conn.LocalAddr() }
