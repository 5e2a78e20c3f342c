package typedrows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/benchmarks/measure"
	"github.com/dram-go/dram/benchmarks/typedrows"
)

func TestEverySubjectAnswersEveryRow(t *testing.T) {
	results, err := typedrows.Run(measure.Plan{Passes: 1, Pass: time.Microsecond}, func(string) bool { return true })
	require.NoError(t, err)
	require.Len(t, results, 2)
	for _, result := range results {
		require.Len(t, result.Cells, 3)
		assert.Equal(t, typedrows.ByType, result.Cells[0].Subject)
		assert.Equal(t, 1.0, result.Cells[0].Ratio)
	}
}
