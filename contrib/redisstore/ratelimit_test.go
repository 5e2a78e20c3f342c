package redisstore_test

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/contrib/internal/redistest"
	"github.com/dram-go/dram/contrib/redisstore"
	"github.com/dram-go/dram/middleware"
)

func newRateLimits(t testing.TB) redisstore.RateLimits {
	addr := redistest.Addr(t)
	return redisstore.NewRateLimits(redisstore.Config{Client: redistest.Client(t, addr), Prefix: redistest.Prefix(t), Timeout: time.Minute})
}

var hourly = middleware.Quota{Limit: 3, Window: time.Hour, Burst: 3}

func TestTakeCountsAsTheStoreInMemoryDoes(t *testing.T) {
	memory, store := middleware.NewMemoryRateLimitStore(0), newRateLimits(t)
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
	store := newRateLimits(t)
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

// A bucket of another quota, or a clock that was set back: what Retry-After says is
// true.
func TestBucketBeyondTheQuotaDoesNotLockOut(t *testing.T) {
	addr := redistest.Addr(t)
	client, prefix, ctx := redistest.Client(t, addr), redistest.Prefix(t), t.Context()
	store := redisstore.NewRateLimits(redisstore.Config{Client: client, Prefix: prefix, Timeout: time.Minute})
	quota := middleware.Quota{Limit: 100, Window: time.Second, Burst: 1}
	future := strconv.FormatInt(time.Now().Add(time.Hour).UnixMicro(), 10)
	for name, value := range map[string]string{"an hour ahead": future, "without end": "inf", "a NaN": "nan", "text": "x"} {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, client.Set(ctx, prefix+"ratelimit:k", value, time.Hour).Err())
			result, err := store.Take(ctx, "k", quota)
			require.NoError(t, err)
			if !result.Allowed {
				assert.LessOrEqual(t, result.RetryAfter, 10*time.Millisecond)
				time.Sleep(result.RetryAfter)
				result, err = store.Take(ctx, "k", quota)
				require.NoError(t, err)
			}
			assert.True(t, result.Allowed)
			left, err := client.PTTL(ctx, prefix+"ratelimit:k").Result()
			require.NoError(t, err)
			assert.LessOrEqual(t, left, 20*time.Millisecond)
		})
	}
}

func TestValueOfAnotherTypeIsNotABucket(t *testing.T) {
	addr := redistest.Addr(t)
	client, prefix := redistest.Client(t, addr), redistest.Prefix(t)
	require.NoError(t, client.LPush(t.Context(), prefix+"ratelimit:k", "x").Err())
	store := redisstore.NewRateLimits(redisstore.Config{Client: client, Prefix: prefix, Timeout: time.Minute})
	for want := range 4 {
		result, err := store.Take(t.Context(), "k", hourly)
		require.NoError(t, err)
		assert.Equal(t, want < 3, result.Allowed)
	}
}

func TestBucketsExpire(t *testing.T) {
	addr := redistest.Addr(t)
	client, prefix := redistest.Client(t, addr), redistest.Prefix(t)
	store := redisstore.NewRateLimits(redisstore.Config{Client: client, Prefix: prefix, Timeout: time.Minute})
	_, err := store.Take(context.Background(), "k", hourly)
	require.NoError(t, err)
	left, err := client.PTTL(context.Background(), prefix+"ratelimit:k").Result()
	require.NoError(t, err)
	assert.Positive(t, left)
	assert.LessOrEqual(t, left, 20*time.Minute+time.Millisecond, "one token's time")
}

// takes returns how many of n requests at once the store of this process allows.
func takes(t *testing.T, store redisstore.RateLimits, n int, quota middleware.Quota) (allowed int) {
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
		store := redisstore.NewRateLimits(redisstore.Config{Client: redistest.Client(t, addr), Prefix: prefix, Timeout: time.Minute})
		fmt.Printf("allowed=%d\n", takes(t, store, 60, quota))
		return
	}
	prefix := redistest.Prefix(t)
	store := redisstore.NewRateLimits(redisstore.Config{Client: redistest.Client(t, addr), Prefix: prefix, Timeout: time.Minute})
	theirs := make(chan []byte)
	go func() { theirs <- redistest.Again(t, "TestTwoProcessesHoldOneLimit", variable+"="+prefix) }()
	ours := takes(t, store, 20, quota)
	found := regexp.MustCompile(`allowed=(\d+)`).FindSubmatch(<-theirs)
	require.NotNil(t, found)
	other, _ := strconv.Atoi(string(found[1]))
	assert.Equal(t, quota.Burst, ours+other, "of 80 requests 50 pass, wherever they come in")
}

func BenchmarkTake(b *testing.B) {
	store, ctx := newRateLimits(b), context.Background()
	quota := middleware.Quota{Limit: 1 << 30, Window: time.Hour, Burst: 1 << 30}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := store.Take(ctx, "k", quota); err != nil {
			b.Fatal(err)
		}
	}
}
