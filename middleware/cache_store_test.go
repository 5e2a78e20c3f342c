package middleware_test

import (
	"context"
	"errors"
	"fmt"
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

func ExampleCache() {
	dram.SetMode(dram.TestMode)
	r := dram.New()
	r.Use(middleware.Cache(middleware.CacheConfig{}))
	runs := 0
	r.GET("/rates", func(c *dram.Context) {
		runs++
		c.Header("Cache-Control", "max-age=60, stale-while-revalidate=30")
		c.String(http.StatusOK, "run %d", runs)
	})
	r.PUT("/rates", func(c *dram.Context) { c.Status(http.StatusNoContent) })

	fmt.Println(get(r, "/rates").Body)
	fmt.Println(get(r, "/rates").Body)
	send(r, "PUT", "/rates", "")
	fmt.Println(get(r, "/rates").Body)
	// Output:
	// run 1
	// run 1
	// run 2
}

func cacheKey(n byte) (key middleware.CacheKey) { key[0] = n; return key }

func TestACacheKeyIsWrittenInHexadecimalDigits(t *testing.T) {
	assert.Equal(t, "ab"+strings.Repeat("0", 62), cacheKey(0xab).String())
}

func TestMemoryCache(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, store := t.Context(), middleware.NewMemoryCache(0, 3)
		get := func(uri, variant byte) int {
			record, err := store.Get(ctx, cacheKey(uri), cacheKey(variant))
			require.NoError(t, err)
			if record == nil {
				return 0
			}
			return record.Status
		}
		put := func(uri, variant byte, record middleware.CacheRecord) {
			require.NoError(t, store.Put(ctx, cacheKey(uri), cacheKey(variant), &record, time.Minute))
		}
		assert.Zero(t, get(1, 0))
		put(1, 0, middleware.CacheRecord{Vary: []string{"A"}})
		put(1, 1, middleware.CacheRecord{Status: 201})
		put(1, 2, middleware.CacheRecord{Status: 202})
		put(2, 0, middleware.CacheRecord{Status: 200})
		assert.Equal(t, 201, get(1, 1))
		put(1, 1, middleware.CacheRecord{Status: 203})
		assert.Equal(t, 203, get(1, 1))
		put(1, 3, middleware.CacheRecord{Status: 204})
		assert.Zero(t, get(1, 2), "the oldest has gone, and not the one by which the others are found")
		assert.Equal(t, 203, get(1, 1))
		require.NoError(t, store.Delete(ctx, cacheKey(1)))
		assert.Zero(t, get(1, 1))
		assert.Equal(t, 200, get(2, 0))
		time.Sleep(time.Minute)
		assert.Zero(t, get(2, 0))
	})
}

func TestMemoryCacheForgetsTheLeastUsed(t *testing.T) {
	ctx, store := t.Context(), middleware.NewMemoryCache(10_000, 0)
	put := func(uri byte, size int) {
		require.NoError(t, store.Put(ctx, cacheKey(uri), middleware.CacheKey{}, &middleware.CacheRecord{Status: 200, Body: make([]byte, size)}, time.Minute))
	}
	has := func(uri byte) bool {
		record, _ := store.Get(ctx, cacheKey(uri), middleware.CacheKey{})
		return record != nil
	}
	put(1, 3000)
	put(2, 3000)
	assert.True(t, has(1))
	put(3, 3000)
	assert.Equal(t, []bool{true, false, true}, []bool{has(1), has(2), has(3)})
	put(4, 6000)
	assert.False(t, has(4), "it would take more than half")
	assert.True(t, has(1))
	require.NoError(t, store.Put(ctx, cacheKey(5), middleware.CacheKey{}, &middleware.CacheRecord{Header: http.Header{"A": {string(make([]byte, 4000))}}, Status: 200}, time.Minute))
	assert.False(t, has(3), "headers count")
}

// failing is a store that is out of order.
type failing struct{ puts int }

var errStore = errors.New("the store is out of order")

func (*failing) Get(context.Context, middleware.CacheKey, middleware.CacheKey) (*middleware.CacheRecord, error) {
	return nil, errStore
}
func (s *failing) Put(context.Context, middleware.CacheKey, middleware.CacheKey, *middleware.CacheRecord, time.Duration) error {
	s.puts++
	return errStore
}
func (*failing) Delete(context.Context, middleware.CacheKey) error { return errStore }

func TestCacheGoesOnWithoutItsStore(t *testing.T) {
	store, errs := new(failing), 0
	r := dram.New()
	r.Use(func(c *dram.Context) { c.Next(); errs += len(c.Errors) }, middleware.Cache(middleware.CacheConfig{Store: store}))
	r.Any("/", func(c *dram.Context) { saying(maxAge)(c); c.String(200, "ok") })
	assert.Equal(t, "ok", get(r, "/").Body.String())
	assert.Equal(t, "ok", send(r, "POST", "/", "").Body.String())
	assert.Equal(t, 3, errs, "one read, and one change dropped before and after its answer")
	assert.Zero(t, store.puts, "it is not asked twice")
}
