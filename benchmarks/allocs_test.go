//go:build !race

package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/benchmarks/peers"
	"github.com/dram-go/dram/benchmarks/rows"
)

// allocations are those of dram's rows above the floor; the others have none. What is bound is allocated, and by the handler
// what it answers with.
var allocations = map[string]float64{"param + JSON": 1, "bind JSON": 12, "bind query": 5, "bind form": 26, "405": 2}

// The race detector has pools lose what they hold, so this is not built with it. The floor has allocations where the encoder of
// encoding/json has: with Go 1.27.
func TestDramAllocatesNothing(t *testing.T) {
	defer peers.All()[0].Enter()()
	for _, row := range rows.All() {
		of := func(p peers.Peer) float64 {
			handler, err := p.Build(row.App)
			require.NoError(t, err)
			return testing.AllocsPerRun(100, rows.NewLoad(handler, row.Headers, row.Requests...).Once)
		}
		assert.LessOrEqual(t, of(peers.All()[0]), allocations[row.Name]+of(peers.FloorPeer()), row.Name)
	}
}
