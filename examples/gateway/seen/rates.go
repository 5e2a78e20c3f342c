package seen

import (
	"slices"
	"sync"
	"time"

	"github.com/dram-go/dram/examples/gateway/config"
)

// RED is the rate, the errors and the duration of requests: those of the last minute, or the last
// 1,000 where there were more.
type RED struct {
	Rate   float64 // in a second
	Errors float64 // the share with 5xx, or no answer
	P99    config.Duration
}

const (
	span = time.Minute
	most = 1000
)

// Rates are the REDs of routes, of their versions, and of servers.
type Rates struct{ of sync.Map } // subject → *rate

type subject struct{ kind, name, part string }

// Route is the RED of a route.
func (r *Rates) Route(name string) RED { return r.rate(subject{"route", name, ""}).red() }

// Version is the RED of a version behind a route.
func (r *Rates) Version(route, version string) RED {
	return r.rate(subject{"version", route, version}).red()
}

// Server is the RED of a server.
func (r *Rates) Server(upstream, server string) RED {
	return r.rate(subject{"server", upstream, server}).red()
}

func (r *Rates) rate(of subject) *rate {
	known, ok := r.of.Load(of)
	if !ok {
		known, _ = r.of.LoadOrStore(of, &rate{since: time.Now()})
	}
	return known.(*rate)
}

// rate has the last requests of a subject.
type rate struct {
	mu    sync.Mutex
	since time.Time
	last  []done // a ring, when it is full
	n     int    // how many there were
}

type done struct {
	at     time.Duration // since the rate began
	took   time.Duration
	failed bool
}

func (r *rate) add(took time.Duration, failed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := done{time.Since(r.since), took, failed}
	if len(r.last) < most {
		r.last = append(r.last, d)
	} else {
		r.last[r.n%most] = d
	}
	r.n++
}

func (r *rate) red() (red RED) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Since(r.since)
	over := min(now, span)
	if r.n >= most {
		over = min(now-r.last[r.n%most].at, span)
	}
	var times []time.Duration
	for _, d := range r.last {
		if now-d.at > span {
			continue
		}
		times = append(times, d.took)
		if d.failed {
			red.Errors++
		}
	}
	if times == nil {
		return red
	}
	slices.Sort(times)
	n := len(times)
	return RED{Rate: float64(n) / max(over.Seconds(), 1), Errors: red.Errors / float64(n), P99: config.Duration(times[(n*99+99)/100-1])}
}
