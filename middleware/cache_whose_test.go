// Users whom a layer names in another Engine, or on another Context, than that of Cache.

package middleware_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/whose"
	"github.com/dram-go/dram/middleware"
)

// buffered is a net/http middleware with a writer of its own, which sends what there is at the end.
func buffered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		own := &ownWriter{h: w.Header(), status: 200}
		next.ServeHTTP(own, req)
		w.WriteHeader(own.status)
		_, _ = w.Write(own.body.Bytes())
	})
}

type ownWriter struct {
	h      http.Header
	status int
	body   bytes.Buffer
}

func (w *ownWriter) Header() http.Header         { return w.h }
func (w *ownWriter) WriteHeader(status int)      { w.status = status }
func (w *ownWriter) Write(p []byte) (int, error) { return w.body.Write(p) }

// elsewhere are the ways in which handlers get another Context than the one of a layer outside.
var elsewhere = map[string]func(r *dram.Engine, handlers ...dram.HandlerFunc){
	"an Engine inside": func(r *dram.Engine, handlers ...dram.HandlerFunc) {
		inner := dram.New()
		inner.GET("/", handlers...)
		r.GET("/", dram.WrapH(inner))
	},
	"an Engine behind a prefix": func(r *dram.Engine, handlers ...dram.HandlerFunc) {
		inner := dram.New()
		inner.GET("/in/", handlers...)
		r.GET("/", dram.WrapF(func(w http.ResponseWriter, req *http.Request) {
			req = req.Clone(req.Context())
			req.URL.Path = "/in/"
			inner.ServeHTTP(w, req)
		}))
	},
	"a middleware with a writer of its own": func(r *dram.Engine, handlers ...dram.HandlerFunc) {
		r.Group("/", dram.WrapMiddleware(buffered)).GET("/", handlers...)
	},
	"both": func(r *dram.Engine, handlers ...dram.HandlerFunc) {
		inner := dram.New()
		inner.Group("/", dram.WrapMiddleware(buffered)).GET("/", handlers...)
		r.Group("/", dram.WrapMiddleware(buffered)).GET("/", dram.WrapH(inner))
	},
}

// marks are what a layer stores of a user.
var marks = map[string]dram.HandlerFunc{
	"a name":            func(c *dram.Context) { c.Set(dram.AuthUserKey, c.GetHeader("X-User")) },
	"a user of a proxy": func(c *dram.Context) { c.Set(dram.AuthProxyUserKey, c.GetHeader("X-User")) },
	"a struct": func(c *dram.Context) {
		if name := c.GetHeader("X-User"); name != "" {
			c.Set(dram.AuthUserKey, &struct{ Name string }{name})
		}
	},
	"a user who is gone again": func(c *dram.Context) {
		c.Set(dram.AuthUserKey, c.GetHeader("X-User"))
		c.Delete(dram.AuthUserKey)
	},
}

func greetUser(c *dram.Context) {
	saying("Cache-Control: public, max-age=60")(c)
	c.Data(200, "text/plain", []byte("of "+c.GetHeader("X-User")))
}

func TestCacheKeepsNothingOfAUserWhoIsNamedElsewhere(t *testing.T) {
	for where, build := range elsewhere {
		for what, mark := range marks {
			t.Run(where+", "+what, func(t *testing.T) {
				r := dram.New()
				r.Use(middleware.Cache(middleware.CacheConfig{Name: "edge"}))
				build(r, mark, greetUser)
				w := get(r, "/", with("X-User: ann"))
				assert.Equal(t, "of ann", w.Body.String())
				assert.Equal(t, "edge; fwd=uri-miss", w.Header().Get("Cache-Status"))
				assert.Equal(t, "of bob", get(r, "/", with("X-User: bob")).Body.String())
			})
		}
	}
}

// A user of any type is one, also on the Context of the cache and outside of it.
func TestCacheKeepsNothingOfAUserOfAnotherType(t *testing.T) {
	for _, order := range []string{"inside", "outside"} {
		r := dram.New()
		chain := []dram.HandlerFunc{middleware.Cache(middleware.CacheConfig{}), marks["a struct"]}
		if order == "outside" {
			chain[0], chain[1] = chain[1], chain[0]
		}
		r.Use(chain...)
		r.GET("/", greetUser)
		assert.Equal(t, "of ann", get(r, "/", with("X-User: ann")).Body.String(), order)
		assert.Equal(t, "of bob", get(r, "/", with("X-User: bob")).Body.String(), order)
	}
}

// The "" and the nil of a visitor are not users.
func TestCacheKeepsWhatVisitorsGet(t *testing.T) {
	for name, user := range map[string]any{"a string": "", "nil": nil, "a pointer": (*http.Request)(nil), "an id": 0} {
		r, runs := dram.New(), 0
		r.Use(middleware.Cache(middleware.CacheConfig{}))
		r.GET("/", func(c *dram.Context) { runs++; c.Set(dram.AuthUserKey, user); greetUser(c) })
		get(r, "/")
		get(r, "/")
		assert.Equal(t, 1, runs, name)
	}
}

// Those who wait do not get the answer of a user, also if it has said how long it is before the layer
// of the cache has the keys of the Context inside.
func TestCacheWaitersGetNoAnswerOfAUserWhoIsNamedElsewhere(t *testing.T) {
	for where, build := range elsewhere {
		t.Run(where, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, release, bodies := dram.New(), make(chan struct{}), make(chan string, 5)
				r.Use(middleware.Cache(middleware.CacheConfig{}))
				build(r, func(c *dram.Context) { <-release; marks["a name"](c) }, func(c *dram.Context) {
					c.Header("Content-Length", fmt.Sprint(len("of "+c.GetHeader("X-User"))))
					greetUser(c)
				})
				for i := range cap(bodies) {
					go func() {
						user, w := fmt.Sprint("user", i), httptest.NewRecorder()
						req := httptest.NewRequest("GET", "/", nil)
						req.Header.Set("X-User", user)
						r.ServeHTTP(w, req)
						bodies <- fmt.Sprint(w.Body.String() == "of "+user, " ", w.Body)
					}()
					synctest.Wait()
				}
				close(release)
				for range cap(bodies) {
					assert.Contains(t, <-bodies, "true")
				}
			})
		})
	}
}

func TestCacheKeepsNothingThatALayerHasFoundOutToBePrivate(t *testing.T) {
	for name, tt := range map[string]struct {
		outside, set bool // the layer stands outside of the cache, and sets its mark
		runs         int
	}{"outside": {true, true, 2}, "outside, not set": {true, false, 1}, "inside": {false, true, 2}, "inside, not set": {false, false, 1}} {
		for _, late := range []bool{false, true} {
			var private *whose.Private
			layers := []dram.HandlerFunc{
				func(c *dram.Context) { private = whose.NewPrivate(c.Request.Context(), c) },
				middleware.Cache(middleware.CacheConfig{}),
			}
			if !tt.outside {
				slices.Reverse(layers)
			}
			runs := 0
			r := dram.New()
			r.Use(layers...)
			r.GET("/", func(c *dram.Context) {
				runs++
				saying(maxAge)(c)
				if tt.set && !late {
					private.Set()
				}
				c.String(200, "hello")
				if tt.set {
					private.Set()
				}
			})
			get(r, "/")
			get(r, "/")
			assert.Equal(t, tt.runs, runs, name)
		}
	}
}
