package redisstore_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
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
	"github.com/dram-go/dram/internal/freeport"
	"github.com/dram-go/dram/middleware"
)

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	os.Exit(m.Run())
}

func Example() {
	client := redis.NewClient(&redis.Options{Addr: os.Getenv("REDIS_ADDR")}) // "" is localhost:6379
	defer client.Close()
	cfg := redisstore.Config{Client: client, Prefix: "shop:"}

	r := dram.New()
	r.Use(
		middleware.RateLimit(middleware.RateLimitConfig{Limit: 100, Window: time.Minute, Store: redisstore.NewRateLimits(cfg)}),
		session.Sessions(session.Config{Store: redisstore.NewSessions(cfg)}),
		middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByUser, Store: redisstore.NewIdempotency(cfg)}),
		middleware.Cache(middleware.CacheConfig{Store: redisstore.NewCache(cfg)}),
	)
	r.POST("/pay", func(c *dram.Context) { c.Status(http.StatusCreated) })
}

func TestValidate(t *testing.T) {
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"})
	defer client.Close()
	assert.NoError(t, redisstore.Config{Client: client}.Validate())
	for name, cfg := range map[string]redisstore.Config{
		"no client":        {},
		"nil client":       {Client: (*redis.ClusterClient)(nil)},
		"no unit":          {Client: client, Timeout: 250},
		"negative timeout": {Client: client, Timeout: -1},
		"negative pause":   {Client: client, Pause: -1},
	} {
		t.Run(name, func(t *testing.T) {
			var fault *middleware.ConfigError
			assert.ErrorAs(t, cfg.Validate(), &fault)
			for _, make := range []func(){
				func() { redisstore.NewRateLimits(cfg) },
				func() { redisstore.NewIdempotency(cfg) },
				func() { redisstore.NewSessions(cfg) },
				func() { redisstore.NewCache(cfg) },
			} {
				assert.PanicsWithError(t, cfg.Validate().Error(), make)
			}
		})
	}
}

// Each store in an outage, behind its layer, and when Redis is back.
func TestRedisGone(t *testing.T) {
	type store = func(redisstore.Config, bool) dram.HandlerFunc
	limits := func(cfg redisstore.Config, open bool) dram.HandlerFunc {
		return middleware.RateLimit(middleware.RateLimitConfig{Limit: 1 << 20, Store: redisstore.NewRateLimits(cfg), FailClosed: !open})
	}
	answers := func(cfg redisstore.Config, open bool) dram.HandlerFunc {
		return middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByClientIP, Store: redisstore.NewIdempotency(cfg), FailOpen: open})
	}
	sessions := func(cfg redisstore.Config, open bool) dram.HandlerFunc {
		return session.Sessions(session.Config{Store: redisstore.NewSessions(cfg), FailOpen: open})
	}
	for name, layer := range map[string]store{"RateLimits": limits, "Idempotency": answers, "Sessions": sessions} {
		for _, open := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s open=%t", name, open), func(t *testing.T) {
				line, records := redistest.NewLine(t, redistest.Addr(t)), new(redistest.Buffer)
				r := dram.New()
				r.Use(layer(redisstore.Config{
					Client: redistest.Client(t, line.Addr), Prefix: redistest.Prefix(t), Timeout: time.Minute,
					Pause: time.Millisecond, Logger: slog.New(slog.NewTextHandler(records, nil)),
				}, open))
				r.POST("/", func(c *dram.Context) { c.String(http.StatusOK, "done") })
				n := 0
				post := func() int {
					n++
					req := httptest.NewRequest(http.MethodPost, "/", nil)
					req.Header.Set("Idempotency-Key", fmt.Sprint(n))
					req.Header.Set("Cookie", "__Host-session="+strings.Repeat("A", 43))
					w := httptest.NewRecorder()
					r.ServeHTTP(w, req)
					return w.Code
				}
				require.Equal(t, http.StatusOK, post())
				line.Cut()
				want := map[bool]int{false: http.StatusServiceUnavailable, true: http.StatusOK}[open]
				for range 10 {
					assert.Equal(t, want, post())
				}
				assert.Equal(t, 1, strings.Count(records.String(), "does not answer"), records.String())
				line.Mend()
				assert.Eventually(t, func() bool {
					return post() == http.StatusOK && strings.Contains(records.String(), "answers again")
				}, time.Minute, time.Millisecond)
			})
		}
	}
}

// A Redis that accepts connections and never answers delays only the first requests.
func TestSilentRedis(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer silent.Close()
	store := redisstore.NewRateLimits(redisstore.Config{
		Client: redistest.Client(t, silent.Addr().String()), Timeout: 10 * time.Millisecond,
		Pause: time.Hour, Logger: slog.New(slog.DiscardHandler),
	})
	for range 3 {
		_, err = store.Take(t.Context(), "k", hourly)
		assert.Error(t, err)
		assert.NotContains(t, err.Error(), "left alone")
	}
	_, err = store.Take(t.Context(), "k", hourly)
	assert.ErrorContains(t, err, "left alone")
}

// What Redis answers is an error of the one call: those that work go on, and when the
// cause is gone all of them do.
func TestRedisAnswersWithErrors(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		spoil      []any
		mend       []any
		reads      bool
	}{
		{"full", "OOM", []any{"CONFIG", "SET", "maxmemory", "1"}, []any{"CONFIG", "SET", "maxmemory", "0"}, true},
		{"a replica", "READONLY", []any{"REPLICAOF", "127.0.0.1", "1"}, []any{"REPLICAOF", "NO", "ONE"}, true},
		{"a user who may only read", "NOPERM", []any{"ACL", "SETUSER", "app", "-@all", "+@read", "+@connection"}, []any{"ACL", "SETUSER", "app", "+@all"}, true},
		{"a wrong password", "WRONGPASS", []any{"ACL", "SETUSER", "app", "resetpass", ">other"}, []any{"ACL", "SETUSER", "app", ">app"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			admin := redistest.Own(t)
			options := *admin.Options()
			require.NoError(t, admin.Do(t.Context(), "ACL", "SETUSER", "app", "on", ">app", "~*", "+@all").Err())
			options.Username, options.Password, options.PoolSize, options.MaxRetries = "app", "app", 1, -1
			client := redis.NewClient(&options)
			defer func() { _ = client.Close() }()

			records := new(redistest.Buffer)
			cfg := redisstore.Config{Client: client, Timeout: time.Minute, Pause: time.Hour, Logger: slog.New(slog.NewTextHandler(records, nil))}
			sessions, limits, answers, cache := redisstore.NewSessions(cfg), redisstore.NewRateLimits(cfg), redisstore.NewIdempotency(cfg), redisstore.NewCache(cfg)
			ctx, later := t.Context(), time.Now().Add(time.Hour)
			require.NoError(t, sessions.Commit("id", []byte("data"), later))
			writes := map[string]func() error{
				"Commit": func() error { return sessions.Commit("id", []byte("data"), later) },
				"Update": func() error { _, err := sessions.Update(ctx, "id", []byte("data"), later); return err },
				"Take":   func() error { _, err := limits.Take(ctx, "k", hourly); return err },
				"Begin": func() error {
					_, err := answers.Begin(ctx, "k", middleware.IdempotencyRecord{Owner: "a"}, time.Hour)
					return err
				},
				"Put": func() error { return putRecord(ctx, cache) },
			}
			require.NoError(t, admin.Do(ctx, tt.spoil...).Err())
			if !tt.reads { // the connection that is there is a good one
				require.NoError(t, admin.Do(ctx, "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes").Err())
				_, _, _ = sessions.Find("id")
			}
			for range 5 {
				for name, write := range writes {
					err := write()
					assert.ErrorContains(t, err, tt.want, name)
					assert.NotContains(t, fmt.Sprint(err), "left alone", name)
				}
				_, found, err := sessions.Find("id")
				if tt.reads {
					require.NoError(t, err)
					assert.True(t, found)
				} else {
					assert.ErrorContains(t, err, tt.want)
				}
			}
			require.NoError(t, admin.Do(ctx, tt.mend...).Err())
			for name, write := range writes {
				assert.NoError(t, write(), name)
			}
			assert.NotContains(t, records.String(), "does not answer")
			assert.LessOrEqual(t, strings.Count(records.String(), "\n"), len(writes)+1, records.String())
		})
	}
}

// Writes that hang do not affect reads.
func TestSlowWritesDoNotBlockReads(t *testing.T) {
	admin := redistest.Own(t)
	client := redis.NewClient(&redis.Options{Network: "unix", Addr: admin.Options().Addr, MaxRetries: -1})
	defer func() { _ = client.Close() }()
	cfg := redisstore.Config{Client: client, Timeout: 20 * time.Millisecond, Pause: time.Millisecond, Logger: slog.New(slog.DiscardHandler)}
	sessions, later := redisstore.NewSessions(cfg), time.Now().Add(time.Hour)
	require.NoError(t, admin.Set(t.Context(), "dram:session:id", "data", time.Hour).Err())
	require.NoError(t, admin.Do(t.Context(), "CLIENT", "PAUSE", "600000", "WRITE").Err())
	for range 5 {
		assert.Error(t, sessions.Commit("id", []byte("new"), later))
	}
	assert.Eventually(t, func() bool { _, found, err := sessions.Find("id"); return err == nil && found }, time.Minute, time.Millisecond)
	require.NoError(t, admin.Do(t.Context(), "CLIENT", "UNPAUSE").Err())
	assert.Eventually(t, func() bool { return sessions.Commit("id", []byte("new"), later) == nil }, time.Minute, time.Millisecond)
}

// go-redis prints what goes wrong to the standard error, a line for each request.
func TestDriverDoesNotPrint(t *testing.T) {
	if addr := os.Getenv("DRAM_TEST_GONE"); addr != "" { // the other process
		log.SetOutput(os.Stdout)
		sessions := redisstore.NewSessions(redisstore.Config{
			Client: redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1, DialerRetries: 1}), Pause: time.Nanosecond, Logger: slog.New(slog.DiscardHandler),
		})
		for range 20 {
			_, _, err := sessions.FindCtx(context.Background(), "id")
			assert.Error(t, err)
		}
		return
	}
	assert.NotContains(t, string(redistest.Again(t, "TestDriverDoesNotPrint", "DRAM_TEST_GONE="+freeport.Addr(t))), "redis")
}
