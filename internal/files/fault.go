package files

import (
	"context"
	"errors"
	"net"
	"slices"
	"syscall"
)

// This file tells a file that is not there from one that cannot be read for now.

// faults are errors of the system, besides temporary ones, that say nothing of the file that was
// asked for.
var faults = []syscall.Errno{
	syscall.EIO, syscall.ENOMEM, syscall.ESTALE,
	syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.EPIPE, // of a file system elsewhere
}

// IsFault reports whether err, of opening a file, is a fault of the system: too many open files, a
// disk that cannot be read, a network that is down. It is not if there is no such file, or the file may
// not be read, or its name cannot be one.
func IsFault(err error) bool {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno.Temporary() || errno.Timeout() || slices.Contains(faults, errno)
	}
	var network net.Error // context.DeadlineExceeded is one
	return errors.As(err, &network) || errors.Is(err, context.Canceled)
}
