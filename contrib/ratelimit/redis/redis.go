// Package redis keeps the buckets of middleware.RateLimit in Redis, so that all
// processes of a service hold one limit together.
//
//	store := redis.NewStore(redis.Config{Client: client})
//	r.Use(middleware.RateLimit(middleware.RateLimitConfig{Limit: 100, Store: store}))
//
// A request costs one round trip: a script (EVALSHA) that reads and writes one
// key, which Redis runs as one step. Redis's own clock counts, so the clocks of
// the processes do not matter. A key lives until its bucket is full again. It
// works with a single server, with Sentinel and with a cluster; Redis 5 is the
// oldest that will do.
//
// While Redis is gone, the layer lets requests pass or refuses them, as its
// FailClosed says. One request in each Pause finds out whether Redis is back, and
// waits for that; the others are answered at once.
package redis

import (
	"cmp"
	"context"
	_ "embed"
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
	DefaultPrefix = "dram:ratelimit:"
	// DefaultTimeout is how long an answer may take.
	DefaultTimeout = 250 * time.Millisecond
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
		Store:   "ratelimit/redis",
		Client:  cfg.Client,
		Prefix:  cmp.Or(cfg.Prefix, DefaultPrefix),
		Timeout: cmp.Or(cfg.Timeout, DefaultTimeout),
		Pause:   cmp.Or(cfg.Pause, DefaultPause),
		Logger:  cfg.Logger,
	}
}

// Store is a middleware.RateLimitStore in Redis. Make one with NewStore. It is
// safe for concurrent use, and several layers may share it if their Names differ.
type Store struct {
	conn *redisconn.Conn
}

var _ middleware.RateLimitStore = (*Store)(nil)

// NewStore makes a Store. It panics if the configuration is wrong, but does not
// ask whether Redis is there: a service may start before it.
func NewStore(cfg Config) *Store { return &Store{redisconn.New(cfg.settings())} }

//go:embed take.lua
var takeSource string

var takeScript = redis.NewScript(takeSource)

// Take takes a token; see middleware.RateLimitStore.
func (s *Store) Take(ctx context.Context, key string, quota middleware.Quota) (middleware.RateLimitResult, error) {
	interval := max(1, (quota.Window / time.Duration(quota.Limit)).Microseconds())
	room := interval * int64(quota.Burst)
	var answer []int64
	err := s.conn.Guard.Do(ctx, func(ctx context.Context) (err error) {
		answer, err = takeScript.Run(ctx, s.conn.Client, []string{s.conn.Prefix + key}, interval, room).Int64Slice()
		if err == nil && len(answer) != 3 {
			err = fmt.Errorf("the script answered with %d numbers instead of 3", len(answer))
		}
		return err
	})
	if err != nil {
		return middleware.RateLimitResult{}, err
	}
	wait, full := answer[1], answer[2]
	return middleware.RateLimitResult{
		Allowed:    answer[0] == 1,
		Remaining:  int((room - min(full, room)) / interval),
		RetryAfter: time.Duration(wait) * time.Microsecond,
		Reset:      time.Duration(full) * time.Microsecond,
	}, nil
}
