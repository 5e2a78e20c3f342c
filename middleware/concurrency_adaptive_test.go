// The adaptive limit of Concurrency in front of simulated servers, in the time of a
// bubble: each has a number of workers, the knee, and what comes beyond them waits.

package middleware_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
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

// workshop is a server with a number of workers, which take a time for a request.
type workshop struct {
	r       *dram.Engine
	workers chan struct{}
	wg      sync.WaitGroup // of the requests

	mu      sync.Mutex
	service time.Duration
	random  *rand.Rand
	changes []change // as OnChange was told
}

// change is a limit and since when it holds.
type change struct {
	limit int
	at    time.Time
}

func newWorkshop(workers int, service time.Duration, cfg middleware.ConcurrencyConfig) *workshop {
	s := &workshop{workers: make(chan struct{}, 1000), service: service, random: rand.New(rand.NewPCG(1, 2)), r: dram.New()}
	s.hire(workers)
	if cfg.Adaptive != nil {
		cfg.Adaptive.OnChange = func(limit, _ int) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.changes = append(s.changes, change{limit, time.Now()})
		}
	}
	s.r.Use(middleware.Concurrency(cfg))
	s.r.GET("/", func(c *dram.Context) { s.work(1); c.String(http.StatusOK, "done") })
	s.r.GET("/slow", func(c *dram.Context) { s.work(10); c.String(http.StatusOK, "done") })
	return s
}

func (s *workshop) hire(n int) {
	for range n {
		s.workers <- struct{}{}
	}
}

func (s *workshop) dismiss(n int) {
	for range n {
		<-s.workers
	}
}

func (s *workshop) takes(service time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.service = service
}

// limit is the present one, or the one before the calibration that is going on.
func (s *workshop) limit() (limit int, calibrates bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.changes) - 1
	if last > 0 && s.changes[last].limit <= s.changes[last-1].limit/3 {
		return s.changes[last-1].limit, true
	}
	return s.changes[last].limit, false
}

// work takes between half and one and a half of so many times the service time.
func (s *workshop) work(times time.Duration) {
	<-s.workers
	s.mu.Lock()
	mean := times * s.service
	took := mean/2 + time.Duration(s.random.Int64N(int64(mean)))
	s.mu.Unlock()
	time.Sleep(took)
	s.workers <- struct{}{}
}

// tally counts answers.
type tally struct{ served, refused atomic.Int64 }

// offer sends so many requests a second for a time, at random moments.
func (s *workshop) offer(perSecond int, lasts time.Duration, path string, edits ...func(*http.Request)) *tally {
	sum := new(tally)
	for end := time.Now().Add(lasts); time.Now().Before(end); {
		s.wg.Go(func() {
			if get(s.r, path, edits...).Code == http.StatusServiceUnavailable {
				sum.refused.Add(1)
			} else {
				sum.served.Add(1)
			}
		})
		s.mu.Lock()
		pause := s.random.ExpFloat64()
		s.mu.Unlock()
		time.Sleep(time.Duration(pause * float64(time.Second) / float64(perSecond)))
	}
	return sum
}

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

const ms = time.Millisecond

// adaptive is a configuration with the defaults.
func adaptive() middleware.ConcurrencyConfig {
	return middleware.ConcurrencyConfig{Max: 1000, Adaptive: &middleware.AdaptiveLimit{}}
}

// assertNear fails unless the limit is above the knee, but not far.
func (s *workshop) assertNear(t *testing.T, workers int) {
	t.Helper()
	limit, _ := s.limit()
	assert.GreaterOrEqual(t, limit, workers-1)
	assert.LessOrEqual(t, limit, 2*workers+4)
}

func TestAdaptiveLimitSettlesNearTheKnee(t *testing.T) {
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
				s.assertNear(t, tc.workers)
				capacity := tc.settles.Seconds() * float64(tc.workers) / tc.service.Seconds()
				assert.Greater(t, float64(s.offer(tc.rate, tc.settles, "/").served.Load()), 0.85*capacity)
				s.wg.Wait()
			})
		})
	}
}

func TestAdaptiveLimitFollowsTheCapacity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := adaptive()
		cfg.Adaptive.Recalibrate = 3 * time.Second
		s := newWorkshop(10, 20*ms, cfg)
		settle := func(what string, workers, capacity int) {
			s.offer(2*capacity, 6*time.Second, "/")
			s.assertNear(t, workers)
			assert.InEpsilon(t, 2*capacity, s.offer(2*capacity, 2*time.Second, "/").served.Load(), 0.15, what)
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
		assert.Less(t, sum.refused.Load(), sum.served.Load()/50)
		s.offer(2500, 3*time.Second, "/")
		s.assertNear(t, 10)
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
		limit, _ := s.limit()
		assert.GreaterOrEqual(t, limit, 40)
	})
}

// TestAdaptiveLimitCalibratesUnderLastingOverload: at intervals that are not all the same.
func TestAdaptiveLimitCalibratesUnderLastingOverload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := adaptive()
		cfg.Adaptive.Recalibrate = 2 * time.Second
		s := newWorkshop(10, 10*ms, cfg)
		s.offer(2500, 20*time.Second, "/")
		s.wg.Wait()
		var dips []time.Time
		for i, c := range s.changes[:len(s.changes)-1] {
			if i > 0 && c.limit <= s.changes[i-1].limit/3 {
				dips = append(dips, c.at)
				assert.Less(t, s.changes[i+1].at.Sub(c.at), 300*ms)
				assert.GreaterOrEqual(t, s.changes[i+1].limit, s.changes[i-1].limit-1, "as before")
			}
		}
		assert.GreaterOrEqual(t, len(dips), 6)
		gaps := map[time.Duration]bool{}
		for i := 1; i < len(dips); i++ {
			gap := dips[i].Sub(dips[i-1])
			assert.GreaterOrEqual(t, gap, 2*time.Second)
			assert.Less(t, gap, 3*time.Second)
			gaps[gap.Round(10*ms)] = true
		}
		assert.Greater(t, len(gaps), 1, "by chance")
	})
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

// TestAdaptiveLimitDoesNotMeasure what says nothing of the load: the limit stays, although
// each of them alone takes a thousand times as long as usual, at half of the limit and more.
func TestAdaptiveLimitDoesNotMeasure(t *testing.T) {
	minute := func(c *dram.Context) { time.Sleep(10 * time.Second) }
	cases := map[string]struct {
		handler dram.HandlerFunc
		edit    func(*http.Request)
	}{
		"client errors": {func(c *dram.Context) { minute(c); c.Status(http.StatusNotFound) }, nil},
		"server errors": {func(c *dram.Context) { minute(c); c.Status(http.StatusBadGateway) }, nil},
		"panics":        {func(c *dram.Context) { minute(c); panic("sick") }, nil},
		"clients that left": {func(c *dram.Context) { <-c.Request.Context().Done() }, func(req *http.Request) {
			ctx, cancel := context.WithCancel(req.Context())
			time.AfterFunc(10*time.Second, cancel)
			*req = *req.WithContext(ctx)
		}},
		"event streams": {func(c *dram.Context) { minute(c); c.SSEvent("tick", 1); c.Writer.Flush(); minute(c) }, nil},
		"what comes after a flush": {func(c *dram.Context) {
			c.Writer.Flush()
			minute(c)
		}, nil},
		"WebSockets": {func(c *dram.Context) {
			minute(c)
			_, _, _ = c.Writer.Hijack()
			minute(c)
		}, nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newWorkshop(100, 10*ms, adaptive())
				s.r.GET("/other", dram.RecoveryWithWriter(nil), tc.handler)
				s.offer(100, time.Second, "/")
				var wg sync.WaitGroup
				for range 10 {
					for range 19 {
						edits := []func(*http.Request){func(*http.Request) {}}
						if tc.edit != nil {
							edits[0] = tc.edit
						}
						wg.Go(func() { s.r.ServeHTTP(hijackable{httptest.NewRecorder()}, edited("/other", edits...)) })
					}
					wg.Wait()
				}
				s.wg.Wait()
				assert.Len(t, s.changes, 1)
			})
		})
	}
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
			s.wg.Go(func() { s.r.ServeHTTP(hijackable{httptest.NewRecorder()}, edited("/events")) })
			s.wg.Go(func() { s.r.ServeHTTP(hijackable{httptest.NewRecorder()}, edited("/socket")) })
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

// TestAdaptiveLimitShedsByPriority: under three times the capacity, what is critical loses
// nothing (without a queue: almost nothing), what is sheddable most, and no capacity is lost.
func TestAdaptiveLimitShedsByPriority(t *testing.T) {
	for name, queue := range map[string]int{"with a queue": 40, "without": 0} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := adaptive()
				cfg.Queue, cfg.Wait = queue, 100*ms
				cfg.Priority = byHeader
				s := newWorkshop(20, 10*ms, cfg)
				sums := s.offerEach(6*time.Second, map[string]int{"1": 300, "0": 1000, "-1": 4700})
				if queue > 0 {
					assert.Zero(t, sums["1"].refused.Load())
				}
				assert.Less(t, sums["1"].refused.Load(), sums["1"].served.Load()/50)
				assert.Less(t, sums["0"].refused.Load(), sums["0"].served.Load()/5)
				assert.Greater(t, sums["-1"].refused.Load(), 4*sums["-1"].served.Load())
				assert.Greater(t, sums["1"].served.Load()+sums["0"].served.Load()+sums["-1"].served.Load(), int64(6*2000*85/100))
				s.wg.Wait()
			})
		})
	}
}

// offerEach offers so many requests a second of each priority.
func (s *workshop) offerEach(lasts time.Duration, rates map[string]int) map[string]*tally {
	sums := map[string]*tally{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for priority, rate := range rates {
		wg.Go(func() {
			sum := s.offer(rate, lasts, "/", header("X-Priority", priority))
			mu.Lock()
			defer mu.Unlock()
			sums[priority] = sum
		})
	}
	wg.Wait()
	s.wg.Wait()
	return sums
}

// edited is a request.
func edited(path string, edits ...func(*http.Request)) *http.Request {
	req := httptest.NewRequest(http.MethodGet, path, nil)
	for _, edit := range edits {
		edit(req)
	}
	return req
}

// hijackable is a recorder whose connection can be taken over.
type hijackable struct{ *httptest.ResponseRecorder }

func (hijackable) Hijack() (net.Conn, *bufio.ReadWriter, error) { return nil, nil, nil }
