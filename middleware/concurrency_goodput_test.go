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

// TestAdaptiveLimitCountsWhatIsServedWell: to meet the demand 25 places are needed; when more than 6
// requests are at work, none of them is served well, or they are in another way.
func TestAdaptiveLimitCountsWhatIsServedWell(t *testing.T) {
	simulates(t)
	cases := []struct {
		name    string
		crowded dram.HandlerFunc
		good    bool
	}{
		{"answers", func(c *dram.Context) { c.Status(http.StatusNoContent) }, true},
		{"client errors", func(c *dram.Context) { c.Status(http.StatusNotFound) }, true},
		{"streams", func(c *dram.Context) { c.SSEvent("tick", 1); c.Writer.Flush() }, true},
		{"WebSockets", func(c *dram.Context) { _, _, _ = c.Writer.Hijack() }, true},
		{"server errors", func(c *dram.Context) { c.Status(http.StatusBadGateway) }, false},
		{"panics", func(c *dram.Context) { panic("sick") }, false},
		{"clients that left", func(c *dram.Context) {
			ctx, cancel := context.WithCancel(c.Request.Context())
			cancel()
			c.Request = c.Request.WithContext(ctx)
		}, false},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := adaptive()
				cfg.Adaptive.Initial = 10
				s := newWorkshop(1, ms, cfg)
				s.r = dram.New()
				s.r.Use(dram.RecoveryWithWriter(nil))
				s.use(cfg)
				var atWork atomic.Int64
				s.r.GET("/other", func(c *dram.Context) {
					crowded := atWork.Add(1) > 6
					time.Sleep(10 * ms)
					atWork.Add(-1)
					if crowded {
						tc.crowded(c)
					}
				})
				for end := time.Now().Add(4 * time.Second); time.Now().Before(end); time.Sleep(400 * time.Microsecond) {
					s.wg.Go(func() {
						s.r.ServeHTTP(hijackable{httptest.NewRecorder()}, httptest.NewRequest(http.MethodGet, "/other", nil))
					})
				}
				limit := s.held(time.Now().Add(-time.Second))
				assert.Equal(t, tc.good, limit >= 25, limit)
				assert.Equal(t, !tc.good, limit <= 8, limit)
				s.wg.Wait()
			})
		})
	}
}

// TestAdaptiveLimitOfAServerThatIsTooSlowForAll: each request is given up before its turn
// comes. The limit falls to where some are served in time.
func TestAdaptiveLimitOfAServerThatIsTooSlowForAll(t *testing.T) {
	simulates(t)
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

// TestAdaptiveLimitComesBackFromFailures: while all fail, few are let in; then all that can be done is
// done soon.
func TestAdaptiveLimitComesBackFromFailures(t *testing.T) {
	simulates(t)
	synctest.Test(t, func(t *testing.T) {
		s := newWorkshop(10, 10*ms, adaptive())
		var failing atomic.Bool
		s.r.GET("/sick", func(c *dram.Context) {
			s.work(1)
			if failing.Load() {
				c.Status(http.StatusInternalServerError)
			}
		})
		s.offer(2500, 2*time.Second, "/sick")
		failing.Store(true)
		s.offer(2500, 10*time.Second, "/sick")
		assert.Equal(t, 1, s.held(time.Now().Add(-time.Second)))
		failing.Store(false)
		s.offer(2500, 3*time.Second, "/sick")
		assert.Greater(t, s.offer(2500, 2*time.Second, "/sick").served.Load(), int64(2*1000*80/100))
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
