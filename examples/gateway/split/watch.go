package split

import (
	"slices"
	"time"

	"github.com/dram-go/dram/examples/gateway/call"
)

// leastWindow is how many of a version's last requests count, or more if the ramp wants more. They
// are counted by number, not by time: a version that was good for long and turns bad is found out
// after as many failures as a new one.
const leastWindow = 1000

// outcome is what came of a request.
type outcome struct {
	failed bool
	took   time.Duration
}

// window has the last outcomes of a version, with their sums.
type window struct {
	slower time.Duration // what counts as slow; 0 if nothing does
	ring   []outcome
	at     int // where the next one goes

	n, failed, slow int
}

func newWindow(size int, slower time.Duration) *window {
	return &window{slower: slower, ring: make([]outcome, size)}
}

func (w *window) clear() { w.at, w.n, w.failed, w.slow = 0, 0, 0, 0 }

func (w *window) add(o outcome) {
	if w.n == len(w.ring) {
		w.count(w.ring[w.at], -1)
	}
	w.ring[w.at] = o
	w.at = (w.at + 1) % len(w.ring)
	w.count(o, 1)
}

func (w *window) count(o outcome, by int) {
	w.n += by
	if o.failed {
		w.failed += by
	}
	if w.slower > 0 && o.took > w.slower {
		w.slow += by
	}
}

// p99 is the time in which 99 % of the requests were answered.
func (w *window) p99() time.Duration {
	if w.n == 0 {
		return 0
	}
	times := make([]time.Duration, w.n)
	for i := range times {
		times[i] = w.ring[i].took
	}
	slices.Sort(times)
	return times[(w.n*99+99)/100-1]
}

// Saw is told of each try of the route, by call.Transport.
func (s *Split) Saw(try call.Try) {
	if s == nil {
		return
	}
	if try.Why == "version" {
		s.saw(try.Version, true, 0) // it could not answer
	}
	s.saw(try.Server.Version, try.Failed(), try.Took)
}

// saw counts what came of a request to a version.
func (s *Split) saw(version string, failed bool, took time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.seen[version]
	if w == nil {
		return // a version without a share
	}
	w.add(outcome{failed, took})
	if s.ramp != nil && version == s.ramp.Version {
		s.judge(w)
	}
}
