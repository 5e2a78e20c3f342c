// Package overload shows what a limit of requests at work is worth: a server on loopback gets more requests than it can do, or
// than it has places for, from clients that send them whatever comes back, and wait no longer than a deadline. Each limit begins
// cold. It takes four minutes, and is the table of ../docs/middleware.md:
//
//	export GOWORK=off
//	go run . -only overload
//
// The clients share the cores with the server, so the figures are for comparing limits, and no load uses the cores up: the clients
// would be late themselves.
package overload

import (
	"context"
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

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/benchmarks/turn"
	"github.com/dram-go/dram/middleware"
)

// limits are the rows of the table.
var limits = []struct {
	name string
	cfg  *middleware.ConcurrencyConfig
}{
	{"none", nil},
	{"fixed, 2", &middleware.ConcurrencyConfig{Max: 2}},
	{"fixed, 8", &middleware.ConcurrencyConfig{Max: 8}},
	{"fixed, 100", &middleware.ConcurrencyConfig{Max: 100}},
	{"fixed, 8, by priority, with a queue of 20", &middleware.ConcurrencyConfig{
		Max: 8, Priority: byHeader, Queue: 20, Wait: 100 * time.Millisecond,
	}},
	{"adaptive", &middleware.ConcurrencyConfig{Max: 1000, Adaptive: &middleware.AdaptiveLimit{}}},
	{"adaptive, by priority, with a queue of 20", &middleware.ConcurrencyConfig{
		Max: 1000, Adaptive: &middleware.AdaptiveLimit{},
		Priority: byHeader, Queue: 20, Wait: 100 * time.Millisecond,
	}},
}

// byHeader is for an experiment: a service does not let clients choose.
func byHeader(c *dram.Context) middleware.Priority {
	n, _ := strconv.Atoi(c.GetHeader("X-Priority"))
	return middleware.Priority(n)
}

// lasts is how long a load goes on; its first quarter does not count.
var lasts = 8 * time.Second

// load is what a server has to do, and what its clients want.
type load struct {
	name      string
	perSecond int
	cheap     int // so many of ten are answered at once, and do not count
	patience  time.Duration
	server    func() work
}

// work is done for the nth request. What was begun is finished, whether the client waits or not;
// what waits for its turn ends when all is over.
type work func(n int, over <-chan struct{})

var loads = []load{
	{"4 workers: 200 of 600 a second", 600, 0, 200 * time.Millisecond, workers(4)},
	{"1 worker: 50 of 600 a second", 600, 0, 200 * time.Millisecond, workers(1)},
	{"4 workers: 200 of 400 a second, beside 600 cheap ones", 1000, 6, 200 * time.Millisecond, workers(4)},
	{"asleep: one of four 800 ms, the others 2 ms; 600 a second", 600, 0, 2 * time.Second, func() work {
		return func(n int, _ <-chan struct{}) {
			if time.Sleep(2 * time.Millisecond); n%4 == 1 {
				time.Sleep(800 * time.Millisecond)
			}
		}
	}},
}

// workers returns work that so many do at a time, in 20 ms on average.
func workers(n int) func() work {
	return func() work {
		places := make(chan struct{}, n)
		return func(_ int, over <-chan struct{}) {
			select {
			case places <- struct{}{}:
				time.Sleep(10*time.Millisecond + rand.N(20*time.Millisecond))
				<-places
			case <-over:
			}
		}
	}
}

// goodput is what the clients had of a server.
type goodput struct {
	mu   sync.Mutex
	sent map[string]int // by priority
	good map[string]int
	took []time.Duration
}

// run serves with a limit and offers the load, a tenth of which is critical.
func (l load) run(limit dram.HandlerFunc) *goodput {
	dram.SetMode(dram.ReleaseMode)
	r := dram.New()
	if limit != nil {
		r.Use(limit)
	}
	over, work := make(chan struct{}), l.server()
	r.GET("/*n", func(c *dram.Context) {
		select {
		case <-over:
		default:
			var n int
			_, _ = fmt.Sscan(c.Param("n")[1:], &n)
			if !l.isCheap(n) {
				work(n, over)
			}
		}
		c.String(http.StatusOK, "done")
	})
	server := httptest.NewServer(r)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1000}}
	sum := &goodput{sent: map[string]int{}, good: map[string]int{}}
	var wg sync.WaitGroup
	begin := time.Now()
	for n := 0; time.Since(begin) < lasts; {
		for due := int(time.Since(begin).Seconds() * float64(l.perSecond)); n < due; n++ {
			counts := time.Since(begin) > lasts/4 && !l.isCheap(n)
			wg.Go(func() { sum.ask(client, fmt.Sprint(server.URL, "/", n), n, l.patience, counts) })
		}
		time.Sleep(time.Millisecond)
	}
	wg.Wait()
	close(over)
	client.CloseIdleConnections()
	server.Close()
	return sum
}

// isCheap goes by tens, of which the first is critical.
func (l load) isCheap(n int) bool { return n/10%10 < l.cheap }

// ask sends the nth request.
func (g *goodput) ask(client *http.Client, url string, n int, patience time.Duration, counts bool) {
	priority := "-1"
	if n%10 == 0 {
		priority = "1"
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		panic(err)
	}
	req.Header.Set("X-Priority", priority)
	begin, good := time.Now(), false
	if res, err := client.Do(req); err == nil {
		_, err = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		good = err == nil && res.StatusCode == http.StatusOK
	}
	if !counts {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sent[priority]++
	if good {
		g.good[priority]++
		g.took = append(g.took, time.Since(begin))
	}
}

// BenchmarkOverload/LIMIT/LOAD is a cell of the table: good answers a second, the part of the critical requests that had one, and
// what 99% of the good ones took.
func BenchmarkOverload(b *testing.B) {
	if *turn.Quick {
		lasts = time.Second
	}
	for _, limit := range limits {
		b.Run(limit.name, func(b *testing.B) {
			for _, load := range loads {
				b.Run(load.name, func(b *testing.B) {
					var layer dram.HandlerFunc
					if limit.cfg != nil {
						layer = middleware.Concurrency(*limit.cfg)
					}
					load.run(layer).report(b)
				})
			}
		})
	}
}

func (g *goodput) report(b *testing.B) {
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(len(g.took))/(lasts*3/4).Seconds(), "good/s")
	b.ReportMetric(100*float64(g.good["1"])/float64(max(g.sent["1"], 1)), "critical-%")
	var slow time.Duration
	if len(g.took) > 0 {
		slices.Sort(g.took)
		slow = g.took[len(g.took)*99/100]
	}
	b.ReportMetric(float64(slow.Milliseconds()), "p99-ms")
}
