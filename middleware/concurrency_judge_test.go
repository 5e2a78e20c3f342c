// What becomes of the limit at the end of a measurement. See concurrency_climb_test.go.

package middleware

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
)

// measured ends a measurement of a second in which there were so many good answers.
func measured(s climb, good int64) climb {
	s.busy, s.began, s.from = true, ms(4000), ms(5000)
	s.judge(ms(6000), goodWork(good))
	return s
}

func TestTheFirstMeasurementIsThatOfHome(t *testing.T) {
	s := measured(climb{min: 1, max: 100, limit: 20, home: 20, rate: unknown, wide: true}, 500)
	assert.InDelta(t, 500, s.rate, 1e-9)
	assert.InDelta(t, 1, s.share, 1e-9)
	assert.Equal(t, 40, s.limit, "up, and far")
	assert.Equal(t, 20, s.home)
	assert.Equal(t, ms(2000), s.lasted)
	assert.Equal(t, mostLeaps, s.leaps)
	assert.Equal(t, []time.Duration{ms(6000), ms(6000)}, []time.Duration{s.began, s.from})
	assert.Equal(t, goodWork(500), s.before)
	assert.Zero(t, s.steady)

	slower := paced(16, ms(10))
	for range 8 {
		slower.add(ms(30), true)
	}
	s = measured(climb{min: 1, max: 100, limit: 20, home: 20, rate: unknown, pace: slower}, 500)
	assert.Equal(t, 14, s.limit, "down, since all is slower")

	s = climb{busy: true, min: 1, max: 100, limit: 20, home: 20, rate: unknown, from: ms(5000)}
	s.judge(ms(6000), work{good: 10, ended: 100, well: ms(40), spent: ms(100)})
	assert.InDelta(t, 4, s.rate, 1e-9)
	assert.InDelta(t, 0.4, s.share, 1e-9)
	assert.Equal(t, 14, s.limit, "down, since most came too late")
}

func TestATryThatIsWorthItIsTheNewHome(t *testing.T) {
	at := climb{min: 1, max: 100, home: 20, rate: 500, misses: 1, pause: time.Minute, next: time.Hour}
	s := at
	s.limit, s.up, s.wide = 40, true, true
	s = measured(s, 900)
	assert.Equal(t, []int{40, 80, 0}, []int{s.home, s.limit, s.misses})
	assert.InDelta(t, 900, s.rate, 1e-9)
	assert.Equal(t, []time.Duration{firstPause, ms(6000)}, []time.Duration{s.pause, s.next})

	s = at
	s.limit, s.up = 28, true
	assert.True(t, measured(s, 900).wide, "the next one goes far")

	s = at
	s.limit = 14
	s = measured(s, 490)
	assert.Equal(t, []int{14, 10}, []int{s.home, s.limit})
	assert.False(t, s.wide)
}

func TestATryThatIsNotWorthItGoesHome(t *testing.T) {
	at := climb{min: 1, max: 100, home: 20, limit: 40, rate: 500, up: true, wide: true, pause: ms(1000), every: ms(30_000)}
	s := measured(at, 500)
	assert.Equal(t, []int{20, 20, 1}, []int{s.home, s.limit, s.misses})
	assert.False(t, s.up, "the next one goes the other way")
	assert.False(t, s.wide)
	assert.Zero(t, s.next)
	assert.InDelta(t, 500, s.rate, 1e-9)
	assert.Equal(t, ms(6000), s.began)

	at.misses, at.up = 1, false
	for range 100 {
		s = measured(at, 500)
		assert.Equal(t, 0, s.misses)
		assert.True(t, s.up)
		assert.GreaterOrEqual(t, s.next, ms(7000))
		assert.LessOrEqual(t, s.next, ms(7200))
		assert.Equal(t, ms(2000), s.pause)
	}
	at.pause = 1
	assert.Equal(t, ms(6000)+1, measured(at, 500).next)
	at.pause = ms(20_000)
	assert.Equal(t, ms(30_000), measured(at, 500).pause, "no longer than every")
}

func TestHomeIsMeasuredAgain(t *testing.T) {
	at := climb{min: 1, max: 100, home: 20, limit: 20, rate: 500, share: 0.5, pause: time.Minute, next: time.Hour}
	for good, rate := range map[int64]float64{500: 500, 650: 575, 400: 450} {
		s := measured(at, good)
		assert.InDelta(t, rate, s.rate, 1e-9, "it is a little different")
		assert.InDelta(t, 0.75, s.share, 1e-9)
		assert.Equal(t, 20, s.limit)
		assert.Equal(t, time.Minute, s.pause)
	}
	for _, good := range []int64{660, 380} {
		s := measured(at, good)
		assert.InDelta(t, good, s.rate, 1e-9, "it is that of another load")
		assert.InDelta(t, 1, s.share, 1e-9)
		assert.Equal(t, firstPause, s.pause)
		assert.Equal(t, 28, s.limit, "a try begins")
	}
	at.rate = 520
	assert.InDelta(t, 460, measured(at, 400).rate, 1e-9, "just not that of another load")
	at.rate = 500
	at.next = ms(6000)
	assert.Equal(t, 14, measured(at, 500).limit, "it is time for a try")
	at.next = ms(6001)
	assert.Equal(t, 20, measured(at, 500).limit)
}

func TestATryIsAnotherLimit(t *testing.T) {
	for name, tt := range map[string]struct {
		climb climb
		limit int
	}{
		"up":             {climb{home: 20, up: true}, 28},
		"down":           {climb{home: 20}, 14},
		"far up":         {climb{home: 20, up: true, wide: true}, 40},
		"far down":       {climb{home: 20, wide: true}, 10},
		"up by one":      {climb{home: 1, up: true}, 2},
		"down by one":    {climb{home: 2}, 1},
		"up to Max":      {climb{home: 80, up: true}, 100},
		"down to Min":    {climb{home: 3, min: 3, max: 100, up: false}, 3},
		"Max is at home": {climb{home: 100, up: true}, 100},
	} {
		s := tt.climb
		s.max, s.min, s.limit = 100, max(s.min, 1), s.home
		s.try(ms(1000), goodWork(3))
		assert.Equal(t, tt.limit, s.limit, name)
		assert.Equal(t, ms(1000), s.began, name)
		assert.Equal(t, goodWork(3), s.before, name)
		missed := 0
		if tt.limit == s.home {
			missed = 1
		}
		assert.Equal(t, missed, s.misses, name)
	}
}

func TestPace(t *testing.T) {
	var p pace
	assert.Zero(t, p.recent())
	for i := range 20 {
		assert.Equal(t, i >= 16, p.isKnown(), i)
		p.add(ms(11+i), true)
	}
	assert.Equal(t, ms(23)+grain, p.recent(), "the fastest of the last eight")
	assert.Equal(t, ms(11)+grain, p.best)
	assert.False(t, p.isSlower())
	for range 8 {
		p.add(ms(24), true)
	}
	assert.True(t, p.isSlower())
	p.forget()
	assert.Equal(t, ms(24)+grain, p.best)
	assert.Equal(t, 8, p.n)
	assert.False(t, p.isSlower())

	p = pace{}
	p.add(ms(20), true)
	assert.Equal(t, ms(20)+grain, p.recent())
	p.add(ms(30), true)
	p.add(ms(40), true)
	assert.Equal(t, ms(30)+grain, p.recent(), "of the later half")

	p = paced(8, ms(255))
	for range 8 {
		p.add(ms(300), false)
	}
	assert.Greater(t, p.best, ms(260), "what was once fast is forgotten")
	assert.Less(t, p.best, ms(268))
	p = paced(8, ms(255))
	for range 8 {
		p.add(ms(300), true)
	}
	assert.Equal(t, ms(256), p.best, "not under an overload")
}

func TestAHigherLimitLetsThoseInThatWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{room: 2, wait: time.Hour}
		g.setLimit(1)
		assert.True(t, g.enter(t.Context(), levels-1))
		entered := make(chan bool, 2)
		for range 2 {
			go func() { entered <- g.enter(t.Context(), levels-1) }()
		}
		synctest.Wait()
		assert.Empty(t, entered)
		g.setLimit(2)
		synctest.Wait()
		assert.Len(t, entered, 1)
		assert.True(t, <-entered)
		assert.False(t, <-entered, "the time of the other one is up")
	})
}

func TestAnInitialLimitMayBeThatOfTheEnds(t *testing.T) {
	assert.NoError(t, AdaptiveLimit{Min: 2, Initial: 2}.validate(5))
	assert.NoError(t, AdaptiveLimit{Min: 2, Initial: 5}.validate(5))
	assert.NoError(t, AdaptiveLimit{Min: 5}.validate(5))
	assert.Error(t, AdaptiveLimit{Initial: -1}.validate(5))
	assert.Error(t, AdaptiveLimit{Min: -1}.validate(5))
}

func TestAStreamCountsAsGoodWhenItBegins(t *testing.T) {
	l := newLimiter(ConcurrencyConfig{Max: 9, Adaptive: &AdaptiveLimit{}}, &gate{})
	r := dram.New()
	r.Use(l.serve)
	for path, handler := range map[string]dram.HandlerFunc{
		"/stream": func(c *dram.Context) {
			c.String(http.StatusOK, "a")
			c.Writer.Flush()
			assert.EqualValues(t, 1, l.ended.Load())
		},
		"/fails": func(c *dram.Context) { c.String(http.StatusInternalServerError, "a"); c.Writer.Flush() },
	} {
		r.GET(path, handler)
		l.good.Store(0)
		l.ended.Store(0)
		r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
		assert.EqualValues(t, 1, l.ended.Load(), path)
		assert.Equal(t, path == "/stream", l.good.Load() == 1, path)
	}
}

func TestANewMeasurementBeginsWithNothing(t *testing.T) {
	l := newLimiter(ConcurrencyConfig{Max: 9, Adaptive: &AdaptiveLimit{}}, &gate{})
	l.held.Store(7)
	l.follow()
	assert.EqualValues(t, 7, l.held.Load())
	l.climb.began, l.climb.limit = ms(5), 3
	l.follow()
	assert.Zero(t, l.held.Load())
	assert.EqualValues(t, ms(5), l.began.Load())
	assert.EqualValues(t, 3, l.gate.limit.Load())
}
