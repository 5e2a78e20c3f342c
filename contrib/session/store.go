package session

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
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

// Toucher is another optional interface of a store, for sessions with an IdleTimeout. With a store
// without it a request that changes nothing reads the session once more and stores it again: what
// another one changes between these is undone.
type Toucher interface {
	// Touch sets when a session ends, and leaves its data as they are. If the store does not
	// hold it, it returns false.
	Touch(ctx context.Context, id string, expires time.Time) (bool, error)
}

// touching is the key of contexts in which a session has not been changed: only its end moves.
type touching struct{}

// onlyLive is the key of contexts in which only sessions that the store still
// holds may be committed.
type onlyLive struct{}

// moving is the key of contexts in which a session that would be deleted stays until it is stored
// under another id; the value is where its name goes.
type moving struct{}

// moved is the key of contexts in which a session is stored under another id; the value is the
// store's name of the former one.
type moved struct{}

// trailLife is how long the store knows where a session was moved to: as long as a request takes
// that has found it at its former place.
const trailLife = time.Minute

// errEnded means that another request has ended the session.
var errEnded = errors.New("dram: contrib/session: another request has ended the session")

// liveStore is the store that scs uses.
type liveStore struct {
	scs.CtxStore
	updater Updater // nil if the store is not one
	toucher Toucher // likewise
}

func newLiveStore(store scs.Store) liveStore {
	updater, _ := store.(Updater)
	toucher, _ := store.(Toucher)
	withContext, ok := store.(scs.CtxStore)
	if !ok {
		withContext = withoutContext{store}
	}
	return liveStore{withContext, updater, toucher}
}

func (s liveStore) CommitCtx(ctx context.Context, id string, data []byte, expires time.Time) error {
	if former, ok := ctx.Value(moved{}).(string); ok {
		return s.move(ctx, former, id, data, expires)
	}
	live, err := true, error(nil)
	switch {
	case ctx.Value(touching{}) != nil:
		live, err = s.toucher.Touch(ctx, id, expires)
	case ctx.Value(onlyLive{}) == nil:
		return s.CtxStore.CommitCtx(ctx, id, data, expires)
	case s.updater != nil:
		live, err = s.updater.Update(ctx, id, data, expires)
	default:
		if err = s.mustHold(ctx, id); err == nil {
			err = s.CtxStore.CommitCtx(ctx, id, data, expires)
		}
	}
	if err == nil && !live {
		return errEnded
	}
	return err
}

// move stores a session under id in place of former, if it is still there. A log-out that deletes
// former meanwhile ends both: one that comes before the second look is seen by it, and one that
// comes later finds the trail.
func (s liveStore) move(ctx context.Context, former, id string, data []byte, expires time.Time) error {
	err := s.mustHold(ctx, former)
	var others []byte // of which one was renewed in this moment
	if err == nil {
		others, _, err = s.FindCtx(ctx, trail(former))
	}
	if err == nil {
		err = s.CtxStore.CommitCtx(ctx, trail(former), fmt.Appendf(nil, "%s %s", others, id), time.Now().Add(trailLife))
	}
	if err == nil {
		err = s.CtxStore.CommitCtx(ctx, id, data, expires)
	}
	if err != nil {
		return err
	}
	if err = s.mustHold(ctx, former); err == nil {
		return s.CtxStore.DeleteCtx(ctx, former)
	}
	return cmp.Or(s.CtxStore.DeleteCtx(ctx, id), err)
}

// trail is the name under which the store has where a session was moved to: that of no session,
// since what is hashed is not an id, and as long as theirs.
func trail(former string) string { return nameOf("moved from " + former) }

// nameOf is the store's name of an id (scs: HashTokenInStore).
func nameOf(id string) string {
	name := sha256.Sum256([]byte(id))
	return base64.RawURLEncoding.EncodeToString(name[:])
}

// mustHold returns errEnded if the store does not hold a session.
func (s liveStore) mustHold(ctx context.Context, id string) error {
	_, live, err := s.FindCtx(ctx, id)
	if err == nil && !live {
		return errEnded
	}
	return err
}

// DeleteCtx deletes a session, and what it was moved to meanwhile, also if the client has left: a
// log-out must not be lost for that.
func (s liveStore) DeleteCtx(ctx context.Context, id string) error {
	if former, ok := ctx.Value(moving{}).(*string); ok {
		*former = cmp.Or(*former, id) // of several moves only the first leaves what is stored
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	for ids := []string{id}; len(ids) > 0; ids = ids[1:] {
		err := s.CtxStore.DeleteCtx(ctx, ids[0])
		var next []byte
		var isMoved bool
		if err == nil {
			next, isMoved, err = s.FindCtx(ctx, trail(ids[0]))
		}
		if isMoved && err == nil {
			err = s.CtxStore.DeleteCtx(ctx, trail(ids[0]))
		}
		if err != nil {
			return err
		}
		ids = append(ids, strings.Fields(string(next))...)
	}
	return nil
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
