package middleware_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

func ExampleCacheControl() {
	r := dram.New()
	r.Use(middleware.CacheControl(middleware.CacheControlConfig{
		For: func(c *dram.Context) (middleware.CacheDirectives, bool) {
			return middleware.CacheDirectives{Public: true, MaxAge: time.Hour}, strings.HasPrefix(c.FullPath(), "/news")
		},
	}))
	ok := func(c *dram.Context) { c.String(http.StatusOK, "ok") }
	r.GET("/news/:id", ok)
	r.GET("/inbox", ok)

	for _, path := range []string{"/news/1", "/inbox", "/none"} {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		fmt.Printf("%s: %s\n", path, w.Header().Get("Cache-Control"))
	}
	// Output:
	// /news/1: public, max-age=3600
	// /inbox: private, no-cache
	// /none: no-store
}

func ExampleNoCache() {
	r := dram.New()
	r.POST("/token", middleware.NoCache(), func(c *dram.Context) {
		c.JSON(http.StatusOK, dram.H{"access_token": "…"})
	})
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/token", nil))
	fmt.Println(w.Header().Get("Cache-Control"))
	// Output: no-store
}

func TestCacheDirectives(t *testing.T) {
	day := 24 * time.Hour
	for want, directives := range map[string]middleware.CacheDirectives{
		"":                                    {},
		"no-store":                            {NoStore: true},
		"public, max-age=31536000, immutable": {Public: true, MaxAge: 365 * day, Immutable: true},
		"private, must-revalidate, max-age=0": {Private: true, MustRevalidate: true, MaxAge: -1},
		"max-age=60, s-maxage=3600, stale-while-revalidate=30, stale-if-error=86400": {
			MaxAge: time.Minute, SMaxAge: time.Hour, StaleWhileRevalidate: 30 * time.Second, StaleIfError: day,
		},
		"no-cache, no-transform, proxy-revalidate": {NoCache: true, NoTransform: true, ProxyRevalidate: true},
		"no-store, must-understand, max-age=60":    {NoStore: true, MustUnderstand: true, MaxAge: time.Minute},
	} {
		assert.Equal(t, want, directives.String())
		assert.NoError(t, directives.Validate(), want)
	}
}

func TestCacheControl(t *testing.T) {
	r := dram.New()
	r.Use(middleware.CacheControl(middleware.CacheControlConfig{Directives: middleware.CacheDirectives{Public: true, MaxAge: time.Minute}}))
	r.GET("/", func(c *dram.Context) { c.String(200, "x") })
	r.GET("/own", func(c *dram.Context) {
		c.Header("Cache-Control", "max-age=5")
		c.String(200, "x")
	})
	r.GET("/error", func(c *dram.Context) { c.AbortWithStatus(503) })
	r.GET("/cookie", func(c *dram.Context) {
		c.SetCookie("session", "secret", 0, "/", "", true, true)
		c.String(200, "x")
	})
	r.GET("/nothing", func(*dram.Context) {})
	r.GET("/stream", func(c *dram.Context) { c.Writer.Flush() })
	for path, want := range map[string]string{
		"/": "public, max-age=60", "/own": "max-age=5", "/error": "no-store", "/missing": "no-store",
		"/cookie": "private, no-cache", "/nothing": "public, max-age=60", "/stream": "public, max-age=60",
	} {
		assert.Equal(t, []string{want}, get(r, path).Header().Values("Cache-Control"), path)
	}
}

// A shared cache keeps what nobody forbids it to keep, the cookie of one user included.
func TestCacheControlKeepsACookieFromSharedCaches(t *testing.T) {
	for want, directives := range map[string]middleware.CacheDirectives{
		"private, no-cache": {MaxAge: time.Minute}, "private, no-cache ": {NoCache: true}, " private, no-cache": {MaxAge: time.Minute, MustRevalidate: true},
		" private, no-cache ": {NoStore: true, MustUnderstand: true, MaxAge: time.Minute},
		"private, max-age=60": {Private: true, MaxAge: time.Minute}, "no-store": {NoStore: true},
	} {
		r := dram.New()
		r.GET("/", middleware.CacheControl(middleware.CacheControlConfig{Directives: directives}), func(c *dram.Context) {
			c.SetCookie("session", "secret", 0, "/", "", true, true)
		})
		assert.Equal(t, strings.TrimSpace(want), get(r, "/").Header().Get("Cache-Control"), directives)
	}
}

func TestNoCache(t *testing.T) {
	r := dram.New()
	r.Use(middleware.NoCache())
	r.Any("/", func(c *dram.Context) {
		c.Header("Cache-Control", "public, max-age=60")
		c.Header("Expires", "Thu, 01 Dec 2994 16:00:00 GMT")
		c.String(200, "%q %q", c.GetHeader("If-None-Match"), c.GetHeader("If-Match"))
	})
	edits := []func(*http.Request){header("If-None-Match", `"a"`), header("If-Match", `"b"`)}
	w := get(r, "/", edits...)
	assert.Equal(t, "no-store", w.Header().Get("Cache-Control"))
	assert.Empty(t, w.Header().Get("Expires"))
	assert.Equal(t, `"" "\"b\""`, w.Body.String())
	assert.Equal(t, `"\"a\"" "\"b\""`, send(r, http.MethodPut, "/", "", edits...).Body.String(), "conditions of a change stay")
}

// A goroutine that was given a Copy reads the header while the chain goes on: with -race this is
// a data race if a layer inside changes it.
func TestNoCacheLeavesTheRequestOfACopyAsItIs(t *testing.T) {
	read := make(chan string, 1)
	r := dram.New()
	r.Use(func(c *dram.Context) {
		copied := c.Copy()
		go func() { read <- copied.GetHeader("If-None-Match") }()
		c.Next()
		assert.Equal(t, `"a"`, c.GetHeader("If-None-Match"), "to the layers outside")
	}, middleware.NoCache())
	r.GET("/", func(c *dram.Context) { c.String(200, "%q", c.GetHeader("If-None-Match")) })
	assert.Equal(t, `""`, get(r, "/", header("If-None-Match", `"a"`)).Body.String())
	assert.Equal(t, `"a"`, <-read)
}
