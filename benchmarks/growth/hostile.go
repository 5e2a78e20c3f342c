package growth

import (
	"strings"
	"time"

	"github.com/dram-go/dram/benchmarks/measure"
	"github.com/dram-go/dram/benchmarks/peers"
)

// Hostile measures the path that looks like every route and is none: each
// segment of a route is "a" or a param, in all 2^depth ways, and the path's last
// segment differs. A router has to turn back at each of them. A Point's size is
// the number of routes.
func Hostile(depths []int, plan measure.Plan) []Point {
	var points []Point
	for _, p := range []peers.Peer{peers.Dram{}, peers.Gin{}, peers.Echo5{}, peers.Chi{}, peers.BunRouter{}} {
		for _, depth := range depths {
			point := hostilePoint(p, depth, plan)
			points = append(points, point)
			if point.Note != "" {
				break
			}
		}
	}
	return points
}

func hostilePoint(p peers.Peer, depth int, plan measure.Plan) Point {
	routes := hostile(depth)
	point := Point{Curve: "hostile", Peer: p.Name(), Size: len(routes)}
	handler, _, err := weigh(p, routes)
	if err != nil {
		point.Note = err.Error()
		return point
	}
	run := loop(handler, []string{strings.Repeat("/a", depth) + "/miss"})
	start := time.Now()
	run(1)
	if took := time.Since(start); took > patience/10 {
		point.Ns, point.Note = float64(took.Nanoseconds()), "the curve ends here, to bound the time"
		return point
	}
	plan.Passes = min(plan.Passes, 10)
	series := measure.Compare([]measure.Subject{{Name: p.Name(), Run: run}}, plan)
	point.Ns, point.Bytes = measure.Median(series[0].Times), series[0].Bytes
	return point
}

// hostile makes the routes.
func hostile(depth int) []peers.Route {
	patterns := []string{""}
	for level := range depth {
		var next []string
		for _, p := range patterns {
			next = append(next, p+"/a", p+"/:"+string(rune('a'+level)))
		}
		patterns = next
	}
	routes := make([]peers.Route, len(patterns))
	for i, p := range patterns {
		routes[i] = peers.Route{Method: "GET", Pattern: p + "/end"}
	}
	return routes
}
