// Where the adaptive limit of Concurrency settles, and how it follows the server.

package middleware_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

func ExampleAdaptiveLimit() {
	r := dram.New()
	r.Use(middleware.Concurrency(middleware.ConcurrencyConfig{
		Max: 1000, // in any case
		Adaptive: &middleware.AdaptiveLimit{
			Min:      4,
			OnChange: func(limit, inFlight int) { /* set two gauges */ },
		},
	}))
	r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "ok") })
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	fmt.Println(w.Code)
	// Output: 200
}

// One limit for what shares a database: what needs none is outside of it, and never refused for it.
func ExampleAdaptiveLimit_besideCheapRoutes() {
	r := dram.New()
	r.GET("/about", func(c *dram.Context) { c.String(http.StatusOK, "a shop") })
	shop := r.Group("/shop")
	shop.Use(middleware.Concurrency(middleware.ConcurrencyConfig{Max: 500, Adaptive: &middleware.AdaptiveLimit{}}))
	shop.GET("/orders", func(c *dram.Context) { c.String(http.StatusOK, "from the database") })
	for _, path := range []string{"/about", "/shop/orders"} {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		fmt.Println(w.Body)
	}
	// Output:
	// a shop
	// from the database
}

func TestAdaptiveLimitSettlesNearTheKnee(t *testing.T) {
	simulates(t)
	for _, tc := range []struct {
		workers, rate int
		service       time.Duration
		settles       time.Duration
	}{
		{10, 2500, 10 * ms, 2 * time.Second},
		{40, 4000, 20 * ms, 4 * time.Second},
		{2, 60, 100 * ms, 40 * time.Second},
		{4, 10, time.Second, 200 * time.Second},
	} {
		t.Run(fmt.Sprint(tc.workers, " workers, ", tc.service), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newWorkshop(tc.workers, tc.service, adaptive())
				s.offer(tc.rate, tc.settles, "/")
				capacity := tc.settles.Seconds() * float64(tc.workers) / tc.service.Seconds()
				assert.Greater(t, float64(s.offer(tc.rate, tc.settles, "/").served.Load()), 0.75*capacity)
				s.assertNear(t, tc.workers, tc.settles)
				s.wg.Wait()
			})
		})
	}
}

func TestAdaptiveLimitFollowsTheCapacity(t *testing.T) {
	simulates(t)
	synctest.Test(t, func(t *testing.T) {
		cfg := adaptive()
		cfg.Adaptive.Recalibrate = 3 * time.Second
		s := newWorkshop(10, 20*ms, cfg)
		settle := func(what string, workers, capacity int) {
			s.offer(2*capacity, 6*time.Second, "/")
			assert.InEpsilon(t, 5*capacity, s.offer(2*capacity, 5*time.Second, "/").served.Load(), 0.25, what)
			s.assertNear(t, workers, 4*time.Second)
		}
		settle("at the start", 10, 500)
		s.dismiss(5)
		settle("half the workers", 5, 250)
		s.hire(15)
		settle("four times the workers", 20, 1000)
		s.dismiss(10)
		settle("half of them", 10, 500)
		s.takes(40 * ms)
		settle("twice as slow, which more room does not mend", 10, 250)
		s.takes(10 * ms)
		settle("four times as fast", 10, 1000)
		s.wg.Wait()
	})
}

func TestAdaptiveLimitStaysBetweenMinAndMax(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWorkshop(1, 10*ms, middleware.ConcurrencyConfig{Max: 30, Adaptive: &middleware.AdaptiveLimit{Min: 8, Initial: 12, Recalibrate: time.Second}})
		s.offer(500, 5*time.Second, "/") // 1 worker: down
		s.hire(199)
		s.offer(5000, 5*time.Second, "/") // 200: up
		s.wg.Wait()
		assert.Equal(t, 12, s.changes[0].limit)
		lowest, highest := 12, 12
		for _, c := range s.changes {
			lowest, highest = min(lowest, c.limit), max(highest, c.limit)
		}
		assert.Equal(t, 8, lowest)
		assert.Equal(t, 30, highest)
	})
}

// TestAdaptiveLimitSaysWhereItWouldStart: not at 20 where Min and Max are elsewhere.
func TestAdaptiveLimitSaysWhereItWouldStart(t *testing.T) {
	for says, cfg := range map[string]middleware.ConcurrencyConfig{
		"6 is not between Min, 8, and Max, 10; leave it 0 for 10":    {Max: 10, Adaptive: &middleware.AdaptiveLimit{Min: 8, Initial: 6}},
		"20 is not between Min, 30, and Max, 100; leave it 0 for 30": {Max: 100, Adaptive: &middleware.AdaptiveLimit{Min: 30, Initial: 20}},
		"200 is not between Min, 1, and Max, 100; leave it 0 for 20": {Max: 100, Adaptive: &middleware.AdaptiveLimit{Initial: 200}},
	} {
		assert.ErrorContains(t, cfg.Validate(), says)
	}
	assert.NoError(t, middleware.ConcurrencyConfig{Max: 100, Adaptive: &middleware.AdaptiveLimit{Initial: 1}}.Validate())
}

func TestAdaptiveLimitDoesNotGrowWithoutNeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWorkshop(100, 10*ms, adaptive())
		sum := s.offer(100, 5*time.Second, "/") // one at a time
		s.wg.Wait()
		assert.Zero(t, sum.refused.Load())
		assert.Len(t, s.changes, 1, "it is 20, as at the start")
	})
}

func TestAdaptiveLimitSetsOutAgainAfterAnIdleHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWorkshop(10, 10*ms, adaptive())
		s.offer(2500, 3*time.Second, "/")
		time.Sleep(time.Hour)
		sum := s.offer(700, 3*time.Second, "/")
		assert.Less(t, sum.refused.Load(), sum.served.Load()/20)
		s.offer(2500, 3*time.Second, "/")
		s.assertNear(t, 10, time.Second)
		s.wg.Wait()
	})
}

// TestAdaptiveLimitIsNotMisledByTheMixOfRoutes: a slow route comes in beside a fast one,
// which is not an overload.
func TestAdaptiveLimitIsNotMisledByTheMixOfRoutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWorkshop(100, 10*ms, adaptive())
		s.offer(2000, 3*time.Second, "/")
		var fast, slow *tally
		var both sync.WaitGroup
		both.Go(func() { fast = s.offer(1000, 6*time.Second, "/") })
		both.Go(func() { slow = s.offer(400, 6*time.Second, "/slow") })
		both.Wait()
		s.wg.Wait()
		assert.Less(t, fast.refused.Load()+slow.refused.Load(), (fast.served.Load()+slow.served.Load())/50)
	})
}

// TestAdaptiveLimitStandsUnderALastingOverload: the longer it has proved itself, the more seldom others
// are tried.
func TestAdaptiveLimitStandsUnderALastingOverload(t *testing.T) {
	simulates(t)
	synctest.Test(t, func(t *testing.T) {
		s := newWorkshop(10, 20*ms, adaptive())
		s.offer(800, 80*time.Second, "/")
		begin := time.Now()
		sum := s.offer(800, 40*time.Second, "/")
		assert.Greater(t, sum.served.Load(), int64(40*500*88/100))
		s.assertNear(t, 10, time.Since(begin))
		s.wg.Wait()
	})
}

// TestAdaptiveLimitShedsByPriority: under three times the capacity, what is critical loses
// nothing (without a queue: almost nothing), what is sheddable most, and no capacity is lost.
func TestAdaptiveLimitShedsByPriority(t *testing.T) {
	simulates(t)
	for name, queue := range map[string]int{"with a queue": 40, "without": 0} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := adaptive()
				cfg.Queue, cfg.Wait = queue, 100*ms
				cfg.Priority = byHeader
				s := newWorkshop(20, 20*ms, cfg)
				rates := map[string]int{"1": 150, "0": 500, "-1": 2350}
				s.offerEach(3*time.Second, rates)
				sums := s.offerEach(5*time.Second, rates)
				if queue > 0 {
					assert.Zero(t, sums["1"].refused.Load())
				}
				assert.Less(t, sums["1"].refused.Load(), sums["1"].served.Load()/20)
				assert.Less(t, sums["0"].refused.Load(), sums["0"].served.Load()/5)
				assert.Greater(t, sums["-1"].refused.Load(), 4*sums["-1"].served.Load())
				assert.Greater(t, sums["1"].served.Load()+sums["0"].served.Load()+sums["-1"].served.Load(), int64(5*1000*85/100))
				s.wg.Wait()
			})
		})
	}
}
