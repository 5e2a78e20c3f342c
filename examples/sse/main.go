// Sse sends the time to every browser or curl that listens, as server-sent
// events, until the client goes away.
//
//	go run ./examples/sse
//	curl --no-buffer http://127.0.0.1:8080/clock
package main

import (
	"io"
	"log"
	"time"

	"github.com/dram-go/dram"
)

// newEngine ticks once in every interval.
func newEngine(interval time.Duration) *dram.Engine {
	engine := dram.Default()
	engine.GET("/clock", func(c *dram.Context) {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		number := 0
		c.Stream(func(io.Writer) bool { // flushes after each step, and again while it returns true
			select {
			case now := <-ticker.C:
				number++
				c.SSEvent("tick", dram.H{"number": number, "time": now.UTC().Format(time.RFC3339)})
				return true
			case <-c.Request.Context().Done():
				return false
			}
		})
	})
	return engine
}

func main() {
	if err := newEngine(time.Second).Run("127.0.0.1:8080"); err != nil {
		log.Fatal(err)
	}
}
