package main

// This file opens what the layers remember with: memory, or a Redis that several
// processes of the service share.

import (
	"context"
	"log/slog"

	"github.com/alexedwards/scs/v2"
	"github.com/redis/go-redis/v9"

	"github.com/dram-go/dram/contrib/redisstore"
	"github.com/dram-go/dram/middleware"
)

// stores are what the layers share between processes. A nil store means the
// layer's own, in memory.
type stores struct {
	buckets  middleware.RateLimitStore
	answers  middleware.IdempotencyStore
	sessions scs.Store
	checks   map[string]func(context.Context) error // for readiness
	close    func() error
}

// openStores does not ask whether Redis is there: the service may start before
// it, and readiness tells.
func openStores(cfg Config, log *slog.Logger) stores {
	if cfg.Redis == "" {
		return stores{close: func() error { return nil }}
	}
	client := redis.NewClient(&redis.Options{Addr: cfg.Redis})
	store := redisstore.Config{Client: client, Prefix: cfg.RedisKeys, Logger: log}
	return stores{
		buckets:  redisstore.NewRateLimits(store),
		answers:  redisstore.NewIdempotency(store),
		sessions: redisstore.NewSessions(store),
		checks:   map[string]func(context.Context) error{"redis": func(ctx context.Context) error { return client.Ping(ctx).Err() }},
		close:    client.Close,
	}
}
