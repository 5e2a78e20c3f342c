package http3

import "time"

// SetReadHeaderTimeout has clients send headers faster until it is undone.
func SetReadHeaderTimeout(d time.Duration) (undo func()) {
	before := readHeaderTimeout
	readHeaderTimeout = d
	return func() { readHeaderTimeout = before }
}
