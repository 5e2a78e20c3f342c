// What an answer makes of what Cache has kept before, and what Cache-Status says of it.

package middleware_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// A refresh is made with what the layers outside have set, but for the cookies of the client.
func TestCacheRefreshHeedsTheLayersOutside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := true
		o := within(func(c *dram.Context) {
			saying("Cache-Control: max-age=60, stale-while-revalidate=600", "Vary: Accept")(c)
			if !first {
				c.SetCookie("id", "ann", 0, "", "", false, true)
			}
			first = false
		}, func(c *dram.Context) {
			c.String(200, "of %s", c.GetHeader("Accept"))
		})
		get(o, "/", with("Accept: a"))
		time.Sleep(90 * time.Second)
		assert.Equal(t, "edge; hit; detail=stale", get(o, "/", with("Accept: a")).Header().Get("Cache-Status"))
		synctest.Wait()
		w := get(o, "/", with("Accept: a"))
		assert.Equal(t, "edge; hit", w.Header().Get("Cache-Status"), "it is fresh again")
		assert.Len(t, w.Header()["Cache-Control"], 1)
		assert.Equal(t, 2, o.runs)
	})
}

// An answer that may not be kept drops what is stale if it says what holds from now on, and leaves it
// if it speaks of the moment or of one request.
func TestCacheDropsWhatHoldsNoLonger(t *testing.T) {
	for status, dropped := range map[int]bool{
		200: true, 203: true, 204: true, 300: true, 301: true, 308: true, 404: true, 405: true, 410: true, 414: true,
		302: false, 303: false, 307: false, 401: false, 403: false, 406: false, 429: false, 500: false, 503: false,
	} {
		for _, way := range []string{"stale-while-revalidate", "stale-if-error"} {
			synctest.Test(t, func(t *testing.T) {
				now := 200
				o := newCached(middleware.CacheConfig{}, func(c *dram.Context) {
					if c.Status(now); now == 200 {
						saying("Cache-Control: max-age=60, " + way + "=600")(c)
					} else if now < 0 {
						c.AbortWithStatus(-now)
					}
				})
				get(o, "/")
				time.Sleep(90 * time.Second)
				now = -status
				get(o, "/")
				synctest.Wait()
				now = -503
				left := get(o, "/").Body.String() == "run 1"
				synctest.Wait()
				assert.Equal(t, dropped, !left, "%d, %s", status, way)
			})
		}
	}
}

// One that may be kept takes its place, whatever its status.
func TestCacheRefreshReplacesWhatIsStale(t *testing.T) {
	for _, status := range []int{204, 301, 302, 307, 404} {
		synctest.Test(t, func(t *testing.T) {
			now := 200
			o := newCached(middleware.CacheConfig{}, func(c *dram.Context) {
				saying("Cache-Control: max-age=60, stale-while-revalidate=600")(c)
				c.Status(now)
			})
			get(o, "/")
			now = status
			time.Sleep(90 * time.Second)
			assert.Equal(t, 200, get(o, "/").Code)
			synctest.Wait()
			assert.Equal(t, status, get(o, "/").Code)
			assert.Equal(t, 2, o.runs)
		})
	}
}

// Cache-Status says stored only of what is stored, as far as that is known when the header is sent.
func TestCacheStatusTellsTheTruth(t *testing.T) {
	var o *cached
	for name, answer := range map[string]dram.HandlerFunc{
		"changed meanwhile":  func(*dram.Context) { send(o, "PUT", "/", "") },
		"trailers":           func(c *dram.Context) { c.Header(http.TrailerPrefix+"Grpc-Status", "0") },
		"too large to store": func(c *dram.Context) { c.String(200, long) },
	} {
		o = newCached(middleware.CacheConfig{Name: "edge", Store: middleware.NewMemoryCache(2000, 0)}, func(c *dram.Context) {
			if saying(maxAge)(c); c.Request.Method == "GET" {
				answer(c)
			}
		})
		w := get(o, "/")
		assert.Equal(t, 200, w.Code, name)
		assert.Equal(t, "edge; fwd=uri-miss", w.Result().Header.Get("Cache-Status"), name)
		runs := o.runs
		get(o, "/")
		assert.Greater(t, o.runs, runs, name)
	}
	down := newCached(middleware.CacheConfig{Name: "edge", Store: new(failing)}, saying(maxAge))
	assert.Equal(t, "edge; fwd=uri-miss", get(down, "/").Header().Get("Cache-Status"))
}

// hooked is a store that does something when an answer is put into it.
type hooked struct {
	*middleware.MemoryCache
	before, after func(ctx context.Context) error
}

func (s hooked) Put(ctx context.Context, uri, variant middleware.CacheKey, record *middleware.CacheRecord, ttl time.Duration) error {
	return errors.Join(s.before(ctx), s.MemoryCache.Put(ctx, uri, variant, record, ttl), s.after(ctx))
}

// A client that closes its connection as soon as it has read the answer does not keep it from being stored.
func TestCacheStoresForAClientThatHasLeft(t *testing.T) {
	errs := make(chan error, 1)
	store := hooked{middleware.NewMemoryCache(0, 0), func(ctx context.Context) error { errs <- ctx.Err(); return nil }, func(context.Context) error { return nil }}
	ctx, leave := context.WithCancel(t.Context())
	o := newCached(middleware.CacheConfig{Store: store}, func(c *dram.Context) {
		saying(maxAge)(c)
		c.Data(200, "text/plain", []byte("page"))
		leave()
	})
	get(o, "/", func(req *http.Request) { *req = *req.WithContext(ctx) })
	assert.NoError(t, <-errs)
}

// Whoever has changed something finds nothing older, also if that is being stored at this moment.
func TestCacheReadsWhatWasWrittenWhileTheOldIsStored(t *testing.T) {
	dropped, storing, once := make(chan struct{}), make(chan struct{}), sync.Once{}
	store := hooked{middleware.NewMemoryCache(0, 0), func(context.Context) error { return nil }, func(context.Context) error {
		once.Do(func() {
			close(storing)
			select {
			case <-dropped:
			case <-time.After(20 * time.Millisecond): // the change waits for this
			}
		})
		return nil
	}}
	var mu sync.Mutex
	runs := 0
	r := dram.New()
	r.Use(middleware.Cache(middleware.CacheConfig{Store: store}))
	r.GET("/", func(c *dram.Context) {
		mu.Lock()
		defer mu.Unlock()
		runs++
		saying(maxAge)(c)
		c.String(200, "run %d", runs)
	})
	r.PUT("/", func(c *dram.Context) { c.Status(204) })
	first := make(chan struct{})
	go func() { get(r, "/"); close(first) }()
	<-storing
	send(r, "PUT", "/", "")
	assert.Equal(t, "run 2", get(r, "/").Body.String())
	close(dropped)
	<-first
	assert.NotEqual(t, "run 1", get(r, "/").Body.String())
}

// Nor if the change comes before the old is in the store, to which other programs look as well.
func TestCacheLeavesNothingOldInTheStore(t *testing.T) {
	for name, reads := range map[string]struct{ meanwhile bool }{"while it is stored": {true}, "afterwards, by another program": {false}} {
		t.Run(name, func(t *testing.T) {
			puts, found := 0, ""
			var o *cached
			store := hooked{middleware.NewMemoryCache(0, 0), func(context.Context) error {
				if puts++; puts == 1 {
					send(o, "PUT", "/", "")
				}
				return nil
			}, func(context.Context) error {
				if puts == 1 && reads.meanwhile {
					found = get(o, "/").Body.String()
				}
				return nil
			}}
			o = newCached(middleware.CacheConfig{Store: store}, saying(maxAge))
			assert.Equal(t, "run 1", get(o, "/").Body.String())
			if !reads.meanwhile {
				other := newCached(middleware.CacheConfig{Store: store}, func(c *dram.Context) { c.String(200, "anew") })
				found = get(other, "/").Body.String()
			}
			assert.Equal(t, map[bool]string{true: "run 3", false: "anew"}[reads.meanwhile], found)
		})
	}
}

// A store that can be read, but not be written to (a replica of Redis, say), does not give what has been changed.
func TestCacheReadsWhatWasWrittenThoughTheStoreCannotDropIt(t *testing.T) {
	store := &readOnly{MemoryCache: middleware.NewMemoryCache(0, 0)}
	o := newCached(middleware.CacheConfig{Store: store, Name: "edge"}, saying(maxAge, "Vary: Accept"))
	get(o, "/")
	get(o, "/other")
	store.err = errStore
	send(o, "PUT", "/", "")
	assert.Equal(t, "run 4", get(o, "/").Body.String())
	assert.Equal(t, "edge; hit", get(o, "/other").Header().Get("Cache-Status"))
	assert.Equal(t, "edge; fwd=vary-miss", get(o, "/").Header().Get("Cache-Status"), "the store takes nothing")
	store.err = nil
	get(o, "/")
	assert.Equal(t, "edge; hit", get(o, "/").Header().Get("Cache-Status"))
	assert.Equal(t, 6, o.runs)
}

// The times of a store that outlives the process are those of the wall clock, which may have been ahead.
func TestCacheReadsWhatWasWrittenThoughTheClockHasGoneBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &readOnly{MemoryCache: middleware.NewMemoryCache(0, 0), ahead: time.Hour}
		o := newCached(middleware.CacheConfig{Store: store}, saying("Cache-Control: max-age=86400"))
		get(o, "/")
		assert.Equal(t, "run 1", get(o, "/").Body.String())
		store.err = errStore
		send(o, "PUT", "/", "")
		assert.Equal(t, "run 3", get(o, "/").Body.String())
		time.Sleep(store.ahead + time.Minute)
		assert.Equal(t, "run 4", get(o, "/").Body.String(), "as old as before")
	})
}

func TestCacheSaysThatItsStoreTakesNothing(t *testing.T) {
	var errs []string
	r := dram.New()
	r.Use(func(c *dram.Context) { c.Next(); errs = c.Errors.Errors() },
		middleware.Cache(middleware.CacheConfig{Store: &readOnly{MemoryCache: middleware.NewMemoryCache(0, 0), err: errStore}}))
	r.GET("/", func(c *dram.Context) { saying(maxAge)(c); c.String(200, "page") })
	assert.Equal(t, "page", get(r, "/").Body.String())
	assert.Equal(t, []string{errStore.Error()}, errs)
}

// readOnly is a store that is not written to while it has an error.
type readOnly struct {
	*middleware.MemoryCache
	err   error
	ahead time.Duration // of the clock by which it was written
}

func (s *readOnly) Get(ctx context.Context, uri, variant middleware.CacheKey) (*middleware.CacheRecord, error) {
	found, err := s.MemoryCache.Get(ctx, uri, variant)
	if found != nil {
		moved := *found
		moved.Came = moved.Came.Add(s.ahead)
		found = &moved
	}
	return found, err
}

func (s *readOnly) Put(ctx context.Context, uri, variant middleware.CacheKey, record *middleware.CacheRecord, ttl time.Duration) error {
	if s.err != nil {
		return s.err
	}
	return s.MemoryCache.Put(ctx, uri, variant, record, ttl)
}

func (s *readOnly) Delete(ctx context.Context, uri middleware.CacheKey) error {
	if s.err != nil {
		return s.err
	}
	return s.MemoryCache.Delete(ctx, uri)
}
