// A request that is handled again inside a layer that counts is still one request.

package middleware_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// oneProbe is a breaker that lets one request through at a time, as a half-open one does.
type oneProbe struct{ busy bool }

func (b *oneProbe) Allow() (func(error), error) {
	if b.busy {
		return nil, errors.New("open")
	}
	b.busy = true
	return func(error) { b.busy = false }, nil
}

// countingLayers let through one request at a time, or one that has not been there.
func countingLayers() map[string]func() dram.HandlerFunc {
	return map[string]func() dram.HandlerFunc{
		"Concurrency": func() dram.HandlerFunc {
			return middleware.Concurrency(middleware.ConcurrencyConfig{Max: 1})
		},
		"Concurrency with a queue": func() dram.HandlerFunc {
			return middleware.Concurrency(middleware.ConcurrencyConfig{Max: 1, Queue: 1, Wait: time.Hour})
		},
		"Concurrency, adaptive": func() dram.HandlerFunc {
			return middleware.Concurrency(middleware.ConcurrencyConfig{Max: 1, Adaptive: &middleware.AdaptiveLimit{}})
		},
		"CircuitBreaker": func() dram.HandlerFunc {
			return middleware.CircuitBreaker(middleware.CircuitBreakerConfig{Breaker: new(oneProbe)})
		},
		"RateLimit": func() dram.HandlerFunc {
			return middleware.RateLimit(middleware.RateLimitConfig{Limit: 2})
		},
		"Idempotency": func() dram.HandlerFunc {
			return middleware.Idempotency(middleware.IdempotencyConfig{
				Methods: []string{http.MethodPost, http.MethodPut},
				Scope:   func(*dram.Context) string { return "all" },
			})
		},
	}
}

func TestARequestThatIsHandledAgainCountsOnce(t *testing.T) {
	again := map[string]func(*dram.Engine) dram.HandlerFunc{
		"Rewrite": func(r *dram.Engine) dram.HandlerFunc {
			return middleware.Rewrite(middleware.RewriteConfig{Engine: r, Rules: []middleware.RewriteRule{{Path: "/old", To: "/new"}}})
		},
		"MethodOverride": func(r *dram.Engine) dram.HandlerFunc {
			return middleware.MethodOverride(middleware.MethodOverrideConfig{Engine: r})
		},
		"HandleContext": func(r *dram.Engine) dram.HandlerFunc {
			return func(c *dram.Context) {
				if c.Request.URL.Path == "/old" {
					c.Request.URL.Path = "/new"
					r.HandleContext(c)
					c.Abort()
				}
			}
		},
		"HandleContext inside a middleware of net/http": func(r *dram.Engine) dram.HandlerFunc {
			timeout := dram.WrapMiddleware(func(next http.Handler) http.Handler { return http.TimeoutHandler(next, time.Minute, "late") })
			r.POST("/wrapped", timeout, func(c *dram.Context) {
				c.Request.URL.Path = "/new"
				r.HandleContext(c)
			})
			return func(*dram.Context) {}
		},
	}
	for name, layer := range countingLayers() {
		for how, again := range again {
			t.Run(name+", "+how, func(t *testing.T) {
				r := dram.New()
				r.Use(layer())
				r.Use(again(r))
				served := func(c *dram.Context) { c.String(http.StatusOK, "served") }
				r.POST("/old", served)
				r.POST("/new", served)
				r.PUT("/old", served)
				path := "/old"
				if strings.HasSuffix(how, "net/http") {
					path = "/wrapped"
				}
				for _, key := range []string{"a", "b"} { // the second one finds what the first has left
					w := get(r, path, func(req *http.Request) { req.Method = http.MethodPost }, header("Idempotency-Key", key), header("X-Http-Method-Override", "PUT"))
					assert.Equal(t, http.StatusOK, w.Code, w.Body)
					assert.Equal(t, "served", w.Body.String())
				}
			})
		}
	}
}

// One layer that an Engine and another one inside of it have in common has a request once.
func TestARequestOfAnEngineInsideAnotherOneCountsOnce(t *testing.T) {
	mounts := map[string]func(http.Handler) []dram.HandlerFunc{
		"WrapH": func(inner http.Handler) []dram.HandlerFunc { return []dram.HandlerFunc{dram.WrapH(inner)} },
		"WrapMiddleware": func(inner http.Handler) []dram.HandlerFunc {
			return []dram.HandlerFunc{dram.WrapMiddleware(func(http.Handler) http.Handler { return inner })}
		},
		"inside a middleware with a writer of its own": func(inner http.Handler) []dram.HandlerFunc {
			timeout := dram.WrapMiddleware(func(next http.Handler) http.Handler { return http.TimeoutHandler(next, time.Minute, "late") })
			return []dram.HandlerFunc{timeout, dram.WrapH(inner)}
		},
	}
	for name, layer := range countingLayers() {
		for how, mount := range mounts {
			t.Run(name+", "+how, func(t *testing.T) {
				outer, inner, shared := dram.New(), dram.New(), layer()
				outer.Use(shared)
				inner.Use(shared)
				inner.POST("/", func(c *dram.Context) { c.String(http.StatusOK, "served") })
				outer.POST("/", mount(inner)...)
				for _, key := range []string{"a", "b"} {
					w := send(outer, http.MethodPost, "/", "", header("Idempotency-Key", key))
					assert.Equal(t, http.StatusOK, w.Code, w.Body)
				}
				if name == "RateLimit" {
					assert.Equal(t, http.StatusTooManyRequests, send(outer, http.MethodPost, "/", "").Code, "and it counts")
				}
			})
		}
	}
}

// TestARequestThatIsHandledAgainOutsideHasAPlace: what a layer outside of Concurrency handles again, after its
// chain, is let in as the first time.
func TestARequestThatIsHandledAgainOutsideHasAPlace(t *testing.T) {
	r := dram.New()
	var codes []int
	r.Use(func(c *dram.Context) {
		if c.Request.URL.Path != "/first" {
			return
		}
		c.Next()
		c.Request.URL.Path = "/second"
		r.HandleContext(c)
	})
	limit := middleware.Concurrency(middleware.ConcurrencyConfig{Max: 1})
	r.GET("/first", limit, func(*dram.Context) {})
	r.GET("/second", limit, func(*dram.Context) { codes = append(codes, get(r, "/other").Code) })
	r.GET("/other", limit, func(*dram.Context) {})
	get(r, "/first")
	assert.Equal(t, []int{http.StatusServiceUnavailable}, codes, "the place is taken")
	assert.Equal(t, http.StatusOK, get(r, "/other").Code)
}
