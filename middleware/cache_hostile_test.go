// One request, or one client, that is to spoil Cache for the others.

package middleware_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// picky answers with 406 to whoever accepts nothing, and with 500 while it fails.
func picky(failing *atomic.Bool, control string) dram.HandlerFunc {
	return func(c *dram.Context) {
		switch {
		case c.GetHeader("Accept") == "x/y":
			c.AbortWithStatus(http.StatusNotAcceptable)
		case failing.Load():
			c.AbortWithStatus(http.StatusInternalServerError)
		default:
			saying(control)(c)
		}
	}
}

// What one request is refused does not have the others run one by one.
func TestCacheCollapsesAfterARefusal(t *testing.T) {
	for name, edit := range map[string]func(*http.Request){"cold": with("Accept: x/y"), "no-cache": with("Accept: x/y", "Cache-Control: no-cache")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newSlow(middleware.CacheConfig{}, func(c *dram.Context) {
					if picky(new(atomic.Bool), maxAge)(c); c.IsAborted() {
						c.Writer.WriteHeaderNow()
					}
				})
				get(o, "/", edit)
				bodies, _ := o.ask(5, nil)
				assert.Equal(t, 1, distinct(bodies))
				assert.EqualValues(t, 2, o.runs.Load())
			})
		})
	}
}

// Those who wait for a request that is refused have another one of them run.
func TestCacheWaitersOfARefusalDoNotRunAllAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newSlow(middleware.CacheConfig{}, picky(new(atomic.Bool), maxAge))
		go get(o, "/", with("Accept: x/y"))
		synctest.Wait()
		bodies, _ := o.ask(10, nil)
		assert.Equal(t, 1, distinct(bodies))
		assert.EqualValues(t, 2, o.runs.Load())
	})
}

// A refusal does not take from the others what stands in for an error.
func TestCacheRefusalDropsNothing(t *testing.T) {
	for _, status := range []int{400, 401, 403, 406, 429} {
		synctest.Test(t, func(t *testing.T) {
			var failing atomic.Bool
			o := newCached(middleware.CacheConfig{}, func(c *dram.Context) {
				if c.GetHeader("Accept") == "x/y" {
					c.AbortWithStatus(status)
					return
				}
				picky(&failing, "Cache-Control: max-age=60, stale-if-error=600")(c)
			})
			get(o, "/")
			time.Sleep(61 * time.Second)
			failing.Store(true)
			assert.Equal(t, status, get(o, "/", with("Accept: x/y")).Code)
			assert.Equal(t, "run 1", get(o, "/").Body.String(), status)
		})
	}
}

func TestCacheRefreshThatIsRefusedDropsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var status atomic.Int32
		status.Store(200)
		o := newCached(middleware.CacheConfig{}, func(c *dram.Context) {
			if code := int(status.Load()); code != 200 {
				c.AbortWithStatus(code)
				return
			}
			saying("Cache-Control: max-age=60, stale-while-revalidate=600")(c)
		})
		get(o, "/")
		time.Sleep(61 * time.Second)
		status.Store(429)
		for range 3 {
			assert.Equal(t, "run 1", get(o, "/").Body.String())
			synctest.Wait()
		}
		status.Store(404)
		get(o, "/")
		synctest.Wait()
		assert.Equal(t, 404, get(o, "/").Code, "what is gone is gone")
	})
}

// slowReader is the writer of a client that does not read until it is let.
type slowReader struct {
	*httptest.ResponseRecorder
	read chan struct{}
}

func (w slowReader) Write(p []byte) (int, error) {
	<-w.read
	return w.ResponseRecorder.Write(p)
}

// A client that does not read holds nobody up where it is known how long the answer is, and where it
// is not, the others run one by one.
func TestCacheLeaderThatDoesNotRead(t *testing.T) {
	for _, tc := range []struct {
		name   string
		answer dram.HandlerFunc
		waits  time.Duration
	}{
		{"length said", func(c *dram.Context) { c.Data(200, "text/plain", []byte("page")) }, 0},
		{"length unknown", func(c *dram.Context) { c.String(200, "page") }, 5 * time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, read := dram.New(), make(chan struct{})
				var runs atomic.Int32
				r.Use(middleware.Cache(middleware.CacheConfig{}))
				r.GET("/", func(c *dram.Context) { runs.Add(1); saying(maxAge)(c); tc.answer(c) })
				go r.ServeHTTP(slowReader{httptest.NewRecorder(), read}, httptest.NewRequest("GET", "/", nil))
				synctest.Wait()
				began, done := time.Now(), make(chan string)
				for range 300 {
					go func() { done <- get(r, "/").Body.String() }()
				}
				for range 300 {
					assert.Equal(t, "page", <-done)
				}
				assert.Equal(t, tc.waits, time.Since(began))
				assert.LessOrEqual(t, runs.Load(), int32(2))
				close(read)
			})
		})
	}
}

// A request that waits and whose time is up is not answered as if all were well.
func TestCacheWaiterWhoseTimeIsUpIsNotAnsweredEmpty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newSlow(middleware.CacheConfig{}, saying(maxAge), func(c *dram.Context) {
			if c.GetHeader("X-Short") != "" {
				ctx, cancel := context.WithTimeout(c.Request.Context(), time.Second/2)
				defer cancel()
				c.Request = c.Request.WithContext(ctx)
			}
			c.Next()
		})
		go get(o, "/")
		synctest.Wait()
		assert.Equal(t, http.StatusServiceUnavailable, get(o, "/", with("X-Short: 1")).Code)
		time.Sleep(time.Second)
		assert.EqualValues(t, 1, o.runs.Load())
	})
}

// What is being recorded at once is bounded: what is beyond it passes.
//
// echo's BodyDump, GO-2026-6840 (GHSA-f48p-c9v4-h7xv): bodies were recorded without a bound.
func TestCacheBoundsWhatItRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newCached(middleware.CacheConfig{MaxRecording: 1000}, func(c *dram.Context) {
			saying(maxAge)(c)
			for range 6 {
				_, _ = c.Writer.Write(make([]byte, 100))
				time.Sleep(time.Second)
			}
		})
		done := make(chan int)
		for _, path := range []string{"/", "/other", "/a/b"} {
			go func() { done <- get(o, path).Body.Len() }()
			synctest.Wait()
		}
		for range 3 {
			assert.Equal(t, 600, <-done)
		}
		before := o.runs
		for _, path := range []string{"/", "/other", "/a/b"} {
			get(o, path)
		}
		assert.Greater(t, o.runs, before, "not all of them are kept")
		before = o.runs
		for _, path := range []string{"/", "/other", "/a/b"} {
			get(o, path)
		}
		assert.Equal(t, before, o.runs, "what was recorded is let go of")
	})
}

// Trailers that come without having been announced are not lost on what is kept.
func TestCacheKeepsNoAnswerWithTrailers(t *testing.T) {
	o := newCached(middleware.CacheConfig{}, func(c *dram.Context) {
		saying(maxAge)(c)
		c.String(200, "page")
		c.Header(http.TrailerPrefix+"Grpc-Status", "0")
	})
	get(o, "/")
	get(o, "/")
	assert.Equal(t, 2, o.runs)
}

// Cache-Status says stored of what is stored.
func TestCacheStatusOfWhatIsNotStored(t *testing.T) {
	for name, answer := range map[string]dram.HandlerFunc{
		"flushed":   func(c *dram.Context) { c.Writer.Flush() },
		"too large": func(c *dram.Context) { c.String(200, long) },
		"too large, and flushed": func(c *dram.Context) {
			c.String(200, long)
			c.Writer.Flush()
			c.Writer.Flush()
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := newCached(middleware.CacheConfig{Name: "edge", MaxAnswer: 1000}, func(c *dram.Context) { saying(maxAge)(c); answer(c) })
			assert.Equal(t, "edge; fwd=uri-miss", get(o, "/").Result().Header.Get("Cache-Status"))
		})
	}
}

// An answer that gets too long to be kept gives its room back at once, however long it goes on.
func TestCacheRecordsBesideLongAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		o := newCached(middleware.CacheConfig{MaxAnswer: 1000, MaxRecording: 900}, func(c *dram.Context) {
			saying(maxAge)(c)
			if c.Request.URL.Path != "/" {
				_, _ = c.Writer.Write(make([]byte, 900))
				_, _ = c.Writer.Write(make([]byte, 900))
				<-release
			}
		})
		go get(o, "/other")
		synctest.Wait()
		get(o, "/")
		get(o, "/")
		assert.Equal(t, 2, o.runs)
		close(release)
	})
}

// That there is no room to record a new answer takes away neither the old one nor the waiting for each other.
func TestCacheWithoutRoomKeepsWhatItHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release, failing := make(chan struct{}), false
		o := newCached(middleware.CacheConfig{MaxRecording: 1000}, func(c *dram.Context) {
			saying("Cache-Control: max-age=60, stale-if-error=600")(c)
			switch {
			case c.Request.URL.Path != "/":
				_, _ = c.Writer.Write(make([]byte, 1000))
				<-release
			case failing:
				c.AbortWithStatus(503)
			}
		})
		get(o, "/")
		time.Sleep(90 * time.Second)
		go get(o, "/other")
		synctest.Wait()
		assert.Equal(t, "run 3", get(o, "/").Body.String(), "there is no room for it")
		failing = true
		assert.Equal(t, "run 1", get(o, "/").Body.String(), "what is kept stands in")
		close(release)
	})
}
