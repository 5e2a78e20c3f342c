// Package redis keeps the sessions of contrib/session in Redis, so that all
// processes of a service know them.
//
//	store := redis.NewStore(redis.Config{Client: client})
//	r.Use(session.Sessions(session.Config{Store: store}))
//
// A request with a session's cookie costs one GET, one that changes the session a
// SET more; requests without a cookie that change nothing cost nothing. Keys hold
// the digest of the id, never the id itself, and expire by themselves. It works
// with a single server, with Sentinel and with a cluster.
//
// While Redis is gone, requests with a cookie get 503, or are served as those of
// a visitor without a session, as the FailOpen of session.Config says. One request
// in each Pause finds out whether Redis is back, and waits for that; the others
// are answered at once.
package redis

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/dram-go/dram/contrib/internal/redisconn"
)

// The values of a Config that names none.
const (
	// DefaultPrefix begins the names of the keys.
	DefaultPrefix = "dram:session:"
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
	// share a Redis, and not their users, need one each.
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
		Store:   "session/redis",
		Client:  cfg.Client,
		Prefix:  cmp.Or(cfg.Prefix, DefaultPrefix),
		Timeout: cmp.Or(cfg.Timeout, DefaultTimeout),
		Pause:   cmp.Or(cfg.Pause, DefaultPause),
		Logger:  cfg.Logger,
	}
}

// Store is a scs.CtxStore and a session.Updater in Redis. Make one with NewStore;
// it is safe for concurrent use.
type Store struct {
	conn *redisconn.Conn
}

// NewStore makes a Store. It panics if the configuration is wrong, but does not
// ask whether Redis is there: a service may start before it.
func NewStore(cfg Config) *Store { return &Store{redisconn.New(cfg.settings())} }

// FindCtx returns the data of an id; false if there is none.
func (s *Store) FindCtx(ctx context.Context, id string) (data []byte, found bool, err error) {
	err = s.conn.Guard.Do(ctx, func(ctx context.Context) (err error) {
		data, err = s.conn.Client.Get(ctx, s.conn.Prefix+id).Bytes()
		if found = err == nil; errors.Is(err, redis.Nil) {
			err = nil
		}
		return err
	})
	return data, found, err
}

// CommitCtx stores the data of an id.
func (s *Store) CommitCtx(ctx context.Context, id string, data []byte, expires time.Time) error {
	return s.conn.Guard.Do(ctx, func(ctx context.Context) error {
		return s.conn.Client.Set(ctx, s.conn.Prefix+id, data, untilMillisecond(expires)).Err()
	})
}

// Update stores the data of an id that Redis holds; see session.Updater.
func (s *Store) Update(ctx context.Context, id string, data []byte, expires time.Time) (held bool, err error) {
	err = s.conn.Guard.Do(ctx, func(ctx context.Context) error {
		err := s.conn.Client.SetArgs(ctx, s.conn.Prefix+id, data, redis.SetArgs{Mode: "XX", TTL: untilMillisecond(expires)}).Err()
		if held = err == nil; errors.Is(err, redis.Nil) {
			err = nil
		}
		return err
	})
	return held, err
}

// DeleteCtx deletes the data of an id. It asks Redis even if that did not answer
// others just now: a log-out must not be lost for that.
func (s *Store) DeleteCtx(ctx context.Context, id string) error {
	return s.conn.Guard.Insist(ctx, func(ctx context.Context) error {
		return s.conn.Client.Del(ctx, s.conn.Prefix+id).Err()
	})
}

// Find is FindCtx without a context.
func (s *Store) Find(id string) ([]byte, bool, error) { return s.FindCtx(context.Background(), id) }

// Commit is CommitCtx without a context.
func (s *Store) Commit(id string, data []byte, expires time.Time) error {
	return s.CommitCtx(context.Background(), id, data, expires)
}

// Delete is DeleteCtx without a context.
func (s *Store) Delete(id string) error { return s.DeleteCtx(context.Background(), id) }

// untilMillisecond is the time until then, a millisecond at least: Redis takes 0
// for "for ever".
func untilMillisecond(then time.Time) time.Duration { return max(time.Until(then), time.Millisecond) }
