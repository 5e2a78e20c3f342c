package session

import (
	"context"
	"errors"
	"time"

	"github.com/alexedwards/scs/v2"
)

// This file stands between scs and a store, and keeps ended sessions ended: of
// two requests of a visitor at the same time, one logs out, and the other, which
// has loaded the session before, must not store it again.

// Updater is what a store may have beside the methods of scs.Store. With others
// the store is asked before each Commit whether it still holds the session.
type Updater interface {
	// Update is Commit for a session that the store holds, in one step. It
	// returns false, and stores nothing, if the store does not hold it any more.
	Update(ctx context.Context, id string, data []byte, expires time.Time) (bool, error)
}

// onlyLive is the key of contexts in which only what the store still holds may be
// committed.
type onlyLive struct{}

// errEnded says that another request has ended the session.
var errEnded = errors.New("dram: contrib/session: another request has ended the session")

// liveStore is the scs.CtxStore that scs sees.
type liveStore struct{ scs.Store }

var _ scs.CtxStore = liveStore{}

func (s liveStore) FindCtx(ctx context.Context, id string) ([]byte, bool, error) {
	if store, ok := s.Store.(scs.CtxStore); ok {
		return store.FindCtx(ctx, id)
	}
	return s.Find(id)
}

func (s liveStore) DeleteCtx(ctx context.Context, id string) error {
	if store, ok := s.Store.(scs.CtxStore); ok {
		return store.DeleteCtx(context.WithoutCancel(ctx), id)
	}
	return s.Delete(id)
}

func (s liveStore) CommitCtx(ctx context.Context, id string, data []byte, expires time.Time) error {
	if ctx.Value(onlyLive{}) != nil {
		return s.update(ctx, id, data, expires)
	}
	return s.commit(ctx, id, data, expires)
}

func (s liveStore) commit(ctx context.Context, id string, data []byte, expires time.Time) error {
	if store, ok := s.Store.(scs.CtxStore); ok {
		return store.CommitCtx(ctx, id, data, expires)
	}
	return s.Commit(id, data, expires)
}

func (s liveStore) update(ctx context.Context, id string, data []byte, expires time.Time) error {
	live, err := false, error(nil)
	updater, atomic := s.Store.(Updater)
	if atomic {
		live, err = updater.Update(ctx, id, data, expires)
	} else {
		_, live, err = s.FindCtx(ctx, id)
	}
	switch {
	case err != nil:
		return err
	case !live:
		return errEnded
	case atomic:
		return nil
	}
	return s.commit(ctx, id, data, expires)
}
