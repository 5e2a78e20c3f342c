package gateway

import (
	"time"

	"github.com/dram-go/dram/examples/gateway/upstream"
)

// Alive is how many generations have requests, with the current one.
func (g *Gateway) Alive() int {
	g.living.Lock()
	defer g.living.Unlock()
	return len(g.alive)
}

// Pools are the upstreams now.
func (g *Gateway) Pools() upstream.Set { return g.pools() }

// SetShutdownTimeout returns the one before.
func SetShutdownTimeout(to time.Duration) (before time.Duration) {
	before, shutdownTimeout = shutdownTimeout, to
	return before
}

// SetOperatorsPatience returns the one before.
func SetOperatorsPatience(to time.Duration) (before time.Duration) {
	before, operatorsPatience = operatorsPatience, to
	return before
}

// IsLeaving reports whether a generation is being closed, for which the next one waits.
func (g *Gateway) IsLeaving() bool {
	if !g.living.TryLock() {
		return true
	}
	g.living.Unlock()
	return false
}
