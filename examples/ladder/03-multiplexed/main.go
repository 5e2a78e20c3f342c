//go:build linux

// Rung 03: one thread that waits for all clients at once.
//
// Rung 2 had a thread or a process for each client, because each waited in a call of
// its own. Here no call waits but one: epoll_wait, which returns the connections that
// something has happened to. Reads and writes are non-blocking: they do what can be
// done now. What a thread would have kept on its stack (how far the request is read,
// what is still to be written) has to be written down for each connection: its state.
// A pause is not a sleep, but a moment that the next epoll_wait is to end at.
//
// What it cannot do: use a second processor; and whatever takes long in the loop, all
// clients wait for. Rung 4 has a loop per processor. nginx, Redis and Node.js are
// built in this way.
//
// The loop is the package loop beside this file: loop.go waits, conn.go is the state
// of a connection, timers.go knows what is due next.
//
//	go run ./examples/ladder/03-multiplexed
//	strace -f -e trace=%network,%desc -p $(pgrep -n 03-multiplexed)     (while curl asks for /stream)
package main

import (
	"flag"
	"log"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/dram-go/dram/examples/ladder/03-multiplexed/loop"
	"github.com/dram-go/dram/examples/ladder/internal/least"
)

func main() {
	addr, idle, most := least.Addr(), least.Idle(), least.Most()
	flag.Parse()

	runtime.LockOSThread() // the runtime has threads for its own work; clients have this one
	log.Fatal(serve(*addr, loop.Config{Idle: *idle, Most: *most}))
}

func serve(addr string, config loop.Config) error {
	listener, err := least.Listen(addr, unix.SOCK_NONBLOCK)
	if err != nil {
		return err
	}
	clients, err := loop.New(listener, config)
	if err != nil {
		return err
	}
	if err := least.Announce(listener); err != nil {
		return err
	}
	return clients.Run()
}
