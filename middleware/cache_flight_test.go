// Equal requests that come to Cache at the same time.

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

// slowly is a Cache around a handler that takes a second and then answers by answer.
type slowly struct {
	*dram.Engine
	runs, most atomic.Int32 // how often it ran, and how many at once
}

func newSlow(cfg middleware.CacheConfig, answer dram.HandlerFunc, outside ...dram.HandlerFunc) *slowly {
	o := &slowly{Engine: dram.New()}
	var running atomic.Int32
	o.Use(outside...)
	o.Use(middleware.Cache(cfg))
	o.GET("/", func(c *dram.Context) {
		run := o.runs.Add(1)
		for now := running.Add(1); ; {
			if most := o.most.Load(); now <= most || o.most.CompareAndSwap(most, now) {
				break
			}
		}
		defer running.Add(-1)
		c.Set("run", int(run))
		select {
		case <-time.After(time.Second):
		case <-c.Request.Context().Done():
			c.AbortWithStatus(500)
			return
		}
		answer(c)
		c.String(200, "run %d", run)
	})
	return o
}

// ask sends n requests at once and returns the bodies and the time that each took.
func (o *slowly) ask(n int, edit func(i int, req *http.Request)) (bodies []string, took []time.Duration) {
	bodies, took = make([]string, n), make([]time.Duration, n)
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() {
			began, w := time.Now(), httptest.NewRecorder()
			req := httptest.NewRequest(http.MethodGet, "/", nil)
			if edit != nil {
				edit(i, req)
			}
			defer func() { _ = recover(); bodies[i], took[i] = w.Body.String(), time.Since(began) }()
			o.ServeHTTP(w, req)
		})
	}
	wait.Wait()
	return bodies, took
}

func distinct(bodies []string) int {
	seen := map[string]bool{}
	for _, body := range bodies {
		seen[body] = true
	}
	return len(seen)
}

func TestCacheRunsEqualRequestsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newSlow(middleware.CacheConfig{}, saying(maxAge))
		bodies, took := o.ask(20, nil)
		assert.Equal(t, 1, distinct(bodies))
		assert.EqualValues(t, 1, o.runs.Load())
		assert.Equal(t, time.Second, took[19])
	})
}

// A condition of the client's gives way to the question about what is kept, if there is one: then the answer
// is for all.
func TestCacheRunsConditionsOnceIfItAsksAboutWhatIsStale(t *testing.T) {
	for validator, runs := range map[string]int32{`Etag: "a"`: 1, "X-None: 1": 5} {
		synctest.Test(t, func(t *testing.T) {
			o := newSlow(middleware.CacheConfig{}, saying(maxAge, validator))
			get(o, "/")
			time.Sleep(90 * time.Second)
			o.ask(5, func(_ int, req *http.Request) { req.Header.Set("If-None-Match", `"b"`) })
			assert.Equal(t, 1+runs, o.runs.Load(), validator)
		})
	}
}

// What may not be shared is not, and those who waited do not run one after another.
func TestCacheCollapsingLeaksNoPrivateAnswer(t *testing.T) {
	for name, answer := range map[string]dram.HandlerFunc{
		"private":        saying("Cache-Control: private, max-age=60"),
		"no-store":       saying("Cache-Control: no-store"),
		"nothing said":   saying(),
		"a cookie":       saying(maxAge, "Set-Cookie: a=b"),
		"a user":         func(c *dram.Context) { saying(maxAge)(c); c.Set(dram.AuthUserKey, fmt.Sprint(c.GetInt("run"))) },
		"always asked":   saying("Cache-Control: no-cache", `Etag: "a"`),
		"panics":         func(*dram.Context) { panic("inside") },
		"not successful": func(c *dram.Context) { saying("Cache-Control: no-store")(c); c.Status(503) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newSlow(middleware.CacheConfig{}, answer)
				bodies, took := o.ask(10, nil)
				assert.EqualValues(t, 10, o.runs.Load())
				assert.EqualValues(t, 9, o.most.Load(), "all at once")
				for _, d := range took {
					assert.LessOrEqual(t, d, 2*time.Second)
				}
				if name != "panics" {
					assert.Equal(t, 10, distinct(bodies))
				}
			})
		})
	}
}

// Nobody waits for what was not to be shared a moment ago.
func TestCacheDoesNotWaitForWhatIsNotShared(t *testing.T) {
	for name, control := range map[string]string{"private": "private", "always asked about": "no-cache", "never fresh": "max-age=0"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newSlow(middleware.CacheConfig{}, saying("Cache-Control: "+control, `Etag: "a"`))
				get(o, "/")
				for range 3 {
					bodies, took := o.ask(5, nil)
					assert.Equal(t, 5, distinct(bodies))
					for _, d := range took {
						assert.Equal(t, time.Second, d)
					}
				}
			})
		})
	}
}

// What is not shared of many URIs does not keep requests to another one from running once.
func TestCacheRunsOnceBesideWhatIsNotShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newSlow(middleware.CacheConfig{}, saying(maxAge))
		o.GET("/none/:name", func(c *dram.Context) { c.String(200, "not kept") })
		for i := range 20_000 {
			get(o, fmt.Sprint("/none/", i))
		}
		o.ask(5, nil)
		assert.EqualValues(t, 1, o.runs.Load())
	})
}

// Once it is to be shared again, equal requests run once again.
func TestCacheSharesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var private atomic.Bool
		private.Store(true)
		o := newSlow(middleware.CacheConfig{}, func(c *dram.Context) {
			if !private.Load() {
				saying("Cache-Control: max-age=1")(c)
			}
		})
		o.ask(3, nil)
		private.Store(false)
		get(o, "/")
		time.Sleep(2 * time.Second)
		runs := o.runs.Load()
		o.ask(3, nil)
		assert.Equal(t, runs+1, o.runs.Load())
	})
}

func TestCacheCollapsingHeedsVary(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newSlow(middleware.CacheConfig{}, func(c *dram.Context) {
			saying(maxAge, "Vary: Accept-Language")(c)
			c.String(200, "%s: ", c.GetHeader("Accept-Language"))
		})
		bodies, _ := o.ask(8, func(i int, req *http.Request) { req.Header.Set("Accept-Language", fmt.Sprint("l", i%2)) })
		for i, body := range bodies {
			assert.Contains(t, body, fmt.Sprintf("l%d: ", i%2))
		}
		runs := o.runs.Load()
		o.ask(8, func(i int, req *http.Request) { req.Header.Set("Accept-Language", fmt.Sprint("l", i%2)) })
		assert.Equal(t, runs, o.runs.Load(), "both are kept")
		o.ask(8, func(i int, req *http.Request) { req.Header.Set("Accept-Language", fmt.Sprint("l", 2+i%2)) })
		assert.Equal(t, runs+2, o.runs.Load(), "what they differ by is known")
	})
}

// The first one's client leaves: the next one runs the handlers, for all the others.
func TestCacheLeaderThatLeavesSpoilsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newSlow(middleware.CacheConfig{}, saying(maxAge))
		gone, leave := context.WithCancel(t.Context())
		go o.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil).WithContext(gone))
		synctest.Wait()
		time.AfterFunc(time.Second/2, leave)
		bodies, took := o.ask(10, nil)
		assert.Equal(t, 1, distinct(bodies))
		assert.Equal(t, "run 2", bodies[0])
		assert.Equal(t, time.Second*3/2, took[0])
		assert.EqualValues(t, 2, o.runs.Load())
	})
}

func TestCacheWaiterThatLeavesGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newSlow(middleware.CacheConfig{}, saying(maxAge))
		go o.ask(1, nil)
		synctest.Wait()
		_, took := o.ask(1, func(_ int, req *http.Request) {
			ctx, leave := context.WithCancel(req.Context())
			time.AfterFunc(time.Millisecond, leave)
			*req = *req.WithContext(ctx)
		})
		assert.Equal(t, time.Millisecond, took[0])
		time.Sleep(2 * time.Second)
		assert.EqualValues(t, 1, o.runs.Load())
	})
}

func TestCacheWaitsNoLongerThanWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newSlow(middleware.CacheConfig{Wait: time.Millisecond}, saying(maxAge))
		_, took := o.ask(3, nil)
		assert.EqualValues(t, 3, o.runs.Load())
		for _, d := range took {
			assert.LessOrEqual(t, d, time.Second+2*time.Millisecond)
		}
	})
}

// A layer inside that serves the request again by its route meets the layer again.
func TestCacheDoesNotWaitForItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := dram.New()
		r.Use(middleware.Cache(middleware.CacheConfig{}),
			middleware.Rewrite(middleware.RewriteConfig{Engine: r, Rules: []middleware.RewriteRule{{Path: "/*", To: "/*"}}}))
		r.GET("/", func(c *dram.Context) { saying(maxAge)(c); c.String(200, "once") })
		began := time.Now()
		assert.Equal(t, "once", get(r, "/").Body.String())
		assert.Equal(t, "once", get(r, "/").Body.String())
		assert.Zero(t, time.Since(began))
	})
}

// What began before a change is neither kept nor given to those who come after it.
func TestCacheChangeMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newSlow(middleware.CacheConfig{}, saying(maxAge))
		o.POST("/", func(c *dram.Context) { c.Status(204) })
		go o.ask(1, nil)
		synctest.Wait()
		send(o, "POST", "/", "")
		bodies, _ := o.ask(2, nil)
		assert.Equal(t, []string{"run 2", "run 2"}, bodies)
		assert.Equal(t, "run 2", get(o, "/").Body.String())
	})
}
