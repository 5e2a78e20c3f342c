package redisstore_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/internal/redistest"
	"github.com/dram-go/dram/contrib/redisstore"
	"github.com/dram-go/dram/contrib/session"
	"github.com/dram-go/dram/middleware"
)

// useAll uses all stores of a Redis once, each with a key of its own.
func useAll(ctx context.Context, cfg redisstore.Config, key string) map[string]error {
	sessions, limits, answers, cache := redisstore.NewSessions(cfg), redisstore.NewRateLimits(cfg), redisstore.NewIdempotency(cfg), redisstore.NewCache(cfg)
	_, taken := limits.Take(ctx, key, hourly)
	record, uri := middleware.IdempotencyRecord{Owner: "a"}, middleware.CacheKey(sha256.Sum256([]byte(key)))
	put := cache.Put(ctx, uri, middleware.CacheKey{}, &middleware.CacheRecord{Status: http.StatusOK}, time.Hour)
	kept, got := cache.Get(ctx, uri, middleware.CacheKey{})
	if got == nil && kept == nil {
		got = fmt.Errorf("no answer is kept of %s", key)
	}
	_, begun := answers.Begin(ctx, key, record, time.Hour)
	_, found, read := sessions.FindCtx(ctx, key)
	if read == nil && found {
		read = fmt.Errorf("%s was there", key)
	}
	return map[string]error{
		"Take": taken, "Begin": begun, "Find": read,
		"Commit": sessions.CommitCtx(ctx, key, []byte("data"), time.Now().Add(time.Hour)),
		"Finish": answers.Finish(ctx, key, record, time.Hour), "Release": answers.Release(ctx, key, "a"),
		"Delete": sessions.DeleteCtx(ctx, key),
		"Put":    put, "Get": got, "Drop": cache.Delete(ctx, uri),
	}
}

func TestSeveralServers(t *testing.T) {
	cluster := redistest.NewCluster(t)
	one, two := redistest.Own(t).Options().Addr, redistest.Own(t).Options().Addr
	for name, client := range map[string]redis.UniversalClient{
		"cluster": redis.NewClusterClient(&redis.ClusterOptions{Addrs: cluster.Addrs[:1], ContextTimeoutEnabled: true}),
		"ring": redis.NewRing(&redis.RingOptions{
			Addrs: map[string]string{"one": one, "two": two}, ContextTimeoutEnabled: true,
			NewClient: func(options *redis.Options) *redis.Client { options.Network = "unix"; return redis.NewClient(options) },
		}),
	} {
		t.Run(name, func(t *testing.T) {
			defer func() { _ = client.Close() }()
			cfg := redisstore.Config{Client: client, Timeout: time.Minute, Logger: slog.New(slog.DiscardHandler)}
			for i := range 20 {
				for call, err := range useAll(t.Context(), cfg, fmt.Sprint("k", i)) {
					assert.NoError(t, err, call)
				}
			}
		})
	}
}

// One server of a cluster is gone: the keys of the others are served on, and no call for
// them is refused because of it.
func TestClusterServesOnWithoutOneServer(t *testing.T) {
	cluster := redistest.NewCluster(t)
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: cluster.Addrs, ContextTimeoutEnabled: true, MaxRedirects: 1, DialerRetries: 1})
	defer func() { _ = client.Close() }()
	records := new(redistest.Buffer)
	sessions := redisstore.NewSessions(redisstore.Config{Client: client, Pause: time.Hour, Logger: slog.New(slog.NewTextHandler(records, nil))})
	var living, dead []string
	for i := range 60 {
		key := fmt.Sprint("k", i)
		require.NoError(t, sessions.CommitCtx(t.Context(), key, []byte("data"), time.Now().Add(time.Hour)))
		node, err := client.MasterForKey(t.Context(), "dram:session:"+key)
		require.NoError(t, err)
		if node.Options().Addr == cluster.Addrs[2] {
			dead = append(dead, key)
		} else {
			living = append(living, key)
		}
	}
	cluster.Kill(2)
	for i, key := range living {
		_, found, err := sessions.FindCtx(t.Context(), key)
		require.NoError(t, err)
		assert.True(t, found)
		if i%3 == 0 && len(dead) > 0 {
			_, _, err = sessions.FindCtx(t.Context(), dead[0])
			assert.Error(t, err)
			assert.NotContains(t, err.Error(), "left alone")
			dead = dead[1:]
		}
	}
	assert.Empty(t, records.String(), "it is not an outage")
}

// What a full Redis, or one that may not be written to, means to clients.
func TestLayersWithARedisThatRefusesWrites(t *testing.T) {
	for name, spoil := range map[string][]any{"full": {"CONFIG", "SET", "maxmemory", "1"}, "a replica": {"REPLICAOF", "127.0.0.1", "1"}} {
		t.Run(name, func(t *testing.T) {
			admin := redistest.Own(t)
			cfg := redisstore.Config{Client: admin, Timeout: time.Minute, Pause: time.Hour, Logger: slog.New(slog.DiscardHandler)}
			limited := func(closed bool) dram.HandlerFunc {
				return middleware.RateLimit(middleware.RateLimitConfig{Limit: 1 << 20, Store: redisstore.NewRateLimits(cfg), FailClosed: closed})
			}
			r := serving(redisstore.NewSessions(cfg), false)
			r.POST("/logout", func(c *dram.Context) {
				if err := session.From(c).LogOut(); err != nil {
					_ = c.AbortWithError(http.StatusServiceUnavailable, err)
				}
			})
			r.GET("/open", limited(false), func(c *dram.Context) { c.Status(http.StatusNoContent) })
			r.GET("/closed", limited(true), func(c *dram.Context) { c.Status(http.StatusNoContent) })
			once := middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByClientIP, Store: redisstore.NewIdempotency(cfg)})
			paid := 0
			r.POST("/pay", once, func(c *dram.Context) { paid++; c.String(http.StatusCreated, "paid") })
			pay := func(key string) *httptest.ResponseRecorder {
				req, w := httptest.NewRequest(http.MethodPost, "/pay", nil), httptest.NewRecorder()
				req.Header.Set("Idempotency-Key", key)
				r.ServeHTTP(w, req)
				return w
			}
			cookie, _, _ := strings.Cut(send(r, http.MethodPost, "/login", "").Header().Get("Set-Cookie"), ";")
			require.Equal(t, http.StatusCreated, pay("old").Code)
			require.NoError(t, admin.Do(t.Context(), spoil...).Err())

			assert.Equal(t, "user=ann", send(r, http.MethodGet, "/", cookie).Body.String(), "who is logged in stays so")
			assert.Equal(t, http.StatusServiceUnavailable, send(r, http.MethodPost, "/login", "").Code)
			assert.Equal(t, http.StatusNoContent, send(r, http.MethodGet, "/open", "").Code)
			assert.Equal(t, http.StatusServiceUnavailable, send(r, http.MethodGet, "/closed", "").Code)
			assert.Equal(t, http.StatusServiceUnavailable, pay("new").Code)
			assert.Equal(t, "true", pay("old").Header().Get("Idempotency-Replayed"), "what was paid is known")
			assert.Equal(t, 1, paid)
			logout := send(r, http.MethodPost, "/logout", cookie).Code
			if name == "full" { // deleting needs no room
				assert.Equal(t, http.StatusOK, logout)
				assert.Equal(t, "user=", send(r, http.MethodGet, "/", cookie).Body.String())
			} else {
				assert.Equal(t, http.StatusServiceUnavailable, logout, "it must not say ok")
			}
		})
	}
}
