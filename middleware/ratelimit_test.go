package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

func ExampleRateLimit() {
	r := dram.New()
	r.Use(middleware.RateLimit(middleware.RateLimitConfig{Limit: 2, Window: time.Minute}))
	r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "ok") })
	for range 3 {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		fmt.Println(w.Code, w.Header().Get("RateLimit-Policy"))
	}
	// Output:
	// 200 "default";q=2;w=60
	// 200 "default";q=2;w=60
	// 429 "default";q=2;w=60
}

func TestRateLimitRefillsEvenly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := withLayers(middleware.RateLimit(middleware.RateLimitConfig{Limit: 60, Window: time.Minute, Burst: 2, Name: "api"}))
		steps := []struct {
			wait       time.Duration
			want       int
			rate, next string
		}{
			{0, 200, `"api";r=1;t=1`, ""},
			{0, 200, `"api";r=0;t=2`, ""},
			{0, 429, `"api";r=0;t=2`, "1"},
			{500 * time.Millisecond, 429, `"api";r=0;t=2`, "1"},
			{500 * time.Millisecond, 200, `"api";r=0;t=2`, ""},
			{time.Hour, 200, `"api";r=1;t=1`, ""},
		}
		for i, step := range steps {
			time.Sleep(step.wait)
			w := get(r, "/")
			assert.Equal(t, step.want, w.Code, "step %d", i)
			assert.Equal(t, step.rate, w.Header().Get("RateLimit"), "step %d", i)
			assert.Equal(t, `"api";q=60;w=60`, w.Header().Get("RateLimit-Policy"))
			assert.Equal(t, step.next, w.Header().Get("Retry-After"), "step %d", i)
		}
	})
}

func TestRateLimitKeys(t *testing.T) {
	byKey := middleware.ByHeader("X-Api-Key")
	cases := []struct {
		name   string
		key    func(*dram.Context) string
		first  func(*http.Request)
		second func(*http.Request)
		shared bool
	}{
		{"one address, other port", nil, from("192.0.2.7:1"), from("192.0.2.7:2"), true},
		{"two addresses", nil, from("192.0.2.7:1"), from("192.0.2.8:1"), false},
		{"one IPv6 network", nil, from("[2001:db8:1:2::1]:1"), from("[2001:db8:1:2:ffff::9]:1"), true},
		{"two IPv6 networks", nil, from("[2001:db8:1:2::1]:1"), from("[2001:db8:1:3::1]:1"), false},
		{"one IPv6 network that begins with zeros", nil, from("[::1:2]:1"), from("[::1:3]:1"), true},
		{"one key, two addresses", byKey, header("X-Api-Key", "a"), func(req *http.Request) { req.Header.Set("X-Api-Key", "a"); req.RemoteAddr = "192.0.2.99:1" }, true},
		{"two keys", byKey, header("X-Api-Key", "a"), header("X-Api-Key", "b"), false},
		{"two long keys", byKey, header("X-Api-Key", strings.Repeat("a", 100)), header("X-Api-Key", strings.Repeat("a", 99)+"b"), false},
		{"no key is the address", byKey, from("192.0.2.7:1"), from("192.0.2.7:2"), true},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			r := withLayers(middleware.RateLimit(middleware.RateLimitConfig{Limit: 1, Window: time.Hour, Key: tc.key}))
			require.Equal(t, http.StatusOK, get(r, "/", tc.first).Code)
			assert.Equal(t, tc.shared, get(r, "/", tc.second).Code == http.StatusTooManyRequests)
		})
	}
}

func TestRateLimitsTogether(t *testing.T) {
	store := middleware.NewMemoryRateLimitStore(0)
	wide := middleware.RateLimit(middleware.RateLimitConfig{Limit: 10, Name: "wide", Store: store})
	tight := middleware.RateLimit(middleware.RateLimitConfig{Limit: 1, Window: time.Hour, Name: "tight", Store: store})
	r := withLayers(wide, tight)
	w := get(r, "/")
	assert.Equal(t, http.StatusOK, w.Code, "names keep layers with one store apart")
	assert.Equal(t, []string{`"wide";q=10;w=60`, `"tight";q=1;w=3600`}, w.Header().Values("RateLimit-Policy"))
	assert.Len(t, w.Header().Values("RateLimit"), 2)
	assert.Equal(t, http.StatusTooManyRequests, get(r, "/").Code)
	assert.Equal(t, 2, store.Len())
}

// A store may hold the bucket of a larger quota: what Retry-After says is true.
func TestRateLimitOfALargerQuotaDoesNotLockOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := middleware.NewMemoryRateLimitStore(0)
		_, err := store.Take(t.Context(), "k", middleware.Quota{Limit: 1, Window: time.Hour, Burst: 1})
		require.NoError(t, err)
		quota := middleware.Quota{Limit: 60, Window: time.Minute, Burst: 1}
		result, err := store.Take(t.Context(), "k", quota)
		require.NoError(t, err)
		require.Equal(t, middleware.RateLimitResult{RetryAfter: time.Second, Reset: time.Second}, result)
		time.Sleep(result.RetryAfter)
		result, err = store.Take(t.Context(), "k", quota)
		require.NoError(t, err)
		assert.True(t, result.Allowed)
	})
}

// The layer of a smaller bucket must not empty that of a larger one: who has used up the
// log-ins of an hour would get new ones by any other request.
func TestRateLimitsOfOneStoreDoNotFreeEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := middleware.NewMemoryRateLimitStore(0)
		limited := func(limit int, window time.Duration) dram.HandlerFunc {
			return middleware.RateLimit(middleware.RateLimitConfig{Limit: limit, Window: window, Store: store})
		}
		r := dram.New()
		r.GET("/login", limited(3, time.Hour), func(*dram.Context) {})
		r.GET("/api", limited(100, time.Second), func(*dram.Context) {})
		for i := range 10 {
			assert.Equal(t, i < 3, get(r, "/login").Code == http.StatusOK, i)
			assert.Equal(t, http.StatusOK, get(r, "/api").Code)
		}
	})
}

func TestRateLimitStoreFails(t *testing.T) {
	gone := errors.New("store gone")
	for name, closed := range map[string]bool{"open": false, "closed": true} {
		t.Run(name, func(t *testing.T) {
			var recorded []string
			r := withLayers(func(c *dram.Context) { c.Next(); recorded = c.Errors.Errors() },
				middleware.RateLimit(middleware.RateLimitConfig{Limit: 1, Store: &rateStore{gone}, FailClosed: closed}))
			w := get(r, "/")
			assert.Equal(t, []string{"store gone"}, recorded)
			if closed {
				assert.Equal(t, http.StatusServiceUnavailable, problemIn(t, w).Status)
				assert.NotContains(t, w.Body.String(), "store gone")
			} else {
				assert.Equal(t, http.StatusOK, w.Code)
			}
		})
	}
}

// Who names a key must not use up the tokens of those who have none.
func TestRateLimitTakesNoKeyForAnAddress(t *testing.T) {
	r := withLayers(middleware.RateLimit(middleware.RateLimitConfig{Limit: 1, Key: middleware.ByHeader("X-Api-Key")}))
	for _, key := range []string{"198.51.100.9", "key:198.51.100.9"} {
		assert.Equal(t, http.StatusOK, get(r, "/", header("X-Api-Key", key)).Code)
	}
	assert.Equal(t, http.StatusOK, get(r, "/", from("198.51.100.9:7")).Code)
	assert.Equal(t, http.StatusTooManyRequests, get(r, "/", from("198.51.100.9:8")).Code)
}

// leavingStore is one that the client ends a call of, as it does one of Redis.
type leavingStore struct{}

func (leavingStore) Take(ctx context.Context, _ string, _ middleware.Quota) (middleware.RateLimitResult, error) {
	return middleware.RateLimitResult{}, ctx.Err()
}

// Who sends a request and leaves at once (HEADERS and RST_STREAM of HTTP/2 in one packet) has it
// neither counted nor served.
func TestRateLimitServesNobodyWhoLeavesBeforeItHasCounted(t *testing.T) {
	left, leave := context.WithCancel(t.Context())
	leave()
	ran := 0
	r := dram.New()
	r.POST("/", middleware.RateLimit(middleware.RateLimitConfig{Limit: 1, Store: leavingStore{}}), func(*dram.Context) { ran++ })
	for range 3 {
		send(r, "POST", "/", "", func(req *http.Request) { *req = *req.WithContext(left) })
	}
	assert.Zero(t, ran)
}

func TestMemoryRateLimitStoreIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := middleware.NewMemoryRateLimitStore(160)
		quota := middleware.Quota{Limit: 1, Window: time.Minute, Burst: 1}
		take := func(key string) bool {
			result, err := store.Take(t.Context(), key, quota)
			require.NoError(t, err)
			return result.Allowed
		}
		for i := range 10_000 {
			take(fmt.Sprint("attacker ", i))
			take("steady") // comes often, so it is not the one to go
		}
		assert.LessOrEqual(t, store.Len(), 160)
		assert.False(t, take("steady"), "a flood of keys gives no new bucket to a client that keeps asking")
		time.Sleep(2 * time.Minute)
		for i := range 320 {
			take(fmt.Sprint("one at a time ", i))
			time.Sleep(2 * time.Minute)
		}
		assert.LessOrEqual(t, store.Len(), 32, "full buckets are forgotten")
	})
}

func TestRateLimitCountsExactlyUnderConcurrency(t *testing.T) {
	const limit = 50
	r := withLayers(middleware.RateLimit(middleware.RateLimitConfig{Limit: limit, Window: 24 * time.Hour}))
	var served atomic.Int64
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 25 {
				if get(r, "/").Code == http.StatusOK {
					served.Add(1)
				}
			}
		})
	}
	wait.Wait()
	assert.EqualValues(t, limit, served.Load())
}

func TestMemoryRateLimitStoreAllocatesNothingForKnownKeys(t *testing.T) {
	store := middleware.NewMemoryRateLimitStore(0)
	quota := middleware.Quota{Limit: 100, Window: time.Minute, Burst: 100}
	ctx := context.Background()
	allocs := testing.AllocsPerRun(100, func() { _, _ = store.Take(ctx, "key", quota) })
	assert.Zero(t, allocs)
}

func TestByClientIP(t *testing.T) {
	for addr, want := range map[string]string{
		"192.0.2.7:1":            "192.0.2.7",
		"[::ffff:192.0.2.7]:1":   "192.0.2.7",
		"[2001:db8:1:2:3::9]:1":  "2001:db8:1:2::/64",
		"[fe80::1:2:3:4%eth0]:1": "fe80::/64",
		"[64:ff9b::c000:207]:1":  "64:ff9b::c000:207",
		"[64:ff9b:1:2::3]:1":     "64:ff9b:1:2::3",
		"[64:ff9b::1:0:0:1]:1":   "64:ff9b::/64",
		"@":                      "",
	} {
		r := dram.New()
		r.GET("/", func(c *dram.Context) { assert.Equal(t, want, middleware.ByClientIP(c), addr) })
		get(r, "/", from(addr))
	}
}
