// Sse sends the time to every browser or curl that listens, as server-sent
// events, until the client goes away or the server ends. A client that reconnects
// goes on with the number after the one that it saw last.
//
//	go run ./examples/sse
//	curl --no-buffer http://127.0.0.1:8080/clock
//	curl --no-buffer -H 'Last-Event-ID: 41' http://127.0.0.1:8080/clock
package main

import (
	"context"
	"iter"
	"log"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/render"
)

// newEngine ticks once in every interval.
func newEngine(interval time.Duration) *dram.Engine {
	engine := dram.Default()
	engine.GET("/clock", func(c *dram.Context) {
		dram.SSE(c, func(ctx context.Context, last string) (iter.Seq[render.SSEvent], error) {
			number, _ := strconv.Atoi(last) // 0 for a client that has seen none
			return ticks(ctx, interval, number), nil
		})
	})
	return engine
}

// ticks are events with the numbers after one, until ctx is done.
func ticks(ctx context.Context, interval time.Duration, number int) iter.Seq[render.SSEvent] {
	return func(yield func(render.SSEvent) bool) {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case now := <-ticker.C:
				number++
				data := dram.H{"number": number, "time": now.UTC().Format(time.RFC3339)}
				if !yield(render.SSEvent{Event: "tick", ID: strconv.Itoa(number), Data: data}) {
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}
}

// serve ends in order on Ctrl-C, and on SIGTERM, which docker and systemd send.
func serve(engine *dram.Engine, addr string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return engine.RunContext(ctx, addr)
}

func main() {
	if err := serve(newEngine(time.Second), "127.0.0.1:8080"); err != nil {
		log.Fatal(err)
	}
}
