package sqlstore_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

func TestIdempotency(t *testing.T) {
	first := middleware.IdempotencyRecord{Owner: "a", Fingerprint: "f"}
	second := middleware.IdempotencyRecord{Owner: "b", Fingerprint: "g"}
	done := first
	done.Status, done.Header, done.Body = 201, http.Header{"Location": {"/1"}, "X-Name": {"caf\xe9"}, "X-Removed": nil}, []byte("made \x00\xff")

	onEachDatabase(t, func(t *testing.T, tab table) {
		store, ctx := tab.Idempotency(), t.Context()
		begin := func(claim middleware.IdempotencyRecord) middleware.IdempotencyRecord {
			held, err := store.Begin(ctx, "key", claim, time.Hour)
			require.NoError(t, err)
			return held
		}
		assert.Equal(t, first, begin(first), "the key was free")
		assert.Equal(t, first, begin(first), "a claim finds itself")
		assert.Equal(t, first, begin(second), "the first holds the key")

		require.NoError(t, store.Release(ctx, "key", "b"))
		require.NoError(t, store.Release(ctx, "key", "A"))
		assert.Equal(t, first, begin(second), "only the owner releases")
		require.NoError(t, store.Finish(ctx, "key", second, time.Hour))
		assert.Equal(t, first, begin(second), "only the owner finishes")
		require.NoError(t, store.Finish(ctx, "other", first, time.Hour))
		assert.Equal(t, 1, tab.count(t), "and only what was begun")

		require.NoError(t, store.Finish(ctx, "key", done, time.Hour))
		require.NoError(t, store.Finish(ctx, "key", done, time.Hour), "a second time")
		assert.Equal(t, done, begin(second), "the answer is kept")
		require.NoError(t, store.Release(ctx, "key", "a"))
		assert.Equal(t, second, begin(second), "a key that was given back is free")
	})
}

func TestClaimsExpire(t *testing.T) {
	first, second := middleware.IdempotencyRecord{Owner: "a"}, middleware.IdempotencyRecord{Owner: "b"}
	onEachDatabase(t, func(t *testing.T, tab table) {
		store, ctx := tab.Idempotency(), t.Context()
		for _, ttl := range []time.Duration{time.Microsecond, 0, -time.Hour} {
			held, err := store.Begin(ctx, "key", first, ttl)
			require.NoError(t, err)
			assert.Equal(t, first, held, "a claim is its own, however short its time")
			held, err = store.Begin(ctx, "key", second, ttl)
			require.NoError(t, err)
			assert.Equal(t, second, held)
		}
		require.NoError(t, store.Finish(ctx, "key", first, time.Hour))
		held, err := store.Begin(ctx, "key", first, time.Microsecond)
		require.NoError(t, err)
		assert.Equal(t, first, held, "the one before does not finish the key of another")

		done := middleware.IdempotencyRecord{Owner: "a", Status: 200}
		require.NoError(t, store.Finish(ctx, "key", done, time.Hour))
		held, err = store.Begin(ctx, "key", second, time.Hour)
		require.NoError(t, err)
		assert.Equal(t, done, held, "an answer that is late is kept, if nobody has claimed the key")
	})
}

// Of fifty claims at once one holds the key, and all get its record: of a key that is
// free, and of one whose record has expired.
func TestConcurrentBegin(t *testing.T) {
	onEachDatabase(t, claimTogether)
}

func claimTogether(t *testing.T, tab table) {
	store, expired := tab.Idempotency(), middleware.IdempotencyRecord{Owner: "old", Status: 200}
	_, err := store.Begin(t.Context(), "expired", expired, time.Hour)
	require.NoError(t, err)
	require.NoError(t, store.Finish(t.Context(), "expired", expired, -time.Hour))
	for _, key := range []string{"free", "expired"} {
		var owners [50]string
		var group sync.WaitGroup
		start := make(chan struct{})
		for i := range owners {
			group.Go(func() {
				<-start
				held, err := store.Begin(t.Context(), key, middleware.IdempotencyRecord{Owner: fmt.Sprint(i)}, time.Hour)
				assert.NoError(t, err)
				owners[i] = held.Owner
			})
		}
		close(start)
		group.Wait()
		assert.NotEqual(t, "old", owners[0])
		assert.NotEmpty(t, owners[0])
		assert.Equal(t, strings.Repeat(owners[0]+" ", 50), strings.Join(owners[:], " ")+" ")
	}
}

// Whoever holds a key holds it alone, while others claim and free it.
func TestOneHoldsTheKey(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, tab table) {
		store := tab.Idempotency()
		var holding, held atomic.Int32
		var group sync.WaitGroup
		for i := range 10 {
			group.Go(func() {
				owner := fmt.Sprint(i)
				for range 20 {
					record, err := store.Begin(t.Context(), "key", middleware.IdempotencyRecord{Owner: owner}, time.Hour)
					if err != nil || record.Owner != owner {
						continue // one of many may be refused, but two never hold it
					}
					held.Add(1)
					assert.EqualValues(t, 1, holding.Add(1))
					holding.Add(-1)
					assert.NoError(t, store.Release(t.Context(), "key", owner))
				}
			})
		}
		group.Wait()
		assert.Positive(t, held.Load())
		assert.Zero(t, tab.count(t))
	})
}

func TestLargeAnswers(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, tab table) {
		store := tab.Idempotency()
		record := middleware.IdempotencyRecord{Owner: "a", Fingerprint: strings.Repeat("f", 64)}
		_, err := store.Begin(t.Context(), strings.Repeat("e", 64), record, time.Hour)
		require.NoError(t, err)
		record.Status, record.Body = 200, bytes.Repeat([]byte("\x00\x01\xfe\xff'\"\\"), 600_000)
		require.NoError(t, store.Finish(t.Context(), strings.Repeat("e", 64), record, time.Hour))
		held, err := store.Begin(t.Context(), strings.Repeat("e", 64), middleware.IdempotencyRecord{Owner: "b"}, time.Hour)
		require.NoError(t, err)
		assert.Equal(t, record.Owner, held.Owner)
		assert.True(t, bytes.Equal(record.Body, held.Body))
	})
}

func TestStrangeRecord(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, tab table) {
		_, err := tab.db.Exec(fmt.Sprintf("INSERT INTO %s (name, owner, data, expires_at) VALUES ('answer key', 'a', 'no JSON', %d)", tab.name, int64(1)<<62))
		require.NoError(t, err)
		_, err = tab.Idempotency().Begin(t.Context(), "key", middleware.IdempotencyRecord{Owner: "a"}, time.Hour)
		assert.ErrorContains(t, err, "dram: contrib/sqlstore: answer: the key holds no record")
	})
}

// paying returns a service whose POST /pay says how often it was done here.
func paying(store middleware.IdempotencyStore, failOpen bool) *dram.Engine {
	done := new(atomic.Int32)
	r := dram.New()
	r.Use(middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByClientIP, Store: store, FailOpen: failOpen}))
	r.POST("/pay", func(c *dram.Context) { c.String(http.StatusCreated, "paid %d", done.Add(1)) })
	return r
}

func TestPaidOnce(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, tab table) {
		r := paying(tab.Idempotency(), false)
		for range 3 {
			w, _ := send(r, "POST", "/pay", "")
			assert.Equal(t, http.StatusCreated, w.Code)
			assert.Equal(t, "paid 1", w.Body.String())
		}
	})
}
