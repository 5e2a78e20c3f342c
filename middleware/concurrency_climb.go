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
// goodput is found by trying others, from the best that is known:
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
//
// Cheap requests are many, and good whatever becomes of the others. So the goodput is counted
// only as far as the time of the places ended in good answers, of which cheap ones have none.

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
	crowd    = 4   // requests at work, at least, that may be too many
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
	well, spent time.Duration // the time that the good ones had their places, and that all had
	held        time.Duration // the time that those had them that came and went in this measurement
}

// share is the part of the time of the places that ended in good answers.
func (w work) share(since work) float64 {
	if w.spent == since.spent {
		return 1
	}
	return float64(w.well-since.well) / float64(w.spent-since.spent)
}

// fails reports whether most of the time of the places was for nothing.
func (w work) fails(since work) bool { return w.share(since) < 0.5 }

// worth is how many good answers there were, as far as the places were held for good ones.
func (w work) worth(since work) float64 { return float64(w.good-since.good) * w.share(since) }

// climb is the state of the search. It is not safe for concurrent use. Times are since any
// fixed one.
type climb struct {
	min, max int
	every    time.Duration
	pace     pace

	limit int     // the present one: home, or another that is tried
	home  int     // the best that is known
	rate  float64 // its goodput
	share float64 // of the time of its places, the part that ended in it

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

	failing bool          // the places were held for nothing lately
	checked time.Duration // when that was last looked at
	last    work          // that

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
	case s.steady == 0 && w.fails(s.before) && now-s.began < growthTime+2*s.lasted: // what a try let in comes too late
	case s.isFarBelow(now, w): // another load, or another server
		failing := w.fails(s.before)
		s.start(now, w)
		if s.pace.forget(); failing {
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
	if s.leaps == mostLeaps || s.failing || s.pace.isSlower() {
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
	s.doubt(now, w)
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

// doubt looks from time to time whether the places are held for nothing. Then there may be so many at work
// that all come too late, though nobody is refused: the search begins, from where it can be measured.
func (s *climb) doubt(now time.Duration, w work) {
	lasted := now - s.checked
	if lasted < growthTime || w.ended-s.last.ended < enough {
		return
	}
	atWork := float64(w.spent-s.last.spent) / float64(lasted)
	s.failing = w.fails(s.last) && atWork >= crowd
	s.checked, s.last = now, w
	if !s.failing {
		return
	}
	if s.demanded = now + lasted; s.busy {
		return
	}
	if float64(s.limit) > 4*atWork {
		s.limit = max(s.min, int(2*atWork))
	}
	s.start(now, w)
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
	return s.rate*(now-s.from).Seconds() > 4*w.worth(s.before)+2*enough*s.share
}

// isFarAbove reports whether a higher limit gains so much that it is kept at once.
func (s *climb) isFarAbove(now time.Duration, w work) bool {
	return s.limit > s.home && s.steady > 0 && w.good-s.before.good >= 2*enough && w.worth(s.before) > s.rate*(now-s.from).Seconds()*s.scaled(farGains)
}

// scaled is how many times the goodput of home is that of the limit that is tried, if it gains such a
// part of what it could.
func (s *climb) scaled(part float64) float64 {
	return 1 + part*(float64(s.limit)/float64(s.home)-1)
}

// judge ends a measurement.
func (s *climb) judge(now time.Duration, w work) {
	rate, share, failing := w.worth(s.before)/(now-s.from).Seconds(), w.share(s.before), w.fails(s.before)
	s.from, s.before, s.lasted = now, w, now-s.began
	s.leaps = mostLeaps
	switch {
	case s.limit != s.home && !s.isWorth(rate):
		s.miss(now, w)
		return
	case s.limit != s.home:
		s.home, s.rate, s.share, s.wide, s.misses, s.pause, s.next = s.limit, rate, share, s.wide || s.up, 0, firstPause, now
	case s.rate == unknown:
		s.rate, s.share, s.up = rate, share, !failing && !s.pace.isSlower()
	case rate > differs*s.rate || rate < s.rate/differs:
		s.rate, s.share, s.up, s.pause, s.next = rate, share, !failing, firstPause, now
	default:
		s.rate, s.share = (s.rate+rate)/2, (s.share+share)/2
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
		s.limit = max(int(math.Round(float64(s.home)/stride)), s.min)
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
