package redisstore

import (
	"context"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dram-go/dram/contrib/internal/layer"
	"github.com/dram-go/dram/middleware"
)

// Idempotency is a middleware.IdempotencyStore. Make one with NewIdempotency.
// It is safe for concurrent use, and several layers may share it.
//
// A request with a key takes two round trips, one before the handlers and one
// after, each a script that Redis runs atomically. A key holds a hash of two
// fields, the attempt that owns it and the record as JSON, and expires
// automatically. Redis must not evict keys (maxmemory-policy noeviction): if a
// key is lost, its request can be executed again.
type Idempotency struct{ *conn }

var _ middleware.IdempotencyStore = Idempotency{}

// NewIdempotency returns an Idempotency. It panics if the configuration is
// wrong.
func NewIdempotency(cfg Config) Idempotency {
	return Idempotency{newConn(cfg, "idempotency", DefaultTimeout)}
}

// Each script's KEYS[1] is the key, ARGV[1] the owner, ARGV[2] a record and
// ARGV[3] its time in milliseconds.
var (
	// A claim that is sent twice, because the first answer was lost, finds itself.
	beginScript = redis.NewScript(`
		local held = redis.call('HGET', KEYS[1], 'record')
		if held then return held end
		redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'record', ARGV[2])
		redis.call('PEXPIRE', KEYS[1], ARGV[3])
		return ARGV[2]`)

	finishScript = redis.NewScript(`
		if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return 0 end
		redis.call('HSET', KEYS[1], 'record', ARGV[2])
		return redis.call('PEXPIRE', KEYS[1], ARGV[3])`)

	releaseScript = redis.NewScript(`
		if redis.call('HGET', KEYS[1], 'owner') ~= ARGV[1] then return 0 end
		return redis.call('DEL', KEYS[1])`)
)

// Begin claims the key, or returns the record that it holds; see
// middleware.IdempotencyStore.
func (s Idempotency) Begin(ctx context.Context, key string, claim middleware.IdempotencyRecord, ttl time.Duration) (held middleware.IdempotencyRecord, err error) {
	var answer string
	err = s.writes.do(ctx, func(ctx context.Context) (err error) {
		answer, err = beginScript.Run(ctx, s.client, []string{s.key(key)}, claim.Owner, layer.EncodeIdempotency(claim), milliseconds(ttl)).Text()
		return err
	})
	if err != nil {
		return held, err
	}
	if held, err = layer.DecodeIdempotency([]byte(answer)); err != nil {
		return held, fmt.Errorf("dram: contrib/redisstore: idempotency: the key holds no record: %w", err)
	}
	return held, nil
}

// Finish stores the answer; see middleware.IdempotencyStore. It calls Redis
// even in an outage.
func (s Idempotency) Finish(ctx context.Context, key string, record middleware.IdempotencyRecord, ttl time.Duration) error {
	return s.writes.insist(ctx, func(ctx context.Context) error {
		return finishScript.Run(ctx, s.client, []string{s.key(key)}, record.Owner, layer.EncodeIdempotency(record), milliseconds(ttl)).Err()
	})
}

// Release frees the key; see middleware.IdempotencyStore. It calls Redis even
// in an outage.
func (s Idempotency) Release(ctx context.Context, key, owner string) error {
	return s.writes.insist(ctx, func(ctx context.Context) error {
		return releaseScript.Run(ctx, s.client, []string{s.key(key)}, owner).Err()
	})
}

// milliseconds returns a time for PEXPIRE.
func milliseconds(ttl time.Duration) int64 { return atLeastMillisecond(ttl).Milliseconds() }
