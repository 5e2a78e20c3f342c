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
// cannot read a chunked body, and guess at what is ambiguous. Rung 5 reads HTTP.
//
//	go run ./examples/ladder/04-multiplexed-workers -model go
package main

import (
	"flag"
	"log"
	"time"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8080", "`address` to listen on; port 0 is any free one")
	idle := flag.Duration("idle", 10*time.Second, "how `long` a client may be silent")
	most := flag.Int("most", 4000, "how many connections may be open at once")
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
