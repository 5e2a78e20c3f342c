package growth_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/benchmarks/growth"
	"github.com/dram-go/dram/benchmarks/measure"
)

var short = measure.Plan{Passes: 1, Pass: 100 * time.Microsecond}

func byPeer(points []growth.Point, size int) map[string]growth.Point {
	found := map[string]growth.Point{}
	for _, p := range points {
		if p.Size == size {
			found[p.Peer] = p
		}
	}
	return found
}

func TestLookupsFindEveryRouteWithEveryPeer(t *testing.T) {
	points := byPeer(growth.Lookups([]int{10, 300}, short), 300)
	require.Len(t, points, 7)
	for name, p := range points {
		assert.Empty(t, p.Note, name)
		assert.Positive(t, p.Ns, name)
		assert.Positive(t, p.Bytes, name)
	}
}

func TestHostileEndsInTime(t *testing.T) {
	points := byPeer(growth.Hostile([]int{2, 4}, short), 16)
	for _, name := range []string{"dram", "gin", "echo", "chi", "bunrouter"} {
		assert.Positive(t, points[name].Ns, name)
	}
}

func TestBodiesAreTheSameForAll(t *testing.T) {
	points, err := growth.Bodies([]int{1 << 10}, short)
	require.NoError(t, err)
	assert.Len(t, points, 2*4, "render and bind, by dram, gin, echo and net/http")
}
