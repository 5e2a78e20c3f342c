package middleware

import (
	"math"
	"math/rand/v2"
	"time"
)

// This file finds the limit of Concurrency from latencies. As long as the server
// has room for more, the latency does not depend on how many requests are at work;
// from some number on, the knee, it grows with them, and nothing more gets done.
// The gradient is the usual latency divided by the present one: 1 below the knee,
// 1/2 at twice the knee. After each window of samples
//
//	limit ← limit · gradient + √limit
//
// of which the second term looks for more room (cf. TCP Vegas, Netflix's Gradient
// and Envoy's gradient controller). With 25% of tolerance this settles a little
// above the knee n: 1.25·n + √n.
//
// Latencies are compared by the mean of their logarithms: one very slow request
// does not move it much, and the quotients of fast and slow routes can be averaged.
//
// The usual latency of a route is learnt from requests that were served while at
// most half of the limit was at work, which is below the knee. When there are none
// of those for long, or the limit has halved and nothing became faster (so the
// service itself may have become slower), a calibration lets only a quarter in until
// some requests have been served that way.

const (
	tolerance  = 1.25
	smoothing  = 0.5 // how much of the way to the new limit is taken at once
	windowTime = 100 * time.Millisecond
	windowSize = 16 // samples, or as many as the limit: so all were admitted by it
	// grain is added to each latency: differences far below it say nothing of load.
	grain = time.Millisecond
)

// How much a new sample weighs against the usual latency: as one of memory, but of
// few when a calibration begins.
const (
	memory     = 64
	fewSamples = 8
)

// calibrationCost is how many times as long as a calibration it takes until the next
// begins, at least.
const calibrationCost = 20

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
	log float64
	n   int // how many samples it is from, up to memory

	seen int     // samples in the present window
	sum  float64 // of their logarithms
}

func (u *usual) learn(log float64) {
	u.n = min(u.n+1, memory)
	u.log += (log - u.log) / float64(u.n)
}

// excess ends the window for the route. It returns the sum of the logarithms of
// latency / usual latency, and of how many samples it is. With more at work nothing is
// faster: if it was, the service itself has become so.
func (u *usual) excess() (sum float64, n int) {
	if u.n > 0 && u.seen > 0 {
		mean := u.sum / float64(u.seen)
		if mean < u.log && u.seen >= windowSize {
			u.log = (u.log + mean) / 2
		}
		sum, n = float64(u.seen)*(mean-u.log), u.seen
	}
	u.seen, u.sum = 0, 0
	return sum, n
}

// window is what was seen since the limit was last set; the routes have the rest.
type window struct {
	start time.Duration
	n     int
	peak  int64 // most requests at work
}

// gradient is the state of the algorithm. It is not safe for concurrent use. Times
// are since any fixed one.
type gradient struct {
	min, max float64
	every    time.Duration
	routes   map[route]*usual

	limit  float64
	window window

	calm        int           // samples below the knee since the last calibration
	calibrated  float64       // the highest limit since then
	due         time.Duration // when the next calibration is
	calibrating bool
	began       time.Duration // the calibration
}

// allowed returns how many requests may be at work.
func (g *gradient) allowed() int { return int(g.ceiling()) }

// ceiling is the limit, or the lower one of a calibration.
func (g *gradient) ceiling() float64 {
	if g.calibrating {
		return max(g.min, g.limit/4)
	}
	return g.limit
}

// calmUpTo is how many requests at work are surely below the knee.
func (g *gradient) calmUpTo() float64 {
	if g.calibrating {
		return g.ceiling()
	}
	return max(1, g.limit/2)
}

// add takes a sample into account.
func (g *gradient) add(now time.Duration, s sample) {
	if g.calibrating && now-g.began > g.every/4 {
		g.endCalibration(now) // too few were served well
	}
	if s.outcome == ignored {
		return
	}
	known := g.routes[s.route]
	if known == nil {
		known = new(usual)
		g.routes[s.route] = known
	}
	log := math.Log2(float64(s.took + grain))
	if s.outcome == failed && known.n > 0 && log < known.log+late {
		return
	}
	if s.outcome == served && float64(s.inFlight) <= g.calmUpTo() {
		known.learn(log)
		if g.calm++; float64(g.calm) >= min(max(windowSize, 2*g.limit), memory) {
			g.endCalibration(now)
			return
		}
	}
	if g.calibrating {
		return
	}
	known.seen++
	known.sum += log
	g.window.n++
	g.window.peak = max(g.window.peak, s.inFlight)
	if float64(g.window.n) >= max(windowSize, g.limit) && now-g.window.start >= windowTime {
		g.adjust(now)
	}
}

// adjust ends a window: it sets the limit, or has the usual latencies measured first.
func (g *gradient) adjust(now time.Duration) {
	w, excess, known := g.window, 0.0, 0
	g.window = window{start: now}
	for _, u := range g.routes {
		sum, n := u.excess()
		excess, known = excess+sum, known+n
	}
	if float64(w.peak) < g.limit/2 {
		return // the limit does not matter at the moment
	}
	if known <= w.n/2 {
		if now >= g.due {
			g.calibrate(now)
		}
		return
	}
	slower := math.Exp2(excess/float64(known)) / tolerance
	if slower > 1 && (now >= g.due || g.limit <= g.calibrated/2) {
		g.calibrate(now)
		return
	}
	target := g.limit/min(max(slower, 1), 2) + math.Sqrt(g.limit)
	g.limit = min(max(g.limit+smoothing*(target-g.limit), g.min), g.max)
}

// calibrate begins a calibration. The first one finds a server that was overloaded from
// the start, of which nothing is known: its limit then comes from far below.
func (g *gradient) calibrate(now time.Duration) {
	if g.calibrated == 0 {
		g.limit = max(g.min, math.Sqrt(g.limit))
	}
	g.calibrating, g.began, g.calm = true, now, 0
	for _, known := range g.routes {
		known.n = min(known.n, fewSamples)
	}
}

// endCalibration is called when the usual latencies are known again, whether they
// were seen in passing or by a calibration.
func (g *gradient) endCalibration(now time.Duration) {
	next := g.every + time.Duration(rand.Int64N(int64(g.every)/5+1))
	g.calibrated = max(g.calibrated, g.limit)
	if g.calibrating {
		next = max(next, calibrationCost*(now-g.began))
		g.calibrated, g.window.start = g.limit, now
	}
	g.due, g.calm, g.calibrating = now+next, 0, false
}
