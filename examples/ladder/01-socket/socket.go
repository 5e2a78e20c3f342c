//go:build linux

package main

import (
	"errors"
	"io"
	"time"

	"golang.org/x/sys/unix"

	"github.com/dram-go/dram/examples/ladder/internal/least"
)

// A socket is a connection as this process sees it: a file descriptor.
type socket int

// Read waits until there are bytes and takes what has come: a part of a request, or
// all of it. TCP is a stream and keeps no borders between writes.
func (s socket) Read(p []byte) (int, error) {
	for {
		n, err := unix.Read(int(s), p)
		switch {
		case err == unix.EINTR: // a signal came first
			continue
		case err != nil:
			return 0, err // EAGAIN is the timeout, ECONNRESET a client's RST
		case n == 0 && len(p) > 0:
			return 0, io.EOF // the client's FIN: it sends no more
		}
		return n, nil
	}
}

// Write copies the bytes into the kernel's buffer, and waits as long as that is full.
// That it returns does not mean that the client has got them.
func (s socket) Write(p []byte) (written int, err error) {
	for written < len(p) {
		n, err := unix.Write(int(s), p[written:])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return written, err // EPIPE: the client does not listen any longer
		}
		written += n
	}
	return written, nil
}

// CloseWrite sends the FIN; reading goes on for a while.
func (s socket) CloseWrite(within time.Duration) error {
	return errors.Join(unix.Shutdown(int(s), unix.SHUT_WR), least.Timeouts(int(s), within))
}
