package redisstore_test

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

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/internal/redistest"
	"github.com/dram-go/dram/contrib/redisstore"
	"github.com/dram-go/dram/middleware"
)

func idempotencyAt(t testing.TB, addr, prefix string) redisstore.Idempotency {
	return redisstore.NewIdempotency(redisstore.Config{
		Client: redistest.Client(t, addr), Prefix: prefix, Timeout: time.Minute,
		Pause: time.Millisecond, Logger: slog.New(slog.DiscardHandler),
	})
}

func TestIdempotency(t *testing.T) {
	ctx := context.Background()
	first := middleware.IdempotencyRecord{Owner: "a", Fingerprint: "f"}
	second := middleware.IdempotencyRecord{Owner: "b", Fingerprint: "g"}
	done := first
	done.Status, done.Header, done.Body = 201, http.Header{"Location": {"/1"}, "X-Name": {"caf\xe9"}, "X-Removed": nil}, []byte("made \x00\xff")

	store := idempotencyAt(t, redistest.Addr(t), redistest.Prefix(t))
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

func TestClaimsExpire(t *testing.T) {
	store, ctx := idempotencyAt(t, redistest.Addr(t), redistest.Prefix(t)), context.Background()
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
	require.NoError(t, redistest.Client(t, addr).HSet(context.Background(), prefix+"idempotency:key", "record", "no JSON").Err())
	_, err := idempotencyAt(t, addr, prefix).Begin(context.Background(), "key", middleware.IdempotencyRecord{}, time.Hour)
	assert.ErrorContains(t, err, "holds no record")
}

func TestValueOfAnotherTypeIsNotARecord(t *testing.T) {
	addr, prefix := redistest.Addr(t), redistest.Prefix(t)
	require.NoError(t, redistest.Client(t, addr).LPush(t.Context(), prefix+"idempotency:key", "x").Err())
	store := idempotencyAt(t, addr, prefix)
	for range 5 { // whether the request was done is not known, so it is not done
		_, err := store.Begin(t.Context(), "key", middleware.IdempotencyRecord{Owner: "a"}, time.Hour)
		assert.ErrorContains(t, err, "WRONGTYPE")
	}
	_, err := store.Begin(t.Context(), "other", middleware.IdempotencyRecord{Owner: "a"}, time.Hour)
	assert.NoError(t, err)
}

// payments returns a service whose POST /pay says how often it was done here.
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
		r, done := payments(idempotencyAt(t, addr, prefix), false)
		w := pay(r, "key")
		fmt.Printf("status=%d done=%d\n", w.Code, done.Load())
		return
	}
	prefix := redistest.Prefix(t)
	out := redistest.Again(t, "TestTwoProcessesPayOnce", sharedPrefix+"="+prefix)
	require.Contains(t, string(out), "status=201 done=1")

	r, done := payments(idempotencyAt(t, addr, prefix), false)
	w := pay(r, "key")
	assert.Zero(t, done.Load())
	assert.Equal(t, http.StatusCreated, w.Code)
	assert.Equal(t, "true", w.Header().Get("Idempotency-Replayed"))
	assert.Equal(t, "paid in "+prefix+" 1", w.Body.String(), "the other process's answer")
}

func BenchmarkBeginAndFinish(b *testing.B) {
	store, ctx := idempotencyAt(b, redistest.Addr(b), redistest.Prefix(b)), context.Background()
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
