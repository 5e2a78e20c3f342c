package dram

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
)

// This file serves HTTP/2 without TLS (h2c, RFC 9113 section 3.3) when the
// Engine is mounted in a server of the program's own. The servers that the
// Engine starts need none of it: net/http does h2c for them.
//
// A client that knows that the server speaks h2c opens the connection with the
// preface
//
//	PRI * HTTP/2.0␍␊␍␊SM␍␊␍␊
//
// whose first part a server of HTTP/1.1 takes for a request without headers.
// The handler recognises it, takes the connection over, and gives it, with what
// was read put back in front, to an inner server that expects the preface.

const h2cPreface = "PRI * HTTP/2.0\r\n\r\n" // as far as it was read as a request

// Handler is the Engine as an http.Handler for a server of the program's own:
// the Engine itself or, with UseH2C, one that serves HTTP/2 without TLS as
// well, even if the server's Protocols do not name it.
func (engine *Engine) Handler() http.Handler {
	if !engine.UseH2C {
		return engine
	}
	handler := &h2cHandler{engine: engine, inner: engine.Server("")}
	handler.inner.ConnContext = func(_ context.Context, conn net.Conn) context.Context {
		return conn.(*replayConn).ctx
	}
	return handler
}

// h2cHandler is an Engine that speaks h2c as well.
type h2cHandler struct {
	engine *Engine
	inner  *http.Server
	once   sync.Once
}

// ServeHTTP serves a request, or a connection that begins with the preface.
func (h *h2cHandler) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if req.Method != "PRI" || req.ProtoMajor != 2 || req.RequestURI != "*" || len(req.Header) != 0 || req.TLS != nil {
		h.engine.ServeHTTP(w, req)
		return
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		h.engine.debugPrintError(err)
		w.WriteHeader(http.StatusHTTPVersionNotSupported)
		return
	}
	h.once.Do(func() { h.endWith(req.Context()) })
	_ = h.inner.Serve(&singleListener{conn: &replayConn{
		Conn:   conn,
		reader: io.MultiReader(strings.NewReader(h2cPreface), buffered),
		ctx:    context.WithoutCancel(req.Context()), // this request is over, the connection is not
	}}) // returns io.EOF when the connection has a goroutine of its own
}

// endWith has the inner server end with the one that the handler is mounted in.
func (h *h2cHandler) endWith(ctx context.Context) {
	if outer, ok := ctx.Value(http.ServerContextKey).(*http.Server); ok {
		outer.RegisterOnShutdown(func() { _ = h.inner.Shutdown(context.Background()) })
	}
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
