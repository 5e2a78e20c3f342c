// Graceful stops on Ctrl-C or SIGTERM: it takes no new connection, finishes the
// requests in flight, and only then returns.
//
//	go run ./examples/graceful
//	curl http://127.0.0.1:8080/slow    (and Ctrl-C to the server while it waits)
package main

import (
	"context"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/dram-go/dram"
)

// newEngine answers /slow when the work is done.
func newEngine(work func(context.Context) error) *dram.Engine {
	engine := dram.Default()
	engine.ShutdownTimeout = 20 * time.Second // what is not finished then is cut off
	engine.GET("/slow", func(c *dram.Context) {
		if err := work(c.Request.Context()); err != nil {
			_ = c.AbortWithError(http.StatusServiceUnavailable, err)
			return
		}
		c.String(http.StatusOK, "finished\n")
	})
	return engine
}

// fiveSeconds of work, less if the client goes away.
func fiveSeconds(ctx context.Context) error {
	select {
	case <-time.After(5 * time.Second):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := newEngine(fiveSeconds).RunContext(ctx, "127.0.0.1:8080"); err != nil {
		log.Fatal(err)
	}
	log.Print("stopped, every request was answered")
}
