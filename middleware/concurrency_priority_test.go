package middleware_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

func ExamplePriority() {
	priority := func(c *dram.Context) middleware.Priority {
		switch c.FullPath() {
		case "/payments":
			return middleware.PriorityCritical
		case "/suggestions":
			return middleware.PrioritySheddable
		}
		return middleware.PriorityNormal
	}
	r := dram.New()
	r.Use(middleware.Concurrency(middleware.ConcurrencyConfig{Max: 100, Queue: 100, Priority: priority}))
	r.POST("/payments", func(c *dram.Context) { c.Status(http.StatusCreated) })
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/payments", nil))
	fmt.Println(w.Code)
	// Output: 201
}

// at sends requests of these priorities, one a millisecond, and returns the codes.
func at(r http.Handler, priorities ...string) (codes []int) {
	codes = make([]int, len(priorities))
	var wg sync.WaitGroup
	for i, priority := range priorities {
		wg.Go(func() { codes[i] = get(r, "/", header("X-Priority", priority)).Code })
		time.Sleep(time.Millisecond)
	}
	wg.Wait()
	return codes
}

func TestConcurrencyRefusesLowerPrioritiesFirst(t *testing.T) {
	cases := []struct {
		name       string
		max, queue int
		priorities []string
		codes      []int
	}{
		{"sheddable has 3 of 5 places", 5, 0, []string{"-1", "-1", "-1", "-1"}, []int{200, 200, 200, 503}},
		{"normal has 4", 5, 0, []string{"0", "0", "0", "0", "0"}, []int{200, 200, 200, 200, 503}},
		{"critical has all", 5, 0, []string{"1", "1", "1", "1", "1", "1"}, []int{200, 200, 200, 200, 200, 503}},
		{"each above the others", 5, 0, []string{"-1", "-1", "-1", "-1", "0", "0", "1", "1"}, []int{200, 200, 200, 503, 200, 503, 200, 503}},
		{"one place is for anybody", 1, 0, []string{"-1", "1"}, []int{200, 503}},
		{"of two places one is for critical", 2, 0, []string{"0", "0", "1", "1"}, []int{200, 503, 200, 503}},
		{"which sheddable does not take either", 2, 0, []string{"-1", "-1", "0", "1"}, []int{200, 503, 503, 200}},
		{"of three too, and one for normal", 3, 0, []string{"-1", "-1", "0", "0", "1"}, []int{200, 503, 200, 503, 200}},
		{"of four too", 4, 0, []string{"-1", "-1", "-1", "0", "0", "1"}, []int{200, 200, 503, 200, 503, 200}},
		{"beyond the priorities", 5, 0, []string{"-7", "-7", "-7", "-7", "9", "9", "9"}, []int{200, 200, 200, 503, 200, 200, 503}},
		{"a full queue gives way from its lowest end", 1, 3, []string{"1", "-1", "-1", "0", "0", "1", "1"}, []int{200, 503, 503, 200, 503, 200, 200}},
		{"but not to equals", 1, 1, []string{"1", "0", "0"}, []int{200, 200, 503}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, most := slow(middleware.Concurrency(middleware.ConcurrencyConfig{Max: tc.max, Queue: tc.queue, Wait: time.Minute, Priority: byHeader}))
				assert.Equal(t, tc.codes, at(r, tc.priorities...))
				assert.LessOrEqual(t, most.Load(), int64(tc.max))
			})
		})
	}
}

func TestConcurrencyServesHigherPrioritiesOfTheQueueFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := dram.New()
		r.Use(middleware.Concurrency(middleware.ConcurrencyConfig{Max: 1, Queue: 9, Wait: time.Minute, Priority: byHeader}))
		var order []string
		r.GET("/", func(c *dram.Context) {
			order = append(order, c.GetHeader("X-Priority"))
			time.Sleep(time.Second)
		})
		at(r, "0", "-1", "0", "1", "-1", "0", "1")
		assert.Equal(t, []string{"0", "1", "1", "0", "0", "-1", "-1"}, order)
	})
}

// TestConcurrencyLosesNoPlace: some give up while they are called, others are displaced;
// in the end all places are free.
func TestConcurrencyLosesNoPlace(t *testing.T) {
	busy, release := make(chan struct{}), make(chan struct{})
	r := withLayers(middleware.Concurrency(middleware.ConcurrencyConfig{Max: 3, Queue: 3, Wait: time.Millisecond, Priority: byHeader}))
	r.GET("/wait", func(*dram.Context) { busy <- struct{}{}; <-release })
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			for range 300 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rand.IntN(1600))*time.Microsecond)
				get(r, "/", header("X-Priority", []string{"-1", "0", "1"}[rand.IntN(3)]), func(req *http.Request) { *req = *req.WithContext(ctx) })
				cancel()
			}
		})
	}
	wg.Wait()
	for range 3 {
		wg.Go(func() { assert.Equal(t, http.StatusOK, get(r, "/wait", header("X-Priority", "1")).Code) })
		<-busy
	}
	assert.Equal(t, http.StatusServiceUnavailable, get(r, "/", header("X-Priority", "1")).Code)
	close(release)
	wg.Wait()
}

// byHeader is a Priority for tests.
func byHeader(c *dram.Context) middleware.Priority {
	n, _ := strconv.Atoi(c.GetHeader("X-Priority"))
	return middleware.Priority(n)
}

// TestAdaptiveLimitKeepsAPlaceFromAColdStart: of a server that does one request at a time, twelve times
// overloaded, what is critical loses nothing from the first second on. Without a queue it has the one place that is kept for it.
func TestAdaptiveLimitKeepsAPlaceFromAColdStart(t *testing.T) {
	for queue, lost := range map[int]int64{20: 0, 0: 20} {
		t.Run(strconv.Itoa(queue), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := adaptive()
				cfg.Queue, cfg.Wait, cfg.Priority = queue, 150*ms, byHeader
				s := newWorkshop(1, 20*ms, cfg)
				rates := map[string]int{"1": 20, "-1": 580}
				s.offerEach(time.Second, rates)
				sums := s.offerEach(20*time.Second, rates)
				refused, served := sums["1"].refused.Load(), sums["1"].served.Load()
				assert.LessOrEqual(t, 100*refused, lost*(refused+served), "percent")
				assert.LessOrEqual(t, s.held(time.Now().Add(-5*time.Second)), 4)
				s.wg.Wait()
				for _, c := range s.changes {
					assert.GreaterOrEqual(t, c.limit, 2)
				}
			})
		})
	}
}
