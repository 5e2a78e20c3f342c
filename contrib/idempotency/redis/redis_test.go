package redis_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/idempotency/redis"
	"github.com/dram-go/dram/contrib/internal/redistest"
	"github.com/dram-go/dram/middleware"
)

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	os.Exit(m.Run())
}

func storeAt(t testing.TB, addr, prefix string) *redis.Store {
	return redis.NewStore(redis.Config{
		Client: redistest.Client(t, addr), Prefix: prefix, Timeout: time.Minute,
		Pause: time.Millisecond, Logger: slog.New(slog.DiscardHandler),
	})
}

func TestStore(t *testing.T) {
	ctx := context.Background()
	first := middleware.IdempotencyRecord{Owner: "a", Fingerprint: "f"}
	second := middleware.IdempotencyRecord{Owner: "b", Fingerprint: "g"}
	done := first
	done.Status, done.Header, done.Body = 201, http.Header{"Location": {"/1"}}, []byte("made \x00\xff")

	store := storeAt(t, redistest.Addr(t), redistest.Prefix(t))
	begin := func(claim middleware.IdempotencyRecord) middleware.IdempotencyRecord {
		held, err := store.Begin(ctx, "key", claim, time.Hour)
		require.NoError(t, err)
		return held
	}
	assert.Equal(t, first, begin(first), "the key was free")
	assert.Equal(t, first, begin(first), "a claim finds itself")
	assert.Equal(t, first, begin(second), "the first holds the key")

	require.NoError(t, store.Release(ctx, "key", "b"))
	assert.Equal(t, first, begin(second), "only the owner releases")
	require.NoError(t, store.Finish(ctx, "key", second, time.Hour))
	assert.Equal(t, first, begin(second), "only the owner finishes")

	require.NoError(t, store.Finish(ctx, "key", done, time.Hour))
	assert.Equal(t, done, begin(second), "the answer is kept")
	require.NoError(t, store.Release(ctx, "key", "a"))
	assert.Equal(t, second, begin(second), "a key that was given back is free")
}

func TestKeysExpire(t *testing.T) {
	store, ctx := storeAt(t, redistest.Addr(t), redistest.Prefix(t)), context.Background()
	claim := middleware.IdempotencyRecord{Owner: "a"}
	_, err := store.Begin(ctx, "key", claim, time.Millisecond)
	require.NoError(t, err)
	assert.Eventually(t, func() bool {
		held, err := store.Begin(ctx, "key", middleware.IdempotencyRecord{Owner: "b"}, time.Hour)
		return err == nil && held.Owner == "b"
	}, time.Minute, time.Millisecond)
}

func TestStrangeRecord(t *testing.T) {
	addr, prefix := redistest.Addr(t), redistest.Prefix(t)
	require.NoError(t, redistest.Client(t, addr).HSet(context.Background(), prefix+"key", "record", "no JSON").Err())
	_, err := storeAt(t, addr, prefix).Begin(context.Background(), "key", middleware.IdempotencyRecord{}, time.Hour)
	assert.ErrorContains(t, err, "holds no record")
}

// payments is a service whose POST /pay says how often it was done here.
func payments(store middleware.IdempotencyStore, failOpen bool) (*dram.Engine, *atomic.Int32) {
	done := new(atomic.Int32)
	r := dram.New()
	r.Use(middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByClientIP, Store: store, FailOpen: failOpen}))
	r.POST("/pay", func(c *dram.Context) {
		c.String(http.StatusCreated, "paid in %s %d", os.Getenv(sharedPrefix), done.Add(1))
	})
	return r, done
}

func pay(h http.Handler, key string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(http.MethodPost, "/pay", strings.NewReader("5 €"))
	req.Header.Set("Idempotency-Key", key)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

const sharedPrefix = "DRAM_TEST_SHARED_PREFIX"

func TestTwoProcessesPayOnce(t *testing.T) {
	addr := redistest.Addr(t)
	if prefix := os.Getenv(sharedPrefix); prefix != "" { // the other process
		r, done := payments(storeAt(t, addr, prefix), false)
		w := pay(r, "key")
		fmt.Printf("status=%d done=%d\n", w.Code, done.Load())
		return
	}
	prefix := redistest.Prefix(t)
	out := redistest.Again(t, "TestTwoProcessesPayOnce", sharedPrefix+"="+prefix)
	require.Contains(t, string(out), "status=201 done=1")

	r, done := payments(storeAt(t, addr, prefix), false)
	w := pay(r, "key")
	assert.Zero(t, done.Load())
	assert.Equal(t, http.StatusCreated, w.Code)
	assert.Equal(t, "true", w.Header().Get("Idempotency-Replayed"))
	assert.Equal(t, "paid in "+prefix+" 1", w.Body.String(), "the other process's answer")
}

func TestRedisGone(t *testing.T) {
	for _, tt := range []struct {
		name     string
		failOpen bool
		want     int
	}{
		{"fail closed", false, http.StatusServiceUnavailable},
		{"fail open", true, http.StatusCreated},
	} {
		t.Run(tt.name, func(t *testing.T) {
			line, log := redistest.NewLine(t, redistest.Addr(t)), new(redistest.Buffer)
			r, _ := payments(redis.NewStore(redis.Config{
				Client: redistest.Client(t, line.Addr), Prefix: redistest.Prefix(t), Timeout: time.Minute,
				Pause: time.Millisecond, Logger: slog.New(slog.NewTextHandler(log, nil)),
			}), tt.failOpen)
			require.Equal(t, http.StatusCreated, pay(r, "before").Code)
			line.Cut()
			for i := range 5 {
				assert.Equal(t, tt.want, pay(r, fmt.Sprint("during", i)).Code)
			}
			line.Mend()
			assert.Eventually(t, func() bool { return pay(r, "before").Header().Get("Idempotency-Replayed") == "true" }, time.Minute, time.Millisecond)
			assert.Equal(t, 1, strings.Count(log.String(), "does not answer"), log.String())
			assert.Equal(t, 1, strings.Count(log.String(), "answers again"), log.String())
		})
	}
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
	store := redis.NewStore(redis.Config{Client: client, Prefix: "shop:idempotency:"})

	r := dram.New()
	r.Use(middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByUser, Store: store}))
	r.POST("/pay", func(c *dram.Context) { c.Status(http.StatusCreated) })
}

func BenchmarkBeginAndFinish(b *testing.B) {
	store, ctx := storeAt(b, redistest.Addr(b), redistest.Prefix(b)), context.Background()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		key, record := fmt.Sprint(i), middleware.IdempotencyRecord{Owner: "a"}
		if _, err := store.Begin(ctx, key, record, time.Second); err != nil {
			b.Fatal(err)
		}
		record.Status, record.Body = 200, []byte("hello")
		if err := store.Finish(ctx, key, record, time.Second); err != nil {
			b.Fatal(err)
		}
	}
}
