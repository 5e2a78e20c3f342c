package middleware

import (
	"math"
	"math/rand/v2"
	"time"
)

// This file finds the limit of Concurrency by what gets done. While requests are refused, the
// goodput, how many good answers there are in a second, grows with the limit up to the knee,
// where some resource is used up. From there on requests only wait for each other: the goodput
// stays as it is, or falls, since clients give up. The lowest limit with (almost) the highest
// goodput is found as one climbs a hill in the fog:
//
//	home 20: 500/s   try 14: 500/s, worth it   try 10: 490/s, worth it   try 7: 350/s, home to 10
//
// Latency cannot say that. When it grows, the server may be overloaded, or more of the requests
// may be slow ones; and what it would be without an overload is not known under one.
//
// A measurement counts when the requests at work are those of the limit that is measured: when
// a quarter of the time that all places had was had by requests that came and went since. So
// it lasts as long as those that hold the places do, however many fast ones there are beside
// them.

const (
	enough       = 40 // requests, at least, that a measurement takes
	settlingTime = 50 * time.Millisecond
	measureTime  = 100 * time.Millisecond
	firstPause   = time.Second // after two tries that were not worth it; then twice as long, up to every
)

const (
	unknown  = -1  // the goodput of a home that was not measured
	gains    = 0.2 // of what a higher limit could gain, the part that it must
	farGains = 0.8 // the part by which it is kept at once
	keeps    = 0.9 // of the goodput, the part that a lower limit must keep
	differs  = 1.3 // a goodput by so much higher or lower is that of another load
)

// Before anything was measured, the limit gives way to the demand by leaps, each to twice of what
// it was, unless all is slower already.
const (
	mostLeaps  = 3
	growthTime = 400 * time.Millisecond
)

// work is what has been done since the start.
type work struct {
	good, ended int64
	held        time.Duration // the time that those had their places that came and went in this measurement
}

// climb is the state of the search. It is not safe for concurrent use. Times are since any
// fixed one.
type climb struct {
	min, max int
	every    time.Duration
	pace     pace

	limit int     // the present one: home, or another that is tried
	home  int     // the best that is known
	rate  float64 // its goodput

	up     bool          // where the next try goes
	wide   bool          // it goes far
	misses int           // tries in a row that were not worth it
	pause  time.Duration // after the next miss
	next   time.Duration // when the next try may begin

	busy     bool          // requests are refused, or wait
	demanded time.Duration // when one was last
	leaps    int
	looked   time.Duration // when a leap was last thought of
	then     work          // that

	began  time.Duration // the measurement
	steady time.Duration // how long it took until it counted; 0 until then
	from   time.Duration // since when it counts
	before work          // that
	lasted time.Duration // the last one
}

// demand is told when a request finds no place, and while it waits for one.
func (s *climb) demand(now time.Duration, w work) {
	s.rest(now)
	s.demanded = now
	switch {
	case !s.busy:
		s.start(now, w)
	case s.isFarBelow(now, w) && s.limit != s.home:
		s.miss(now, w)
	case s.isFarBelow(now, w): // another load, or another server
		allBad := w.ended > s.before.ended && w.good == s.before.good
		s.start(now, w)
		if s.pace.forget(); allBad {
			s.leaps = mostLeaps
		}
	}
	if s.mayLeap(now, w) {
		s.leaps++
		s.looked, s.then = now, w
		s.limit = min(2*s.limit, s.max)
		s.home = s.limit
		s.open(now, w)
	}
}

// mayLeap reports whether the limit may give way. After a leap, and when little is known of the pace, it
// waits, and only does so if places hardly become free: or else there is soon a measurement.
func (s *climb) mayLeap(now time.Duration, w work) bool {
	if s.leaps == mostLeaps || s.pace.isSlower() {
		return false
	}
	if s.leaps == 0 && s.pace.isKnown() {
		return true
	}
	if now-s.looked < max(growthTime, 2*s.pace.recent()) {
		return false
	}
	ended, good := w.ended-s.then.ended, w.good-s.then.good
	s.looked, s.then = now, w
	return 4*ended < int64(s.limit) && (ended == 0 || good > 0)
}

// done is told when a request has given its place back.
func (s *climb) done(now time.Duration, w work) {
	s.rest(now)
	lasts := now - s.began
	switch {
	case !s.busy:
	case s.limit != s.home && s.isFarBelow(now, w):
		s.miss(now, w)
	case s.isFarAbove(now, w):
		s.judge(now, w)
	case s.steady == 0:
		if lasts < settlingTime || 4*float64(w.held) < float64(s.limit)*float64(lasts) {
			return
		}
		if s.steady = lasts; w.good == s.before.good { // all came too late, and more of them would
			s.judge(now, w)
			return
		}
		s.from, s.before = now, w
	case now-s.from >= max(s.steady, measureTime) && w.ended-s.before.ended >= enough:
		s.judge(now, w)
	}
}

// rest ends the search when nobody was refused for a while, since then the limit does not matter.
func (s *climb) rest(now time.Duration) {
	if s.busy && now-s.demanded > max(growthTime, s.lasted/4, (now-s.began)/4) {
		s.busy = false
		s.limit = max(s.limit, s.home)
	}
}

// start begins the search at the present limit.
func (s *climb) start(now time.Duration, w work) {
	s.busy, s.leaps, s.looked, s.then = true, 0, now, w
	s.home, s.rate = s.limit, unknown
	s.up, s.wide, s.misses, s.pause, s.next = false, true, 0, firstPause, 0
	s.open(now, w)
}

// open begins a measurement of the present limit.
func (s *climb) open(now time.Duration, w work) {
	s.began, s.steady, s.from, s.before = now, 0, now, w
}

// isFarBelow reports whether the goodput is so far below that of home that the end of the
// measurement need not be waited for.
func (s *climb) isFarBelow(now time.Duration, w work) bool {
	return s.rate*(now-s.from).Seconds() > 4*float64(w.good-s.before.good)+2*enough
}

// isFarAbove reports whether a higher limit gains so much that it is kept at once.
func (s *climb) isFarAbove(now time.Duration, w work) bool {
	good := float64(w.good - s.before.good)
	return s.limit > s.home && good >= 2*enough && good > s.rate*(now-s.from).Seconds()*s.scaled(farGains)
}

// scaled is how many times the goodput of home is that of the limit that is tried, if it gains such a
// part of what it could.
func (s *climb) scaled(part float64) float64 {
	return 1 + part*(float64(s.limit)/float64(s.home)-1)
}

// judge ends a measurement.
func (s *climb) judge(now time.Duration, w work) {
	rate := float64(w.good-s.before.good) / (now - s.from).Seconds()
	s.from, s.before, s.lasted = now, w, now-s.began
	s.leaps = mostLeaps
	switch {
	case s.limit != s.home && !s.isWorth(rate):
		s.miss(now, w)
		return
	case s.limit != s.home:
		s.home, s.rate, s.wide, s.misses, s.pause, s.next = s.limit, rate, s.wide || s.up, 0, firstPause, now
	case s.rate == unknown:
		s.rate, s.up = rate, rate > 0 && !s.pace.isSlower()
	case rate > differs*s.rate || rate < s.rate/differs:
		s.rate, s.up, s.pause, s.next = rate, rate > 0, firstPause, now
	default:
		s.rate = (s.rate + rate) / 2
	}
	if now >= s.next {
		s.try(now, w)
	}
}

// isWorth reports whether the limit that is tried is better than home.
func (s *climb) isWorth(rate float64) bool {
	if s.limit < s.home {
		return rate >= keeps*s.rate
	}
	return rate > s.rate*s.scaled(gains)
}

// try begins to try another limit.
func (s *climb) try(now time.Duration, w work) {
	stride := math.Sqrt2
	if s.wide {
		stride = 2
	}
	if s.up {
		s.limit = min(max(s.home+1, int(math.Round(float64(s.home)*stride))), s.max)
	} else {
		s.limit = max(min(s.home-1, int(math.Round(float64(s.home)/stride))), s.min)
	}
	if s.open(now, w); s.limit == s.home {
		s.miss(now, w)
	}
}

// miss goes home. The next try goes the other way; after two misses it has time, by chance up to a fifth
// more, so that servers started together do not try together.
func (s *climb) miss(now time.Duration, w work) {
	s.limit, s.up, s.wide = s.home, !s.up, false
	if s.misses++; s.misses == 2 {
		s.misses = 0
		s.next = now + s.pause + time.Duration(rand.Int64N(int64(s.pause)/5+1))
		s.pause = min(2*s.pause, s.every)
	}
	s.open(now, w)
}

// pace compares the fastest of the last requests with the fastest of all, as far as it is
// remembered. It is only asked before there is a measurement.
type pace struct {
	last [8]time.Duration
	n    int
	best time.Duration
}

// grain is added to each latency: differences far below it say nothing of load.
const grain = time.Millisecond

// add takes a latency. Under an overload the best one is not forgotten.
func (p *pace) add(took time.Duration, busy bool) {
	took += grain
	p.last[p.n%len(p.last)] = took
	if !busy {
		p.best += p.best / 256
	}
	if p.n == 0 || took < p.best {
		p.best = took
	}
	p.n++
}

// forget leaves what is known of the last requests.
func (p *pace) forget() {
	p.best = p.recent()
	p.n = min(p.n, len(p.last))
}

// isKnown reports whether the last requests are others than the first ones.
func (p *pace) isKnown() bool { return p.n >= 2*len(p.last) }

// recent is the fastest of the last requests, of the later half if there were few; 0 if there are none.
func (p *pace) recent() time.Duration {
	few := min((p.n+1)/2, len(p.last))
	if few == 0 {
		return 0
	}
	least := p.last[(p.n-1)%len(p.last)]
	for i := range few {
		least = min(least, p.last[(p.n-1-i)%len(p.last)])
	}
	return least
}

// isSlower reports whether all of the last requests took much longer than the fastest.
func (p *pace) isSlower() bool { return p.recent() > 2*p.best }
