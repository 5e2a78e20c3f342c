package gateway

import (
	"net"

	"golang.org/x/net/netutil"
)

// This file is how clients' connections are accepted: so many at a time, and with little of an answer in the system's
// buffers (unsent_linux.go).

// unsent is how much of an answer waits in the system for a client, in bytes. The buffer of a connection grows to
// megabytes otherwise, and has room again when a third of it is sent: a client that reads slowly, but reads,
// would take nothing for longer than listen.idle.
const unsent = 128 << 10

// clients is their listener, with a bound for how many there are.
type clients struct {
	net.Listener           // the bounded one
	within       *accepted // in which it accepts
}

func newClients(listener net.Listener, most int) clients {
	within := &accepted{Listener: listener}
	return clients{netutil.LimitListener(within, most), within}
}

// Accept is that of net.Listener: one server calls it, one connection after the other.
func (c clients) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if side, ok := c.within.last.(halves); ok && err == nil {
		conn = halving{conn, side}
	}
	return conn, err
}

// accepted is a listener that knows its last connection.
type accepted struct {
	net.Listener
	last net.Conn
}

func (a *accepted) Accept() (net.Conn, error) {
	conn, err := a.Listener.Accept()
	if a.last = conn; err == nil {
		bound(conn)
	}
	return conn, err
}

// halving can end its sending side, which that of the bound hides: by that a client sees the end of its answer while
// it still sends, and the server need not keep it.
type halving struct {
	net.Conn
	halves
}

type halves interface{ CloseWrite() error }
