//go:build linux

// Rung 04: the same on every processor, and what Go makes of it.
//
// Rung 3 waits for all clients in one thread, and so has one processor at most. Here
// each processor has a worker (-model epoll): a thread with a loop of its own, which
// shares nothing with the others but the listening socket. nginx does the same with
// processes.
//
// -model go is Go's own net: a goroutine per connection that reads as simply as rung
// 1, above a poller in the runtime that is this very loop; see gonet.go.
//
// What it cannot do: HTTP. All rungs so far close the connection after each answer,
// cannot read a chunked body, and take a name as it is spelled. Rung 5 reads HTTP.
// docs/internals/06-listen.md goes on from Go's net.
//
//	go run ./examples/ladder/04-multiplexed-workers -model go
package main

import (
	"flag"
	"log"
	"time"

	"github.com/dram-go/dram/examples/ladder/internal/least"
)

func main() {
	addr, idle, most := least.Addr(), least.Idle(), least.Most()
	model := flag.String("model", "epoll", "who waits for the clients: epoll or go")
	flag.Parse()

	serve := map[string]func(addr string, idle time.Duration, most int) error{
		"epoll": serveWorkers,
		"go":    serveGo,
	}[*model]
	if serve == nil {
		log.Fatalf("-model %q: epoll and go are the models", *model)
	}
	log.Fatal(serve(*addr, *idle, *most))
}
