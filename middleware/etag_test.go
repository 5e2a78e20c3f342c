package middleware_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

func ExampleETag() {
	r := dram.New()
	r.Use(middleware.ETag(middleware.ETagConfig{}))
	r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "the same as ever") })

	first := httptest.NewRecorder()
	r.ServeHTTP(first, httptest.NewRequest(http.MethodGet, "/", nil))
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	req.Header.Set("If-None-Match", first.Header().Get("ETag"))
	second := httptest.NewRecorder()
	r.ServeHTTP(second, req)
	fmt.Println(first.Code, first.Body.Len(), second.Code, second.Body.Len())
	// Output: 200 16 304 0
}

func ExamplePreconditions() {
	version := 3
	r := dram.New()
	r.PUT("/article", func(c *dram.Context) {
		if !middleware.Preconditions(c, fmt.Sprintf(`"v%d"`, version), time.Time{}) {
			return // somebody else was faster: 412
		}
		version++
		c.Status(http.StatusNoContent)
	})

	for range 2 {
		req := httptest.NewRequest(http.MethodPut, "/article", nil)
		req.Header.Set("If-Match", `"v3"`)
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		fmt.Println(w.Code)
	}
	// Output:
	// 204
	// 412
}

func TestETag(t *testing.T) {
	layer := func(cfg middleware.ETagConfig) *dram.Engine {
		r := withLayers(middleware.ETag(cfg))
		r.GET("/long", func(c *dram.Context) { c.String(200, "%s", long) })
		r.GET("/error", func(c *dram.Context) { c.String(500, "x") })
		r.GET("/secret", func(c *dram.Context) {
			c.Header("Cache-Control", "private, no-store")
			c.String(200, "x")
		})
		r.GET("/stream", func(c *dram.Context) {
			c.String(200, "x")
			c.Writer.Flush()
		})
		r.GET("/empty", func(c *dram.Context) { c.Status(200) })
		return r
	}
	r := layer(middleware.ETagConfig{})
	tag := get(r, "/").Header().Get("ETag")
	assert.Regexp(t, `^"[A-Za-z0-9_-]{22}"$`, tag)
	assert.Equal(t, tag, send(r, http.MethodHead, "/", "").Header().Get("ETag"))
	assert.Equal(t, "W/"+tag, get(layer(middleware.ETagConfig{Weak: true}), "/").Header().Get("ETag"))
	for _, path := range []string{"/long", "/error", "/secret", "/stream", "/empty"} {
		assert.Empty(t, get(r, path).Header().Get("ETag"), path)
	}
	assert.NotEmpty(t, get(layer(middleware.ETagConfig{MaxBuffer: 1 << 20}), "/long").Header().Get("ETag"))
	assert.Empty(t, get(layer(middleware.ETagConfig{MaxBuffer: 1}), "/").Header().Get("ETag"))
	assert.Empty(t, send(r, http.MethodPost, "/", "").Header().Get("ETag"))
}

// A 412 is an answer of its own, which no cache keeps in place of the page's.
func TestA412OfETagSaysNothingOfThePage(t *testing.T) {
	page := http.Header{"Cache-Control": {"public, max-age=3600"}, "Content-Digest": {"sha-256=:AAAA:"}, "Content-Disposition": {"attachment"}}
	r := withLayers(middleware.ETag(middleware.ETagConfig{}), func(c *dram.Context) { maps.Copy(c.Writer.Header(), page) })
	w := get(r, "/", header("If-Match", `"other"`))
	assert.Equal(t, 412, w.Code)
	for name := range page {
		assert.Empty(t, w.Header().Get(name), name)
	}
}

func TestETagAnswersConditions(t *testing.T) {
	r := withLayers(middleware.ETag(middleware.ETagConfig{}))
	tag := get(r, "/").Header().Get("ETag")
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		w := send(r, method, "/", "", header("If-None-Match", `"other", W/`+tag))
		assert.Equal(t, http.StatusNotModified, w.Code)
		assert.Empty(t, w.Body.String())
		assert.Equal(t, tag, w.Header().Get("ETag"))
		assert.Empty(t, w.Header().Get("Content-Type"))
		assert.Empty(t, w.Header().Get("Content-Length"))
	}
	assert.Equal(t, 200, get(r, "/", header("If-Match", tag)).Code)
	assert.Equal(t, 412, get(r, "/", header("If-Match", `"other"`)).Code)
	assert.Equal(t, 412, get(r, "/", header("If-Match", "W/"+tag)).Code, "If-Match compares strongly")
}

func TestETagUsesTheHandlersValidators(t *testing.T) {
	day := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	r := dram.New()
	r.Use(middleware.ETag(middleware.ETagConfig{}))
	r.GET("/tag", func(c *dram.Context) {
		c.Header("ETag", `"v1"`)
		_, err := c.Writer.WriteString(long)
		assert.NoError(t, err)
		assert.Equal(t, len(long), c.Writer.Size())
	})
	r.GET("/time", func(c *dram.Context) {
		c.Header("Last-Modified", day.Format(http.TimeFormat))
		c.String(200, "%s", long)
	})
	assert.Equal(t, long, get(r, "/tag").Body.String())
	assert.Equal(t, long, get(r, "/time").Body.String())
	assert.Empty(t, get(r, "/time").Header().Get("ETag"))
	for path, edit := range map[string]func(*http.Request){
		"/tag":  header("If-None-Match", `"v1"`),
		"/time": header("If-Modified-Since", day.Format(http.TimeFormat)),
	} {
		w := get(r, path, edit)
		assert.Equal(t, http.StatusNotModified, w.Code, path)
		assert.Empty(t, w.Body.String(), path)
		head := send(r, http.MethodHead, path, "", edit)
		assert.Equal(t, http.StatusNotModified, head.Code, path)
	}
}

// The fiber cache mixed up pages that differ in the query alone, as its key
// was the path. The tag is of the body, whatever the URL.
func TestFiberCacheWithoutQueryInTheKey(t *testing.T) {
	r := dram.New()
	r.Use(middleware.ETag(middleware.ETagConfig{}))
	r.GET("/", func(c *dram.Context) { c.String(200, "page %s", c.Query("page")) })
	tag := get(r, "/?page=1").Header().Get("ETag")
	assert.Equal(t, 304, get(r, "/?page=1", header("If-None-Match", tag)).Code)
	w := get(r, "/?page=2", header("If-None-Match", tag))
	assert.Equal(t, "page 2", w.Body.String())
	assert.NotEqual(t, tag, w.Header().Get("ETag"))
}

func TestPreconditions(t *testing.T) {
	now := time.Date(2024, 5, 6, 7, 8, 9, 500, time.UTC)
	before, same, after := now.Add(-time.Hour).Format(http.TimeFormat), now.Format(http.TimeFormat), now.Add(time.Hour).Format(http.TimeFormat)
	cases := []struct {
		method, etag string
		modified     time.Time
		headers      string // "Name: value", one a line
		want         int    // 0: goes on
	}{
		{"PUT", `"a"`, now, "", 0},
		{"PUT", `"a"`, now, `If-Match: "a"`, 0},
		{"PUT", `"a"`, now, `If-Match: "b", "a"`, 0},
		{"PUT", `"a"`, now, `If-Match: "b"`, 412},
		{"PUT", `"a"`, now, `If-Match: W/"a"`, 412},
		{"PUT", `W/"a"`, now, `If-Match: W/"a"`, 412},
		{"PUT", `"a"`, now, `If-Match: *`, 0},
		{"PUT", "", now, `If-Match: *`, 0},
		{"PUT", "", time.Time{}, `If-Match: *`, 412},
		{"PUT", "", time.Time{}, `If-Match: "a"`, 412},
		{"PUT", "", time.Time{}, `If-None-Match: *`, 0},
		{"PUT", `"a"`, now, `If-None-Match: *`, 412},
		{"PUT", `"a"`, now, `If-None-Match: "a"`, 412},
		{"PUT", `"a"`, now, `If-None-Match: "b"`, 0},
		{"PUT", `"a"`, now, "If-Unmodified-Since: " + before, 412},
		{"PUT", `"a"`, now, "If-Unmodified-Since: " + same, 0},
		{"PUT", `"a"`, now, "If-Unmodified-Since: " + after, 0},
		{"PUT", `"a"`, now, "If-Unmodified-Since: yesterday", 0},
		{"PUT", `"a"`, now, "If-Match: \"a\"\nIf-Unmodified-Since: " + before, 0},
		{"PUT", `"a"`, now, "If-Modified-Since: " + after, 0},
		{"GET", `"a"`, now, `If-None-Match: "a"`, 304},
		{"GET", `"a"`, now, `If-None-Match: W/"a"`, 304},
		{"GET", `W/"a"`, now, `If-None-Match: "a"`, 304},
		{"HEAD", `"a"`, now, `If-None-Match: *`, 304},
		{"GET", `"a,b"`, now, `If-None-Match: "x","a,b"`, 304},
		{"GET", `"a"`, now, `If-None-Match: a`, 0},
		{"GET", `"a"`, now, `If-None-Match: "a`, 0},
		{"GET", `"a"`, now, `If-None-Match: w/"a"`, 0},
		{"GET", `"a"`, now, `If-None-Match: "b" "a"`, 304},
		{"GET", `"a"`, now, "If-None-Match: \"b\"\nIf-Modified-Since: " + after, 0},
		{"GET", `"a"`, now, "If-Modified-Since: " + same, 304},
		{"GET", "", now, "If-Modified-Since: " + same, 304},
		{"GET", "", now, "If-Modified-Since: " + before, 0},
		{"GET", `"a"`, time.Time{}, "If-Modified-Since: " + after, 0},
	}
	for _, tc := range cases {
		t.Run(tc.method+" "+tc.etag+" "+tc.headers, func(t *testing.T) {
			r := dram.New()
			r.Handle(tc.method, "/", func(c *dram.Context) {
				c.Header("Last-Modified", tc.modified.Format(http.TimeFormat))
				goOn := middleware.Preconditions(c, tc.etag, tc.modified)
				assert.Equal(t, tc.want == 0, goOn)
				assert.Equal(t, !goOn, c.IsAborted())
			})
			w := send(r, tc.method, "/", "", func(req *http.Request) {
				for line := range strings.Lines(tc.headers) {
					name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
					req.Header.Set(name, value)
				}
			})
			if tc.want == http.StatusNotModified {
				assert.Equal(t, tc.etag, w.Header().Get("Etag"))
				assert.Equal(t, tc.etag == "", w.Header().Get("Last-Modified") != "", "only where no tag says it better")
			}
			if tc.want == 0 {
				tc.want = http.StatusOK
			}
			require.Equal(t, tc.want, w.Code)
			if tc.want == http.StatusPreconditionFailed {
				problemIn(t, w)
			}
		})
	}
}
