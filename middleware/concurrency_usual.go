package middleware

import (
	"math"
	"time"
)

// This file compares the latencies of each route with its usual one, for
// concurrency_gradient.go, which sets the limit by what comes of that.
//
// Latencies are compared by the mean of their logarithms: one very slow request
// does not move it much, and the quotients of fast and slow routes can be averaged.

// grain is added to each latency: differences far below it say nothing of load.
const grain = time.Millisecond

// How much a new sample weighs against the usual latency: as one of memory, but of
// few when a calibration begins.
const (
	memory     = 64
	fewSamples = 8
)

// calibrationTime is how many usual requests a calibration waits for, one after the other.
const calibrationTime = 16

// route is what has a usual latency of its own.
type route struct{ method, path string }

// sample is a request that has given its place back.
type sample struct {
	route    route
	took     time.Duration
	inFlight int64 // with it, when it came or when it left: the more of the two
	outcome  outcome
}

// outcome is what follows from the latency of a request.
type outcome int

const (
	ignored outcome = iota
	served
	failed // it would have taken at least as long
)

// late is how many times as long as usual a failed request must have taken to count,
// as a logarithm.
const late = 1

// usual is the latency of a route below the knee, as a logarithm.
type usual struct {
	log   float64
	n     int // how many calm samples it is from, up to memory
	first int // how many others it is from while there is no calm one, up to fewSamples

	seen    int     // samples in the present window
	sum     float64 // of their logarithms
	squares float64 // the sum of the squares of these
}

// guess takes one of the first samples of a route, which may not be calm.
func (u *usual) guess(log float64) {
	if u.n == 0 && u.first < fewSamples {
		u.first++
		u.log += (log - u.log) / float64(u.first)
	}
}

// isKnown reports whether there is something to compare with.
func (u *usual) isKnown() bool { return u.n > 0 || u.first > 0 }

// learn takes a calm sample, the first of which takes the place of all guesses.
func (u *usual) learn(log float64) {
	u.n = min(u.n+1, memory)
	u.log += (log - u.log) / float64(u.n)
}

// see takes a sample of the present window.
func (u *usual) see(log float64) {
	u.seen++
	u.sum += log
	u.squares += log * log
}

// excess ends the window for the route, and adds what it has seen to a total. With more
// at work nothing is faster: if it was, the service itself has become so.
func (u *usual) excess(t *total) {
	if u.isKnown() && u.seen > 0 {
		mean := u.sum / float64(u.seen)
		if mean < u.log && u.seen >= windowSize {
			u.log = (u.log + mean) / 2
		}
		variance := max(0, u.squares/float64(u.seen)-mean*mean)
		t.n += u.seen
		t.spread += variance * float64(u.seen) * (1 + float64(u.seen)/float64(max(u.n, u.first)))
		t.usual += float64(u.seen) * u.log
		t.excess += float64(u.seen) * (mean - u.log)
	}
	u.seen, u.sum, u.squares = 0, 0, 0
}

// total is of the samples of some routes in a window.
type total struct {
	n      int
	usual  float64 // the sum of the logarithms of their usual latencies
	excess float64 // and of latency / usual latency
	spread float64 // the variance of that
}

func (t total) plus(o total) total {
	return total{t.n + o.n, t.usual + o.usual, t.excess + o.excess, t.spread + o.spread}
}

// slower is how many times as long as usual they took.
func (t total) slower() float64 { return math.Exp2(t.excess / float64(t.n)) }

// surely is the same, of which what may be chance is taken off: two standard errors.
func (t total) surely() float64 {
	return math.Exp2((t.excess - 2*math.Sqrt(t.spread)) / float64(t.n))
}

// calibration is how long one may take: until those at work have left, and then as long
// as a single place takes for all requests that it needs.
func (t total) calibration() time.Duration {
	return time.Duration((calibrationTime + t.slower()) * math.Exp2(t.usual/float64(t.n)))
}
