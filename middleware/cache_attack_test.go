// What somebody may try with a cache that is shared, and what prevents it.

package middleware_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// Cache poisoning by headers that no key has: what the scheme and the client are said to be
// counts only if a trusted proxy says it, and then it is in the key.
func TestCachePoisoningByForwardedHeaders(t *testing.T) {
	for name, trusts := range map[string]bool{"nobody trusted": false, "the peer trusted": true} {
		t.Run(name, func(t *testing.T) {
			o := newCached(middleware.CacheConfig{}, func(c *dram.Context) {
				saying(maxAge)(c)
				c.String(200, "%s://%s", c.Scheme(), c.Request.Host)
			})
			if trusts {
				behind(o.Engine, "192.0.2.1")
			}
			evil := with("X-Forwarded-Proto: https", "X-Forwarded-Host: evil.example", "X-Forwarded-Scheme: nothttps",
				"X-Original-Url: /admin", "X-Rewrite-Url: /admin", "Forwarded: host=evil.example", "X-Host: evil.example")
			get(o, "/", evil)
			assert.Equal(t, "http://example.com", get(o, "/").Body.String())
		})
	}
}

// Cache poisoning by a GET with a body, by which a handler may answer.
func TestCachePoisoningByABodyOfGet(t *testing.T) {
	o := newCached(middleware.CacheConfig{}, func(c *dram.Context) {
		saying(maxAge)(c)
		name, _ := c.GetRawData()
		c.String(200, "hello, %s", cmp.Or(string(name), "you"))
	})
	assert.Equal(t, "hello, evil", send(o, "GET", "/", "evil").Body.String())
	assert.Equal(t, "hello, you", get(o, "/").Body.String())
}

// Cache poisoning by a Host that two parties read differently.
func TestCachePoisoningByHost(t *testing.T) {
	o := newCached(middleware.CacheConfig{}, func(c *dram.Context) {
		saying(maxAge)(c)
		c.String(200, "%s", c.Request.Host)
	})
	for _, host := range []string{"evil.example", "example.com:1", "example.com@evil.example", "example.com/..", "example.com\x00", "example.com, evil.example", ""} {
		get(o, "/", func(req *http.Request) { req.Host = host })
	}
	assert.Equal(t, "example.com", get(o, "/").Body.String())
}

// No two URIs have one key, whatever is written where.
func TestCacheKeysDoNotCollide(t *testing.T) {
	o := newCached(middleware.CacheConfig{}, func(c *dram.Context) {
		saying(maxAge)(c)
		c.String(200, "%q %q %q", c.Request.URL.Path, c.Request.URL.RawPath, c.Request.URL.RawQuery)
	})
	seen := map[string]string{}
	for _, target := range []string{
		"/a/b", "/a/b?", "/a/b?c", "/a/b%3Fc", "/a/b%00c", "/a/b%2Fc", "/a/b/c", "/a//b/c", "/a/b?c=%00", "/a/b?c&d", "/a/b?d&c", "/a/%c3%a9", "/a/%C3%A9", "/a/B", "/a/b;c", "/a/b?/c",
	} {
		for range 2 {
			body := get(o, target).Body.String() + fmt.Sprint(strings.Contains(target, "?"))
			if before, ok := seen[body]; ok {
				assert.Equal(t, target, before)
			}
			seen[body] = target
		}
	}
	assert.Equal(t, 16, o.runs)
	assert.Len(t, seen, 16)
}

// A client that wants a new answer, and makes that an error, takes nothing from the others.
func TestCacheReloadCannotEvict(t *testing.T) {
	o := newCached(middleware.CacheConfig{}, func(c *dram.Context) {
		if saying(maxAge)(c); c.GetHeader("X-Bad") != "" {
			c.Writer.Header().Del("Cache-Control")
			c.AbortWithStatus(400)
		}
	})
	get(o, "/")
	assert.Equal(t, 400, get(o, "/", with("Cache-Control: no-cache", "X-Bad: 1")).Code)
	assert.Equal(t, "run 1", get(o, "/").Body.String())
	assert.Equal(t, "run 3", get(o, "/", with("Cache-Control: no-cache")).Body.String())
	assert.Equal(t, "run 3", get(o, "/").Body.String())
}

// Web cache deception: a page of a user's under a path that looks like a file's is a page of a
// user's. Nothing is guessed from the path.
func TestCacheDeception(t *testing.T) {
	account := func(c *dram.Context) {
		saying("Cache-Control: private, max-age=60")(c)
		c.String(200, "account of %s", c.GetHeader("Cookie"))
	}
	silent := func(c *dram.Context) { c.String(200, "account of %s", c.GetHeader("X-Session")) }
	for name, answer := range map[string]dram.HandlerFunc{"private": account, "says nothing": silent} {
		t.Run(name, func(t *testing.T) {
			for _, cfg := range []middleware.CacheConfig{{}, {Cookies: true, Authorized: true}} {
				o := newCached(cfg, answer)
				for _, target := range []string{"/a/account/x.css", "/a/account%2Fx.js", "/a/account;x.png", "/a/account?x.css"} {
					get(o, target, with("Cookie: ann", "X-Session: ann"))
					assert.NotContains(t, get(o, target).Body.String(), "ann", target)
				}
			}
		})
	}
}

// What layers outside set for each answer is theirs, also on what comes from memory.
func TestCacheLeavesHeadersOfLayersOutside(t *testing.T) {
	o, n := dram.New(), 0
	o.Use(func(c *dram.Context) {
		n++
		c.Header("X-Request-Id", fmt.Sprint(n))
		c.Header("X-Powered-By", "dram")
		c.Header("Vary", "Origin")
	}, middleware.Cache(middleware.CacheConfig{}))
	o.GET("/", func(c *dram.Context) {
		saying(maxAge, "Vary: Accept")(c)
		c.Writer.Header().Del("X-Powered-By")
	}, func(c *dram.Context) { c.String(200, "ok") })
	get(o, "/")
	second := get(o, "/").Header()
	assert.Equal(t, "2", second.Get("X-Request-Id"))
	assert.Empty(t, second.Get("X-Powered-By"))
	assert.ElementsMatch(t, []string{"Origin", "Accept"}, second["Vary"])
	assert.NotEmpty(t, second.Get("Age"))
	assert.Empty(t, get(o, "/", with("Origin: https://a.example")).Header().Get("Age"), "who has named it, and for whom, is not known")
}

// A layer outside that changes the answer it gets does not change what is kept.
func TestCacheKeepsWhatLayersOutsideChange(t *testing.T) {
	r := dram.New()
	r.Use(func(c *dram.Context) {
		c.NextAnswer(nil, func(a dram.Answer) { a.Header()["X-List"] = append(a.Header()["X-List"], c.Query("q")) })
	}, middleware.Cache(middleware.CacheConfig{}))
	r.GET("/", func(c *dram.Context) { saying(maxAge, "X-List: a")(c); c.String(200, "ok") })
	for range 3 {
		assert.Equal(t, []string{"a", ""}, get(r, "/").Header()["X-List"])
	}
}

// Headers cannot be injected: what the handlers could not send, is not kept either, and
// nothing of the request goes into an answer.
func TestCacheSplitsNoAnswer(t *testing.T) {
	r := dram.New()
	r.Use(middleware.Cache(middleware.CacheConfig{Name: "edge"}))
	r.GET("/", func(c *dram.Context) { saying(maxAge)(c); c.Header("X-Echo", c.Query("q")); c.String(200, "ok") })
	server := httptest.NewServer(r)
	defer server.Close()
	for range 2 {
		res, err := http.Get(server.URL + "/?q=a%0d%0aSet-Cookie:%20b=c")
		assert.NoError(t, err)
		_ = res.Body.Close()
		assert.Empty(t, res.Header["Set-Cookie"])
	}
}

// Memory is bounded, whatever clients ask for: other URIs, other headers, other bodies.
func TestCacheMemoryIsBounded(t *testing.T) {
	const bound = 1 << 20
	for name, edit := range map[string]func(i int, req *http.Request){
		"queries": func(i int, req *http.Request) { req.URL.RawQuery = fmt.Sprint(i) },
		"headers": func(i int, req *http.Request) { req.Header.Set("X-Vary", fmt.Sprint(i)) },
		"bodies": func(i int, req *http.Request) {
			req.Method, req.Body, req.ContentLength = "QUERY", io.NopCloser(strings.NewReader(fmt.Sprint(i))), -1
		},
	} {
		t.Run(name, func(t *testing.T) {
			store := &putCounter{CacheStore: middleware.NewMemoryCache(bound, 0)}
			body := bytes.Repeat([]byte("x"), 4096)
			o := newCached(middleware.CacheConfig{Store: store}, func(c *dram.Context) {
				saying(maxAge, "Vary: X-Vary")(c)
				c.Data(200, "text/plain", body)
			})
			for i := range 1000 {
				get(o, "/", func(req *http.Request) { edit(i, req) })
			}
			assert.Equal(t, 1000, o.runs)
			held := store.held(t)
			assert.Positive(t, held)
			assert.LessOrEqual(t, held, bound/4096)
		})
	}
}

// putCounter is a store that knows what was put into it.
type putCounter struct {
	middleware.CacheStore
	mu   sync.Mutex
	keys [][2]middleware.CacheKey
}

func (s *putCounter) Put(ctx context.Context, uri, variant middleware.CacheKey, record *middleware.CacheRecord, ttl time.Duration) error {
	s.mu.Lock()
	s.keys = append(s.keys, [2]middleware.CacheKey{uri, variant})
	s.mu.Unlock()
	return s.CacheStore.Put(ctx, uri, variant, record, ttl)
}

// held is how many of the answers are still there.
func (s *putCounter) held(t *testing.T) (n int) {
	seen := map[[2]middleware.CacheKey]bool{}
	for _, key := range s.keys {
		record, err := s.Get(t.Context(), key[0], key[1])
		assert.NoError(t, err)
		if record != nil && record.Status != 0 && !seen[key] {
			n++
		}
		seen[key] = true
	}
	return n
}

// Many writers and readers at once, of answers that differ by a header and change: each gets
// its own answer.
func TestCacheConcurrentWriters(t *testing.T) {
	r := dram.New()
	r.Use(middleware.Cache(middleware.CacheConfig{Store: middleware.NewMemoryCache(64<<10, 4), Name: "edge"}))
	r.GET("/:name", func(c *dram.Context) {
		saying("Cache-Control: max-age=1, stale-while-revalidate=1", "Vary: X-As", `Etag: "`+c.Param("name")+`"`)(c)
		c.String(200, "%s %s %s", c.Param("name"), c.GetHeader("X-As"), strings.Repeat("x", 2000))
	})
	r.PUT("/:name", func(c *dram.Context) { c.Status(204) })
	var wait sync.WaitGroup
	for g := range 8 {
		wait.Go(func() {
			for i := range 200 {
				name, as := fmt.Sprint("n", (g+i)%7), fmt.Sprint("a", i%5)
				if i%50 == 49 {
					send(r, "PUT", "/"+name, "")
					continue
				}
				w := get(r, "/"+name, with("X-As: "+as))
				assert.True(t, strings.HasPrefix(w.Body.String(), name+" "+as+" "), w.Body.String()[:9])
				assert.Equal(t, len(name+" "+as+" ")+2000, w.Body.Len())
			}
		})
	}
	wait.Wait()
}

// A service below a path of its proxy puts that path into addresses.
func TestCacheKeepsAnswersOfOnePrefix(t *testing.T) {
	r := dram.New()
	require.NoError(t, r.SetTrustedProxies([]string{"192.0.2.1"})) // httptest's
	runs := 0
	r.Use(middleware.Cache(middleware.CacheConfig{}))
	r.GET("/page", func(c *dram.Context) {
		runs++
		c.Header("Cache-Control", "s-maxage=60")
		c.String(200, "%s run %d", c.URL("/login"), runs)
	})
	r.POST("/page", func(c *dram.Context) { c.Redirect(303, "/page") })
	r.POST("/other", func(c *dram.Context) { c.Redirect(303, "/page") })
	below := func(method, path, prefix string) string {
		return send(r, method, path, "", header("X-Forwarded-Prefix", prefix)).Body.String()
	}
	assert.Equal(t, "/app/login run 1", below("GET", "/page", "/app"))
	assert.Equal(t, "/login run 2", below("GET", "/page", ""))
	assert.Equal(t, "/evil/login run 3", below("GET", "/page", "/evil"))
	assert.Equal(t, "/app/login run 1", below("GET", "/page", "/app"))
	below("POST", "/other", "/app")
	assert.Equal(t, "/app/login run 4", below("GET", "/page", "/app"), "Location names it with the prefix")
	below("POST", "/page", "/app")
	assert.Equal(t, "/app/login run 5", below("GET", "/page", "/app"))
}
