// Package redis keeps the answers of middleware.Idempotency in Redis, so that a
// request that is sent again finds its answer in whichever process it arrives.
//
//	store := redis.NewStore(redis.Config{Client: client})
//	r.Use(middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByUser, Store: store}))
//
// A request with a key costs two round trips, one before the handlers and one
// after, each a script that Redis runs as one step; a request without a key costs
// nothing. A key holds a hash of two fields, the attempt that owns it and the
// record as JSON, and expires by itself. It works with a single server, with
// Sentinel and with a cluster. Redis must not evict keys (maxmemory-policy
// noeviction): a key that is lost lets its request be done again.
//
// While Redis is gone, the layer refuses requests with keys or serves them
// unprotected, as its FailOpen says. One request in each Pause finds out whether
// Redis is back, and waits for that; the others are answered at once.
package redis

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dram-go/dram/contrib/internal/redisconn"
	"github.com/dram-go/dram/middleware"
)

// The values of a Config that names none.
const (
	// DefaultPrefix begins the names of the keys.
	DefaultPrefix = "dram:idempotency:"
	// DefaultTimeout is how long an answer may take.
	DefaultTimeout = time.Second
	// DefaultPause is how long a server that failed is left alone.
	DefaultPause = time.Second
)

// Config sets up a Store. Client must be set.
type Config struct {
	// Client is the connection to Redis; it stays the caller's to close. Clients
	// of a cluster or of a ring keep to Timeout only if their
	// ContextTimeoutEnabled is set.
	Client redis.UniversalClient
	// Prefix begins the names of the keys. Default DefaultPrefix. Services that
	// share a Redis need one each.
	Prefix string
	// Timeout is how long one answer may take. Default DefaultTimeout.
	Timeout time.Duration
	// Pause is how long Redis is left alone after an error. Default DefaultPause.
	Pause time.Duration
	// Logger gets one record when Redis stops answering and one when it answers
	// again. Default slog.Default().
	Logger *slog.Logger
}

// Validate tells what is wrong with the configuration.
func (cfg Config) Validate() error { return cfg.settings().Validate() }

// settings is the configuration with its defaults.
func (cfg Config) settings() redisconn.Settings {
	return redisconn.Settings{
		Store:   "idempotency/redis",
		Client:  cfg.Client,
		Prefix:  cmp.Or(cfg.Prefix, DefaultPrefix),
		Timeout: cmp.Or(cfg.Timeout, DefaultTimeout),
		Pause:   cmp.Or(cfg.Pause, DefaultPause),
		Logger:  cfg.Logger,
	}
}

// Store is a middleware.IdempotencyStore in Redis. Make one with NewStore. It is
// safe for concurrent use, and several layers may share it.
type Store struct {
	conn *redisconn.Conn
}

var _ middleware.IdempotencyStore = (*Store)(nil)

// NewStore makes a Store. It panics if the configuration is wrong, but does not
// ask whether Redis is there: a service may start before it.
func NewStore(cfg Config) *Store { return &Store{redisconn.New(cfg.settings())} }

// Each script's KEYS[1] is the key, ARGV[1] the owner, ARGV[2] a record and
// ARGV[3] its time in milliseconds.
var (
	// A claim that is sent twice, since the first answer got lost, finds itself.
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

// Begin takes the key or tells who has it; see middleware.IdempotencyStore.
func (s *Store) Begin(ctx context.Context, key string, claim middleware.IdempotencyRecord, ttl time.Duration) (held middleware.IdempotencyRecord, err error) {
	text, err := json.Marshal(claim)
	if err != nil {
		return held, fmt.Errorf("dram: contrib/idempotency/redis: %w", err)
	}
	var answer string
	err = s.conn.Guard.Do(ctx, func(ctx context.Context) (err error) {
		answer, err = beginScript.Run(ctx, s.conn.Client, []string{s.conn.Prefix + key}, claim.Owner, text, milliseconds(ttl)).Text()
		return err
	})
	if err != nil {
		return held, err
	}
	if err := json.Unmarshal([]byte(answer), &held); err != nil {
		return held, fmt.Errorf("dram: contrib/idempotency/redis: the key holds no record: %w", err)
	}
	return held, nil
}

// Finish stores the answer; see middleware.IdempotencyStore. It asks Redis even
// if that did not answer others just now.
func (s *Store) Finish(ctx context.Context, key string, record middleware.IdempotencyRecord, ttl time.Duration) error {
	text, err := json.Marshal(record)
	if err != nil {
		return fmt.Errorf("dram: contrib/idempotency/redis: %w", err)
	}
	return s.conn.Guard.Insist(ctx, func(ctx context.Context) error {
		return finishScript.Run(ctx, s.conn.Client, []string{s.conn.Prefix + key}, record.Owner, text, milliseconds(ttl)).Err()
	})
}

// Release gives the key back; see middleware.IdempotencyStore. It asks Redis even
// if that did not answer others just now.
func (s *Store) Release(ctx context.Context, key, owner string) error {
	return s.conn.Guard.Insist(ctx, func(ctx context.Context) error {
		return releaseScript.Run(ctx, s.conn.Client, []string{s.conn.Prefix + key}, owner).Err()
	})
}

// milliseconds is a time for PEXPIRE, which deletes at once what has 0.
func milliseconds(ttl time.Duration) int64 { return max(1, ttl.Milliseconds()) }
