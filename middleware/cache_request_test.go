// What a request has to do with what Cache does: its method, its headers, its body.

package middleware_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// What a request says decides whether a kept answer may be used.
func TestCacheHeedsTheRequest(t *testing.T) {
	for name, tc := range map[string]struct {
		edit func(*http.Request)
		kept bool
	}{
		"nothing":               {with(), true},
		"another header":        {with("X-Forwarded-For: 1.2.3.4"), true},
		"no-cache":              {with("Cache-Control: no-cache"), false},
		"no-store":              {with("Cache-Control: no-store"), false},
		"max-age above the age": {with("Cache-Control: max-age=30"), true},
		"max-age below the age": {with("Cache-Control: max-age=5"), false},
		"min-fresh, fresh":      {with("Cache-Control: min-fresh=49"), true},
		"min-fresh, not enough": {with("Cache-Control: min-fresh=51"), false},
		"only-if-cached":        {with("Cache-Control: only-if-cached"), true},
		"Range":                 {with("Range: bytes=0-1"), false},
		"If-Match":              {with(`If-Match: "a"`), false},
		"If-Unmodified-Since":   {with("If-Unmodified-Since: Wed, 01 Jan 2020 00:00:00 GMT"), false},
		"Cookie":                {with("Cookie: a=b"), false},
		"Authorization":         {with("Authorization: Basic x"), false},
		"Upgrade":               {with("Connection: upgrade", "Upgrade: websocket"), false},
		"a body":                {func(req *http.Request) { req.Body, req.ContentLength = io.NopCloser(strings.NewReader("x")), 1 }, false},
		"a body of no length":   {func(req *http.Request) { req.Body, req.ContentLength = io.NopCloser(strings.NewReader("x")), -1 }, false},
		"another query":         {func(req *http.Request) { req.URL.RawQuery = "a=2" }, false},
		"an empty query":        {func(req *http.Request) { req.URL.RawQuery, req.URL.ForceQuery = "", true }, false},
		"another host":          {func(req *http.Request) { req.Host = "other.example" }, false},
		"the host in capitals":  {func(req *http.Request) { req.Host = "EXAMPLE.com" }, true},
		"the scheme's port":     {func(req *http.Request) { req.Host = "example.com:80" }, true},
		"another port":          {func(req *http.Request) { req.Host = "example.com:81" }, false},
		"what is not a host":    {func(req *http.Request) { req.Host = "example.com/x" }, false},
		"another spelling":      {func(req *http.Request) { req.URL.Path, req.URL.RawPath = "/other", "/oth%65r" }, false},
		"POST":                  {func(req *http.Request) { req.Method = "POST" }, false},
		"HEAD":                  {func(req *http.Request) { req.Method = "HEAD" }, true},
		"HEAD of another":       {func(req *http.Request) { req.Method, req.URL.RawQuery = "HEAD", "a=2" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newCached(middleware.CacheConfig{}, saying(maxAge))
				first := get(o, "/other?a=1")
				time.Sleep(10 * time.Second)
				second := get(o, "/other?a=1", tc.edit)
				if !tc.kept {
					assert.Equal(t, 2, o.runs)
					if name == "no-store" {
						get(o, "/other?a=1", tc.edit)
						assert.Equal(t, 3, o.runs, "nor is its answer kept")
					}
					return
				}
				assert.Equal(t, 1, o.runs)
				assert.Equal(t, "10", second.Header().Get("Age"))
				assert.Equal(t, fmt.Sprint(first.Body.Len()), second.Header().Get("Content-Length"))
			})
		})
	}
}

func TestCacheOnlyIfCachedIs504(t *testing.T) {
	o := newCached(middleware.CacheConfig{}, saying(maxAge))
	w := get(o, "/", with("Cache-Control: only-if-cached"))
	assert.Equal(t, http.StatusGatewayTimeout, problemIn(t, w).Status)
	assert.Zero(t, o.runs)
}

func TestCacheAnswersHeadFromGet(t *testing.T) {
	o := newCached(middleware.CacheConfig{}, saying(maxAge))
	assert.Equal(t, 200, send(o, "HEAD", "/", "").Code)
	assert.Equal(t, 1, o.runs)
	get(o, "/")
	assert.Equal(t, 2, o.runs, "a HEAD is not kept")
	w := send(o, "HEAD", "/", "")
	assert.Equal(t, 2, o.runs)
	assert.Empty(t, w.Body.String())
	assert.Equal(t, "5", w.Header().Get("Content-Length"))
}

func TestCacheDropsWhatChanges(t *testing.T) {
	for name, tc := range map[string]struct {
		method, target string
		answer         dram.HandlerFunc
		kept           bool
	}{
		"POST":                        {"POST", "/a/1", saying(), false},
		"an unknown method":           {"PATCH", "/a/1", saying(), false},
		"a failure":                   {"POST", "/a/1", func(c *dram.Context) { c.Status(500) }, true},
		"refused":                     {"POST", "/a/1", func(c *dram.Context) { c.Status(403) }, true},
		"a redirect":                  {"POST", "/a/1", func(c *dram.Context) { c.Status(303) }, false},
		"OPTIONS":                     {"OPTIONS", "/a/1", saying(), true},
		"another URI":                 {"POST", "/other", saying(), true},
		"another query":               {"POST", "/a/1?x", saying(), true},
		"Location":                    {"POST", "/other", saying("Location: /a/1"), false},
		"Content-Location, relative":  {"POST", "/a/2", saying("Content-Location: 1"), false},
		"Location, absolute":          {"POST", "/other", saying("Location: http://EXAMPLE.com:80/a/1"), false},
		"Location of another host":    {"POST", "/other", saying("Location: http://other.example/a/1"), true},
		"Location of another scheme":  {"POST", "/other", saying("Location: https://example.com/a/1"), true},
		"Location of another network": {"POST", "/other", saying("Location: //other.example/a/1"), true},
		"Location that is none":       {"POST", "/other", saying("Location: http://a b/"), true},
	} {
		t.Run(name, func(t *testing.T) {
			o := newCached(middleware.CacheConfig{}, func(c *dram.Context) {
				if c.Request.Method == "GET" {
					saying(maxAge, "Vary: X-A")(c)
				} else {
					tc.answer(c)
				}
			})
			get(o, "/a/1")
			get(o, "/a/1", with("X-A: 1"))
			require.Equal(t, 2, o.runs)
			send(o, tc.method, tc.target, "")
			get(o, "/a/1")
			get(o, "/a/1", with("X-A: 1"))
			assert.Equal(t, map[bool]int{true: 3, false: 5}[tc.kept], o.runs)
		})
	}
}

func TestCacheKeepsQueriesByTheirBodies(t *testing.T) {
	o := newCached(middleware.CacheConfig{MaxQuery: 10}, func(c *dram.Context) {
		body, err := c.GetRawData()
		assert.NoError(t, err)
		saying(maxAge)(c)
		c.String(200, "%s", body)
	})
	ask := func(body string, edits ...func(*http.Request)) *httptest.ResponseRecorder {
		return send(o, "QUERY", "/", body, edits...)
	}
	assert.Equal(t, "a", ask("a").Body.String())
	assert.Equal(t, "b", ask("b").Body.String())
	assert.Equal(t, "a", ask("a").Body.String())
	assert.Equal(t, 2, o.runs)
	ask("a", with("Content-Type: text/csv"))
	assert.Equal(t, 3, o.runs, "the same bytes of another type")
	get(o, "/")
	assert.Equal(t, 4, o.runs, "a GET is not a QUERY")
	for range 2 {
		assert.Equal(t, "longer than it may be", ask("longer than it may be").Body.String())
		assert.Equal(t, "longer than it may be", ask("longer than it may be", func(req *http.Request) { req.ContentLength = -1 }).Body.String())
	}
	assert.Equal(t, 8, o.runs)
	for range 2 {
		assert.Equal(t, "10 letters", ask("10 letters").Body.String())
	}
	assert.Equal(t, 9, o.runs, "as long as it may be")
	send(o, "POST", "/", "")
	runs := o.runs
	assert.Equal(t, "a", ask("a").Body.String())
	assert.Equal(t, runs+1, o.runs, "a change of the URI drops them")
}

// A handler that serves a request under another path has changed what it was sent to.
func TestCacheDropsTheURIThatWasSent(t *testing.T) {
	o := newCached(middleware.CacheConfig{}, saying(maxAge))
	o.POST("/old", func(c *dram.Context) {
		c.Request.URL.Path = "/new"
		o.HandleContext(c)
	})
	o.GET("/old", func(c *dram.Context) { o.runs++; saying(maxAge)(c); c.String(200, "run %d", o.runs) })
	o.POST("/new", func(c *dram.Context) { c.Status(204) })
	get(o, "/old")
	get(o, "/old")
	assert.Equal(t, 1, o.runs)
	send(o, "POST", "/old", "")
	get(o, "/old")
	assert.Equal(t, 2, o.runs)
}

// Who has the answer to a change reads what it has written, also while the handler goes on.
func TestCacheDropsBeforeTheClientKnows(t *testing.T) {
	o := newCached(middleware.CacheConfig{}, saying(maxAge))
	o.PUT("/write", func(c *dram.Context) {
		c.Header("Location", "/")
		c.String(200, "changed")
		assert.Equal(t, "run 2", get(o, "/").Body.String(), "the client has the answer")
		saying(maxAge)(c)
	})
	get(o, "/")
	send(o, "PUT", "/write", "")
	assert.Equal(t, "run 3", get(o, "/").Body.String(), "and what came behind it counts too")
}

// A QUERY is a question: one whose client has the answer gets 304, and not 412 (RFC 10008).
func TestCacheAnswersConditionsOfAQuery(t *testing.T) {
	o := newCached(middleware.CacheConfig{}, saying(maxAge, `Etag: "a"`, "Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT"))
	assert.Equal(t, 200, send(o, "QUERY", "/", "q").Code)
	for _, condition := range []string{`If-None-Match: "a"`, "If-Modified-Since: Thu, 01 Jan 2026 00:00:00 GMT"} {
		assert.Equal(t, 304, send(o, "QUERY", "/", "q", with(condition)).Code, condition)
	}
	assert.Equal(t, 1, o.runs)
}
