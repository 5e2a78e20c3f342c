package rows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/benchmarks/peers"
	"github.com/dram-go/dram/benchmarks/rows"
)

// refusals are the rows whose routes a framework cannot hold.
var refusals = map[string][]string{
	"siblings, all": {"httprouter"},
}

func TestEveryPeerAnswersEveryRow(t *testing.T) {
	for _, row := range rows.All() {
		for _, p := range row.Peers() {
			t.Run(row.Name+"/"+p.Name(), func(t *testing.T) {
				err := rows.Check(row, p)
				for _, name := range refusals[row.Name] {
					if name == p.Name() {
						require.ErrorIs(t, err, peers.ErrRefuses)
						return
					}
				}
				require.NoError(t, err)
			})
		}
	}
}
