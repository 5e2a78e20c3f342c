// What layers outside of Cache set, and what the handlers set inside of it.

package middleware_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// within is an engine with a layer outside of a Cache around a handler.
func within(outside, handler dram.HandlerFunc) *cached {
	o := &cached{Engine: dram.New()}
	o.Use(outside, middleware.Cache(middleware.CacheConfig{Name: "edge"}))
	o.GET("/", func(c *dram.Context) { o.runs++; handler(c) })
	return o
}

// A header by which an answer differs counts, also if a layer outside has named it before, and
// whether or not the handler does it too.
func TestCacheHeedsVaryThatALayerOutsideSetToo(t *testing.T) {
	for name, own := range map[string]dram.HandlerFunc{
		"said twice":   func(c *dram.Context) { c.Header("Vary", "Accept-Language") },
		"said outside": func(*dram.Context) {},
	} {
		t.Run(name, func(t *testing.T) {
			o := within(func(c *dram.Context) { c.Header("Vary", "Accept-Language") }, func(c *dram.Context) {
				saying(maxAge)(c)
				own(c)
				c.String(200, "lang %s", c.GetHeader("Accept-Language"))
			})
			for range 2 {
				for _, lang := range []string{"de", "fr"} {
					w := get(o, "/", with("Accept-Language: "+lang))
					assert.Equal(t, "lang "+lang, w.Body.String())
					assert.Equal(t, []string{"Accept-Language"}, w.Header()["Vary"])
				}
			}
			assert.Equal(t, 2, o.runs)
		})
	}
}

func TestCacheInsideOfCORSHeedsTheOrigin(t *testing.T) {
	o := within(middleware.CORS(middleware.CORSConfig{AllowOrigins: []string{"https://a.example", "https://b.example"}}),
		func(c *dram.Context) {
			c.Header("Vary", "Origin")
			saying(maxAge)(c)
			c.String(200, "for %s", c.GetHeader("Origin"))
		})
	for range 2 {
		for _, origin := range []string{"https://a.example", "https://b.example"} {
			w := get(o, "/", with("Origin: "+origin))
			assert.Equal(t, "for "+origin, w.Body.String())
			assert.Equal(t, origin, w.Header().Get("Access-Control-Allow-Origin"))
		}
	}
	assert.Equal(t, 2, o.runs)
}

// What a handler sets is its own, also if a layer outside happened to set the same: for the next
// request that one sets something else.
func TestCacheKeepsWhatAHandlerSetsToTheSameValue(t *testing.T) {
	n := 0
	o := within(func(c *dram.Context) {
		n++
		c.Header("Content-Language", []string{"", "de", "fr"}[n])
		c.Header("X-Request", []string{"", "1", "2"}[n])
	}, func(c *dram.Context) {
		saying(maxAge)(c)
		c.Header("Content-Language", "de")
		c.String(200, "guten Tag")
	})
	get(o, "/")
	h := get(o, "/").Header()
	assert.Equal(t, "de", h.Get("Content-Language"))
	assert.Equal(t, "2", h.Get("X-Request"))
	assert.Equal(t, 1, o.runs)
}

// What is kept has a header of its own even if no body follows.
func TestCacheSendsTheHeaderOfAnAnswerWithoutABody(t *testing.T) {
	var written []bool
	o := within(func(c *dram.Context) { c.Next(); written = append(written, c.Writer.Written()) },
		func(c *dram.Context) { saying(maxAge)(c); c.AbortWithStatus(204) })
	for range 2 {
		assert.Equal(t, 204, get(o, "/").Code)
	}
	assert.Equal(t, 1, o.runs)
	assert.Equal(t, []bool{true, true}, written)
}

// Cache-Control of a layer outside counts after a 304 as before it.
func TestCacheKeepsWhatIsFreshByALayerOutsideAfterA304(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := within(func(c *dram.Context) { c.Header("Cache-Control", "max-age=60") }, func(c *dram.Context) {
			c.Header("Etag", `"a"`)
			if c.GetHeader("If-None-Match") != "" {
				c.Status(304)
				return
			}
			c.String(200, "page")
		})
		for _, want := range []string{"edge; fwd=uri-miss; stored", "edge; hit", "edge; fwd=stale; fwd-status=304", "edge; hit"} {
			w := get(o, "/")
			assert.Equal(t, want, w.Header().Get("Cache-Status"))
			assert.Equal(t, "page", w.Body.String())
			assert.Equal(t, "max-age=60", w.Header().Get("Cache-Control"))
			if want == "edge; hit" {
				time.Sleep(61 * time.Second)
			}
		}
		assert.Equal(t, 2, o.runs)
	})
}
