package least

import (
	"io"
	"time"
)

// A Conn is one connection whose calls block: rung 1's socket, rung 2's file, and the
// net.TCPConn of rung 4.
type Conn interface {
	io.ReadWriter
	// CloseWrite is shutdown(2): the client reads the end, and may still send. Reads wait no
	// longer than within from now on.
	CloseWrite(within time.Duration) error
}

// Linger is how long a client may go on sending when it has been answered.
const Linger = time.Second

// Serve reads a request and writes its answer, waiting in each call. It gives up, as
// it does on any error, when the request is not whole after the given time; that no
// single call waits longer is left to the connection's own timeouts. The caller
// closes the connection.
func Serve(conn Conn, within time.Duration) {
	deadline := time.Now().Add(within)
	var request Request
	var answer []Part
	buffer := make([]byte, 4<<10)
	for answer == nil {
		n, err := conn.Read(buffer)
		if n > 0 {
			answer = request.Add(buffer[:n])
		} else if err != nil {
			return // the client has gone, or has nothing to say
		}
		if time.Now().After(deadline) {
			return
		}
	}
	for _, part := range answer {
		time.Sleep(part.After)
		if _, err := io.WriteString(conn, part.Text); err != nil {
			return
		}
	}
	if conn.CloseWrite(Linger) != nil {
		return
	}
	// To close a socket with bytes that nobody has read resets the connection, and the
	// client may never see its answer. So what it sends besides is read and forgotten.
	for deadline = time.Now().Add(Linger); time.Now().Before(deadline); {
		if _, err := conn.Read(buffer); err != nil {
			return
		}
	}
}
