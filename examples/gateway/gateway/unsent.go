package gateway

import "net"

// unsent is how much of an answer waits in the system for a client, in bytes. The buffer of a connection grows to
// megabytes otherwise, and has room again when a third of it is sent: a client that reads slowly, but reads,
// would take nothing for longer than listen.idle.
const unsent = 128 << 10

// patientListener is the clients'.
type patientListener struct{ net.Listener }

// Accept is that of net.Listener.
func (l patientListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		bound(conn)
	}
	return conn, err
}
