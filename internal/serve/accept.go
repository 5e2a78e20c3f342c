package serve

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// This file is the first part of a server's end. http.Server drops the request of a
// connection that it has accepted, if it reads it after its Shutdown has begun, and closes
// connections that wait for another request. So those in the queue of the socket are accepted, the listener is
// closed, and requests that come on the connections are answered, each as the last one of its connection:
//
//	Shutdown ──► empty the queue ──► close the listener ──► await requests ──► http.Server.Shutdown
//
// For a client a connection in the queue is one like any other, and the system resets it when the listener is
// closed, unless another process has the socket too, such as the next one of a service.

// lastRequest is how long connections that were accepted may take to send a request when
// the server ends, in nanoseconds. A client that has one sends it at once, after its handshake for TLS; one that
// uses its connection often hears with its next answer that it has to make another.
var lastRequest atomic.Int64

func init() { SetLastRequest(200 * time.Millisecond) }

// LastRequest is how long the connections of a server that ends may take to send a request.
func LastRequest() time.Duration { return time.Duration(lastRequest.Load()) }

// queueTime is how long a server that ends accepts what is in the queue of its socket.
const queueTime = 10 * time.Millisecond

// SetLastRequest is for tests. It returns what was set before.
func SetLastRequest(d time.Duration) (before time.Duration) {
	return time.Duration(lastRequest.Swap(int64(d)))
}

// parting has the clients close their connections from the end's begin on. HTTP/2 has its GOAWAY instead, and a
// connection that is switched to another protocol is not HTTP's any more; to h2c none is.
type parting struct {
	http.Handler
	leaving *atomic.Bool
}

func (p *parting) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if to := req.Header["Upgrade"]; p.leaving.Load() && req.ProtoMajor == 1 && (to == nil || strings.EqualFold(to[0], "h2c")) {
		w.Header().Set("Connection", "close")
	}
	p.Handler.ServeHTTP(w, req)
}

// entrance is a listener that is closed before its server knows.
type entrance struct {
	net.Listener
	close    func() error // the Listener's, once
	leaving  atomic.Bool
	left     chan struct{} // closed when the server has all connections that were accepted
	setLeft  func()
	ended    chan struct{} // closed when the server closes it
	setEnded func()
}

func newEntrance(listener net.Listener) *entrance {
	e := &entrance{Listener: listener, close: sync.OnceValue(listener.Close), left: make(chan struct{}), ended: make(chan struct{})}
	e.setLeft = sync.OnceFunc(func() { close(e.left) })
	e.setEnded = sync.OnceFunc(func() { close(e.ended) })
	return e
}

// Accept returns the next connection. Once the entrance is left it waits for Close, so that
// the server does not take it for a failure.
func (e *entrance) Accept() (net.Conn, error) {
	conn, err := e.Listener.Accept()
	if err != nil && e.leaving.Load() {
		e.setLeft()
		<-e.ended
		err = net.ErrClosed
	}
	return conn, err
}

// Close is the server's: it accepts nothing more.
func (e *entrance) Close() error {
	e.setEnded()
	return e.close()
}

// leave accepts what is in the queue, closes the listener, and waits until the server knows all
// connections that it has accepted, or until ctx is done.
func (e *entrance) leave(ctx context.Context) {
	e.leaving.Store(true)
	if queue, ok := e.Listener.(interface{ SetDeadline(time.Time) error }); ok && queue.SetDeadline(time.Now().Add(queueTime)) == nil {
		emptied, cancel := context.WithTimeout(ctx, 2*queueTime) // an Accept may try again after a deadline
		e.awaitLeft(emptied)
		cancel()
		_ = queue.SetDeadline(time.Time{}) // a listener whose Close does nothing may have another server
	}
	_ = e.close() // Close returns the error again
	e.awaitLeft(ctx)
}

func (e *entrance) awaitLeft(ctx context.Context) {
	select {
	case <-e.left:
	case <-e.ended:
	case <-ctx.Done():
	}
}

// silent is the connections that have been accepted and have sent no request yet, that is
// no whole header. HTTP/2 without TLS counts from its preface on: the GOAWAY that it gets
// says which requests have not been served (RFC 9113 section 6.8).
type silent struct {
	conns sync.Map // net.Conn → heard
	count atomic.Int64
}

// heard is what a connection has sent.
type heard int

const (
	nothing heard = iota
	begun         // the preface of HTTP/2
	cut           // nothing, and it was closed
)

// note is an http.Server's ConnState. It is called twice for each request, and then does
// nothing unless another connection is silent.
func (s *silent) note(conn net.Conn, state http.ConnState) {
	switch {
	case state == http.StateNew && isKey(conn):
		s.count.Add(1)
		s.conns.Store(conn, nothing)
	case s.count.Load() == 0 || state == http.StateIdle || !isKey(conn):
	case state == http.StateActive && s.conns.CompareAndSwap(conn, nothing, begun) && isHTTP2(conn):
		// It becomes active with its preface, then idle, and active again with a request.
	default:
		if was, ok := s.conns.Load(conn); ok && was != cut && s.conns.CompareAndDelete(conn, was) {
			s.count.Add(-1)
		}
	}
}

// hasCut reports whether close has closed the connection: what it has sent since then is nobody's to answer.
func (s *silent) hasCut(conn net.Conn) bool {
	if !isKey(conn) {
		return false
	}
	was, ok := s.conns.Load(conn)
	return ok && was == cut
}

// isKey reports whether a connection can be told from others. Those of somebody's own listener need not be pointers.
func isKey(conn net.Conn) bool { return reflect.ValueOf(conn).Comparable() }

func isHTTP2(conn net.Conn) bool {
	secure, ok := conn.(*tls.Conn)
	return ok && secure.ConnectionState().NegotiatedProtocol == "h2"
}

// await waits until no connection is open, or until ctx is done.
func (s *accepting) await(ctx context.Context) {
	for s.open.Load() > 0 {
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
			return
		}
	}
}

// close closes those that have sent nothing. An http.Server that shuts down would not answer
// them, and would wait for them for 5 seconds.
func (s *silent) close() {
	for conn := range s.conns.Range {
		if s.conns.CompareAndSwap(conn, nothing, cut) {
			s.count.Add(-1)
			_ = conn.(net.Conn).Close()
		}
	}
}
