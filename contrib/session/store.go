package session

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/alexedwards/scs/v2"
)

// This file keeps ended sessions from coming back, which scs leaves to its
// users: of two concurrent requests of a visitor, one logs out, and the other,
// which has loaded the session before, must not store it again.

// Updater is an optional interface of a store, besides scs.Store. A store
// without it is asked before each Commit whether it still holds the session.
type Updater interface {
	// Update is Commit, in one step, for a session that the store still holds. If
	// the store does not hold it, Update stores nothing and returns false.
	Update(ctx context.Context, id string, data []byte, expires time.Time) (bool, error)
}

// onlyLive is the key of contexts in which only sessions that the store still
// holds may be committed.
type onlyLive struct{}

// moving is the key of contexts in which a session that would be deleted stays until it is stored
// under another id; the value is where its name goes.
type moving struct{}

// errEnded means that another request has ended the session.
var errEnded = errors.New("dram: contrib/session: another request has ended the session")

// liveStore is the store that scs uses.
type liveStore struct {
	scs.CtxStore
	updater Updater // nil if the store is not one
}

func newLiveStore(store scs.Store) liveStore {
	updater, _ := store.(Updater)
	withContext, ok := store.(scs.CtxStore)
	if !ok {
		withContext = withoutContext{store}
	}
	return liveStore{withContext, updater}
}

func (s liveStore) CommitCtx(ctx context.Context, id string, data []byte, expires time.Time) error {
	if ctx.Value(onlyLive{}) == nil {
		return s.CtxStore.CommitCtx(ctx, id, data, expires)
	}
	if s.updater == nil {
		err := s.mustHold(ctx, id)
		if err == nil {
			err = s.CtxStore.CommitCtx(ctx, id, data, expires)
		}
		return err
	}
	live, err := s.updater.Update(ctx, id, data, expires)
	if err == nil && !live {
		return errEnded
	}
	return err
}

// mustHold returns errEnded if the store does not hold a session.
func (s liveStore) mustHold(ctx context.Context, id string) error {
	_, live, err := s.FindCtx(ctx, id)
	if err == nil && !live {
		return errEnded
	}
	return err
}

// DeleteCtx deletes also if the client has left: a log-out must not be lost for that.
func (s liveStore) DeleteCtx(ctx context.Context, id string) error {
	if former, ok := ctx.Value(moving{}).(*string); ok {
		*former = cmp.Or(*former, id) // of several moves only the first leaves what is stored
		return nil
	}
	return s.CtxStore.DeleteCtx(context.WithoutCancel(ctx), id)
}

// withoutContext is a store whose methods have no context.
type withoutContext struct{ scs.Store }

func (s withoutContext) FindCtx(_ context.Context, id string) ([]byte, bool, error) {
	return s.Find(id)
}

func (s withoutContext) CommitCtx(_ context.Context, id string, data []byte, expires time.Time) error {
	return s.Commit(id, data, expires)
}

func (s withoutContext) DeleteCtx(_ context.Context, id string) error { return s.Delete(id) }
