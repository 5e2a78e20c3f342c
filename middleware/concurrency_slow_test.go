// That slow routes do not starve fast ones, as long as no resource is short: the handlers
// of these tests only sleep.

package middleware_test

import (
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// idle is a server with a fast route, which takes 2 ms, and a slow one.
type idle struct {
	*workshop
	fast, slow, refused atomic.Int64
	end                 time.Time
}

func newIdle(slow, lasts, recalibrate time.Duration) *idle {
	s := &idle{end: time.Now().Add(lasts)}
	s.workshop = newWorkshop(1, ms, middleware.ConcurrencyConfig{Max: 200, Queue: 100, Adaptive: &middleware.AdaptiveLimit{Recalibrate: recalibrate}})
	s.r.GET("/2ms", func(*dram.Context) { time.Sleep(2 * ms); s.fast.Add(1) })
	s.r.GET("/asleep", func(*dram.Context) { time.Sleep(slow); s.slow.Add(1) })
	return s
}

// clients send one request after the other, until the end.
func (s *idle) clients(n int, path string) {
	for range n {
		s.wg.Go(func() {
			for time.Now().Before(s.end) {
				if get(s.r, path).Code == http.StatusServiceUnavailable {
					s.refused.Add(1)
					time.Sleep(10 * ms)
				}
			}
		})
	}
}

func TestAdaptiveLimitLetsASlowRouteStandBesideAFastOne(t *testing.T) {
	simulates(t)
	cases := []struct {
		name        string
		fast, slow  int // clients
		takes       time.Duration
		recalibrate time.Duration
		warm        time.Duration // how long the fast ones are alone
	}{
		{"a cold server", 10, 10, 800 * ms, 0, 0},
		{"more slow ones than places", 5, 30, 2 * time.Second, 0, 0},
		{"a new route on a warm server", 5, 30, 2 * time.Second, 0, 5 * time.Second},
		{"calibrations that are soon due", 10, 10, 800 * ms, 2 * time.Second, 0},
		{"many more than places", 5, 90, 2 * time.Second, 2 * time.Second, 5 * time.Second},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const lasts = 20 * time.Second
				s := newIdle(tc.takes, tc.warm+lasts, tc.recalibrate)
				s.clients(tc.fast, "/2ms")
				time.Sleep(tc.warm)
				before := s.fast.Load()
				s.clients(tc.slow, "/asleep")
				s.wg.Wait()
				assert.Zero(t, s.refused.Load())
				assert.Greater(t, s.fast.Load()-before, int64(tc.fast)*int64(lasts/(2*ms))*95/100, "fast answers")
				assert.GreaterOrEqual(t, s.slow.Load(), int64(tc.slow)*int64(lasts/tc.takes)*9/10, "slow answers")
			})
		})
	}
}

// TestAdaptiveLimitOfAnOverloadThatIsOver: a slow route comes to a server whose limit an
// overload has brought down. It is let in as soon as nothing is slower any more.
func TestAdaptiveLimitOfAnOverloadThatIsOver(t *testing.T) {
	simulates(t)
	synctest.Test(t, func(t *testing.T) {
		s := newIdle(2*time.Second, 40*time.Second, 0)
		s.hire(9)
		s.offer(20000, 5*time.Second, "/") // ten workers, twice too many
		assert.Less(t, s.held(time.Now().Add(-time.Second)), 30)
		s.clients(5, "/2ms")
		s.clients(60, "/asleep")
		time.Sleep(15 * time.Second)
		fast, refused := s.fast.Load(), s.refused.Load()
		s.wg.Wait()
		assert.Equal(t, refused, s.refused.Load(), "none any more")
		assert.Greater(t, s.fast.Load()-fast, int64(5*19*500*95/100))
	})
}

// TestAdaptiveLimitLetsSlowAndFastShareAPattern: where nothing but the path tells slow requests from
// fast ones, and where there is no route at all. The slow ones want more places than there are at first.
func TestAdaptiveLimitLetsSlowAndFastShareAPattern(t *testing.T) {
	simulates(t)
	for _, path := range []string{"/all/", "/none/"} {
		for _, takes := range []time.Duration{500 * ms, 2 * time.Second} {
			t.Run(path+takes.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newIdle(0, 35*time.Second, 0)
					serve := func(c *dram.Context) {
						c.Status(http.StatusNoContent)
						if strings.HasSuffix(c.Request.URL.Path, "slow") {
							time.Sleep(takes)
							s.slow.Add(1)
							return
						}
						time.Sleep(2 * ms)
						s.fast.Add(1)
					}
					s.r.GET("/all/*p", serve)
					s.r.NoRoute(serve)
					s.clients(5, path+"fast")
					time.Sleep(5 * time.Second)
					s.clients(90, path+"slow")
					time.Sleep(10 * time.Second)
					fast, slow, refused := s.fast.Load(), s.slow.Load(), s.refused.Load()
					time.Sleep(20 * time.Second)
					assert.Equal(t, refused, s.refused.Load(), "none any more")
					assert.Greater(t, s.fast.Load()-fast, int64(5*20*500*95/100), "fast answers")
					assert.Greater(t, s.slow.Load()-slow, int64(90*20*time.Second/takes*9/10), "slow answers")
					s.wg.Wait()
				})
			})
		}
	}
}

// TestAdaptiveLimitTakesNoChanceForAnOverload: no two requests of a route take the same
// time, and the first ones to end are the shortest.
func TestAdaptiveLimitTakesNoChanceForAnOverload(t *testing.T) {
	simulates(t)
	for seed := range uint64(3) {
		synctest.Test(t, func(t *testing.T) {
			s := newIdle(0, 20*time.Second, 0)
			random := rand.New(rand.NewPCG(1, seed))
			about := func(mean time.Duration) {
				s.mu.Lock()
				took := random.ExpFloat64() * float64(mean)
				s.mu.Unlock()
				time.Sleep(time.Duration(took))
			}
			s.r.GET("/about-2ms", func(*dram.Context) { about(2 * ms); s.fast.Add(1) })
			s.r.GET("/about-2s", func(*dram.Context) { about(2 * time.Second) })
			s.clients(10, "/about-2ms")
			s.clients(30, "/about-2s")
			s.wg.Wait()
			assert.Less(t, s.refused.Load(), int64(50))
			assert.Greater(t, s.fast.Load(), int64(10*20*500*75/100))
		})
	}
}
