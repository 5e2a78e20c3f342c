package middleware_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

func ExampleConcurrency() {
	r := dram.New()
	limit := middleware.Concurrency(middleware.ConcurrencyConfig{
		Max:   100,                    // at a time
		Queue: 200,                    // waiting
		Wait:  500 * time.Millisecond, // at most
	})
	r.Use(middleware.Skip(middleware.RouteIs("/events"), limit)) // streams would hold their place
	r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "ok") })
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	fmt.Println(w.Code)
	// Output: 200
}

// slow returns an engine whose handler takes a second, and how many of them ran at
// the same time at most.
func slow(layer dram.HandlerFunc) (r *dram.Engine, most *atomic.Int64) {
	var now atomic.Int64
	most = new(atomic.Int64)
	r = dram.New()
	r.Use(layer)
	r.GET("/", func(c *dram.Context) {
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		time.Sleep(time.Second)
		now.Add(-1)
	})
	return r, most
}

func TestConcurrency(t *testing.T) {
	cases := []struct {
		name     string
		cfg      middleware.ConcurrencyConfig
		requests int
		served   int64
		took     time.Duration
	}{
		{"no queue", middleware.ConcurrencyConfig{Max: 2}, 5, 2, time.Second},
		{"queue", middleware.ConcurrencyConfig{Max: 2, Queue: 2, Wait: time.Minute}, 5, 4, 2 * time.Second},
		{"waited too long", middleware.ConcurrencyConfig{Max: 2, Queue: 5, Wait: 500 * time.Millisecond}, 5, 2, time.Second},
		{"room for all", middleware.ConcurrencyConfig{Max: 5}, 5, 5, time.Second},
		{"one by one", middleware.ConcurrencyConfig{Max: 1, Queue: 4, Wait: time.Minute}, 5, 5, 5 * time.Second},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, most := slow(middleware.Concurrency(tc.cfg))
				var served atomic.Int64
				var wait sync.WaitGroup
				start := time.Now()
				for range tc.requests {
					wait.Go(func() {
						w := get(r, "/")
						if w.Code == http.StatusOK {
							served.Add(1)
							return
						}
						assert.Equal(t, http.StatusServiceUnavailable, problemIn(t, w).Status)
						assert.Equal(t, "1", w.Header().Get("Retry-After"))
					})
				}
				wait.Wait()
				assert.Equal(t, tc.served, served.Load())
				assert.LessOrEqual(t, most.Load(), int64(tc.cfg.Max))
				assert.Equal(t, tc.took, time.Since(start))
			})
		})
	}
}

func TestConcurrencyDoesNotWaitForClientsThatLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _ := slow(middleware.Concurrency(middleware.ConcurrencyConfig{Max: 1, Queue: 1, Wait: time.Hour}))
		go get(r, "/")
		synctest.Wait()
		start := time.Now()
		get(r, "/", func(req *http.Request) {
			ctx, cancel := context.WithTimeout(req.Context(), time.Millisecond)
			t.Cleanup(cancel)
			*req = *req.WithContext(ctx)
		})
		assert.Equal(t, time.Millisecond, time.Since(start))
		time.Sleep(time.Second)
	})
}

func TestConcurrencyFreesThePlaceAfterAPanic(t *testing.T) {
	r := dram.New()
	layer := middleware.Concurrency(middleware.ConcurrencyConfig{Max: 1})
	r.GET("/", layer, func(*dram.Context) { panic("out") })
	for range 3 {
		assert.PanicsWithValue(t, "out", func() { get(r, "/") })
	}
}
