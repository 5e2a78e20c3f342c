package serve

import "syscall"

// listens reports whether a socket listens: that of a connection, which a service manager may pass on as
// well, cannot.
func listens(fd int) bool {
	on, err := syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_ACCEPTCONN)
	return err != nil || on != 0
}
