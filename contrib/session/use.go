package session

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/whose"
)

// This file has what handlers do with a session.

// sessionKey is the Context key of the *Session of the request.
type sessionKey struct{}

// userKey is the key of the user who is logged in. It cannot be a key of
// handlers.
const userKey = "\x00user"

// Session is the session of a request, valid until its handlers have returned.
// Its methods may be called from several goroutines, but LogIn, LogOut and Renew only
// from the one that answers.
type Session struct {
	*sessions
	c       *dram.Context
	private *whose.Private  // set when the answer is this visitor's
	base    context.Context // the request's, which does not end with it
	ctx     context.Context // that of scs, which holds the data
	sent    string          // the id of the request's cookie; "" is none
	held    string          // the id that the client has in its cookie and the store knew; "" is none
	former  string          // the store's name of what Renew has moved, until it is stored anew
	lost    error           // the store's: nothing will be stored

	renewed bool        // the answer must not say that all is well if it cannot be stored
	dropped bool        // the cookie goes, although the store holds the session
	written atomic.Bool // something was changed: it is not stored for its IdleTimeout alone
	saved   atomic.Bool // what was changed until now
	late    atomic.Bool // something was changed since
}

// From returns the session of the request. It panics if the layer Sessions is
// missing, which is a mistake in the program.
func From(c *dram.Context) *Session {
	s, ok := c.Value(sessionKey{}).(*Session)
	if !ok {
		panic("dram: contrib/session: the request has no session: put session.Sessions around " + c.FullPath())
	}
	return s
}

// LogIn logs user in, under a new id: the previous one is no longer valid, even
// if somebody else knows it. The data of the session is kept: call Clear first
// to drop it. That of another user is not, nor that of one whom another request has
// logged out meanwhile: a second factor that one has shown is not the next one's.
// Call LogIn before the first byte of the answer is written. If the store fails, it
// returns the error.
func (s *Session) LogIn(user string) error {
	before, gone := s.User(), s.stillThere()
	if gone != nil && !errors.Is(gone, errEnded) {
		return refusal("renewed", gone)
	}
	if err := s.renew(s.ctx); err != nil {
		return err
	}
	if before != "" && (before != user || gone != nil) {
		s.Clear()
	}
	s.Put(userKey, user)
	s.c.Set(dram.AuthUserKey, user)
	return nil
}

// LogOut ends the session: it deletes the data from the store immediately, and
// the cookie from the browser. If the store fails, it returns the error, and the
// visitor is still logged in, with the cookie, so that they can try again: what is
// answered must not look like a log-out. Context.Fail answers it, and what LogIn and
// Renew return, with 503.
func (s *Session) LogOut() error {
	s.private.Set()
	if s.lost == nil {
		s.lost = s.leave(s.ctx)
	}
	if s.lost == nil {
		s.lost = s.manager.Destroy(s.ctx)
	}
	if s.lost == nil && s.held == "" && s.sent != "" { // it may have been renewed a moment ago
		s.lost = s.store.DeleteCtx(s.base, nameOf(s.sent))
	}
	if s.lost != nil {
		return refusal("ended", s.lost)
	}
	s.c.Delete(dram.AuthUserKey)
	return nil
}

// Renew moves the session to a new id, with a new Lifetime. Call it when the
// rights of the user change (see RFC 6265 section 8.4); LogIn does so itself. The
// previous id is good until the answer begins: who logs out with it until then, ends both.
// If the store fails, or another request has ended the session or renewed it
// meanwhile, it returns the error; Context.Fail answers the latter with 409. Of two that
// renew it in the same moment both may be answered, with a session each.
func (s *Session) Renew() error {
	if err := s.stillThere(); err != nil {
		return refusal("renewed", err)
	}
	ctx := s.ctx
	if s.isHeld() {
		ctx = context.WithValue(ctx, moving{}, &s.former)
	}
	return s.renew(ctx)
}

// leave deletes what the session was before Renew has moved it.
func (s *Session) leave(ctx context.Context) error {
	if s.former == "" {
		return nil
	}
	err := s.store.DeleteCtx(ctx, s.former)
	if err == nil {
		s.former = ""
	}
	return err
}

// isHeld reports whether the session is the one of the client's cookie, also if Renew has moved it.
func (s *Session) isHeld() bool {
	return s.former != "" || s.held != "" && s.manager.Token(s.ctx) == s.held
}

// stillThere returns errEnded if the store no longer has the session of the client's cookie:
// a slow request must not carry it over to a new id.
func (s *Session) stillThere() error {
	if s.lost != nil || !s.isHeld() {
		return s.lost
	}
	_, err := s.again(s.held)
	return err
}

// again is the context of scs with what the store has by now under an id.
func (s *Session) again(id string) (context.Context, error) {
	found, err := s.manager.Load(s.base, id)
	if err == nil && (s.manager.Token(found) == "" || s.manager.Exists(found, spoiltKey)) {
		err = errEnded
	}
	return found, err
}

// renew gives the session a new id, and deletes what the store has, unless ctx says that it is
// moving.
func (s *Session) renew(ctx context.Context) error {
	err := s.manager.RenewToken(ctx)
	if err == nil && ctx == s.ctx {
		err = s.leave(ctx)
	}
	if err != nil {
		return refusal("renewed", err)
	}
	s.renewed = true
	s.changing()
	return nil
}

// refusal is a *dram.Problem, for handlers that return it: 503 where the store fails, and 409
// where another request has ended the session.
func refusal(what string, err error) error {
	status := http.StatusServiceUnavailable
	if errors.Is(err, errEnded) {
		status = http.StatusConflict
	}
	return dram.NewProblem(status, "the session could not be "+what).Because(err)
}

// User returns the user who is logged in, or "".
func (s *Session) User() string { return s.manager.GetString(s.ctx, userKey) }

// Put stores a value under a key. The Codec must be able to encode its type.
func (s *Session) Put(key string, value any) {
	s.changing()
	s.manager.Put(s.ctx, key, value)
}

// Get returns the value of a key, or nil if there is none.
func (s *Session) Get(key string) any { return s.manager.Get(s.ctx, key) }

// GetString returns the value of a key, or "" if there is none of this type.
func (s *Session) GetString(key string) string { return s.manager.GetString(s.ctx, key) }

// GetInt returns the value of a key, or 0 if there is none of this type.
func (s *Session) GetInt(key string) int { return s.manager.GetInt(s.ctx, key) }

// GetBool returns the value of a key, or false if there is none of this type.
func (s *Session) GetBool(key string) bool { return s.manager.GetBool(s.ctx, key) }

// GetTime returns the value of a key, or the zero Time if there is none of this
// type.
func (s *Session) GetTime(key string) time.Time { return s.manager.GetTime(s.ctx, key) }

// Pop returns the value of a key and removes it, as for messages that are shown
// once.
func (s *Session) Pop(key string) any {
	s.taking(key)
	return s.manager.Pop(s.ctx, key)
}

// Remove removes a key.
func (s *Session) Remove(key string) {
	s.taking(key)
	s.manager.Remove(s.ctx, key)
}

// Clear removes all keys, including the user; the id stays the same.
func (s *Session) Clear() {
	s.c.Delete(dram.AuthUserKey)
	s.changing()
	_ = s.manager.Clear(s.ctx) // it never fails
}

// Keys returns the keys that have a value, sorted.
func (s *Session) Keys() []string {
	keys := s.manager.Keys(s.ctx)
	for i, key := range keys {
		if key == userKey {
			return append(keys[:i], keys[i+1:]...)
		}
	}
	return keys
}

// IsNew reports whether the request brought no session that the store knew.
func (s *Session) IsNew() bool { return s.manager.Token(s.ctx) == "" }

// taking notes that a key goes: where there is none, nothing is changed.
func (s *Session) taking(key string) {
	s.private.Set()
	if s.manager.Exists(s.ctx, key) {
		s.changing()
	}
}

// changing notes a change: the answer is this visitor's, for caches inside as well, and one that
// comes after the session was stored is stored late.
func (s *Session) changing() {
	s.private.Set()
	s.written.Store(true)
	if s.saved.Load() {
		s.late.Store(true)
	}
}
