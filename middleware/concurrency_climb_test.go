// The steps of the search for the limit, one at a time: what they decide on both sides of each bound.
// These tests look inside the package, since under load only what many steps lead to can be seen.

package middleware

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// ms is a time since the start of a search.
func ms(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// goodWork is the work of so many requests, which had their places for a millisecond each.
func goodWork(n int64) work {
	return work{good: n, ended: n, well: time.Duration(n) * time.Millisecond, spent: time.Duration(n) * time.Millisecond}
}

// badWork is that of requests which ended in no good answer.
func badWork(n int64) work { return work{ended: n, spent: time.Duration(n) * time.Millisecond} }

// paced is a pace that remembers so many requests, each of which took a time.
func paced(n int, took time.Duration) (p pace) {
	for range n {
		p.add(took, true)
	}
	return p
}

func TestWorkIsSharedByTime(t *testing.T) {
	before := work{good: 10, well: 100, spent: 200}
	for _, tt := range []struct {
		well, spent time.Duration
		share       float64
		fails       bool
	}{{0, 0, 1, false}, {50, 100, 0.5, false}, {49, 100, 0.49, true}, {0, 100, 0, true}} {
		w := work{good: 14, well: 100 + tt.well, spent: 200 + tt.spent}
		assert.InDelta(t, tt.share, w.share(before), 1e-9)
		assert.InDelta(t, 4*tt.share, w.worth(before), 1e-9)
		assert.Equal(t, tt.fails, w.fails(before))
	}
}

func TestASearchRestsWhenNobodyIsRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		climb climb
		last  int // millisecond at which it still goes on
	}{
		"a short measurement":       {climb{demanded: ms(10_000), began: ms(10_000)}, 10_400},
		"the last one took long":    {climb{demanded: ms(10_000), began: ms(10_000), lasted: ms(4000)}, 11_000},
		"the present one has begun": {climb{demanded: ms(10_000), began: ms(2000)}, 12_666},
	} {
		for _, limits := range [][3]int{{5, 9, 9}, {12, 9, 12}} {
			s := tt.climb
			s.busy, s.limit, s.home = true, limits[0], limits[1]
			s.rest(ms(tt.last))
			assert.True(t, s.busy, name)
			assert.Equal(t, limits[0], s.limit, name)
			s.rest(ms(tt.last + 1))
			assert.False(t, s.busy, name)
			assert.Equal(t, limits[2], s.limit, name)
		}
	}
	s := climb{limit: 5, home: 9}
	s.rest(ms(10_000))
	assert.Equal(t, 5, s.limit, "there was no search")
}

func TestATriedLimitIsWorthIt(t *testing.T) {
	lower, higher := climb{home: 10, limit: 5, rate: 100}, climb{home: 10, limit: 20, rate: 100}
	assert.True(t, lower.isWorth(90))
	assert.False(t, lower.isWorth(89))
	assert.False(t, higher.isWorth(120))
	assert.True(t, higher.isWorth(121))
}

func TestAGoodputIsFarBelow(t *testing.T) {
	s := climb{rate: 1000, share: 1, from: ms(500), before: goodWork(10)}
	assert.True(t, s.isFarBelow(ms(1500), goodWork(10+229)))
	assert.False(t, s.isFarBelow(ms(1500), goodWork(10+230)))
	s.share = 0.5
	assert.True(t, s.isFarBelow(ms(1500), goodWork(10+239)))
	assert.False(t, s.isFarBelow(ms(1500), goodWork(10+240)))
	s.rate = unknown
	assert.False(t, s.isFarBelow(ms(1500), goodWork(10)))
}

func TestAGoodputIsFarAbove(t *testing.T) {
	s := climb{home: 10, limit: 20, rate: 100, steady: ms(50), from: ms(500), before: goodWork(10)}
	assert.False(t, s.isFarAbove(ms(1500), goodWork(10+180)))
	assert.True(t, s.isFarAbove(ms(1500), goodWork(10+181)))
	s.rate = 10
	assert.False(t, s.isFarAbove(ms(1500), goodWork(10+79)), "too few requests")
	assert.True(t, s.isFarAbove(ms(1500), goodWork(10+80)))
	s.steady = 0
	assert.False(t, s.isFarAbove(ms(1500), goodWork(10+180)), "the measurement does not count yet")
	s.steady, s.limit = ms(50), 10
	assert.False(t, s.isFarAbove(ms(1500), goodWork(10+180)), "nothing higher is tried")
}

func TestALimitMayLeap(t *testing.T) {
	known, slower := paced(16, ms(10)), paced(16, ms(10))
	for range 8 {
		slower.add(ms(30), true)
	}
	assert.True(t, slower.isSlower())
	for name, tt := range map[string]struct {
		climb climb
		now   int
		w     work
		may   bool
	}{
		"the pace is known":                    {climb{pace: known}, 0, work{}, true},
		"it is slower":                         {climb{pace: slower}, 0, work{}, false},
		"the places are held for nothing":      {climb{pace: known, failing: true}, 0, work{}, false},
		"it has leapt often":                   {climb{pace: known, leaps: mostLeaps}, 1000, work{}, false},
		"little is known, it waits":            {climb{}, 399, work{}, false},
		"little is known, it has waited":       {climb{}, 400, work{}, true},
		"after a leap it waits":                {climb{pace: known, leaps: 1}, 399, work{}, false},
		"after a leap it has waited":           {climb{pace: known, leaps: 1}, 400, work{}, true},
		"it waits for twice the pace":          {climb{pace: paced(16, ms(499)), leaps: 1}, 999, work{}, false},
		"it has waited for twice the pace":     {climb{pace: paced(16, ms(499)), leaps: 1}, 1000, work{}, true},
		"a few places have become free":        {climb{pace: known, leaps: 1}, 400, goodWork(4), true},
		"a quarter of them":                    {climb{pace: known, leaps: 1}, 400, goodWork(5), false},
		"a few, and nothing good":              {climb{pace: known, leaps: 1}, 400, badWork(4), false},
		"a few since it was last thought of":   {climb{pace: known, leaps: 1, then: goodWork(9)}, 400, goodWork(13), true},
		"more since it was last thought of":    {climb{pace: known, leaps: 1, then: goodWork(9)}, 400, goodWork(14), false},
		"nothing good since it was thought of": {climb{pace: known, leaps: 1, then: goodWork(9)}, 400, work{good: 9, ended: 10}, false},
	} {
		tt.climb.limit = 20
		assert.Equal(t, tt.may, tt.climb.mayLeap(ms(tt.now), tt.w), name)
	}
	s := climb{limit: 20, leaps: 1}
	assert.True(t, s.mayLeap(ms(500), goodWork(1)))
	assert.Equal(t, ms(500), s.looked)
	assert.Equal(t, goodWork(1), s.then)
}

func TestADemandBeginsTheSearch(t *testing.T) {
	s := climb{min: 1, max: 50, limit: 20, pace: paced(16, ms(10))}
	s.demand(ms(1000), goodWork(7))
	assert.True(t, s.busy)
	assert.Equal(t, []int{40, 40, 1}, []int{s.limit, s.home, s.leaps})
	assert.Equal(t, []time.Duration{ms(1000), ms(1000), ms(1000), ms(1000)}, []time.Duration{s.demanded, s.looked, s.began, s.from})
	assert.Equal(t, []work{goodWork(7), goodWork(7)}, []work{s.then, s.before})
	assert.EqualValues(t, unknown, s.rate)
	s.demand(ms(1399), goodWork(7))
	assert.Equal(t, 40, s.limit)
	s.demand(ms(1400), goodWork(8))
	assert.Equal(t, []int{50, 50, 2}, []int{s.limit, s.home, s.leaps}, "up to Max")
	assert.Equal(t, ms(1400), s.looked)

	s = climb{busy: true, min: 1, max: 50, limit: 20, home: 20, rate: unknown, pace: paced(16, ms(10)), demanded: ms(900)}
	s.demand(ms(1000), goodWork(7))
	assert.Equal(t, 40, s.limit, "the pace is known by now")
	assert.Equal(t, []time.Duration{ms(1000), ms(1000)}, []time.Duration{s.looked, s.began})
	assert.Equal(t, goodWork(7), s.then)
}

func TestASearchBeginsAnew(t *testing.T) {
	s := climb{min: 1, max: 50, limit: 20, home: 9, rate: 7, up: true, misses: 1, pause: time.Hour, next: time.Hour, leaps: mostLeaps, steady: 1}
	s.start(ms(1000), goodWork(7))
	assert.Equal(t, climb{
		min: 1, max: 50, limit: 20, home: 20, rate: unknown, busy: true, wide: true, pause: firstPause,
		looked: ms(1000), then: goodWork(7), began: ms(1000), from: ms(1000), before: goodWork(7),
	}, s)

	s = climb{busy: true, min: 1, max: 50, limit: 20, home: 20, rate: 1, share: 1, demanded: ms(1000), began: ms(1000), checked: ms(5000)}
	s.demand(ms(5000), goodWork(0))
	assert.EqualValues(t, unknown, s.rate, "nobody was refused for a while")
	s = climb{busy: true, limit: 20, home: 20, demanded: ms(1000), began: ms(1000), checked: ms(5000)}
	s.done(ms(5000), goodWork(0))
	assert.False(t, s.busy)
	s.done(ms(6000), badWork(4000))
	assert.True(t, s.failing, "who is done is looked at as well")
}

func TestADemandEndsWhatGoesWrong(t *testing.T) {
	at := climb{busy: true, min: 1, max: 50, limit: 10, home: 20, rate: 1000, share: 1, leaps: mostLeaps, demanded: ms(900), steady: ms(50)}
	s := at
	s.demand(ms(1000), goodWork(100))
	assert.Equal(t, 20, s.limit, "a try")
	assert.EqualValues(t, 1000, s.rate)

	s = at
	s.limit = 20
	s.pace = paced(16, ms(10))
	s.demand(ms(1000), goodWork(100))
	assert.EqualValues(t, unknown, s.rate, "another load")
	assert.Equal(t, 0, s.leaps)
	assert.Equal(t, 8, s.pace.n)

	s = at
	s.limit, s.pace, s.began = 20, paced(16, ms(10)), ms(900)
	s.demand(ms(1000), badWork(100))
	assert.EqualValues(t, unknown, s.rate, "all came too late")
	assert.Equal(t, mostLeaps, s.leaps)

	for now, rate := range map[int]float64{1199: 1000, 1200: unknown} {
		s = at
		s.limit, s.steady, s.began, s.lasted, s.demanded = 20, 0, ms(600), ms(100), ms(now)
		s.demand(ms(now), badWork(100))
		assert.InDelta(t, rate, s.rate, 0, "what the try let in came too late at first: %d", now)
	}
}

func TestPlacesThatAreHeldForNothing(t *testing.T) {
	for name, tt := range map[string]struct {
		now     int
		w       work
		limit   int
		failing bool
		then    int // the limit
	}{
		"too soon":           {399, work{ended: 40, spent: ms(4000)}, 100, false, 100},
		"too few":            {400, work{ended: 39, spent: ms(4000)}, 100, false, 100},
		"good answers":       {400, work{ended: 40, spent: ms(4000), well: ms(2000)}, 100, false, 100},
		"few are at work":    {400, work{ended: 40, spent: ms(1599)}, 100, false, 100},
		"as many as matters": {400, work{ended: 40, spent: ms(1600)}, 16, true, 16},
		"far fewer than may": {400, work{ended: 40, spent: ms(1600)}, 17, true, 8},
		"down to Min":        {400, work{ended: 40, spent: ms(1600)}, 1000, true, 8},
	} {
		last := work{ended: 7, spent: ms(300), well: ms(100)}
		tt.w.ended, tt.w.spent, tt.w.well = tt.w.ended+last.ended, tt.w.spent+last.spent, tt.w.well+last.well
		s := climb{min: 1, max: 1000, limit: tt.limit, home: 3, checked: ms(1000), last: last}
		s.doubt(ms(1000+tt.now), tt.w)
		assert.Equal(t, tt.failing, s.failing, name)
		assert.Equal(t, tt.failing, s.busy, name)
		assert.Equal(t, tt.then, s.limit, name)
		if tt.failing {
			assert.Equal(t, ms(1800), s.demanded, name)
			assert.Equal(t, tt.then, s.home, name)
			assert.Equal(t, ms(1400), s.checked, name)
			assert.Equal(t, tt.w, s.last, name)
		}
	}
	s := climb{min: 9, max: 1000, limit: 1000}
	s.doubt(ms(400), work{ended: 40, spent: ms(1600)})
	assert.Equal(t, 9, s.limit)
	s = climb{busy: true, limit: 1000, home: 500}
	s.doubt(ms(400), work{ended: 40, spent: ms(1600)})
	assert.Equal(t, 1000, s.limit, "a search goes on")
	assert.Equal(t, 500, s.home)
	assert.Equal(t, ms(800), s.demanded)
	s.doubt(ms(900), work{ended: 80, spent: ms(3200), well: ms(1600)})
	assert.False(t, s.failing)
}

func TestAMeasurementCountsWhenTheLimitIsAtWork(t *testing.T) {
	at := climb{busy: true, min: 1, max: 50, limit: 20, home: 20, rate: unknown, leaps: mostLeaps, began: ms(1000), from: ms(1000), demanded: ms(1000)}
	w := goodWork(30)
	for name, tt := range map[string]struct {
		now    int
		held   time.Duration
		steady time.Duration
	}{
		"not settled":        {1049, ms(1000), 0},
		"settled":            {1050, ms(250), ms(50)},
		"others at work yet": {1050, ms(249), 0},
	} {
		s := at
		w.held = tt.held
		s.done(ms(tt.now), w)
		assert.Equal(t, tt.steady, s.steady, name)
		if tt.steady > 0 {
			assert.Equal(t, ms(tt.now), s.from, name)
			assert.Equal(t, w, s.before, name)
		}
	}
	s := at
	s.busy = false
	s.done(ms(1050), w)
	assert.Zero(t, s.steady, "nobody is refused")

	s = at
	late := badWork(30)
	late.held = ms(250)
	s.done(ms(1050), late)
	assert.Zero(t, s.rate, "all came too late")
	assert.Equal(t, 14, s.limit)
}

func TestAMeasurementEnds(t *testing.T) {
	at := climb{busy: true, min: 1, max: 50, limit: 20, home: 20, rate: unknown, leaps: mostLeaps, steady: ms(200), from: ms(1000), before: goodWork(10), demanded: ms(1000), checked: ms(1000)}
	for name, tt := range map[string]struct {
		now    int
		w      work
		steady int
		judged bool
	}{
		"too soon":                   {1199, goodWork(50), 200, false},
		"as long as until it counts": {1200, goodWork(50), 200, true},
		"not a tenth of a second":    {1099, goodWork(50), 50, false},
		"a tenth of a second":        {1100, goodWork(50), 50, true},
		"too few":                    {1200, goodWork(49), 200, false},
	} {
		s := at
		s.steady = ms(tt.steady)
		s.done(ms(tt.now), tt.w)
		assert.Equal(t, tt.judged, s.rate != unknown, name)
	}
	s := at
	s.limit, s.rate, s.share = 10, 1000, 1
	s.done(ms(1200), goodWork(15))
	assert.Equal(t, 20, s.limit, "a try that is far below ends at once")
	s = at
	s.limit, s.rate, s.share = 40, 10, 1
	s.done(ms(1100), goodWork(95))
	assert.Equal(t, 40, s.home, "one far above as well")
}
