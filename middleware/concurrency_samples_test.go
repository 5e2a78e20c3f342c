// What the adaptive limit of Concurrency measures, and what must not mislead it.

package middleware_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// TestAdaptiveLimitMeasures answers only: when a route becomes almost twice as slow as
// usual, with almost all of the limit at work, the limit falls, unless what it answers
// says nothing of the load.
func TestAdaptiveLimitMeasures(t *testing.T) {
	const usual = 5 * time.Second
	const more = usual * 18 / 10
	slow := func(*dram.Context) { time.Sleep(more) }
	leaving := func(req *http.Request) {
		ctx, cancel := context.WithCancel(req.Context())
		time.AfterFunc(more, cancel)
		*req = *req.WithContext(ctx)
	}
	cases := []struct {
		name    string
		handler dram.HandlerFunc
		edit    func(*http.Request)
		falls   bool
	}{
		{"answers", slow, nil, true},
		{"answers that are flushed then", func(c *dram.Context) { slow(c); c.Writer.Flush(); slow(c) }, nil, true},
		{"client errors", func(c *dram.Context) { slow(c); c.Status(http.StatusNotFound) }, nil, false},
		{"server errors", func(c *dram.Context) { slow(c); c.Status(http.StatusBadGateway) }, nil, false},
		{"late server errors", func(c *dram.Context) { slow(c); slow(c); c.Status(http.StatusBadGateway) }, nil, true},
		{"panics", func(c *dram.Context) { slow(c); panic("sick") }, nil, false},
		{"clients that left", func(c *dram.Context) { <-c.Request.Context().Done() }, leaving, false},
		{"clients that left late", func(c *dram.Context) { <-c.Request.Context().Done(); slow(c) }, leaving, true},
		{"event streams", func(c *dram.Context) { slow(c); c.SSEvent("tick", 1); c.Writer.Flush() }, nil, false},
		{"what comes after a flush", func(c *dram.Context) { time.Sleep(usual); c.Writer.Flush(); slow(c) }, nil, false},
		{"WebSockets", func(c *dram.Context) { slow(c); _, _, _ = c.Writer.Hijack() }, nil, false},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := adaptive()
				cfg.Adaptive.Initial, cfg.Adaptive.Recalibrate = 64, time.Hour
				s := newWorkshop(1, ms, cfg)
				s.r.GET("/other", dram.RecoveryWithWriter(nil), func(c *dram.Context) {
					if c.Query("usual") != "" {
						time.Sleep(usual)
						return
					}
					tc.handler(c)
				})
				for range 64 {
					get(s.r, "/other?usual=1")
				}
				for range 4 {
					for range 60 {
						req := httptest.NewRequest(http.MethodGet, "/other", nil)
						if tc.edit != nil {
							tc.edit(req)
						}
						s.wg.Go(func() { s.r.ServeHTTP(hijackable{httptest.NewRecorder()}, req) })
						time.Sleep(10 * ms)
					}
					s.wg.Wait()
				}
				limit, _ := s.limit()
				assert.Equal(t, tc.falls, limit < 64, limit)
			})
		})
	}
}

// TestAdaptiveLimitOfAServerThatIsTooSlowForAll: each request is given up before its turn
// comes. The limit falls to where some are served in time.
func TestAdaptiveLimitOfAServerThatIsTooSlowForAll(t *testing.T) {
	impatient := func(req *http.Request) {
		ctx, cancel := context.WithTimeout(req.Context(), 150*ms)
		time.AfterFunc(time.Second, cancel)
		*req = *req.WithContext(ctx)
	}
	for name, workers := range map[string]int{"from the start": 1, "later": 20} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newWorkshop(workers, 10*ms, adaptive())
				var good atomic.Int64
				s.r.GET("/in-time", func(c *dram.Context) {
					s.work(1)
					if c.Request.Context().Err() == nil {
						good.Add(1)
					}
				})
				if workers > 1 {
					s.offer(3000, 2*time.Second, "/in-time", impatient)
					s.dismiss(workers - 1)
				}
				s.offer(1000, 10*time.Second, "/in-time", impatient)
				before := good.Load()
				s.offer(1000, 5*time.Second, "/in-time", impatient)
				assert.Greater(t, good.Load()-before, int64(5*100*80/100), "of 100 a second")
				s.wg.Wait()
			})
		})
	}
}

// TestAdaptiveLimitEndsACalibrationThatNobodyPasses: everything fails from then on, at once.
func TestAdaptiveLimitEndsACalibrationThatNobodyPasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := adaptive()
		cfg.Adaptive.Recalibrate = 2 * time.Second
		s := newWorkshop(10, 10*ms, cfg)
		var failing atomic.Bool
		s.r.GET("/sick", func(c *dram.Context) {
			s.work(1)
			if failing.Load() {
				c.Status(http.StatusInternalServerError)
			}
		})
		for calibrates := false; !calibrates; _, calibrates = s.limit() {
			s.offer(2500, 5*ms, "/sick")
		}
		failing.Store(true)
		s.offer(2500, time.Second, "/sick")
		_, calibrates := s.limit()
		assert.False(t, calibrates)
		s.wg.Wait()
	})
}

// TestAdaptiveLimitGivesThePlacesOfStreamsBack: a thousand of them leave room for all.
func TestAdaptiveLimitGivesThePlacesOfStreamsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWorkshop(100, 10*ms, adaptive())
		s.r.GET("/events", func(c *dram.Context) {
			c.SSEvent("hello", 1)
			c.Writer.Flush()
			time.Sleep(time.Hour)
		})
		s.r.GET("/socket", func(c *dram.Context) {
			_, _, _ = c.Writer.Hijack()
			time.Sleep(time.Hour)
		})
		for range 500 {
			s.wg.Go(func() {
				s.r.ServeHTTP(hijackable{httptest.NewRecorder()}, httptest.NewRequest(http.MethodGet, "/events", nil))
			})
			s.wg.Go(func() {
				s.r.ServeHTTP(hijackable{httptest.NewRecorder()}, httptest.NewRequest(http.MethodGet, "/socket", nil))
			})
			time.Sleep(ms)
		}
		assert.Zero(t, s.offer(300, 3*time.Second, "/").refused.Load())
		s.wg.Wait()
	})
}

// TestAdaptiveLimitKeepsNoMethodsOfClients: where no route matches, a client chooses the
// method, and a new one each time must not be kept.
func TestAdaptiveLimitKeepsNoMethodsOfClients(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	r := inProduction(middleware.Concurrency(adaptive()))
	r.NoRoute(func(c *dram.Context) { c.Status(http.StatusNoContent) })
	dram.CreateTestContextOnly(nil, r)
	req, w := httptest.NewRequest(http.MethodGet, "/none", nil), &sink{make(http.Header)}
	methods := make([]string, 2001)
	for i := range methods {
		methods[i] = "M" + strconv.Itoa(i)
	}
	var next int
	assert.Zero(t, testing.AllocsPerRun(2000, func() {
		req.Method = methods[next]
		next++
		clear(w.header)
		r.ServeHTTP(w, req)
	}))
}

// TestAdaptiveLimitUnderManyGoroutines is for the race detector; in the end no place is lost.
func TestAdaptiveLimitUnderManyGoroutines(t *testing.T) {
	cfg := middleware.ConcurrencyConfig{Max: 8, Queue: 4, Wait: ms, Adaptive: &middleware.AdaptiveLimit{Min: 8},
		Priority: func(c *dram.Context) middleware.Priority { return middleware.Priority(len(c.Query("p")) - 1) }}
	busy, release := make(chan struct{}, 8), make(chan struct{})
	r := withLayers(middleware.Concurrency(cfg))
	r.GET("/wait", func(*dram.Context) { busy <- struct{}{}; <-release })
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for n := range 300 {
				get(r, "/?p="+"xx"[:(i+n)%3])
			}
		})
	}
	wg.Wait()
	for range 8 {
		wg.Go(func() { assert.Equal(t, http.StatusOK, get(r, "/wait?p=xx").Code) })
		<-busy
	}
	assert.Equal(t, http.StatusServiceUnavailable, get(r, "/?p=").Code)
	close(release)
	wg.Wait()
}
