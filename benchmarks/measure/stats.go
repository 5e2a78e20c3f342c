package measure

import (
	"math"
	"slices"
)

// Best is the shortest time, the one with the least disturbance.
func (s Series) Best() float64 { return slices.Min(s.Times) }

// Ratio is the median over the passes of how long s took beside base, which was
// timed in the same passes.
func (s Series) Ratio(base Series) float64 {
	ratios := make([]float64, len(s.Times))
	for i := range ratios {
		ratios[i] = s.Times[i] / base.Times[i]
	}
	return Median(ratios)
}

// Median is the middle one of the values, NaN if there are none.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// GeoMean is the geometric mean of the values, NaN if there are none.
func GeoMean(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sum := 0.0
	for _, v := range values {
		sum += math.Log(v)
	}
	return math.Exp(sum / float64(len(values)))
}
