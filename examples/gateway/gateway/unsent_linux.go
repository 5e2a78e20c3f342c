package gateway

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// bound has the system take no more of an answer than unsent bytes before they are on their way (TCP_NOTSENT_LOWAT,
// tcp(7)). A connection that is not of TCP has no such bound.
func bound(conn net.Conn) {
	if c, ok := conn.(syscall.Conn); ok {
		if raw, err := c.SyscallConn(); err == nil {
			_ = raw.Control(func(fd uintptr) { _ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, unsent) })
		}
	}
}
