// Package growth measures how costs grow: with the number of routes, with the
// size of a body, and with the hostility of a path.
package growth

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"time"

	"github.com/dram-go/dram/benchmarks/measure"
	"github.com/dram-go/dram/benchmarks/peers"
	"github.com/dram-go/dram/benchmarks/rows"
)

// Point is one place on a framework's curve.
type Point struct {
	Curve string  `json:"curve"`
	Peer  string  `json:"peer"`
	Size  int     `json:"size"`           // routes, or bytes
	Ns    float64 `json:"ns,omitempty"`   // the median over the passes, for one request
	Bytes float64 `json:"bytes"`          // of memory for one route; for bodies, allocated for one request
	Note  string  `json:"note,omitempty"` // why there is no figure
}

// patience is how long a framework may take for the registration of one point,
// or for one request of the hostile curve, before its curve ends.
const patience = 5 * time.Second

// errSlow ends a curve.
var errSlow = errors.New("too slow")

// Lookups measures requests among more and more routes: a quarter of them
// static, half with one or two params, a quarter with a param behind a prefix
// that many share. The same 1,000 requests at most are spread over all of them.
func Lookups(sizes []int, plan measure.Plan) []Point {
	var points []Point
	ended := map[string]bool{}
	for _, size := range sizes {
		routes, targets := grown(size)
		var subjects []measure.Subject
		memory := map[string]float64{}
		for _, p := range peers.All() {
			if ended[p.Name()] {
				continue
			}
			handler, bytes, err := weigh(p, routes)
			if err == nil {
				err = finds(handler, targets)
			}
			if err != nil {
				ended[p.Name()] = true
				points = append(points, Point{Curve: "routes", Peer: p.Name(), Size: size, Note: err.Error()})
				continue
			}
			memory[p.Name()] = bytes / float64(size)
			subjects = append(subjects, measure.Subject{Name: p.Name(), Run: loop(handler, targets)})
		}
		for _, s := range measure.Compare(subjects, plan) {
			points = append(points, Point{
				Curve: "routes", Peer: s.Name, Size: size, Ns: measure.Median(s.Times), Bytes: memory[s.Name],
			})
		}
	}
	return points
}

// grown makes routes as a large application has them, and requests for them in
// an order that jumps about.
func grown(size int) (routes []peers.Route, targets []string) {
	for i := range size {
		resource := fmt.Sprintf("/api/team%d/resource%d", i%97, i)
		tail, value := "", ""
		switch i % 4 {
		case 1:
			tail, value = "/:id", "/42"
		case 2:
			tail, value = "/:id/comments/:comment", "/42/comments/7"
		case 3:
			tail, value = "/:id/edit", "/42/edit"
		}
		routes = append(routes, peers.Route{Method: "GET", Pattern: resource + tail})
		targets = append(targets, resource+value)
	}
	wanted := min(size, 1000)
	spread := make([]string, wanted)
	for i := range spread {
		spread[i] = targets[i*7919%wanted*(size/wanted)]
	}
	return routes, spread
}

// weigh builds an application and tells how much of the heap it takes.
func weigh(p peers.Peer, routes []peers.Route) (handler http.Handler, bytes float64, err error) {
	before := heap()
	start := time.Now()
	handler, err = peers.Build(p, peers.App{Routes: routes})
	if err != nil {
		return nil, 0, err
	}
	if took := time.Since(start); took > patience {
		err = fmt.Errorf("%w: registering took %.0f s", errSlow, took.Seconds())
	}
	after := heap()
	runtime.KeepAlive(handler)
	return handler, max(0, float64(after)-float64(before)), err
}

func heap() uint64 {
	runtime.GC()
	runtime.GC() // what the first one found, pools too, is swept
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// finds asks for every target once.
func finds(handler http.Handler, targets []string) error {
	for _, target := range targets {
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, httptest.NewRequest("GET", target, nil))
		if answer.Code != http.StatusOK {
			return fmt.Errorf("status %d for %s", answer.Code, target)
		}
	}
	return nil
}

// loop sends n requests, one target after the other.
func loop(handler http.Handler, targets []string) func(n int) {
	calls := make([]*http.Request, len(targets))
	for i, target := range targets {
		calls[i] = httptest.NewRequest("GET", target, nil)
	}
	w, next := rows.NewWriter(), 0
	return func(n int) {
		for range n {
			handler.ServeHTTP(w, calls[next])
			if next++; next == len(calls) {
				next = 0
			}
		}
	}
}
