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
	"context"
	_ "embed"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dram-go/dram/contrib/internal/layer"
	"github.com/dram-go/dram/contrib/internal/outage"
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
func (cfg Config) Validate() error {
	switch {
	case cfg.Client == nil:
		return layer.Misconfigured("ratelimit/redis", "Client", `is nil; write redis.NewClient(&redis.Options{Addr: "localhost:6379"})`)
	case cfg.Timeout < 0 || cfg.Pause < 0:
		return layer.Misconfigured("ratelimit/redis", "Timeout", "neither it nor Pause may be negative; leave them 0 for %v and %v", DefaultTimeout, DefaultPause)
	}
	return nil
}

// Store is a middleware.RateLimitStore in Redis. Make one with NewStore. It is
// safe for concurrent use, and several layers may share it if their Names differ.
type Store struct {
	client redis.Scripter
	prefix string
	guard  outage.Guard
}

var _ middleware.RateLimitStore = (*Store)(nil)

// NewStore makes a Store. It panics if the configuration is wrong, but does not
// ask whether Redis is there: a service may start before it.
func NewStore(cfg Config) *Store {
	layer.Must(cfg.Validate())
	s := &Store{client: cfg.Client, prefix: cfg.Prefix, guard: outage.Guard{
		Name: "contrib/ratelimit/redis", Logger: cfg.Logger, Timeout: cfg.Timeout, Pause: cfg.Pause,
	}}
	if s.prefix == "" {
		s.prefix = DefaultPrefix
	}
	if cfg.Timeout == 0 {
		s.guard.Timeout = DefaultTimeout
	}
	if cfg.Pause == 0 {
		s.guard.Pause = DefaultPause
	}
	if single, ok := cfg.Client.(*redis.Client); ok {
		s.client = single.WithTimeout(s.guard.Timeout)
	}
	return s
}

//go:embed take.lua
var takeSource string

var takeScript = redis.NewScript(takeSource)

// Take takes a token; see middleware.RateLimitStore.
func (s *Store) Take(ctx context.Context, key string, quota middleware.Quota) (middleware.RateLimitResult, error) {
	interval := max(1, (quota.Window / time.Duration(quota.Limit)).Microseconds())
	room := interval * int64(quota.Burst)
	var answer []int64
	err := s.guard.Do(ctx, func(ctx context.Context) (err error) {
		answer, err = takeScript.Run(ctx, s.client, []string{s.prefix + key}, interval, room).Int64Slice()
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
