package serve

import (
	"context"
	"net"
)

// This file ends connections so that the client learns that its answer is not whole. Over
// HTTP/1.0 the end of a connection is that of a body without a length; a reset is none.

// connKey is the key under which the context of a request has its connection.
type connKey struct{}

// withConn is the ConnContext of a server.
func withConn(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, conn)
}

// ResetUnlessWhole has the connection of a request reset, whoever closes it, the end of the process
// too, until it is called with true. It does nothing for connections of other servers than those
// of this package, nor for those that cannot be reset, such as Unix sockets.
func ResetUnlessWhole(ctx context.Context, whole bool) {
	if conn, ok := ctx.Value(connKey{}).(net.Conn); ok {
		seconds := 0
		if whole {
			seconds = -1
		}
		linger(innermost(conn), seconds)
	}
}

// Keep has a connection closed as any other.
func Keep(conn net.Conn) { linger(innermost(conn), -1) }

// Reset closes a connection by a reset, for TLS without a close_notify. What has not been sent is
// dropped. A connection that cannot be reset is closed.
func Reset(conn net.Conn) {
	conn = innermost(conn)
	linger(conn, 0)
	_ = conn.Close()
}

func innermost(conn net.Conn) net.Conn {
	for {
		outer, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			return conn
		}
		conn = outer.NetConn()
	}
}

func linger(conn net.Conn, seconds int) {
	if tcp, ok := conn.(interface{ SetLinger(int) error }); ok {
		_ = tcp.SetLinger(seconds)
	}
}
