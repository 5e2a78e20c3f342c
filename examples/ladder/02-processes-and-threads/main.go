//go:build linux

// Rung 02: a process or a thread per connection.
//
// Rung 1 waits for one client and so for all. Its calls stay as they are here, but
// each connection gets a flow of control of its own that may wait in them: a process
// (-model process, as inetd and Apache's prefork do) or a thread (-model thread).
//
// What it cannot do: have many connections cheaply. Each idle client costs a process
// or a thread, which is memory, a slot of the kernel's table, and a switch of context
// whenever it wakes; `go run ./examples/ladder measure` shows how much. Rung 3 waits
// for all of them in one call.
//
//	go run ./examples/ladder/02-processes-and-threads -model process
//	pstree -pt $(pgrep -of processes-and)     (while curl …/slow waits)
package main

import (
	"errors"
	"flag"
	"log"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/dram-go/dram/examples/ladder/internal/least"
)

func main() {
	addr, idle, most := least.Addr(), least.Idle(), least.Most()
	model := flag.String("model", "process", "what each connection gets: process or thread")
	connected := flag.Bool("connected", false, "serve the connection that is descriptor 3, and end (what a child is started with)")
	flag.Parse()

	if *connected {
		talk(childsFD, *idle)
		return
	}
	start := map[string]func(fd int, idle time.Duration, done func()) error{
		"process": startProcess,
		"thread":  startThread,
	}[*model]
	if start == nil {
		log.Fatalf("-model %q: process and thread are the models", *model)
	}
	if *model == "thread" && *most > mostThreads {
		log.Fatalf("-most %d: the runtime ends a program at 10,000 threads, some of which it needs itself; say %d or less",
			*most, mostThreads)
	}
	listener, err := least.Listen(*addr, 0)
	if err == nil {
		err = least.Announce(listener)
	}
	if err == nil {
		err = serve(listener, *most, func(fd int, done func()) error { return start(fd, *idle, done) })
	}
	log.Fatal(err)
}

// serve accepts, and leaves everything else to what start starts; that calls done
// once when it ends, or start returns an error.
func serve(listener, most int, start func(fd int, done func()) error) error {
	free := make(chan struct{}, most)
	for {
		free <- struct{}{} // waits when as many as may be are at work
		fd, _, err := unix.Accept4(listener, unix.SOCK_CLOEXEC)
		if err == nil {
			if err := start(fd, func() { <-free }); err != nil {
				log.Printf("a client is turned away: %v", err)
				_ = unix.Close(fd)
				<-free
			}
			continue
		}
		<-free
		if !least.Passing(err) {
			return os.NewSyscallError("accept", err)
		}
	}
}

// talk serves one connection with calls that block, and closes it.
func talk(fd int, idle time.Duration) {
	conn := connection{os.NewFile(uintptr(fd), "connection")}
	defer conn.Close() // nothing is left to lose
	if err := least.Timeouts(fd, idle); err == nil {
		least.Serve(conn, idle)
	}
}

// A connection is rung 1's socket by way of package os: of a descriptor that blocks,
// os.File's Read and Write are read(2) and write(2).
type connection struct{ *os.File }

func (c connection) CloseWrite(within time.Duration) error {
	fd := int(c.Fd())
	return errors.Join(unix.Shutdown(fd, unix.SHUT_WR), least.Timeouts(fd, within))
}
