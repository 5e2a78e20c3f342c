// Cache, rule by rule: what is kept, how long it is used, and what becomes of it then.
// The public suite for HTTP caches runs in contrib/internal/cachetest.

package middleware_test

import (
	"io"
	"net/http"
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
		"as long as it says, piece-wise": {func(c *dram.Context) {
			saying(maxAge, "Content-Length: 6")(c)
			c.String(200, "abc")
			c.String(200, "def")
		}, true},
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

func TestCacheAnswersConditionsWithoutTheHeaderOfABody(t *testing.T) {
	o := newCached(middleware.CacheConfig{}, saying(maxAge, `Etag: "1"`, "Last-Modified: Mon, 01 Jan 2001 00:00:00 GMT", "Content-Type: a/b", "X: 1"))
	for _, tag := range []string{`"0"`, `"1"`} {
		w := get(o, "/", with("If-None-Match: "+tag))
		if tag == `"1"` {
			assert.Equal(t, 304, w.Code)
			assert.Equal(t, "1", w.Header().Get("X"))
			for _, name := range []string{"Content-Type", "Content-Length", "Last-Modified"} {
				assert.NotContains(t, w.Header(), name)
			}
		}
	}
	assert.Equal(t, 1, o.runs)
}

func TestCacheKeepsNothingWithoutAHost(t *testing.T) {
	for host, runs := range map[string]int{"a.example": 1, "a/b": 2, "": 2} {
		o := newCached(middleware.CacheConfig{}, saying(maxAge))
		for range 2 {
			get(o, "/", func(req *http.Request) { req.Host = host })
		}
		assert.Equal(t, runs, o.runs, host)
	}
}

func TestCacheOfAQueryWithoutABody(t *testing.T) {
	o := newCached(middleware.CacheConfig{MaxQuery: 10}, saying(maxAge))
	for range 2 {
		send(o, "QUERY", "/", "", func(req *http.Request) { req.Body = nil })
	}
	assert.Equal(t, 1, o.runs)
}

func TestCacheKeepsAnAnswerWhoseEndIsWrittenTwice(t *testing.T) {
	o := newCached(middleware.CacheConfig{}, func(c *dram.Context) {
		saying(maxAge, "Content-Length: 3")(c)
		_, _ = c.Writer.Write([]byte("abc"))
		_, _ = c.Writer.Write(nil)
	})
	for range 2 {
		assert.Equal(t, "abc", get(o, "/").Body.String())
	}
	assert.Equal(t, 1, o.runs)
}

// A 304 of another version leaves nothing to ask about.
func TestCacheDropsAnAnswerOfWhichThereIsAnotherVersion(t *testing.T) {
	var asked []string
	o := newCached(middleware.CacheConfig{}, func(c *dram.Context) {
		asked = append(asked, c.GetHeader("If-None-Match"))
		if saying("Cache-Control: no-cache", `Etag: "1"`)(c); len(asked) == 2 {
			c.Header("ETag", `"2"`)
			c.AbortWithStatus(304)
		}
	})
	for range 3 {
		get(o, "/")
	}
	assert.Equal(t, []string{"", `"1"`, ""}, asked)
}

func TestCacheSaysThatTheRequestWantsItAnew(t *testing.T) {
	for control, want := range map[string]string{"no-cache": "c; fwd=request", "max-age=0": "c; fwd=request", "max-age=1": "c; hit", "max-stale=0": "c; hit"} {
		o := newCached(middleware.CacheConfig{Name: "c"}, saying(maxAge))
		get(o, "/")
		assert.Contains(t, get(o, "/", with("Cache-Control: "+control)).Header().Get("Cache-Status"), want, control)
	}
}
