// A path has one spelling under which Cache keeps something.

package middleware_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// Who changes a resource under one spelling of its path reads what it has written under all of them,
// whichever escapes nothing needs (RFC 3986 section 6.2.2.2).
func TestCacheReadsWhatWasWrittenUnderAnotherSpelling(t *testing.T) {
	spellings := []string{"/a/x~y", "/a/%78~y", "/a/x%7ey", "/a/%78%7E%79"}
	for _, written := range spellings {
		o := newCached(middleware.CacheConfig{}, saying(maxAge))
		for _, read := range spellings {
			get(o, read)
		}
		send(o, "PUT", written, "")
		runs := o.runs
		for i, read := range spellings {
			get(o, read)
			assert.Equal(t, runs+i+1, o.runs, "%s after a change of %s", read, written)
		}
	}
}

func TestCacheDropsWhatAnAnswerNamesInAnotherSpelling(t *testing.T) {
	for _, kept := range []string{"/a/x", "/a/b%2Fx", "/a/%c3x", "/a/(x)"} {
		o := newCached(middleware.CacheConfig{}, saying(maxAge))
		o.POST("/new", func(c *dram.Context) {
			c.Header("Location", map[string]string{
				"/a/x": "/a/%78", "/a/b%2Fx": "%61/b%2F%78", "/a/%c3x": "/a/%c3%78", "/a/(x)": "/a/(%78)",
			}[kept])
			c.Status(201)
		})
		get(o, kept)
		get(o, kept)
		assert.Equal(t, 1, o.runs, kept)
		send(o, "POST", "/new", "")
		get(o, kept)
		assert.Equal(t, 2, o.runs, kept)
	}
}

// What answers to an unusual spelling, and may refuse it, says nothing of the usual one.
func TestCachePoisoningByAnotherSpelling(t *testing.T) {
	o := newCached(middleware.CacheConfig{}, func(c *dram.Context) {
		saying(maxAge)(c)
		if c.Request.URL.RawPath != "" {
			c.AbortWithStatus(404)
		}
	})
	assert.Equal(t, 404, get(o, "/a/%78").Code)
	assert.Equal(t, 200, get(o, "/a/x").Code)
	assert.Equal(t, 404, get(o, "/a/%78").Code)
}

// A handler may answer to these otherwise than to the plain request, which would have their key.
func TestCacheKeepsNothingOfAnUnusualTarget(t *testing.T) {
	edits := map[string]func(*http.Request){
		"a dot at the end of the host": func(req *http.Request) { req.Host = "EXAMPLE.com." },
		"… before a port":              func(req *http.Request) { req.Host = "example.com.:80" },
		"a user": func(req *http.Request) {
			req.URL.Scheme, req.URL.Host, req.URL.User = "http", "example.com", url.User("u")
		},
		"a user without a scheme":                  func(req *http.Request) { req.URL.User = url.User("u") },
		"another scheme than that of a connection": func(req *http.Request) { req.URL.Scheme, req.URL.Host = "https", "example.com" },
	}
	for name, edit := range edits {
		o := newCached(middleware.CacheConfig{}, saying(maxAge))
		for range 2 {
			get(o, "/", edit)
		}
		assert.Equal(t, 2, o.runs, name)
		get(o, "/")
		assert.Equal(t, 3, o.runs, "%s: nothing is kept of it", name)
		get(o, "/", edit)
		assert.Equal(t, 4, o.runs, "%s: nothing kept answers it", name)
		send(o, "POST", "/", "", edit)
		get(o, "/")
		assert.Equal(t, 6, o.runs, "%s: a change of it is one of the resource", name)
	}
	for name, edit := range map[string]func(*http.Request){
		"a port":              func(req *http.Request) { req.Host = "example.com:80" },
		"the absolute form":   func(req *http.Request) { req.URL.Scheme, req.URL.Host = "http", "example.com" },
		"an address of IPv6 ": func(req *http.Request) { req.Host = "[::1]" },
	} {
		o := newCached(middleware.CacheConfig{}, saying(maxAge))
		get(o, "/", edit)
		get(o, "/", edit)
		assert.Equal(t, 1, o.runs, name)
	}
}
