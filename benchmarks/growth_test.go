package main

import (
	"fmt"
	"math"
	"net/http"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/benchmarks/peers"
	"github.com/dram-go/dram/benchmarks/pin"
	"github.com/dram-go/dram/benchmarks/rows"
	"github.com/dram-go/dram/benchmarks/turn"
)

// This file is how costs grow: with the number of routes, with the hostility of a path, and with the size of a body.

// sizes are those of a curve.
func sizes(all ...int) []int {
	if *turn.Quick {
		return all[:3]
	}
	return all
}

// ended are the curves that have come to an end: the framework refuses the routes, or takes too long to register them.
var ended = map[string]bool{}

// BenchmarkRoutes/ROUTES/PEER finds one of many routes. 1,000 requests at most are spread over all of them, so that what a lookup
// reads is in the caches of the processor if the routes are few, and is not if they are many: as in a server, and for each framework.
// It also measures their registration (the fastest of some, each of a new application), their memory, and the first request of all.
func BenchmarkRoutes(b *testing.B) {
	for _, size := range sizes(10, 100, 1_000, 10_000, 100_000) {
		routes, targets := grown(size)
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			turn.Each(b, peers.All(), peerName, func(b *testing.B, p peers.Peer) { lookup(b, p, routes, targets) })
		})
	}
}

const registrations = 5

func lookup(b *testing.B, p peers.Peer, routes []peers.Route, targets []rows.Request) {
	if ended[p.Name] {
		none(b, "gives-up")
		return
	}
	var handler http.Handler
	var before uint64
	took := time.Duration(math.MaxInt64)
	for range registrations {
		handler = nil // its memory is free again
		before = heap()
		start := pin.Time(0)
		var err error
		if handler, err = p.Build(peers.App{Routes: routes}); err != nil {
			ended[p.Name] = true
			none(b, "gives-up")
			return
		}
		took = min(took, pin.Time(0)-start)
	}
	memory := max(0, float64(heap())-float64(before))
	start := pin.Time(0)
	rows.NewLoad(handler, false, targets[0]).Once()
	first := pin.Time(0) - start
	for _, target := range targets {
		require.Equal(b, http.StatusOK, rows.Serve(handler, target).Code, target.Target)
	}
	ns := rows.NewLoad(handler, false, targets...).Measure(b)
	b.ReportMetric(ns/float64(len(targets)), "lookup-ns")
	b.ReportMetric(memory/float64(len(routes)), "route-B")
	b.ReportMetric(float64(took.Nanoseconds())/float64(len(routes)), "register-ns")
	b.ReportMetric(float64(first.Nanoseconds()), "first-ns")
}

// grown makes routes as a large application has them, and requests for them in an order that jumps about: a quarter of them
// static, half with one or two params, a quarter with a param behind a prefix that many share.
func grown(size int) (routes []peers.Route, spread []rows.Request) {
	var targets []string
	for i := range size {
		resource := fmt.Sprintf("/api/team%d/resource%d", i%97, i)
		tail := []string{"", "/:id", "/:id/comments/:comment", "/:id/edit"}[i%4]
		routes = append(routes, peers.Route{Method: "GET", Pattern: resource + tail})
		targets = append(targets, resource+strings.NewReplacer(":id", "42", ":comment", "7").Replace(tail))
	}
	for i := range min(size, 1000) {
		spread = append(spread, rows.Request{Method: "GET", Target: targets[i*7919%size]}) // a prime, so no route comes twice
	}
	return routes, spread
}

func heap() uint64 {
	runtime.GC()
	runtime.GC() // what the first one found, pools too, is swept
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// BenchmarkHostile/ROUTES/PEER asks for a path that looks like every route and is none: each segment of a route is "a" or a
// param, in all ways, and the path's last segment differs. A router has to turn back at each of them.
func BenchmarkHostile(b *testing.B) {
	for _, depth := range sizes(2, 4, 6, 8, 10, 12) {
		routes, miss := hostile(depth)
		b.Run(fmt.Sprint(len(routes)), func(b *testing.B) {
			turn.Each(b, append(peers.All()[:4], peers.All()[5]), peerName, func(b *testing.B, p peers.Peer) {
				handler, err := p.Build(peers.App{Routes: routes})
				if err != nil {
					none(b, "gives-up")
					return
				}
				require.Equal(b, http.StatusNotFound, rows.Serve(handler, miss).Code)
				rows.NewLoad(handler, false, miss).Measure(b)
			})
		})
	}
}

func hostile(depth int) (routes []peers.Route, miss rows.Request) {
	patterns := []string{""}
	for level := range depth {
		var next []string
		for _, p := range patterns {
			next = append(next, p+"/a", p+"/:"+string(rune('a'+level)))
		}
		patterns = next
	}
	for _, p := range patterns {
		routes = append(routes, peers.Route{Method: "GET", Pattern: p + "/end"})
	}
	return routes, rows.Request{Method: "GET", Target: strings.Repeat("/a", depth) + "/miss"}
}

// BenchmarkRender/BYTES/PEER answers with a body of this size.
func BenchmarkRender(b *testing.B) {
	bodies(b, func(size int) rows.Row { render, _ := rows.Bodies(size); return render })
}

// BenchmarkBind/BYTES/PEER decodes one.
func BenchmarkBind(b *testing.B) {
	bodies(b, func(size int) rows.Row { _, bind := rows.Bodies(size); return bind })
}

func bodies(b *testing.B, row func(size int) rows.Row) {
	for _, size := range sizes(1<<10, 10<<10, 100<<10, 1<<20, 10<<20) {
		row := row(size)
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			turn.Each(b, row.Peers(), peerName, func(b *testing.B, p peers.Peer) {
				serving(b, row, p, func(load *rows.Load) { load.Measure(b) })
			})
		})
	}
}

// A lookup among many routes is compared with one among few, so it has to be of the same kinds, and of routes from everywhere.
func TestRequestsOfEverySizeAreOfTheSameKinds(t *testing.T) {
	kind := regexp.MustCompile(`^/api/team\d+/resource(\d+)(.*)$`)
	for _, size := range []int{100, 1_000, 10_000, 100_000} {
		_, targets := grown(size)
		kinds, tenths, different := map[string]int{}, map[int]int{}, map[string]bool{}
		for _, target := range targets {
			parts := kind.FindStringSubmatch(target.Target)
			require.NotNil(t, parts, target.Target)
			i, err := strconv.Atoi(parts[1])
			require.NoError(t, err)
			kinds[parts[2]]++
			tenths[i*10/size]++
			different[target.Target] = true
		}
		quarter := len(targets) / 4
		assert.Equal(t, map[string]int{"": quarter, "/42": quarter, "/42/comments/7": quarter, "/42/edit": quarter}, kinds, size)
		for tenth := range 10 {
			assert.InEpsilon(t, len(targets)/10, tenths[tenth], 0.05, "of %d routes, tenth %d", size, tenth)
		}
		assert.Len(t, different, min(size, 1000))
	}
}

func TestEveryPeerFindsManyRoutes(t *testing.T) {
	routes, targets := grown(300)
	for _, p := range peers.All() {
		handler, err := p.Build(peers.App{Routes: routes})
		require.NoError(t, err)
		for _, target := range targets {
			require.Equal(t, http.StatusOK, rows.Serve(handler, target).Code, p.Name)
		}
	}
}
