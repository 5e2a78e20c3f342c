package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
)

// This file stores a session at the last moment at which its cookie can be set:
// before the header is sent.

// save stores the session and sets its cookie. If that fails, the answer is a refusal.
func (s *Session) save(a dram.Answer) {
	if s.saved.Swap(true) {
		return
	}
	httpfield.AddVary(a.Header(), "Cookie")
	switch {
	case s.dropped || s.manager.Status(s.ctx) == scs.Destroyed:
		s.held = ""
		s.setCookie(a.Header(), "", time.Time{})
	case s.changed():
		id, expires, err := s.commit()
		switch {
		case errors.Is(err, errEnded):
			// The other request has dealt with the cookie: it may be a new one by now.
		case err == nil:
			s.held = id
			s.setCookie(a.Header(), id, expires)
		case errors.Is(err, errValue): // which the store has not seen
			s.refuse(a, http.StatusInternalServerError, "the session cannot be stored", err)
		case s.FailOpen && !s.renewed:
			_ = s.c.Error(err) // it returns the recorded error, which needs no metadata
		default: // a log-in that is not stored must not look like one
			s.refuse(a, http.StatusServiceUnavailable, "the session cannot be stored at the moment", err)
		}
	}
}

// refuse replaces the answer, since what its request has changed is lost.
func (s *Session) refuse(a dram.Answer, status int, detail string, err error) {
	s.lost = err
	a.Replace(func(c *dram.Context) { s.OnError.Fail(c, status, detail, err) })
}

// changed reports whether there is something to store.
func (s *Session) changed() bool { return s.lost == nil && s.manager.Status(s.ctx) == scs.Modified }

// commit hands the session to the store. A client that went away does not undo
// what its request did.
func (s *Session) commit() (id string, expires time.Time, err error) {
	ctx, err := s.storing()
	if err == nil {
		id, expires, err = s.manager.Commit(ctx)
	}
	if err == nil {
		s.former = ""
	} else {
		err = fmt.Errorf("dram: contrib/session: %w", err)
	}
	return id, expires, err
}

// storing is the context of scs with what is to be stored. A session that another request has
// ended meanwhile stays ended, also under the id to which Renew moves it, and one that this
// request has only read stays as it is by now.
func (s *Session) storing() (ctx context.Context, err error) {
	ctx = context.WithoutCancel(s.ctx)
	isRead := !s.written.Load()
	if isRead && s.store.toucher != nil {
		return context.WithValue(ctx, touching{}, true), nil
	}
	if isRead {
		if ctx, err = s.again(s.held); err != nil {
			return nil, err
		}
	}
	switch {
	case s.held != "" && s.manager.Token(ctx) == s.held:
		ctx = context.WithValue(ctx, onlyLive{}, true)
	case s.former != "":
		ctx = context.WithValue(ctx, moved{}, s.former)
	}
	return ctx, nil
}

// setCookie sets the cookie, or has the browser delete it. Caches must not give
// one visitor's cookie to another.
func (s *Session) setCookie(h http.Header, id string, expires time.Time) {
	cookie := &http.Cookie{
		Name: s.Name, Value: id, Path: s.c.CookiePath(s.Name, "/"), Domain: s.Domain,
		Secure: !s.Insecure, HttpOnly: true, SameSite: s.SameSite,
	}
	switch {
	case id == "":
		cookie.MaxAge = -1
	case !s.Transient:
		cookie.Expires = expires
		cookie.MaxAge = max(1, int(time.Until(expires)/time.Second))
	}
	h.Add("Set-Cookie", cookie.String())
	httpfield.MakePrivate(h)
}

// saveLate stores what a handler changed after it began to write. It needs an id
// that the client has.
func (s *Session) saveLate() {
	if !s.late.Load() || !s.changed() {
		return
	}
	err := errLate
	if id := s.manager.Token(s.ctx); id != "" && id == s.held {
		_, _, err = s.commit()
	}
	if err != nil && !errors.Is(err, errEnded) {
		_ = s.c.Error(err)
	}
}

var errLate = errors.New("dram: contrib/session: the session was made or renewed after the answer's header was sent: do it before")
