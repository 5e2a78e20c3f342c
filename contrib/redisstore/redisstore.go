// Package redisstore keeps in Redis what layers remember, so that all processes of
// a service know it: the buckets of middleware.RateLimit, the answers of
// middleware.Idempotency and the sessions of contrib/session.
//
//	cfg := redisstore.Config{Client: client, Prefix: "shop:"}
//	r.Use(middleware.RateLimit(middleware.RateLimitConfig{Limit: 100, Store: redisstore.NewRateLimits(cfg)}))
//	r.Use(session.Sessions(session.Config{Store: redisstore.NewSessions(cfg)}))
//
// The stores work with a single server, with Sentinel and with a cluster; Redis 5 is
// the oldest that will do. None of them asks whether Redis is there before a request
// needs it: a service may start first.
//
// # Outages
//
// When three calls in a row get no answer, and no other one got any meanwhile, Redis
// is left alone: calls fail at once, but for one in each Pause that finds out whether
// it is back. Calls that read and calls that write are counted apart. What Redis
// itself answers, such as OOM, READONLY, LOADING or WRONGPASS, is an error of that one
// call and never an outage. What a layer does without its store is for the layer to
// say: FailClosed of RateLimit, FailOpen of Idempotency and Sessions.
//
// The beginning and the end of an outage are logged, and the errors that Redis
// answers with: each kind once in ten seconds at most. What go-redis itself has to
// say goes to slog.Default at the level debug, instead of to the standard error;
// a program that calls redis.SetLogger has its way.
package redisstore

import (
	"cmp"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dram-go/dram/contrib/internal/layer"
)

// The values of a Config that names none.
const (
	// DefaultPrefix begins the names of the keys.
	DefaultPrefix = "dram:"
	// DefaultTimeout is how long an answer may take.
	DefaultTimeout = time.Second
	// DefaultRateLimitTimeout is DefaultTimeout for NewRateLimits: each request waits
	// for that answer, and may go on without it.
	DefaultRateLimitTimeout = 250 * time.Millisecond
	// DefaultPause is how long a server that does not answer is left alone.
	DefaultPause = time.Second
)

// Config says how Redis is reached. Client must be set. Stores of different kinds may
// share one Config.
type Config struct {
	// Client is the connection to Redis, which stays the caller's to close. Clients
	// of a cluster or of a ring heed Timeout only if their ContextTimeoutEnabled is
	// set; without it a call may take their ReadTimeout, 5 seconds by default.
	Client redis.UniversalClient
	// Prefix begins the names of the keys; the kind of the store follows, as in
	// "dram:session:". Default DefaultPrefix. Services that share a Redis need one
	// each, unless they share their users too.
	Prefix string
	// Timeout is how long one answer may take. Default DefaultTimeout, or
	// DefaultRateLimitTimeout.
	Timeout time.Duration
	// Pause is how long Redis is left alone when it does not answer. Default
	// DefaultPause.
	Pause time.Duration
	// Logger gets the records of outages. Default slog.Default().
	Logger *slog.Logger
}

// Validate reports what is wrong with the configuration.
func (cfg Config) Validate() error {
	switch {
	case cfg.Client == nil:
		return layer.Misconfigured("redisstore", "Client", `is nil; write redis.NewClient(&redis.Options{Addr: "localhost:6379"})`)
	case cfg.Timeout < 0:
		return layer.Misconfigured("redisstore", "Timeout", "%v is negative; leave it 0 for %v", cfg.Timeout, DefaultTimeout)
	case cfg.Pause < 0:
		return layer.Misconfigured("redisstore", "Pause", "%v is negative; leave it 0 for %v", cfg.Pause, DefaultPause)
	}
	return nil
}

// conn is one store's way to Redis.
type conn struct {
	client        redis.UniversalClient
	prefix        string
	reads, writes *guard
}

// newConn makes the conn of a kind of store. It panics if the configuration is wrong.
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

// atLeastMillisecond returns d, or a millisecond: Redis takes 0 for "for ever", or for
// "at once".
func atLeastMillisecond(d time.Duration) time.Duration { return max(d, time.Millisecond) }
