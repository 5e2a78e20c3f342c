// What a limit is worth under overload: a real server with few workers, and clients that
// send more than it can do and wait no longer than a deadline. It takes two minutes:
//
//	go test ./middleware -run TestGoodputUnderOverload -v -overload

package middleware_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

var overload = flag.Bool("overload", false, "measure the goodput of limits under overload")

const (
	serviceTime   = 20 * ms // so a worker does 50 a second
	patience      = 200 * ms
	overloadLasts = 8 * time.Second // of which the first quarter does not count
)

// goodput is what the clients had of a server.
type goodput struct {
	mu      sync.Mutex
	sent    map[string]int // by priority
	good    map[string]int
	refused int
	took    []time.Duration
}

// overloaded serves with a limit and offers perSecond requests, a tenth of which are
// critical. The workers finish what was begun, whether the client still waits or not.
func overloaded(t *testing.T, perSecond, workers int, limit dram.HandlerFunc) *goodput {
	r := dram.New()
	if limit != nil {
		r.Use(limit)
	}
	ended, places := make(chan struct{}), make(chan struct{}, workers)
	r.GET("/", func(c *dram.Context) {
		select {
		case places <- struct{}{}:
			time.Sleep(serviceTime/2 + rand.N(serviceTime))
			<-places
		case <-ended: // nobody is to wait for the queue when it is over
		}
		c.String(http.StatusOK, "done")
	})
	server := httptest.NewServer(r)
	defer server.Close()
	defer close(ended)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1000}}
	defer client.CloseIdleConnections()

	sum := &goodput{sent: map[string]int{}, good: map[string]int{}}
	var wg sync.WaitGroup
	tick := time.NewTicker(time.Second / time.Duration(perSecond))
	defer tick.Stop()
	for n, begin := 0, time.Now(); time.Since(begin) < overloadLasts; n++ {
		<-tick.C
		priority := "-1"
		if n%10 == 0 {
			priority = "1"
		}
		warm := time.Since(begin) > overloadLasts/4
		wg.Go(func() { sum.ask(t, client, server.URL, priority, warm) })
	}
	wg.Wait()
	return sum
}

// ask sends one request, which counts if the server is warm.
func (g *goodput) ask(t *testing.T, client *http.Client, url, priority string, counts bool) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if !assert.NoError(t, err) {
		return
	}
	req.Header.Set("X-Priority", priority)
	begin, status := time.Now(), 0
	if res, err := client.Do(req); err == nil {
		if _, err = io.Copy(io.Discard, res.Body); err == nil {
			status = res.StatusCode
		}
		_ = res.Body.Close()
	}
	if !counts {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sent[priority]++
	switch status {
	case http.StatusOK:
		g.good[priority]++
		g.took = append(g.took, time.Since(begin))
	case http.StatusServiceUnavailable:
		g.refused++
	}
}

// row is a line of the table: good answers a second, of the critical ones too, and what
// 99% of the good ones took.
func (g *goodput) row() string {
	seconds := int((overloadLasts * 3 / 4).Seconds())
	slices.Sort(g.took)
	p99 := "–"
	if len(g.took) > 0 {
		p99 = strconv.Itoa(int(g.took[len(g.took)*99/100].Milliseconds())) + " ms"
	}
	total := g.good["1"] + g.good["-1"]
	return fmt.Sprintf("%d | %d%% | %s | %d", total/seconds, 100*g.good["1"]/g.sent["1"], p99, g.refused/seconds)
}

func TestGoodputUnderOverload(t *testing.T) {
	if !*overload {
		t.Skip("it measures, and takes two minutes: -overload")
	}
	fixed := func(limit int) middleware.ConcurrencyConfig { return middleware.ConcurrencyConfig{Max: limit} }
	byPriority := adaptive()
	byPriority.Priority, byPriority.Queue, byPriority.Wait = byHeader, 20, 100*ms
	limits := []struct {
		name string
		cfg  *middleware.ConcurrencyConfig
	}{
		{"none", nil},
		{"fixed, 2", ptr(fixed(2))},
		{"fixed, 8", ptr(fixed(8))},
		{"fixed, 16", ptr(fixed(16))},
		{"fixed, 100", ptr(fixed(100))},
		{"adaptive", ptr(adaptive())},
		{"adaptive, by priority, with a queue of 20", &byPriority},
	}
	for _, workers := range []int{4, 1} {
		t.Logf("%d workers, so %d a second; 600 requests a second", workers, workers*int(time.Second/serviceTime))
		for _, limit := range limits {
			var layer dram.HandlerFunc
			if limit.cfg != nil {
				layer = middleware.Concurrency(*limit.cfg)
			}
			t.Logf("| %s | %s |", limit.name, overloaded(t, 600, workers, layer).row())
		}
	}
}

func ptr[T any](v T) *T { return &v }
