// Package redisstore keeps the state of layers in Redis, so that all processes
// of a service share it: the buckets of middleware.RateLimit, the answers of
// middleware.Idempotency and middleware.Cache, and the sessions of contrib/session.
// See docs/contrib.md.
//
//	cfg := redisstore.Config{Client: client, Prefix: "shop:"}
//	r.Use(middleware.RateLimit(middleware.RateLimitConfig{Limit: 100, Store: redisstore.NewRateLimits(cfg)}))
//	r.Use(session.Sessions(session.Config{Store: redisstore.NewSessions(cfg)}))
//
// The stores work with a single server, with Sentinel and with a cluster, from
// Redis 5 on. They do not connect to Redis before a request needs it: a service
// may start before Redis does.
//
// # Outages
//
// If three calls in a row get no answer, and no concurrent call gets one
// either, Redis is considered down: calls then fail immediately, except for one
// now and then that checks whether it is back, at first after a short time, and
// at last after each Pause. So a Redis that is busy for a moment is not refused
// for much longer. Reads and writes are counted separately. Errors that Redis itself answers, such as OOM, READONLY, LOADING
// or WRONGPASS, fail only that call and never count as an outage. The layer
// decides what to do without its store: see FailClosed of RateLimit, and
// FailOpen of Idempotency and Sessions; Cache runs the handlers.
//
// The beginning and the end of an outage are logged, and so are the errors that
// Redis answers, each kind at most once in ten seconds. The messages of
// go-redis itself go to slog.Default at level debug instead of standard error,
// unless the program calls redis.SetLogger.
package redisstore

import (
	"cmp"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dram-go/dram/contrib/internal/layer"
)

// The values used when those of Config are zero.
const (
	// DefaultPrefix is the default of Prefix.
	DefaultPrefix = "dram:"
	// DefaultTimeout is the default of Timeout.
	DefaultTimeout = time.Second
	// DefaultRateLimitTimeout is the default of Timeout for NewRateLimits: each
	// request waits for that answer, and may go on without it.
	DefaultRateLimitTimeout = 250 * time.Millisecond
	// DefaultCacheTimeout is the default of Timeout for NewCache, for the same reason.
	DefaultCacheTimeout = 250 * time.Millisecond
	// DefaultPause is the default of Pause.
	DefaultPause = time.Second
)

// Config says how to reach Redis. Client must be set. Stores of different kinds
// may share a Config.
type Config struct {
	// Client is the client of Redis; closing it is left to the caller. Clients of
	// a cluster or ring observe Timeout only if their ContextTimeoutEnabled is
	// set; otherwise a call may take as long as their ReadTimeout, 5 seconds by
	// default.
	Client redis.UniversalClient
	// Prefix is the prefix of all keys, followed by the kind of the store, as in
	// "dram:session:". Default DefaultPrefix. Services that share a Redis need
	// different prefixes, unless they also share their users.
	Prefix string
	// Timeout is how long a call may take. Default DefaultTimeout, but
	// DefaultRateLimitTimeout for NewRateLimits and DefaultCacheTimeout for NewCache.
	Timeout time.Duration
	// Pause is the longest time for which Redis is not called again after it stops
	// answering: it begins with a thirty-second part of it, and doubles with each
	// call that gets no answer. Default DefaultPause.
	Pause time.Duration
	// Logger gets the records of outages. Default slog.Default().
	Logger *slog.Logger
}

// Validate reports what is wrong with the configuration.
func (cfg Config) Validate() error {
	if cfg.Client == nil {
		return layer.Misconfigured("redisstore", "Client", `is nil; write redis.NewClient(&redis.Options{Addr: "localhost:6379"})`)
	}
	return cmp.Or(layer.NilInside("redisstore", "Client", cfg.Client), layer.WrongTime("redisstore", "Timeout", cfg.Timeout), layer.WrongTime("redisstore", "Pause", cfg.Pause))
}

// conn is the connection of one store to Redis.
type conn struct {
	client        redis.UniversalClient
	prefix        string
	reads, writes *guard
}

// newConn returns the conn of a kind of store. It panics if the configuration
// is wrong.
func newConn(cfg Config, kind string, timeout time.Duration) *conn {
	layer.Must(cfg.Validate())
	timeout = cmp.Or(cfg.Timeout, timeout)
	guarding := func(calls string) *guard {
		return &guard{name: kind + ": " + calls, logger: cfg.Logger, timeout: timeout, pause: cmp.Or(cfg.Pause, DefaultPause)}
	}
	c := &conn{cfg.Client, cmp.Or(cfg.Prefix, DefaultPrefix) + kind + ":", guarding("reading"), guarding("writing")}
	if single, ok := cfg.Client.(*redis.Client); ok {
		c.client = single.WithTimeout(timeout)
	}
	return c
}

// key returns the name of the key for what a layer calls key.
func (c *conn) key(key string) string { return c.prefix + key }

// atLeastMillisecond returns d, or a millisecond: Redis takes 0 for "forever",
// or for "now".
func atLeastMillisecond(d time.Duration) time.Duration { return max(d, time.Millisecond) }
