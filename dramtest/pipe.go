package dramtest

import (
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// This file is a connection in memory. Unlike net.Pipe it has a buffer in each direction, as the kernel
// has for a socket: two ends that write at once do not wait for each other. What waits, waits in
// a way that testing/synctest knows.

// maxBuffered is how many bytes may be on their way in one direction.
const maxBuffered = 64 << 10

// newPipe returns the two ends of a connection.
func newPipe() (client, server net.Conn) {
	up, down := newDirection(), newDirection()
	return &end{in: down, out: up}, &end{in: up, out: down}
}

// end is one end of a connection.
type end struct{ in, out *direction }

func (e *end) Read(p []byte) (int, error)  { return e.in.read(p) }
func (e *end) Write(p []byte) (int, error) { return e.out.write(p) }

// Close ends both directions. What was written can still be read.
func (e *end) Close() error {
	e.out.change(func(d *direction) { d.ended = true })
	e.in.change(func(d *direction) { d.left = true })
	return nil
}

func (e *end) SetReadDeadline(t time.Time) error  { e.in.reading.set(e.in, t); return nil }
func (e *end) SetWriteDeadline(t time.Time) error { e.out.writing.set(e.out, t); return nil }
func (e *end) SetDeadline(t time.Time) error {
	_ = e.SetReadDeadline(t) // neither fails
	return e.SetWriteDeadline(t)
}

// The server's peer has the address that httptest.NewRequest gives it.
func (*end) RemoteAddr() net.Addr { return address("192.0.2.1:1234") }
func (*end) LocalAddr() net.Addr  { return address("192.0.2.2:443") }

// address is one of TCP.
type address string

func (address) Network() string  { return "tcp" }
func (a address) String() string { return string(a) }

// direction is what is on its way from one end to the other.
type direction struct {
	mu      sync.Mutex
	changed *sync.Cond
	buffer  []byte
	ended   bool // the writer has closed
	left    bool // the reader has
	reading deadline
	writing deadline
}

func newDirection() *direction {
	d := new(direction)
	d.changed = sync.NewCond(&d.mu)
	return d
}

// change changes the direction, and wakes who waits for that.
func (d *direction) change(how func(*direction)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	how(d)
	d.changed.Broadcast()
}

func (d *direction) read(p []byte) (n int, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for {
		switch {
		case d.left:
			return 0, net.ErrClosed
		case d.reading.passed:
			return 0, os.ErrDeadlineExceeded
		case len(d.buffer) > 0:
			n = copy(p, d.buffer)
			d.buffer = d.buffer[n:]
			d.changed.Broadcast()
			return n, nil
		case d.ended:
			return 0, io.EOF
		}
		d.changed.Wait()
	}
}

func (d *direction) write(p []byte) (n int, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for {
		switch {
		case d.ended:
			return n, net.ErrClosed
		case d.left:
			return n, io.ErrClosedPipe
		case d.writing.passed:
			return n, os.ErrDeadlineExceeded
		}
		more := min(len(p), maxBuffered-len(d.buffer))
		d.buffer, p, n = append(d.buffer, p[:more]...), p[more:], n+more
		d.changed.Broadcast()
		if len(p) == 0 {
			return n, nil
		}
		d.changed.Wait()
	}
}

// deadline is one of a reader or a writer.
type deadline struct {
	timer  *time.Timer
	passed bool
}

func (l *deadline) set(d *direction, t time.Time) {
	d.change(func(*direction) {
		if l.timer != nil {
			l.timer.Stop()
		}
		l.timer, l.passed = nil, !t.IsZero() && !t.After(time.Now())
		if !t.IsZero() && !l.passed {
			var timer *time.Timer
			timer = time.AfterFunc(time.Until(t), func() {
				d.change(func(*direction) { l.passed = l.passed || l.timer == timer })
			})
			l.timer = timer
		}
	})
}
