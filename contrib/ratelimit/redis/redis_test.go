package redis_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/internal/redistest"
	"github.com/dram-go/dram/contrib/ratelimit/redis"
	"github.com/dram-go/dram/middleware"
)

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	os.Exit(m.Run())
}

func newStore(t testing.TB) *redis.Store {
	addr := redistest.Addr(t)
	return redis.NewStore(redis.Config{Client: redistest.Client(t, addr), Prefix: redistest.Prefix(t), Timeout: time.Minute})
}

var hourly = middleware.Quota{Limit: 3, Window: time.Hour, Burst: 3}

func TestTakeCountsAsTheStoreInMemoryDoes(t *testing.T) {
	memory, store := middleware.NewMemoryRateLimitStore(0), newStore(t)
	for i := range 5 {
		want, _ := memory.Take(context.Background(), "k", hourly)
		got, err := store.Take(context.Background(), "k", hourly)
		require.NoError(t, err)
		assert.Equal(t, want.Allowed, got.Allowed, i)
		assert.Equal(t, want.Remaining, got.Remaining, i)
		assert.InDelta(t, want.RetryAfter.Minutes(), got.RetryAfter.Minutes(), 1, i)
		assert.InDelta(t, want.Reset.Minutes(), got.Reset.Minutes(), 1, i)
	}
	other, err := store.Take(context.Background(), "other", hourly)
	require.NoError(t, err)
	assert.True(t, other.Allowed, "keys are apart")
}

func TestTokensComeBack(t *testing.T) {
	store := newStore(t)
	quota := middleware.Quota{Limit: 20, Window: time.Second, Burst: 1}
	require.Eventually(t, func() bool {
		result, err := store.Take(context.Background(), "k", quota)
		return err == nil && !result.Allowed
	}, time.Minute, time.Microsecond)
	assert.Eventually(t, func() bool {
		result, err := store.Take(context.Background(), "k", quota)
		return err == nil && result.Allowed
	}, time.Minute, time.Millisecond)
}

func TestSmallerQuotaDoesNotLockOut(t *testing.T) {
	store, ctx := newStore(t), context.Background()
	for range 3 {
		_, err := store.Take(ctx, "k", hourly)
		require.NoError(t, err)
	}
	result, err := store.Take(ctx, "k", middleware.Quota{Limit: 60, Window: time.Minute, Burst: 5})
	require.NoError(t, err)
	assert.False(t, result.Allowed)
	assert.LessOrEqual(t, result.RetryAfter, time.Second)
}

func TestKeysExpire(t *testing.T) {
	addr := redistest.Addr(t)
	client, prefix := redistest.Client(t, addr), redistest.Prefix(t)
	store := redis.NewStore(redis.Config{Client: client, Prefix: prefix, Timeout: time.Minute})
	_, err := store.Take(context.Background(), "k", hourly)
	require.NoError(t, err)
	left, err := client.PTTL(context.Background(), prefix+"k").Result()
	require.NoError(t, err)
	assert.Positive(t, left)
	assert.LessOrEqual(t, left, 20*time.Minute+time.Millisecond, "one token's time")
}

// takes is how many of n requests at once the store of this process allows.
func takes(t *testing.T, store *redis.Store, n int, quota middleware.Quota) (allowed int) {
	var (
		wait sync.WaitGroup
		mu   sync.Mutex
	)
	for range n {
		wait.Go(func() {
			result, err := store.Take(context.Background(), "shared", quota)
			assert.NoError(t, err)
			mu.Lock()
			defer mu.Unlock()
			if result.Allowed {
				allowed++
			}
		})
	}
	wait.Wait()
	return allowed
}

func TestTwoProcessesHoldOneLimit(t *testing.T) {
	const variable = "DRAM_TEST_SHARED_PREFIX"
	addr, quota := redistest.Addr(t), middleware.Quota{Limit: 50, Window: time.Hour, Burst: 50}
	if prefix := os.Getenv(variable); prefix != "" { // the other process
		store := redis.NewStore(redis.Config{Client: redistest.Client(t, addr), Prefix: prefix, Timeout: time.Minute})
		fmt.Printf("allowed=%d\n", takes(t, store, 60, quota))
		return
	}
	prefix := redistest.Prefix(t)
	store := redis.NewStore(redis.Config{Client: redistest.Client(t, addr), Prefix: prefix, Timeout: time.Minute})
	theirs := make(chan []byte)
	go func() { theirs <- redistest.Again(t, "TestTwoProcessesHoldOneLimit", variable+"="+prefix) }()
	ours := takes(t, store, 20, quota)
	found := regexp.MustCompile(`allowed=(\d+)`).FindSubmatch(<-theirs)
	require.NotNil(t, found)
	other, _ := strconv.Atoi(string(found[1]))
	assert.Equal(t, quota.Burst, ours+other, "of 80 requests 50 pass, wherever they come in")
}

func TestRedisGone(t *testing.T) {
	for _, tt := range []struct {
		name       string
		failClosed bool
		want       int
	}{
		{"fail open", false, http.StatusOK},
		{"fail closed", true, http.StatusServiceUnavailable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			line := redistest.NewLine(t, redistest.Addr(t))
			log := new(redistest.Buffer)
			store := redis.NewStore(redis.Config{
				Client: redistest.Client(t, line.Addr), Prefix: redistest.Prefix(t), Timeout: time.Minute,
				Pause: time.Millisecond, Logger: slog.New(slog.NewTextHandler(log, nil)),
			})
			r := dram.New()
			r.Use(middleware.RateLimit(middleware.RateLimitConfig{Limit: 1000, Store: store, FailClosed: tt.failClosed}))
			r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "ok") })
			get := func() *httptest.ResponseRecorder {
				w := httptest.NewRecorder()
				r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
				return w
			}
			require.NotEmpty(t, get().Header().Get("RateLimit"))
			line.Cut()
			for range 5 {
				assert.Equal(t, tt.want, get().Code)
			}
			line.Mend()
			assert.Eventually(t, func() bool { return get().Header().Get("RateLimit") != "" }, time.Minute, time.Millisecond)
			assert.Equal(t, 1, strings.Count(log.String(), "does not answer"), log.String())
			assert.Equal(t, 1, strings.Count(log.String(), "answers again"), log.String())
		})
	}
}

// A Redis that takes connections and says nothing holds nobody up for longer than
// Timeout, and only one request at a time.
func TestSilentRedis(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer silent.Close()
	store := redis.NewStore(redis.Config{
		Client: redistest.Client(t, silent.Addr().String()), Timeout: 10 * time.Millisecond,
		Pause: time.Hour, Logger: slog.New(slog.DiscardHandler),
	})
	start := time.Now()
	_, err = store.Take(context.Background(), "k", hourly)
	assert.Error(t, err)
	t.Log("the first request waited for", time.Since(start))
	_, err = store.Take(context.Background(), "k", hourly)
	assert.ErrorContains(t, err, "left alone")
}

func TestValidate(t *testing.T) {
	client := goredis.NewClient(&goredis.Options{Addr: "127.0.0.1:1"})
	defer client.Close()
	assert.NoError(t, redis.Config{Client: client}.Validate())
	for name, cfg := range map[string]redis.Config{
		"no client":        {},
		"negative timeout": {Client: client, Timeout: -1},
		"negative pause":   {Client: client, Pause: -1},
	} {
		t.Run(name, func(t *testing.T) {
			var fault *middleware.ConfigError
			assert.ErrorAs(t, cfg.Validate(), &fault)
			assert.PanicsWithError(t, cfg.Validate().Error(), func() { redis.NewStore(cfg) })
		})
	}
}

func Example() {
	client := goredis.NewClient(&goredis.Options{Addr: os.Getenv("REDIS_ADDR")}) // "" is localhost:6379
	defer client.Close()
	store := redis.NewStore(redis.Config{Client: client, Prefix: "shop:ratelimit:"})

	r := dram.New()
	r.Use(middleware.RateLimit(middleware.RateLimitConfig{Limit: 100, Window: time.Minute, Store: store}))
	r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "welcome") })
}

func BenchmarkTake(b *testing.B) {
	store, ctx := newStore(b), context.Background()
	quota := middleware.Quota{Limit: 1 << 30, Window: time.Hour, Burst: 1 << 30}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := store.Take(ctx, "k", quota); err != nil {
			b.Fatal(err)
		}
	}
}
