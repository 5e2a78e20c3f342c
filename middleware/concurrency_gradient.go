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
// The usual latency of a route is learnt from requests that were served while at
// most half of the limit was at work, which is below the knee; until there are some,
// from its first ones. When latencies have grown and nothing calm was seen for long, or
// the limit has halved and nothing became faster (so the service itself may have become
// slower), a calibration lets only a quarter in until some requests have been served
// that way, or would have been.
//
// Many at work alone are not an overload: they may be requests of a slow route, which
// only wait for somebody else. As long as nothing has become slower, the limit gives way
// to the demand, twice as far each growthTime.

const (
	tolerance  = 1.25
	smoothing  = 0.5 // how much of the way to the new limit is taken at once
	windowTime = 100 * time.Millisecond
	windowSize = 16 // samples, or as many as the limit: so all were admitted by it
	growthTime = 400 * time.Millisecond
)

// calibrationCost is how many times as long as a calibration it takes until the next
// begins, at least.
const calibrationCost = 20

// window is what was seen since the limit was last set; the routes have the rest.
type window struct {
	start time.Duration
	size  float64 // how many samples it is to have
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

	crowded   bool          // something has become slower
	since     time.Duration // when that was last seen
	growth    time.Duration // when the present step of giving way to the demand began
	growsUpTo float64       // and what it may reach

	calm        int           // samples below the knee since the last calibration
	calibrated  float64       // the highest limit since then
	due         time.Duration // when the next calibration is
	calibrating bool
	began       time.Duration // the calibration
	lasts       time.Duration // at most
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
	g.abandon(now)
	if s.outcome == ignored {
		return
	}
	known := g.routes[s.route]
	if known == nil {
		known = new(usual)
		g.routes[s.route] = known
	}
	log := math.Log2(float64(s.took + grain))
	if s.outcome == failed && known.isKnown() && log < known.log+late {
		return
	}
	if s.outcome == served {
		known.guess(log)
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
	known.see(log)
	g.window.n++
	g.window.peak = max(g.window.peak, s.inFlight)
	if float64(g.window.n) >= g.window.size && now-g.window.start >= windowTime {
		g.adjust(now)
	}
}

// demand is told when a request finds no place, and while it waits for one.
func (g *gradient) demand(now time.Duration) {
	g.abandon(now)
	if g.crowded || g.calibrating {
		return
	}
	if g.growsUpTo == 0 || now-g.growth >= growthTime {
		g.growth, g.growsUpTo = now, min(2*g.limit, g.max)
	}
	g.limit = max(g.limit, min(g.limit+math.Sqrt(g.limit), g.growsUpTo))
}

// abandon ends a calibration in which too few were served well.
func (g *gradient) abandon(now time.Duration) {
	if g.calibrating && now-g.began > g.lasts {
		g.endCalibration(now)
	}
}

// open begins a window. Its size is that of the limit now, however much that grows
// meanwhile; but a server that is overloaded from the start must be found out soon.
func (g *gradient) open(now time.Duration) {
	g.window = window{start: now, size: windowSize}
	if g.calibrated > 0 {
		g.window.size = max(windowSize, g.limit)
	}
}

// adjust ends a window: it sets the limit, or has the usual latencies measured first.
func (g *gradient) adjust(now time.Duration) {
	w, seen := g.window, g.seen()
	defer g.open(now)
	switch {
	case float64(w.peak) < g.limit/2:
		g.calmDown(now) // the limit does not matter at the moment
		return
	case seen.n == 0: // nothing was ever served well
		if now >= g.due {
			g.calibrate(now, g.every)
		}
		return
	}
	slower := seen.slower() / tolerance
	// Before anything was calm, only what can hardly be chance counts.
	if slower <= 1 || g.calibrated == 0 && seen.surely() <= tolerance {
		g.calmDown(now)
	} else {
		g.crowded, g.since = true, now
		if now >= g.due || g.limit <= g.calibrated/2 {
			g.calibrate(now, seen.calibration())
			return
		}
	}
	target := g.limit/min(max(slower, 1), 2) + math.Sqrt(g.limit)
	g.limit = min(max(g.limit+smoothing*(target-g.limit), g.min), g.max)
}

// seen ends the window for all routes. Those of which calm samples are known count alone
// if there are enough.
func (g *gradient) seen() total {
	var known, others total
	for _, u := range g.routes {
		if u.n > 0 {
			u.excess(&known)
		} else {
			u.excess(&others)
		}
	}
	if known.n < fewSamples {
		return known.plus(others)
	}
	return known
}

// calmDown forgets that something was slower, if that is some time ago.
func (g *gradient) calmDown(now time.Duration) {
	g.crowded = g.crowded && now-g.since <= g.every/4
}

// calibrate begins a calibration. The first one finds a server that was overloaded from
// the start, of which nothing is known: its limit then comes from far below.
func (g *gradient) calibrate(now, lasts time.Duration) {
	if g.calibrated == 0 {
		g.limit = max(g.min, math.Sqrt(g.limit))
	}
	g.calibrating, g.began, g.calm = true, now, 0
	g.lasts = min(max(lasts, windowTime), g.every/4)
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
		if g.calm > 0 { // or else it is to be made up for soon
			next = max(next, calibrationCost*(now-g.began))
		}
		g.calibrated = g.limit
		g.open(now)
	}
	g.due, g.calm, g.calibrating = now+next, 0, false
}
