//go:build linux

package loop

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/dram-go/dram/examples/ladder/internal/least"
)

// A state says what a connection waits for. The arrows are next's:
//
//	reading → pausing → writing → pausing → writing … → leaving → closed
type state int

const (
	reading state = iota // for more of the request
	pausing              // for the moment to write the next part
	writing              // for room in the kernel's buffer
	leaving              // for the client that has its answer to close
)

// A conn is one connection: what a thread of rung 2 has on its stack.
type conn struct {
	loop    *Loop
	fd      int
	state   state
	watched uint32 // the events that epoll reports
	request least.Request
	answer  []least.Part // what has not begun to be written
	rest    string       // of the part that is being written
	timer   timer        // when the state ends if nothing happens
}

// add begins with a new connection. It is tried at once: often the request is there.
func (l *Loop) add(fd int) {
	c := &conn{loop: l, fd: fd, watched: unix.EPOLLIN}
	event := unix.EpollEvent{Events: c.watched, Fd: int32(fd)}
	if err := unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, fd, &event); err != nil {
		_ = unix.Close(fd) // the kernel cannot watch one more
		return
	}
	c.timer.fire = c.expired
	l.open[fd] = c
	if len(l.open) >= l.Most {
		l.pause()
	}
	l.timers.set(&c.timer, time.Now().Add(l.Idle)) // for the whole request, not for each byte
	c.ready()
}

// ready goes on where the connection stopped. Nothing is read from the kind of event:
// a call that has nothing to do says EAGAIN, one on a broken connection says why.
func (c *conn) ready() {
	switch c.state {
	case reading:
		c.read()
	case pausing:
		c.close() // only errors are watched: the client has reset the connection
	case writing:
		c.write()
	case leaving:
		c.forget()
	}
}

// expired is called when the time of the state is over.
func (c *conn) expired() {
	if c.state == pausing {
		c.write()
	} else {
		c.close()
	}
}

func (c *conn) read() {
	n, err := unix.Read(c.fd, c.loop.buffer)
	switch {
	case again(err):
		return
	case err != nil || n == 0:
		c.close() // the client leaves before the request is whole
		return
	}
	if c.answer = c.request.Add(c.loop.buffer[:n]); c.answer != nil {
		c.next()
	}
}

// next begins with the next part of the answer, or ends.
func (c *conn) next() {
	switch {
	case len(c.answer) > 0:
		part := c.answer[0]
		c.answer, c.rest = c.answer[1:], part.Text
		if part.After > 0 {
			c.wait(pausing, 0, part.After)
			return
		}
		c.write()
	case unix.Shutdown(c.fd, unix.SHUT_WR) == nil:
		c.wait(leaving, unix.EPOLLIN, least.Linger)
	default:
		c.close()
	}
}

// write writes what the kernel takes, and waits for room only if it does not take all.
func (c *conn) write() {
	n, err := unix.Write(c.fd, []byte(c.rest))
	if err != nil && !again(err) {
		c.close()
		return
	}
	c.rest = c.rest[max(n, 0):]
	switch {
	case c.rest == "":
		c.next()
	case c.state != writing:
		c.wait(writing, unix.EPOLLOUT, c.loop.Idle)
	}
}

// forget reads what a client sends besides: to close with unread bytes would reset the
// connection, and the client might not see its answer.
func (c *conn) forget() {
	if n, err := unix.Read(c.fd, c.loop.buffer); !again(err) && n <= 0 {
		c.close()
	}
}

// wait changes the state, what epoll is to report, and when the state ends.
func (c *conn) wait(state state, events uint32, within time.Duration) {
	c.state = state
	c.loop.timers.set(&c.timer, time.Now().Add(within))
	if events == c.watched {
		return
	}
	event := unix.EpollEvent{Events: events, Fd: int32(c.fd)}
	if unix.EpollCtl(c.loop.epoll, unix.EPOLL_CTL_MOD, c.fd, &event) != nil {
		c.close()
		return
	}
	c.watched = events
}

// close ends the connection, and with it all that is known of it: epoll forgets a
// descriptor that is closed.
func (c *conn) close() {
	_ = unix.Close(c.fd) // the answer is written, or nobody is there to read it
	c.loop.timers.stop(&c.timer)
	delete(c.loop.open, c.fd)
	c.loop.listen() // if there was no room for another
}

func again(err error) bool { return err == unix.EAGAIN || err == unix.EINTR }
