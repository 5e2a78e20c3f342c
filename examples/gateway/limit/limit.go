// Package limit counts requests for middleware.RateLimit: in memory, or in a Redis that several
// gateways share, and while that is gone as the file says.
package limit

import (
	"context"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dram-go/dram/contrib/redisstore"
	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/middleware"
)

// Redis is the Redis of a file, and what is counted there. It is nil for a file without one.
type Redis struct {
	cfg    config.Redis
	client *redis.Client
	counts redisstore.RateLimits
}

// NewRedis returns the Redis of a file: the one before, with its connections, if the file says the
// same of it. It connects when a request needs it. An outage is logged once, and so is its end.
func NewRedis(cfg *config.Redis, before *Redis, log *slog.Logger) *Redis {
	if cfg == nil {
		return nil
	}
	if before != nil && before.cfg.Addr == cfg.Addr && before.cfg.Prefix == cfg.Prefix && before.cfg.Timeout == cfg.Timeout && config.Revealed(before.cfg.Password) == config.Revealed(cfg.Password) {
		return before
	}
	client := redis.NewClient(&redis.Options{
		Addr: cfg.Addr, Password: config.Revealed(cfg.Password), ContextTimeoutEnabled: true,
		DialTimeout: time.Second, MaxRetries: -1, DialerRetries: 1,
	})
	return &Redis{*cfg, client, redisstore.NewRateLimits(redisstore.Config{Client: client, Prefix: cfg.Prefix, Logger: log, Timeout: time.Duration(cfg.Timeout)})}
}

// Close ends the connections.
func (r *Redis) Close() {
	if r != nil {
		_ = r.client.Close()
	}
}

// Store returns where requests are counted that count in r, and what happens without it: memory,
// open or closed. alone counts in memory. seen is called for each request that is not counted in r.
func (r *Redis) Store(without string, alone middleware.RateLimitStore, seen func()) middleware.RateLimitStore {
	return store{shared: r.counts, alone: alone, without: without, seen: seen}
}

// store counts in Redis. While it cannot, RateLimit need not know of it, but where it is to
// refuse.
type store struct {
	shared, alone middleware.RateLimitStore
	without       string
	seen          func()
}

// Take takes a token; see middleware.RateLimitStore.
func (s store) Take(ctx context.Context, key string, quota middleware.Quota) (middleware.RateLimitResult, error) {
	result, err := s.shared.Take(ctx, key, quota)
	if err == nil {
		return result, nil
	}
	s.seen()
	switch s.without {
	case "closed":
		return result, err
	case "open":
		return middleware.RateLimitResult{Allowed: true, Remaining: quota.Burst}, nil
	}
	return s.alone.Take(ctx, key, quota)
}
