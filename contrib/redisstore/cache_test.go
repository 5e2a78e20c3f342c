package redisstore_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/internal/redistest"
	"github.com/dram-go/dram/contrib/redisstore"
	"github.com/dram-go/dram/middleware"
)

func cacheAt(t testing.TB, addr, prefix string) redisstore.Cache {
	return redisstore.NewCache(redisstore.Config{
		Client: redistest.Client(t, addr), Prefix: prefix, Timeout: time.Minute,
		Pause: time.Millisecond, Logger: slog.New(slog.DiscardHandler),
	})
}

func cacheKey(n int) (key middleware.CacheKey) {
	key[0], key[1] = byte(n>>8), byte(n)
	return key
}

func putRecord(ctx context.Context, cache redisstore.Cache) error {
	return cache.Put(ctx, cacheKey(1), cacheKey(2), &middleware.CacheRecord{Status: 200}, time.Hour)
}

func TestCacheKeepsRecords(t *testing.T) {
	ctx, addr, prefix := t.Context(), redistest.Addr(t), redistest.Prefix(t)
	cache, client := cacheAt(t, addr, prefix), redistest.Client(t, addr)
	record := &middleware.CacheRecord{
		Status: 200, Header: http.Header{"Etag": {`"a"`}, "X-Gone": nil, "X-Latin-1": {"caf\xe9", "na\xefve"}}, Body: []byte("a \x00\xff"), Came: time.Now().UTC(),
		Age: time.Second, Fresh: time.Minute, NoCache: true, NoStale: true, WhileRevalidate: 2 * time.Second, IfError: 3 * time.Second,
	}
	get := func(uri, variant int) *middleware.CacheRecord {
		found, err := cache.Get(ctx, cacheKey(uri), cacheKey(variant))
		require.NoError(t, err)
		return found
	}
	assert.Nil(t, get(1, 0))
	require.NoError(t, cache.Put(ctx, cacheKey(1), cacheKey(2), record, time.Hour))
	require.NoError(t, cache.Put(ctx, cacheKey(1), cacheKey(0), &middleware.CacheRecord{Vary: []string{"A"}}, time.Minute))
	assert.Equal(t, record, get(1, 2))
	assert.Equal(t, []string{"A"}, get(1, 0).Vary)
	assert.Nil(t, get(2, 2))
	left, err := client.PTTL(ctx, prefix+"cache:"+cacheKey(1).String()).Result()
	require.NoError(t, err)
	assert.InDelta(t, time.Hour, left, float64(time.Minute), "the longest time of all")
	require.NoError(t, client.HSet(ctx, prefix+"cache:"+cacheKey(1).String(), cacheKey(2).String(), "{spoilt").Err())
	assert.Nil(t, get(1, 2), "what is not a record is none")
	gone, leave := context.WithCancel(ctx)
	leave()
	require.NoError(t, cache.Delete(gone, cacheKey(1)), "the client may have left")
	assert.Nil(t, get(1, 0))
}

func TestCacheBoundsTheVariantsOfAURI(t *testing.T) {
	ctx, addr, prefix := t.Context(), redistest.Addr(t), redistest.Prefix(t)
	cache, client := cacheAt(t, addr, prefix), redistest.Client(t, addr)
	for i := range 300 {
		require.NoError(t, cache.Put(ctx, cacheKey(1), cacheKey(i), &middleware.CacheRecord{Status: 200}, time.Hour))
	}
	held, err := client.HLen(ctx, prefix+"cache:"+cacheKey(1).String()).Result()
	require.NoError(t, err)
	assert.EqualValues(t, 128, held)
	for _, variant := range []int{0, 299} {
		found, err := cache.Get(ctx, cacheKey(1), cacheKey(variant))
		require.NoError(t, err)
		assert.NotNil(t, found, variant)
	}
}

// rates is an engine with a Cache around a handler that counts its runs.
func rates(cache redisstore.Cache) (r *dram.Engine, runs *int) {
	r, runs = dram.New(), new(int)
	r.Use(middleware.Cache(middleware.CacheConfig{Store: cache}))
	r.GET("/", func(c *dram.Context) {
		*runs++
		c.Header("Cache-Control", "max-age=3600")
		c.Header("Vary", "Accept")
		c.String(http.StatusOK, "of %d", os.Getpid())
	})
	r.PUT("/", func(c *dram.Context) { c.Status(http.StatusNoContent) })
	return r, runs
}

func ask(r http.Handler, method string) string {
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(method, "/", nil))
	return w.Body.String()
}

func TestTwoProcessesShareOneCache(t *testing.T) {
	addr := redistest.Addr(t)
	if prefix := os.Getenv(sharedPrefix); prefix != "" { // the other process
		r, runs := rates(cacheAt(t, addr, prefix))
		fmt.Printf("%s runs=%d\n", ask(r, "GET"), *runs)
		ask(r, "PUT")
		return
	}
	prefix := redistest.Prefix(t)
	r, runs := rates(cacheAt(t, addr, prefix))
	ask(r, "GET")
	out := redistest.Again(t, "TestTwoProcessesShareOneCache", sharedPrefix+"="+prefix)
	assert.Contains(t, string(out), fmt.Sprintf("of %d runs=0", os.Getpid()))
	ask(r, "GET")
	assert.Equal(t, 2, *runs, "the other process has changed it")
}

// Without Redis the handlers run; when it is back, it is used again.
func TestCacheWithoutRedis(t *testing.T) {
	line, prefix := redistest.NewLine(t, redistest.Addr(t)), redistest.Prefix(t)
	r, runs := rates(cacheAt(t, line.Addr, prefix))
	ask(r, "GET")
	ask(r, "GET")
	assert.Equal(t, 1, *runs)
	line.Cut()
	for range 5 {
		assert.NotEmpty(t, ask(r, "GET"))
	}
	assert.Equal(t, 6, *runs)
	line.Mend()
	assert.Eventually(t, func() bool {
		before := *runs
		return ask(r, "GET") != "" && *runs == before
	}, time.Minute, time.Millisecond)
}

// A Redis that takes connections and never answers delays only the first requests.
func TestCacheWithASilentRedis(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer silent.Close()
	r, runs := rates(redisstore.NewCache(redisstore.Config{
		Client: redistest.Client(t, silent.Addr().String()), Timeout: 10 * time.Millisecond,
		Pause: time.Hour, Logger: slog.New(slog.DiscardHandler),
	}))
	for range 5 {
		assert.NotEmpty(t, ask(r, "GET"))
	}
	assert.Equal(t, 5, *runs)
}

// A Redis that is full still answers, and still drops what has changed.
func TestCacheWithAFullRedis(t *testing.T) {
	admin := redistest.Own(t)
	r, runs := rates(redisstore.NewCache(redisstore.Config{Client: admin, Timeout: time.Minute, Logger: slog.New(slog.DiscardHandler)}))
	ask(r, "GET")
	require.NoError(t, admin.ConfigSet(t.Context(), "maxmemory", "1").Err())
	ask(r, "GET")
	assert.Equal(t, 1, *runs, "what is there is read")
	ask(r, "PUT")
	for range 3 {
		assert.NotEmpty(t, ask(r, "GET"))
	}
	assert.Equal(t, 4, *runs, "what has changed is dropped, and nothing new is kept")
	require.NoError(t, admin.ConfigSet(t.Context(), "maxmemory", "0").Err())
	ask(r, "GET")
	ask(r, "GET")
	assert.Equal(t, 5, *runs)
}

// A Redis that has become a replica is read, but not written to: what this process has changed it does
// not get from there, and what it has not changed it does.
func TestCacheWithAReadOnlyRedis(t *testing.T) {
	admin := redistest.Own(t)
	r, runs := rates(redisstore.NewCache(redisstore.Config{Client: admin, Timeout: time.Minute, Logger: slog.New(slog.DiscardHandler)}))
	ask(r, "GET")
	require.NoError(t, admin.ReplicaOf(t.Context(), "127.0.0.1", "1").Err())
	ask(r, "GET")
	assert.Equal(t, 1, *runs, "what is there is read")
	ask(r, "PUT")
	ask(r, "GET")
	ask(r, "GET")
	assert.Equal(t, 3, *runs, "what has changed is not")
	require.NoError(t, admin.ReplicaOf(t.Context(), "NO", "ONE").Err())
	ask(r, "GET")
	ask(r, "GET")
	assert.Equal(t, 4, *runs)
}

// Answers that are given to several processes, and survive a restart of theirs.
func ExampleNewCache() {
	r := dram.New()
	r.Use(middleware.Cache(middleware.CacheConfig{
		Store: redisstore.NewCache(redisstore.Config{Client: redis.NewClient(&redis.Options{Addr: "localhost:6379"})}),
	}))
	r.GET("/rates", func(c *dram.Context) {
		c.Header("Cache-Control", "s-maxage=60") // at most so old, also after an outage of Redis
		c.JSON(http.StatusOK, dram.H{"EUR": 1})
	})
}

func BenchmarkCacheGet(b *testing.B) {
	cache := cacheAt(b, redistest.Addr(b), redistest.Prefix(b))
	record := &middleware.CacheRecord{Status: 200, Header: http.Header{"Content-Type": {"text/plain"}}, Body: make([]byte, 2048)}
	if err := cache.Put(b.Context(), cacheKey(1), cacheKey(0), record, time.Hour); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := cache.Get(b.Context(), cacheKey(1), cacheKey(0)); err != nil {
			b.Fatal(err)
		}
	}
}
