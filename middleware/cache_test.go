// Cache, rule by rule: what is kept, how long it is used, and what becomes of it then.
// The public suite for HTTP caches runs in contrib/internal/cachetest.

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

// cached is an engine with a Cache around a handler that answers every path and method by
// answer, and then with the number of its run.
type cached struct {
	*dram.Engine
	runs int
}

func newCached(cfg middleware.CacheConfig, answer dram.HandlerFunc) *cached {
	o := &cached{Engine: dram.New()}
	handler := func(c *dram.Context) {
		o.runs++
		if answer(c); !c.Writer.Written() && !c.IsAborted() {
			c.String(c.Writer.Status(), "run %d", o.runs)
		}
	}
	o.Use(middleware.Cache(cfg))
	for _, path := range []string{"/", "/other", "/a/*rest"} {
		o.Match([]string{"GET", "POST", "PUT", "DELETE", "PATCH", "QUERY", "OPTIONS"}, path, handler)
	}
	return o
}

// saying is the answer with headers, written "Name: value".
func saying(lines ...string) dram.HandlerFunc {
	return func(c *dram.Context) {
		for _, line := range lines {
			name, value, _ := strings.Cut(line, ": ")
			c.Writer.Header().Add(name, value)
		}
	}
}

// with sets headers of a request, written "Name: value".
func with(lines ...string) func(*http.Request) {
	return func(req *http.Request) {
		for _, line := range lines {
			name, value, _ := strings.Cut(line, ": ")
			req.Header.Add(name, value)
		}
	}
}

const maxAge = "Cache-Control: max-age=60"

func TestCacheValidate(t *testing.T) {
	assert.NoError(t, middleware.CacheConfig{}.Validate())
	for _, cfg := range []middleware.CacheConfig{
		{MaxAnswer: -1}, {MaxQuery: -1}, {Wait: -1}, {Keep: -1}, {Name: "my cache"},
	} {
		var fault *middleware.ConfigError
		require.ErrorAs(t, cfg.Validate(), &fault)
		assert.PanicsWithError(t, fault.Error(), func() { middleware.Cache(cfg) })
	}
}

// What two equal requests get: the second one from memory, or not.
func TestCacheKeepsWhatTheAnswerAllows(t *testing.T) {
	date := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(http.TimeFormat) }
	status := func(code int, lines ...string) dram.HandlerFunc {
		return func(c *dram.Context) { saying(lines...)(c); c.Status(code) }
	}
	for name, tc := range map[string]struct {
		answer dram.HandlerFunc
		kept   bool
	}{
		"nothing said":                    {saying(), false},
		"only validators":                 {saying(`Etag: "a"`, "Last-Modified: Wed, 01 Jan 2020 00:00:00 GMT"), false},
		"max-age":                         {saying(maxAge), true},
		"s-maxage":                        {saying("Cache-Control: s-maxage=60"), true},
		"s-maxage before max-age":         {saying("Cache-Control: max-age=60, s-maxage=0"), false},
		"max-age=0":                       {saying("Cache-Control: max-age=0"), false},
		"public alone":                    {saying("Cache-Control: public"), false},
		"in quotes":                       {saying(`Cache-Control: max-age="60"`), true},
		"not a number":                    {saying("Cache-Control: max-age=60s"), false},
		"negative":                        {saying("Cache-Control: max-age=-60"), false},
		"two that differ":                 {saying(maxAge, "Cache-Control: max-age=61"), false},
		"in a string":                     {saying(`Cache-Control: x="max-age=60"`), false},
		"longer than any clock":           {saying("Cache-Control: max-age=99999999999999999999"), true},
		"Expires":                         {saying("Expires: " + date(time.Hour)), true},
		"Expires in the past":             {saying("Expires: " + date(-time.Hour)), false},
		"Expires that is none":            {saying("Expires: 0"), false},
		"max-age before Expires":          {saying(maxAge, "Expires: 0"), true},
		"Expires by Date":                 {saying("Date: "+date(-2*time.Hour), "Expires: "+date(-time.Hour)), false},
		"an old Date":                     {saying(maxAge, "Date: "+date(-2*time.Minute)), false},
		"an Age":                          {saying(maxAge, "Age: 59"), true},
		"an Age above":                    {saying(maxAge, "Age: 60"), false},
		"an Age that is none":             {saying(maxAge, "Age: old"), true},
		"no-store":                        {saying("Cache-Control: no-store, max-age=60"), false},
		"no-store on another line":        {saying(maxAge, "Cache-Control: No-Store"), false},
		"private":                         {saying("Cache-Control: private, max-age=60"), false},
		"private names":                   {saying(`Cache-Control: private="X-A", max-age=60`), false},
		"no-cache":                        {saying("Cache-Control: no-cache, max-age=60"), false},
		"must-understand":                 {saying("Cache-Control: must-understand, no-store, max-age=60"), true},
		"must-understand, not understood": {status(299, "Cache-Control: must-understand, max-age=60"), false},
		"a status that nobody knows":      {status(299, maxAge), true},
		"a cookie":                        {saying(maxAge, "Set-Cookie: a=b"), false},
		"Vary: *":                         {saying(maxAge, "Vary: Accept, *"), false},
		"404":                             {status(404, maxAge), true},
		"301":                             {status(301, maxAge, "Location: /other"), true},
		"503":                             {status(503, maxAge), true},
		"204":                             {func(c *dram.Context) { saying(maxAge)(c); c.AbortWithStatus(204) }, true},
		"206":                             {status(206, maxAge), false},
		"429":                             {status(429, maxAge), false},
		"a part":                          {saying(maxAge, "Content-Range: bytes 0-1/2"), false},
		"a trailer":                       {saying(maxAge, "Trailer: X-Sum"), false},
		"events":                          {saying(maxAge, "Content-Type: text/event-stream"), false},
		"flushed":                         {func(c *dram.Context) { saying(maxAge)(c); c.String(200, "a"); c.Writer.Flush() }, false},
		"from a reader": {func(c *dram.Context) {
			saying(maxAge)(c)
			_, _ = io.Copy(c.Writer, io.LimitReader(strings.NewReader(long), 9))
		}, false},
		"longer than MaxAnswer": {func(c *dram.Context) { saying(maxAge)(c); c.String(200, strings.Repeat("x", 4097)) }, false},
		"longer than MaxAnswer, piece-wise": {func(c *dram.Context) {
			saying(maxAge)(c)
			c.String(200, strings.Repeat("x", 4096))
			_, _ = c.Writer.WriteString("x")
		}, false},
		"as long as MaxAnswer": {func(c *dram.Context) { saying(maxAge)(c); c.String(200, strings.Repeat("x", 4096)) }, true},
		"shorter than it says": {func(c *dram.Context) { saying(maxAge, "Content-Length: 9")(c); c.String(200, "short") }, false},
		"broken off": {func(c *dram.Context) {
			saying(maxAge)(c)
			c.DataFromReader(200, 9, "text/plain", strings.NewReader("short"), nil)
		}, false},
		"a user that is found inside": {func(c *dram.Context) { saying(maxAge)(c); c.Set(dram.AuthUserKey, "ann") }, false},
	} {
		t.Run(name, func(t *testing.T) {
			o := newCached(middleware.CacheConfig{MaxAnswer: 4096}, tc.answer)
			first := get(o, "/")
			runs := o.runs
			second := get(o, "/")
			assert.Equal(t, 1, runs)
			assert.Equal(t, first.Code, second.Code)
			assert.Empty(t, first.Header().Get("Age-Test"))
			if !tc.kept {
				assert.Equal(t, 2, o.runs, "it was kept")
				return
			}
			assert.Equal(t, 1, o.runs, "it was not kept")
			assert.Equal(t, first.Body.String(), second.Body.String())
			assert.NotEmpty(t, second.Header().Get("Age"))
			assert.NotEmpty(t, second.Header().Get("Date"))
			for name := range first.Header() {
				if name != "Content-Length" && name != "Age" && name != "Date" {
					assert.Equal(t, first.Header()[name], second.Header()[name], name)
				}
			}
		})
	}
}

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

func TestCacheAgesAndEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newCached(middleware.CacheConfig{}, saying(maxAge, "Age: 20"))
		made := time.Now().UTC().Format(http.TimeFormat)
		get(o, "/")
		time.Sleep(39 * time.Second)
		w := get(o, "/")
		assert.Equal(t, "59", w.Header().Get("Age"), "that of the server behind, and ours")
		assert.Equal(t, made, w.Header().Get("Date"))
		assert.Equal(t, "run 1", w.Body.String())
		time.Sleep(time.Second)
		assert.Equal(t, "run 2", get(o, "/").Body.String())
	})
}

func TestCacheVaries(t *testing.T) {
	o := newCached(middleware.CacheConfig{}, func(c *dram.Context) {
		saying(maxAge, "Vary: Accept-Language", "Vary: accept")(c)
	})
	german, both := with("Accept-Language: de"), with("Accept-Language: de", "Accept: text/plain")
	assert.Equal(t, "run 1", get(o, "/", german).Body.String())
	assert.Equal(t, "run 2", get(o, "/").Body.String(), "the header is missing")
	assert.Equal(t, "run 3", get(o, "/", with("Accept-Language: ")).Body.String(), "the header is empty")
	assert.Equal(t, "run 4", get(o, "/", both).Body.String())
	assert.Equal(t, "run 1", get(o, "/", german).Body.String())
	assert.Equal(t, "run 2", get(o, "/").Body.String())
	assert.Equal(t, "run 4", get(o, "/", both, with("X-Other: 1")).Body.String())
}

// Answers of one URI that do not agree by what they differ.
func TestCacheVaryMayDiffer(t *testing.T) {
	o := newCached(middleware.CacheConfig{}, func(c *dram.Context) {
		saying(maxAge, "Vary: "+c.GetHeader("X-By"))(c)
	})
	a, b := with("X-By: A", "A: 1"), with("X-By: B", "A: 1", "B: 1")
	assert.Equal(t, "run 1", get(o, "/", a).Body.String())
	get(o, "/", b)
	assert.LessOrEqual(t, o.runs, 2)
	other := get(o, "/", with("X-By: B", "A: 2", "B: 2"))
	assert.NotEqual(t, "run 1", other.Body.String())
	runs := o.runs
	get(o, "/", with("X-By: B", "A: 2", "B: 2"))
	assert.Equal(t, runs, o.runs)
}

func TestCacheAsksAboutWhatIsStale(t *testing.T) {
	const tag, changed = `"v1"`, "Wed, 01 Jan 2020 00:00:00 GMT"
	for name, tc := range map[string]struct {
		first, second []string
		asked         string // what the handler is asked
		want, header  string // the body and X-Count afterwards
		runs          int    // after a third request
	}{
		"by ETag":          {[]string{maxAge, "Etag: " + tag, "X-Count: 1"}, []string{"X-Count: 2"}, `"v1"|`, "run 1", "2", 2},
		"by Last-Modified": {[]string{maxAge, "Last-Modified: " + changed, "X-Count: 1"}, []string{}, "|" + changed, "run 1", "1", 2},
		"by both":          {[]string{maxAge, "Etag: " + tag, "Last-Modified: " + changed}, []string{"Etag: " + tag}, `"v1"|` + changed, "run 1", "", 2},
		"no-cache":         {[]string{"Cache-Control: no-cache", "Etag: " + tag}, []string{}, `"v1"|`, "run 1", "", 3},
		"another version":  {[]string{maxAge, "Etag: " + tag, "X-Count: 1"}, []string{`Etag: "v2"`, "X-Count: 2"}, `"v1"|`, "run 1", "1", 3},
		"no longer kept":   {[]string{maxAge, "Etag: " + tag}, []string{"Cache-Control: no-store"}, `"v1"|`, "run 1", "", 3},
		"not by length":    {[]string{maxAge, "Etag: " + tag}, []string{"Content-Length: 9"}, `"v1"|`, "run 1", "", 2},
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
	send(o, "POST", "/", "")
	runs := o.runs
	assert.Equal(t, "a", ask("a").Body.String())
	assert.Equal(t, runs+1, o.runs, "a change of the URI drops them")
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
