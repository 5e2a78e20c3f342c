package gateway

import (
	"net"
	"net/http"
	"time"
)

// patient is a client's writer: what is written waits so long for a client that takes nothing, who would otherwise
// have a place at a server, and one among the connections, for ever.
type patient struct {
	http.ResponseWriter
	*http.ResponseController // the methods that dram looks for
	idle                     time.Duration
	others                   bool // somebody else has set a deadline, to cut the answer, say
}

// Unwrap is for http.ResponseController.
func (p *patient) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// begin sets the deadline, and end removes it: HTTP/2 resets a stream when it is over, whether it writes or not.
func (p *patient) begin() { p.until(time.Now().Add(p.idle)) }
func (p *patient) end()   { p.until(time.Time{}) }

func (p *patient) until(deadline time.Time) {
	if !p.others {
		_ = p.ResponseController.SetWriteDeadline(deadline) // a recorder has none
	}
}

// SetWriteDeadline has the deadline of whoever calls it count from now on.
func (p *patient) SetWriteDeadline(deadline time.Time) error {
	p.others = true
	return p.ResponseController.SetWriteDeadline(deadline)
}

func (p *patient) Write(text []byte) (int, error) {
	p.begin()
	defer p.end()
	return p.ResponseWriter.Write(text)
}

// FlushError is for http.ResponseController.
func (p *patient) FlushError() error {
	p.begin()
	defer p.end()
	return p.ResponseController.Flush()
}

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
