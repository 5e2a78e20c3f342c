package middleware

import "time"

// This file says whether requests have become slower: the only use of latency in the search for the
// limit of Concurrency, in concurrency_climb.go, and only before there is a measurement.

// pace compares the fastest of the last requests with the fastest of all, as far as it is
// remembered.
type pace struct {
	last [8]time.Duration
	n    int
	best time.Duration
}

// grain is added to each latency: differences far below it say nothing of load.
const grain = time.Millisecond

// add takes a latency. Under an overload the best one is not forgotten.
func (p *pace) add(took time.Duration, busy bool) {
	took += grain
	p.last[p.n%len(p.last)] = took
	if !busy {
		p.best += p.best / 256
	}
	if p.n == 0 || took < p.best {
		p.best = took
	}
	p.n++
}

// forget leaves what is known of the last requests.
func (p *pace) forget() {
	p.best = p.recent()
	p.n = min(p.n, len(p.last))
}

// isKnown reports whether the last requests are others than the first ones.
func (p *pace) isKnown() bool { return p.n >= 2*len(p.last) }

// recent is the fastest of the last requests, of the later half if there were few; 0 if there are none.
func (p *pace) recent() time.Duration {
	few := min((p.n+1)/2, len(p.last))
	if few == 0 {
		return 0
	}
	least := p.last[(p.n-1)%len(p.last)]
	for i := range few {
		least = min(least, p.last[(p.n-1-i)%len(p.last)])
	}
	return least
}

// isSlower reports whether all of the last requests took much longer than the fastest.
func (p *pace) isSlower() bool { return p.recent() > 2*p.best }
