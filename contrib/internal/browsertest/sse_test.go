package browsertest_test

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/render"
)

// A stream breaks off, a stream ends, and the third is the last: whatever happens, the browser
// sees each event once, and after a 204 it does not ask again.
func TestSSEReconnectsInABrowser(t *testing.T) {
	ctx := browser(t)
	var mu sync.Mutex
	var asked []string
	r := dram.New()
	r.GET("/", page("<title>a page</title>"))
	r.GET("/events", func(c *dram.Context) {
		dram.SSE(c, func(_ context.Context, last string) (iter.Seq2[render.SSEvent, error], error) {
			mu.Lock()
			asked = append(asked, last)
			connection := len(asked)
			mu.Unlock()
			if connection > 3 {
				return nil, dram.ErrNoReconnect
			}
			return func(yield func(render.SSEvent, error) bool) {
				n, _ := strconv.Atoi(last)
				for range 2 {
					n++
					if !yield(render.SSEvent{ID: strconv.Itoa(n), Event: "number", Data: n}, nil) {
						return
					}
				}
				time.Sleep(5 * time.Millisecond) // heartbeats in between
				if connection == 1 {
					time.Sleep(300 * time.Millisecond) // what the browser has not read is lost with the connection
					yield(render.SSEvent{}, fmt.Errorf("connection %d breaks off", connection))
				}
			}, nil
		}, dram.SSEConfig{Heartbeat: time.Millisecond, Retry: 10 * time.Millisecond})
	})
	site := serve(t, r)
	seen := visit(t, ctx, site.address, `new Promise(done => {
		const seen = [], events = new EventSource("/events");
		events.addEventListener("number", e => seen.push(e.lastEventId + "=" + e.data));
		events.onmessage = e => seen.push("message " + e.data);
		events.onerror = () => { if (events.readyState === EventSource.CLOSED) setTimeout(() => done(seen.join(" ")), 100) };
	})`)
	assert.Equal(t, "1=1 2=2 3=3 4=4 5=5 6=6", seen)
	mu.Lock()
	defer mu.Unlock()
	assert.Equal(t, []string{"", "2", "4", "6"}, asked)
}
