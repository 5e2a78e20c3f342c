// What the tests of the adaptive limit share: a server in the time of a bubble that has a
// number of workers, which is its knee; what comes beyond them waits.

package middleware_test

import (
	"bufio"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
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

// simulates skips a test that has a workshop work for minutes, which costs seconds, and much more
// with the race detector.
func simulates(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: minutes of load are not simulated")
	}
	t.Parallel() // it computes, in a time of its own
}

func newWorkshop(workers int, service time.Duration, cfg middleware.ConcurrencyConfig) *workshop {
	s := &workshop{workers: make(chan struct{}, 1000), service: service, random: rand.New(rand.NewPCG(1, 2)), r: dram.New()}
	s.hire(workers)
	s.use(cfg)
	s.r.GET("/", func(c *dram.Context) { s.work(1); c.String(http.StatusOK, "done") })
	s.r.GET("/slow", func(c *dram.Context) { s.work(10); c.String(http.StatusOK, "done") })
	return s
}

// use puts a Concurrency before the routes to come.
func (s *workshop) use(cfg middleware.ConcurrencyConfig) {
	if cfg.Adaptive != nil {
		cfg.Adaptive.OnChange = func(limit, _ int) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.changes = append(s.changes, change{limit, time.Now()})
		}
	}
	s.r.Use(middleware.Concurrency(cfg))
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

// held is the limit that was not exceeded for half of the time since then: tries are short.
func (s *workshop) held(since time.Time) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	lasted, end := map[int]time.Duration{}, time.Now()
	for i, c := range slices.Backward(s.changes) {
		lasted[s.changes[i].limit] += end.Sub(latest(c.at, since))
		if end = c.at; !end.After(since) {
			break
		}
	}
	half := time.Since(since) / 2
	for limit := 1; ; limit++ {
		if half -= lasted[limit]; half <= 0 {
			return limit
		}
	}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
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

const ms = time.Millisecond

// adaptive is a configuration with the defaults.
func adaptive() middleware.ConcurrencyConfig {
	return middleware.ConcurrencyConfig{Max: 1000, Adaptive: &middleware.AdaptiveLimit{}}
}

// assertNear fails unless the limit was about the knee for that time, and not far above.
func (s *workshop) assertNear(t *testing.T, workers int, lasts time.Duration) {
	t.Helper()
	limit := s.held(time.Now().Add(-lasts))
	assert.GreaterOrEqual(t, limit, workers*8/10)
	assert.LessOrEqual(t, limit, 2*workers+4)
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

// hijackable is a recorder whose connection can be taken over.
type hijackable struct{ *httptest.ResponseRecorder }

func (hijackable) Hijack() (net.Conn, *bufio.ReadWriter, error) { return nil, nil, nil }
