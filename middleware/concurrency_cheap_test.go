// That cheap requests do not hide the overload of what stands beside them.

package middleware_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// besideCheap has a server of four workers, who do 200 of the real requests in a second, for clients that
// leave after 200 ms, and routes that answer at once. It returns which part of the real requests
// was served in time, once a while has passed.
func besideCheap(t *testing.T, cfg middleware.ConcurrencyConfig, perSecond, cheap int, heeds bool) (part float64) {
	synctest.Test(t, func(t *testing.T) {
		const warm, lasts = 4 * time.Second, 20 * time.Second
		s := newWorkshop(4, 20*ms, cfg)
		var good atomic.Int64
		s.r.GET("/real", func(c *dram.Context) {
			ctx := c.Request.Context()
			if heeds {
				select {
				case <-s.workers:
				case <-ctx.Done():
					return
				}
				time.Sleep(20 * ms)
				s.workers <- struct{}{}
			} else {
				s.work(1)
			}
			if ctx.Err() == nil {
				good.Add(1)
			}
		})
		s.r.GET("/cheap", func(c *dram.Context) { c.Status(http.StatusNotFound) })
		leaves := func(req *http.Request) {
			ctx, cancel := context.WithTimeout(req.Context(), 200*ms)
			time.AfterFunc(time.Second, cancel)
			*req = *req.WithContext(ctx)
		}
		var both sync.WaitGroup
		both.Go(func() { s.offer(cheap, warm+lasts, "/cheap") })
		s.offer(perSecond, warm, "/real", leaves)
		before := good.Load()
		s.offer(perSecond, lasts, "/real", leaves)
		part = float64(good.Load()-before) / (float64(perSecond) * lasts.Seconds())
		both.Wait()
		s.wg.Wait()
	})
	return part
}

// TestAdaptiveLimitSeesAnOverloadBesideCheapRequests: about as many real ones are served in time as with the
// limit that one would choose by hand.
func TestAdaptiveLimitSeesAnOverloadBesideCheapRequests(t *testing.T) {
	simulates(t)
	for _, tc := range []struct{ perSecond, cheap, most int }{
		{400, 1, 100}, {600, 1, 500}, {400, 100, 100}, {300, 300, 100}, {400, 200, 100}, {400, 600, 100}, {400, 1500, 100},
	} {
		for _, heeds := range []bool{true, false} {
			t.Run(fmt.Sprint(tc.perSecond, " and ", tc.cheap, " cheap, heeding ", heeds), func(t *testing.T) {
				byHand := besideCheap(t, middleware.ConcurrencyConfig{Max: 8}, tc.perSecond, tc.cheap, heeds)
				found := besideCheap(t, middleware.ConcurrencyConfig{Max: tc.most, Adaptive: &middleware.AdaptiveLimit{}}, tc.perSecond, tc.cheap, heeds)
				assert.Greater(t, found, 0.75*byHand)
			})
		}
	}
}

// TestAdaptiveLimitComesBackFromWhereNobodyIsRefused: more places than there are clients with patience,
// so that all have one, and none is served in time.
func TestAdaptiveLimitComesBackFromWhereNobodyIsRefused(t *testing.T) {
	simulates(t)
	for _, initial := range []int{100, 1000} {
		for _, cheap := range []int{1, 600} {
			t.Run(fmt.Sprint(initial, " places, ", cheap, " cheap"), func(t *testing.T) {
				cfg := middleware.ConcurrencyConfig{Max: initial}
				assert.Less(t, besideCheap(t, cfg, 400, cheap, true), 0.05, "a fixed limit")
				cfg.Adaptive = &middleware.AdaptiveLimit{Initial: initial}
				assert.Greater(t, besideCheap(t, cfg, 400, cheap, true), 0.4)
			})
		}
	}
}

// TestAdaptiveLimitTakesNoFailingRouteForAnOverload: the time of the places is had by requests that fail
// whatever the limit. To find that out costs the others less than an eighth in the first minute, but where
// chance has it otherwise: the second best of three counts.
func TestAdaptiveLimitTakesNoFailingRouteForAnOverload(t *testing.T) {
	simulates(t)
	var refused []float64
	for range 3 {
		synctest.Test(t, func(t *testing.T) {
			s := newWorkshop(10, 2*ms, middleware.ConcurrencyConfig{Max: 200, Adaptive: &middleware.AdaptiveLimit{Initial: 200}})
			s.r.GET("/upstream", func(c *dram.Context) { time.Sleep(time.Second); c.Status(http.StatusGatewayTimeout) })
			s.wg.Go(func() { s.offer(50, time.Minute, "/upstream") })
			sum := s.offer(500, time.Minute, "/")
			s.wg.Wait()
			refused = append(refused, float64(sum.refused.Load())/float64(sum.served.Load()))
		})
	}
	slices.Sort(refused)
	assert.Less(t, refused[1], 1.0/8, refused)
}
