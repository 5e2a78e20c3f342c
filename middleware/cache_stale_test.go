// What Cache does with an answer that is no longer fresh, or that a client has already.

package middleware_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

func TestCacheAsksAboutWhatIsStale(t *testing.T) {
	const tag, changed = `"v1"`, "Wed, 01 Jan 2020 00:00:00 GMT"
	for name, tc := range map[string]struct {
		first, second []string
		asked         string // what the handler is asked
		want, header  string // the body and X-Count afterwards
		runs          int    // after a third request
	}{
		"by ETag":              {[]string{maxAge, "Etag: " + tag, "X-Count: 1"}, []string{"X-Count: 2"}, `"v1"|`, "run 1", "2", 2},
		"by Last-Modified":     {[]string{maxAge, "Last-Modified: " + changed, "X-Count: 1"}, []string{}, "|" + changed, "run 1", "1", 2},
		"by both":              {[]string{maxAge, "Etag: " + tag, "Last-Modified: " + changed}, []string{"Etag: " + tag}, `"v1"|` + changed, "run 1", "", 2},
		"no-cache":             {[]string{"Cache-Control: no-cache", "Etag: " + tag}, []string{}, `"v1"|`, "run 1", "", 3},
		"another version":      {[]string{maxAge, "Etag: " + tag, "X-Count: 1"}, []string{`Etag: "v2"`, "X-Count: 2"}, `"v1"|`, "run 1", "1", 3},
		"no longer kept":       {[]string{maxAge, "Etag: " + tag}, []string{"Cache-Control: no-store"}, `"v1"|`, "run 1", "", 3},
		"private from then on": {[]string{maxAge, "Etag: " + tag}, []string{"Cache-Control: private, max-age=60"}, `"v1"|`, "run 1", "", 3},
		"not by length":        {[]string{maxAge, "Etag: " + tag}, []string{"Content-Length: 9"}, `"v1"|`, "run 1", "", 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var asked string
				o := newCached(middleware.CacheConfig{}, func(c *dram.Context) {
					asked = c.GetHeader("If-None-Match") + "|" + c.GetHeader("If-Modified-Since")
					if asked == "|" {
						saying(tc.first...)(c)
						return
					}
					saying(tc.second...)(c)
					c.AbortWithStatus(http.StatusNotModified)
				})
				get(o, "/")
				time.Sleep(61 * time.Second)
				w := get(o, "/")
				assert.Equal(t, tc.asked, asked)
				assert.Equal(t, http.StatusOK, w.Code)
				assert.Equal(t, tc.want, w.Body.String())
				assert.Equal(t, fmt.Sprint(w.Body.Len()), w.Header().Get("Content-Length"))
				assert.Equal(t, tc.header, w.Header().Get("X-Count"))
				get(o, "/")
				assert.Equal(t, tc.runs, o.runs)
			})
		})
	}
}

func TestCacheAnswersConditions(t *testing.T) {
	for name, tc := range map[string]struct {
		edit func(*http.Request)
		want int
	}{
		"the same tag":   {with(`If-None-Match: "v0", W/"v1"`), 304},
		"another tag":    {with(`If-None-Match: "v2"`), 200},
		"not changed":    {with("If-Modified-Since: Wed, 01 Jan 2020 00:00:00 GMT"), 304},
		"changed":        {with("If-Modified-Since: Tue, 31 Dec 2019 00:00:00 GMT"), 200},
		"the tag counts": {with(`If-None-Match: "v2"`, "If-Modified-Since: Wed, 01 Jan 2020 00:00:00 GMT"), 200},
	} {
		for state, age := range map[string]time.Duration{"fresh": time.Second, "stale": 61 * time.Second} {
			t.Run(name+", "+state, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					o := newCached(middleware.CacheConfig{}, func(c *dram.Context) {
						saying(maxAge, `Etag: "v1"`, "Last-Modified: Wed, 01 Jan 2020 00:00:00 GMT")(c)
						if c.GetHeader("If-None-Match") == `"v1"` {
							c.AbortWithStatus(304)
						}
					})
					get(o, "/")
					time.Sleep(age)
					w := get(o, "/", tc.edit)
					assert.Equal(t, tc.want, w.Code)
					assert.Equal(t, `"v1"`, w.Header().Get("Etag"))
					assert.Equal(t, tc.want == 304, w.Body.Len() == 0)
				})
			})
		}
	}
}

// A condition of the client's, for which nothing is kept, is the handlers' to answer.
func TestCachePassesConditionsOfWhatIsNotKept(t *testing.T) {
	o := newCached(middleware.CacheConfig{}, func(c *dram.Context) {
		saying(maxAge, `Etag: "v1"`)(c)
		if c.GetHeader("If-None-Match") == `"v1"` {
			c.AbortWithStatus(304)
		}
	})
	assert.Equal(t, 304, get(o, "/", with(`If-None-Match: "v1"`)).Code)
	assert.Equal(t, 200, get(o, "/").Code, "the 304 was not kept")
	assert.Equal(t, 304, get(o, "/", with(`If-None-Match: "v1"`)).Code)
	assert.Equal(t, 2, o.runs)
}

func TestCacheServesStaleInPlaceOfErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		control string
		after   time.Duration
		want    int
	}{
		"allowed":         {"max-age=60, stale-if-error=60", 90 * time.Second, 200},
		"for too long":    {"max-age=60, stale-if-error=60", 121 * time.Second, 503},
		"not said":        {"max-age=60", 90 * time.Second, 503},
		"must-revalidate": {"max-age=60, stale-if-error=60, must-revalidate", 90 * time.Second, 503},
		"with s-maxage":   {"s-maxage=60, stale-if-error=60", 90 * time.Second, 200},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fails := false
				o := newCached(middleware.CacheConfig{}, func(c *dram.Context) {
					if saying("Cache-Control: " + tc.control)(c); fails {
						c.Writer.Header().Set("Cache-Control", "no-store")
						c.Writer.Header().Set("X-Error", "1")
						c.AbortWithStatusJSON(503, "no")
					}
				})
				get(o, "/")
				fails = true
				time.Sleep(tc.after)
				w := get(o, "/")
				assert.Equal(t, tc.want, w.Code)
				if tc.want == 200 {
					assert.Equal(t, "run 1", w.Body.String())
					assert.Empty(t, w.Header().Get("X-Error"))
				}
				fails = false
				assert.Equal(t, "run 3", get(o, "/").Body.String())
			})
		})
	}
}

func TestCacheMaxStale(t *testing.T) {
	for name, tc := range map[string]struct {
		control, request string
		kept             bool
	}{
		"any":             {"max-age=60", "max-stale", true},
		"enough":          {"max-age=60", "max-stale=30", true},
		"not enough":      {"max-age=60", "max-stale=29", false},
		"must-revalidate": {"max-age=60, must-revalidate", "max-stale", false},
		"s-maxage":        {"s-maxage=60", "max-stale", false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newCached(middleware.CacheConfig{}, saying("Cache-Control: "+tc.control))
				get(o, "/")
				time.Sleep(90 * time.Second)
				get(o, "/", with("Cache-Control: "+tc.request))
				assert.Equal(t, tc.kept, o.runs == 1)
			})
		})
	}
}

func TestCacheStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newCached(middleware.CacheConfig{Name: "edge"}, func(c *dram.Context) {
			saying(maxAge, `Etag: "a"`, "Cache-Status: origin; hit")(c)
			if c.GetHeader("If-None-Match") != "" {
				c.AbortWithStatus(304)
			}
		})
		status := func(edits ...func(*http.Request)) string {
			return strings.Join(get(o, "/", edits...).Header()["Cache-Status"], " | ")
		}
		assert.Equal(t, "origin; hit | edge; fwd=uri-miss; stored", status())
		assert.Equal(t, "origin; hit | edge; hit", status())
		assert.Equal(t, "origin; hit | edge; hit", status(), "it does not grow")
		time.Sleep(61 * time.Second)
		assert.Equal(t, "origin; hit | edge; fwd=stale; fwd-status=304", status())
	})
}
