package measure_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/benchmarks/measure"
)

func TestMedian(t *testing.T) {
	for _, row := range []struct {
		name   string
		values []float64
		want   float64
	}{
		{"one", []float64{3}, 3},
		{"odd, unsorted", []float64{9, 1, 5}, 5},
		{"even", []float64{4, 1, 3, 2}, 2.5},
		{"an outlier does not count", []float64{1, 1, 1e9}, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			assert.Equal(t, row.want, measure.Median(row.values))
		})
	}
	assert.True(t, math.IsNaN(measure.Median(nil)))
	values := []float64{2, 1}
	measure.Median(values)
	assert.Equal(t, []float64{2, 1}, values, "the values are the caller's")
}

func TestGeoMean(t *testing.T) {
	assert.InDelta(t, 1, measure.GeoMean([]float64{0.5, 2}), 1e-12)
	assert.InDelta(t, 4, measure.GeoMean([]float64{2, 4, 8}), 1e-12)
	assert.True(t, math.IsNaN(measure.GeoMean(nil)))
}

// The machine was twice as slow in the second pass, for both: ratios by pass do
// not see that, a ratio of means would.
func TestRatioComparesWithinAPass(t *testing.T) {
	base := measure.Series{Times: []float64{10, 20, 10}}
	s := measure.Series{Times: []float64{5, 10, 9}}
	assert.Equal(t, 0.5, s.Ratio(base))
	assert.Equal(t, 5.0, s.Best())
}

func TestCompareGivesEachSubjectItsTurn(t *testing.T) {
	var order []string
	measuring := false
	subject := func(name string) measure.Subject {
		return measure.Subject{
			Name: name,
			Run:  func(n int) { time.Sleep(time.Microsecond) },
			Enter: func() func() {
				order = append(order, name)
				require.False(t, measuring, "a subject is left before the next one is entered")
				measuring = true
				return func() { measuring = false }
			},
		}
	}
	series := measure.Compare([]measure.Subject{subject("a"), subject("b"), subject("c")},
		measure.Plan{Passes: 3, Pass: 10 * time.Microsecond})

	require.Len(t, series, 3)
	for i, name := range []string{"a", "b", "c"} {
		assert.Equal(t, name, series[i].Name)
		assert.Len(t, series[i].Times, 3)
	}
	assert.Equal(t, []string{
		"a", "b", "c", // to find out how many runs a pass takes
		"a", "b", "c", "b", "c", "a", "c", "a", "b",
	}, order)
}

var sink []byte

func TestCompareCountsAllocations(t *testing.T) {
	series := measure.Compare([]measure.Subject{
		{Name: "none", Run: func(n int) {
			for i := range n * 100 {
				order := i
				_ = order
			}
		}},
		{Name: "one", Run: func(n int) {
			for range n {
				sink = make([]byte, 64)
			}
		}},
	}, measure.Plan{Passes: 1, Pass: time.Millisecond})
	assert.InDelta(t, 0, series[0].Allocs, 0.1)
	assert.InDelta(t, 1, series[1].Allocs, 0.1)
	assert.InDelta(t, 64, series[1].Bytes, 6.4)
}
