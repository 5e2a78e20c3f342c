package redisstore

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// Sessions is a store for contrib/session: a scs.CtxStore, a session.Updater
// and a session.Toucher. Make one with NewSessions. It is safe for concurrent use.
//
// A request with a session cookie takes one GET, and a SET more if it changes
// the session; a request without a cookie that changes nothing takes no call at
// all. Keys contain the digest of the id, never the id itself, and expire
// automatically.
type Sessions struct{ *conn }

// NewSessions returns a Sessions. It panics if the configuration is wrong.
func NewSessions(cfg Config) Sessions { return Sessions{newConn(cfg, "session", DefaultTimeout)} }

// FindCtx returns the data of an id, and whether there is any. A value of
// another type is reported as found, without data, which no codec accepts as a
// session.
func (s Sessions) FindCtx(ctx context.Context, id string) (data []byte, found bool, err error) {
	err = s.reads.do(ctx, func(ctx context.Context) error {
		data, err = s.client.Get(ctx, s.key(id)).Bytes()
		switch {
		case errors.Is(err, redis.Nil):
			return nil
		case redis.HasErrorPrefix(err, "WRONGTYPE"):
			found = true
			return nil
		}
		found = err == nil
		return err
	})
	return data, found, err
}

// CommitCtx stores the data of an id.
func (s Sessions) CommitCtx(ctx context.Context, id string, data []byte, expires time.Time) error {
	return s.writes.do(ctx, func(ctx context.Context) error {
		return s.client.Set(ctx, s.key(id), data, atLeastMillisecond(time.Until(expires))).Err()
	})
}

// Update stores the data of an id if Redis holds it, and reports whether it
// does; see session.Updater.
func (s Sessions) Update(ctx context.Context, id string, data []byte, expires time.Time) (held bool, err error) {
	err = s.writes.do(ctx, func(ctx context.Context) error {
		err := s.client.SetArgs(ctx, s.key(id), data, redis.SetArgs{Mode: "XX", TTL: atLeastMillisecond(time.Until(expires))}).Err()
		if held = err == nil; errors.Is(err, redis.Nil) {
			return nil
		}
		return err
	})
	return held, err
}

// Touch sets when the data of an id expire if Redis holds them, and reports whether it does; see
// session.Toucher.
func (s Sessions) Touch(ctx context.Context, id string, expires time.Time) (held bool, err error) {
	err = s.writes.do(ctx, func(ctx context.Context) error {
		held, err = s.client.PExpire(ctx, s.key(id), atLeastMillisecond(time.Until(expires))).Result()
		return err
	})
	return held, err
}

// DeleteCtx deletes the data of an id. It calls Redis even in an outage, so
// that a log-out is not lost.
func (s Sessions) DeleteCtx(ctx context.Context, id string) error {
	return s.writes.insist(ctx, func(ctx context.Context) error { return s.client.Del(ctx, s.key(id)).Err() })
}

// Find is FindCtx without a context.
func (s Sessions) Find(id string) ([]byte, bool, error) { return s.FindCtx(context.Background(), id) }

// Commit is CommitCtx without a context.
func (s Sessions) Commit(id string, data []byte, expires time.Time) error {
	return s.CommitCtx(context.Background(), id, data, expires)
}

// Delete is DeleteCtx without a context.
func (s Sessions) Delete(id string) error { return s.DeleteCtx(context.Background(), id) }
