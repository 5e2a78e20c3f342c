package sqlstore

import (
	"context"
	"fmt"
	"time"

	"github.com/dram-go/dram/contrib/internal/layer"
	"github.com/dram-go/dram/middleware"
)

// Idempotency is a middleware.IdempotencyStore. Get one from Store.Idempotency. It is safe
// for concurrent use, and several layers may share it.
//
// A request with a key takes two statements, one before the handlers and one after; MySQL
// takes one more to say who holds the key. A row holds the attempt that owns the key, and
// the record as JSON, which must fit into what the database takes at a time (MySQL's
// max_allowed_packet).
type Idempotency struct{ rows }

var _ middleware.IdempotencyStore = Idempotency{}

// Begin claims the key, or returns the record that it holds; see
// middleware.IdempotencyStore.
func (s Idempotency) Begin(ctx context.Context, key string, claim middleware.IdempotencyRecord, ttl time.Duration) (held middleware.IdempotencyRecord, err error) {
	now := time.Now()
	data, err := s.claim(ctx, key, claim.Owner, layer.EncodeIdempotency(claim), now.UnixMicro(), now.Add(max(ttl, time.Microsecond)).UnixMicro())
	if err != nil {
		return held, err
	}
	if held, err = layer.DecodeIdempotency(data); err != nil {
		return held, fault(s.kind, fmt.Errorf("the key holds no record: %w", err))
	}
	return held, nil
}

// Finish stores the answer; see middleware.IdempotencyStore. An answer that comes after
// the time of its claim is stored too, if nobody has claimed the key meanwhile.
func (s Idempotency) Finish(ctx context.Context, key string, record middleware.IdempotencyRecord, ttl time.Duration) error {
	_, err := s.update(ctx, key, record.Owner, layer.EncodeIdempotency(record), time.Now().Add(ttl).UnixMicro(), 0)
	return err
}

// Release frees the key; see middleware.IdempotencyStore.
func (s Idempotency) Release(ctx context.Context, key, owner string) error {
	return s.remove(ctx, key, owner)
}
