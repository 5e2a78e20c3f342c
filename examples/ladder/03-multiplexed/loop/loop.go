//go:build linux

// Package loop serves any number of connections in one thread, with epoll. Rung 3 of
// the ladder runs one such loop, rung 4 one per processor.
package loop

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Config bounds what clients can make a loop hold.
type Config struct {
	// Idle is the time within which a request has to be whole, and within which a
	// client has to take a part of the answer.
	Idle time.Duration
	// Most is how many connections are open at once. Further ones wait in the kernel.
	Most int
}

// scarce is the pause before accept is tried again when descriptors or memory are
// short.
const scarce = 100 * time.Millisecond

// A Loop waits for a listening socket and for the connections that it has accepted.
type Loop struct {
	Config
	epoll     int
	listener  int
	listening bool // whether epoll reports new connections
	open      map[int]*conn
	timers    timers
	again     timer  // when to listen again after a pause
	buffer    []byte // for reading: one is enough where one reads at a time
}

// New makes a loop for a listening socket, which must be non-blocking. Several loops
// may share one.
func New(listener int, config Config) (*Loop, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, os.NewSyscallError("epoll_create1", err)
	}
	l := &Loop{
		Config: config, epoll: epoll, listener: listener,
		open: map[int]*conn{}, buffer: make([]byte, 16<<10),
	}
	l.again.fire = l.listen
	return l, nil
}

// Run accepts and answers, in the thread that it is called on. It returns when the
// kernel refuses what a loop cannot do without.
func (l *Loop) Run() error {
	l.listen()
	events := make([]unix.EpollEvent, 128)
	for {
		// The one call that waits: until something happens, or the next timer is due.
		n, err := unix.EpollWait(l.epoll, events, l.timers.milliseconds(time.Now()))
		if err != nil && err != unix.EINTR {
			return os.NewSyscallError("epoll_wait", err)
		}
		for _, event := range events[:max(n, 0)] {
			if c := l.open[int(event.Fd)]; c != nil {
				c.ready()
			} else if err := l.accept(); err != nil {
				return os.NewSyscallError("accept", err)
			}
		}
		l.timers.fire(time.Now())
	}
}

// accept takes one connection. epoll reports a listening socket as long as there are
// more, so connections that are already open get their turn in between.
func (l *Loop) accept() error {
	fd, _, err := unix.Accept4(l.listener, unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
	switch err {
	case nil:
		l.add(fd)
	case unix.EAGAIN, unix.EINTR, unix.ECONNABORTED, unix.EPROTO:
		// Another loop was faster, or the client has given up.
	case unix.EMFILE, unix.ENFILE, unix.ENOBUFS, unix.ENOMEM:
		// The connection stays in the queue and would be reported at once, over and
		// over. To look away for a moment costs no processor.
		l.pause()
		l.timers.set(&l.again, time.Now().Add(scarce))
	default:
		return err
	}
	return nil
}

// listen has epoll report new connections. EPOLLEXCLUSIVE is for several loops: one or
// more of them are woken for a connection, and not always all.
func (l *Loop) listen() {
	if l.listening || len(l.open) >= l.Most {
		return
	}
	event := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLEXCLUSIVE, Fd: int32(l.listener)}
	if err := unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, l.listener, &event); err != nil {
		l.timers.set(&l.again, time.Now().Add(scarce)) // no memory, or too many watched
		return
	}
	l.listening = true
	l.timers.stop(&l.again)
}

// pause leaves new connections in the kernel's queue.
func (l *Loop) pause() {
	if l.listening {
		_ = unix.EpollCtl(l.epoll, unix.EPOLL_CTL_DEL, l.listener, nil) // it is there
		l.listening = false
	}
}
