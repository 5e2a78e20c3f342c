//go:build linux

package main

import (
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"github.com/dram-go/dram/examples/ladder/03-multiplexed/loop"
	"github.com/dram-go/dram/examples/ladder/internal/least"
)

// serveWorkers runs rung 3's loop once per processor.
//
// All loops watch one listening socket: whichever has time takes the next connection
// (EPOLLEXCLUSIVE, so that one or more wake and not always all), and an address that another program
// has is still an error. The other way is a socket per worker with SO_REUSEPORT: the
// kernel deals connections out by a hash of their addresses, and no queue is shared,
// which counts at some hundred thousand connections a second; but a connection then
// waits for the worker that it was dealt to, busy or not, and a second server on the
// same address is not noticed.
func serveWorkers(addr string, idle time.Duration, most int) error {
	listener, err := least.Listen(addr, unix.SOCK_NONBLOCK)
	if err != nil {
		return err
	}
	workers := make([]*loop.Loop, runtime.GOMAXPROCS(0))
	for i := range workers {
		workers[i], err = loop.New(listener, loop.Config{Idle: idle, Most: max(1, most/len(workers))})
		if err != nil {
			return err
		}
	}
	if err := least.Announce(listener); err != nil {
		return err
	}
	failed := make(chan error)
	for _, worker := range workers {
		go func() {
			runtime.LockOSThread()
			failed <- worker.Run()
		}()
	}
	return <-failed // the first ends the program
}
