// What Cache does when the client has been answered.

package middleware_test

import (
	"context"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

func TestCacheServesStaleWhileItAsks(t *testing.T) {
	for name, tc := range map[string]struct {
		control string
		after   time.Duration
		stale   bool
	}{
		"allowed":          {"max-age=60, stale-while-revalidate=60", 90 * time.Second, true},
		"with s-maxage":    {"s-maxage=60, stale-while-revalidate=60", 90 * time.Second, true},
		"for too long":     {"max-age=60, stale-while-revalidate=60", 122 * time.Second, false},
		"must-revalidate":  {"max-age=60, stale-while-revalidate=60, must-revalidate", 90 * time.Second, false},
		"proxy-revalidate": {"max-age=60, stale-while-revalidate=60, proxy-revalidate", 90 * time.Second, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var outside atomic.Int32
				o := newSlow(middleware.CacheConfig{}, saying("Cache-Control: "+tc.control, `Etag: "a"`), func(*dram.Context) { outside.Add(1) })
				get(o, "/")
				time.Sleep(tc.after)
				bodies, took := o.ask(5, nil)
				if !tc.stale {
					assert.Equal(t, "run 2", bodies[0])
					return
				}
				assert.Equal(t, []string{"run 1", "run 1", "run 1", "run 1", "run 1"}, bodies)
				assert.Zero(t, took[0], "nobody waits")
				time.Sleep(2 * time.Second)
				synctest.Wait()
				assert.EqualValues(t, 2, o.runs.Load(), "one asks")
				assert.Equal(t, "run 2", get(o, "/").Body.String())
				assert.EqualValues(t, 2, o.runs.Load())
				assert.EqualValues(t, 7, outside.Load(), "the layers outside see requests of clients only")
				require.NoError(t, o.Shutdown(t.Context()))
			})
		})
	}
}

// A refresh has nothing of the client's: neither its leaving nor its conditions.
func TestCacheRefreshIsNobodysRequest(t *testing.T) {
	for _, tag := range []string{`"a"`, ""} {
		synctest.Test(t, func(t *testing.T) {
			var asked []string
			o := newSlow(middleware.CacheConfig{}, func(c *dram.Context) {
				saying("Cache-Control: max-age=60, stale-while-revalidate=60")(c)
				c.Header("Etag", tag)
				asked = append(asked, c.GetHeader("If-None-Match")+c.GetHeader("If-Modified-Since"))
				if tag != "" && c.GetHeader("If-None-Match") == tag {
					c.AbortWithStatus(304)
				}
			})
			get(o, "/")
			time.Sleep(90 * time.Second)
			gone, leave := context.WithCancel(t.Context())
			w := get(o, "/", with(`If-None-Match: "b"`, "If-Modified-Since: Wed, 01 Jan 2020 00:00:00 GMT"), func(req *http.Request) { *req = *req.WithContext(gone) })
			leave()
			assert.Equal(t, "run 1", w.Body.String())
			time.Sleep(2 * time.Second)
			synctest.Wait()
			assert.Equal(t, []string{"", tag}, asked)
			assert.Equal(t, "1", get(o, "/").Header().Get("Age"), "it is fresh again, by a 304 if it has a tag")
			assert.EqualValues(t, 2, o.runs.Load())
		})
	}
}

// A refresh that fails leaves what is kept, and the next request tries again.
func TestCacheRefreshThatFails(t *testing.T) {
	out := dram.DefaultErrorWriter
	dram.DefaultErrorWriter = io.Discard
	defer func() { dram.DefaultErrorWriter = out }()
	for name, fail := range map[string]dram.HandlerFunc{
		"an error": func(c *dram.Context) { c.AbortWithStatus(503) },
		"a panic":  func(*dram.Context) { panic("inside") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fails := false
				o := newSlow(middleware.CacheConfig{}, func(c *dram.Context) {
					if fails {
						fail(c)
					}
					saying("Cache-Control: max-age=60, stale-while-revalidate=600")(c)
				})
				get(o, "/")
				fails = true
				for range 3 {
					time.Sleep(90 * time.Second)
					synctest.Wait()
					assert.Equal(t, "run 1", get(o, "/").Body.String())
				}
				time.Sleep(2 * time.Second)
				synctest.Wait()
				assert.EqualValues(t, 4, o.runs.Load())
				fails = false
				get(o, "/")
				time.Sleep(2 * time.Second)
				synctest.Wait()
				assert.Equal(t, "run 5", get(o, "/").Body.String())
			})
		})
	}
}

// A QUERY is asked again with its body.
func TestCacheRefreshOfAQuery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var runs atomic.Int32
		r := dram.New()
		r.Use(middleware.Cache(middleware.CacheConfig{}))
		r.Handle("QUERY", "/", func(c *dram.Context) {
			body, _ := c.GetRawData()
			saying("Cache-Control: max-age=60, stale-while-revalidate=60")(c)
			c.String(200, "%s %d", body, runs.Add(1))
		})
		for _, want := range []string{"a 1", "a 1", "a 2"} {
			assert.Equal(t, want, send(r, "QUERY", "/", "a").Body.String())
			synctest.Wait()
			if runs.Load() == 1 {
				time.Sleep(90 * time.Second)
			}
		}
	})
}

// The end of the server waits for a refresh.
func TestCacheRefreshIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newSlow(middleware.CacheConfig{}, saying("Cache-Control: max-age=60, stale-while-revalidate=60"))
		get(o, "/")
		time.Sleep(90 * time.Second)
		get(o, "/")
		began := time.Now()
		require.NoError(t, o.Shutdown(t.Context()))
		assert.Equal(t, time.Second, time.Since(began))
		assert.Equal(t, "run 2", get(o, "/").Body.String())
	})
}
