//go:build linux

// Rung 01: a server made of system calls, one client at a time.
//
// A program without a socket talks to its own machine: files, pipes, a terminal. This
// one asks the kernel for an end point of TCP (socket), gives it an address (bind),
// has the kernel complete connections (listen), takes them one after the other
// (accept), and reads and writes each as if it were a file (read, write).
//
// What it cannot do: serve two. While one client is slow, or silent, all others wait
// in the kernel's queue. Rung 2 mends that.
//
//	go run ./examples/ladder/01-socket
//	curl http://127.0.0.1:8080/hello/you
//	strace -f -e trace=%network,%desc -p $(pgrep -n 01-socket)     (then curl again)
//
// The same calls in Go's own net: net/sock_posix.go#socket, net/sock_posix.go#netFD.listenStream
// and net/fd_unix.go#netFD.accept.
package main

import (
	"flag"
	"log"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/dram-go/dram/examples/ladder/internal/least"
)

func main() {
	addr, idle := least.Addr(), least.Idle()
	flag.Parse()

	listener, err := listen(*addr)
	if err == nil {
		err = least.Announce(listener)
	}
	if err == nil {
		err = serve(listener, *idle)
	}
	log.Fatal(err)
}

// listen returns a socket that clients can connect to.
func listen(addr string) (int, error) {
	family, at, err := least.Address(addr)
	if err != nil {
		return -1, err
	}
	// The kernel's object, and a small integer that stands for it in this process.
	listener, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	// Connections of a server that has just ended may not be quite over (TIME_WAIT);
	// the new one shall have the address all the same.
	if err := unix.SetsockoptInt(listener, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
		return -1, os.NewSyscallError("setsockopt", err)
	}
	if err := unix.Bind(listener, at); err != nil {
		return -1, os.NewSyscallError("bind to "+addr, err)
	}
	// From here on the kernel answers each SYN by itself, and queues the connections.
	if err := unix.Listen(listener, least.Backlog); err != nil {
		return -1, os.NewSyscallError("listen", err)
	}
	return listener, nil
}

// serve takes one connection off the queue, and the next when that is done with.
func serve(listener int, idle time.Duration) error {
	for {
		// accept returns a second socket: this one is the connection.
		fd, _, err := unix.Accept4(listener, unix.SOCK_CLOEXEC)
		if err != nil {
			if least.Passing(err) {
				continue
			}
			return os.NewSyscallError("accept", err)
		}
		if err := least.Timeouts(fd, idle); err == nil {
			least.Serve(socket(fd), idle)
		}
		_ = unix.Close(fd) // the answer is written, or nobody is there to read it
	}
}
