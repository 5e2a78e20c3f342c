package http3

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/body"
	"github.com/dram-go/dram/internal/mask"
	"github.com/dram-go/dram/internal/serve"
)

// This file is the UDP side: it accepts the connections and requests of quic-go
// itself, so that a client has as long for a header as over TCP, and a shutdown
// waits for requests rather than for clients to disconnect (end.go).

// readHeaderTimeout is how long a client may take to send a request's header.
var readHeaderTimeout = serve.ReadHeaderTimeout // a variable for the tests

type quicServer struct {
	http3     *http3.Server   // what it serves, and its limits
	transport *quic.Transport // over packets
	listener  *quic.EarlyListener
	packets   net.PacketConn
	cancel    context.CancelFunc
	toBegin   time.Duration // how long a header may take

	requests  inFlight
	accepting sync.Mutex // held until every connection that came is noted
	mu        sync.Mutex
	conns     map[*quic.Conn]struct{}
	ending    time.Time // when the end began
}

func newQUIC(ctx context.Context, engine *dram.Engine, cfg Config, config *tls.Config, packets net.PacketConn) (*quicServer, error) {
	transport := &quic.Transport{Conn: packets, ConnectionIDLength: idLength, StatelessResetKey: resetKey(config, packets.LocalAddr())}
	listener, err := transport.ListenEarly(http3.ConfigureTLSConfig(config), &quic.Config{
		Allow0RTT:      cfg.EarlyData,
		MaxIdleTimeout: serve.IdleTimeout,
	})
	if err != nil {
		return nil, err
	}
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &quicServer{transport: transport, listener: listener, packets: packets, cancel: cancel, toBegin: readHeaderTimeout, conns: map[*quic.Conn]struct{}{}}
	s.http3 = &http3.Server{
		MaxHeaderBytes: cfg.MaxHeaderBytes,
		IdleTimeout:    serve.IdleTimeout,
		ConnContext: func(ctx context.Context, conn *quic.Conn) context.Context {
			// By the second, net/http's ReverseProxy sees that an answer can be cut.
			return context.WithValue(context.WithValue(ctx, connKey{}, conn), http.ServerContextKey, standIn)
		},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer maskPanic()
			s.requests.begin()
			defer s.requests.end()
			findBody(r)
			_ = http.NewResponseController(w).SetReadDeadline(time.Time{}) // the header is here
			if isTooEarly(r) {
				http.Error(w, "Too Early", http.StatusTooEarly)
				return
			}
			ctx, cancel := context.WithCancel(withValues{r.Context(), base})
			defer cancel()
			defer context.AfterFunc(base, cancel)()
			r = r.WithContext(ctx)
			defer body.RemoveFiles(r) // after a panic too
			engine.ServeHTTP(w, r)
		}),
	}
	return s, nil
}

// findBody finds out whether a GET or HEAD without a Content-Length has a body, which the end of its stream
// says: others that look at the request take -1 for one with a body, which no Cache answers.
func findBody(r *http.Request) {
	if r.ContentLength >= 0 || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return
	}
	first := make([]byte, 1)
	switch n, err := r.Body.Read(first); {
	case n > 0:
		r.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(bytes.NewReader(first), r.Body), r.Body}
	case err == io.EOF:
		r.ContentLength, r.Body = 0, http.NoBody
	}
}

// maskPanic has quic-go log a panic that nobody has recovered as dram's logs have it.
func maskPanic() {
	switch reason := recover(); reason {
	case nil:
	case http.ErrAbortHandler:
		panic(reason)
	default:
		panic(mask.Line(fmt.Sprint(reason)))
	}
}

// standIn is in requests over HTTP/3 what a net/http server puts there of itself.
var standIn = new(http.Server)

type connKey struct{}

// isTooEarly reports whether a request that is not safe to replay came before
// the handshake was complete, so that it may be a replay.
func isTooEarly(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return false
	}
	conn, _ := r.Context().Value(connKey{}).(*quic.Conn)
	return conn != nil && conn.ConnectionState().Used0RTT && !r.TLS.HandshakeComplete
}

// withValues is the context of a request, which falls back to the values of the
// server's.
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

func (s *quicServer) Addr() net.Addr { return s.packets.LocalAddr() }

// Serve serves until Shutdown or Close, and takes those who have connected by then.
func (s *quicServer) Serve() error {
	s.accepting.Lock()
	defer s.accepting.Unlock()
	for {
		conn, err := s.listener.Accept(context.Background())
		if errors.Is(err, quic.ErrServerClosed) {
			return http.ErrServerClosed
		}
		if err != nil {
			return err
		}
		s.note(conn)
		go s.serveConn(conn)
	}
}

// serveConn serves the streams of a connection until it ends.
func (s *quicServer) serveConn(conn *quic.Conn) {
	defer s.forget(conn)
	raw, err := s.http3.NewRawServerConn(conn)
	if err != nil {
		closeConn(conn)
		return
	}
	defer raw.CloseWithError(0, "") // its timer would keep it for IdleTimeout
	go func() {
		for {
			stream, err := conn.AcceptUniStream(conn.Context())
			if err != nil {
				return
			}
			go raw.HandleUnidirectionalStream(stream)
		}
	}()
	for {
		stream, err := conn.AcceptStream(conn.Context())
		if err != nil {
			return
		}
		if s.isTooLate() { // the client may send it again, elsewhere (RFC 9114 section 4.1.1)
			stream.CancelRead(quic.StreamErrorCode(http3.ErrCodeRequestRejected))
			stream.CancelWrite(quic.StreamErrorCode(http3.ErrCodeRequestRejected))
			continue
		}
		_ = stream.SetReadDeadline(time.Now().Add(s.toBegin))
		go serveRequest(raw, stream)
	}
}

// serveRequest serves a request. One whose handler has ended its goroutine (runtime.Goexit) is cut, as over TCP.
func serveRequest(raw *http3.RawServerConn, stream *quic.Stream) {
	returned := false
	defer func() {
		if !returned {
			stream.CancelRead(quic.StreamErrorCode(http3.ErrCodeInternalError))
			stream.CancelWrite(quic.StreamErrorCode(http3.ErrCodeInternalError))
		}
	}()
	raw.HandleRequestStream(stream)
	returned = true
}
