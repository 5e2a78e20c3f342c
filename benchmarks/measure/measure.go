// Package measure takes times that can be compared.
//
// A machine's speed drifts: other programs run, clocks change, caches warm. So
// no cell of a table is timed at once. All that is to be compared is timed in
// many short passes, one after the other, in an order that is rotated from pass
// to pass; each pass gives one ratio between two neighbours in time, and the
// median of these ratios is the result. Times are processor time where the
// system tells it.
package measure

import (
	"runtime"
	"time"
)

// Subject is one of the things that are compared.
type Subject struct {
	Name string
	// Run does the work n times.
	Run func(n int)
	// Enter, if set, prepares a pass, outside the time; it returns what undoes it.
	Enter func() (leave func())
}

// Plan says how long to measure.
type Plan struct {
	Passes int           // how often each subject gets its turn
	Pass   time.Duration // about how long a turn takes
}

// Series are the times of one subject.
type Series struct {
	Name   string
	Times  []float64 // ns for one run of the work, by pass
	Allocs float64   // for one run of the work
	Bytes  float64
}

// Compare times all subjects.
func Compare(subjects []Subject, plan Plan) []Series {
	series := make([]Series, len(subjects))
	counts := make([]int, len(subjects))
	for i, s := range subjects {
		enter(s, func() {
			counts[i] = calibrate(s, plan.Pass)
			series[i].Name = s.Name
			series[i].Allocs, series[i].Bytes = allocations(s, min(counts[i], 1000))
		})
		series[i].Times = make([]float64, plan.Passes)
	}
	for pass := range plan.Passes {
		for k := range subjects {
			i := (k + pass) % len(subjects)
			enter(subjects[i], func() {
				runtime.GC()       // what the one before left is not collected in this one's time
				subjects[i].Run(1) // what a pool lost to the collector is there again
				series[i].Times[pass] = float64(timed(subjects[i], counts[i])) / float64(counts[i])
			})
		}
	}
	return series
}

func enter(s Subject, do func()) {
	if s.Enter != nil {
		defer s.Enter()()
	}
	do()
}

func timed(s Subject, n int) time.Duration {
	start := now()
	s.Run(n)
	return now() - start
}

// calibrate finds how many runs take about this long.
func calibrate(s Subject, long time.Duration) int {
	for n := 1; ; {
		took := timed(s, n)
		if took >= long/4 {
			return max(1, int(float64(n)*float64(long)/float64(took)))
		}
		n *= 2
	}
}

// allocations counts what one run takes of the heap, on average over n runs.
func allocations(s Subject, n int) (count, bytes float64) {
	var before, after runtime.MemStats
	runtime.GC()
	s.Run(1) // what a pool lost to the collector is there again
	runtime.ReadMemStats(&before)
	s.Run(n)
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / float64(n), float64(after.TotalAlloc-before.TotalAlloc) / float64(n)
}
