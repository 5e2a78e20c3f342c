package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/internal/layer"
	"github.com/dram-go/dram/internal/httpfield"
)

// This file stores a session at the last moment at which its cookie can be set:
// before the header goes out.

// answer is the answer of a request, for its session.
type answer struct {
	c       *dram.Context
	session *Session
	saved   bool
	failed  bool   // the client has got a 503 instead
	id      string // what the client has in its cookie; "" is none
}

// look stores the session. If that fails, the answer is a refusal.
func (w *answer) look(a dram.Answer) {
	if w.saved {
		return
	}
	w.saved = true
	httpfield.AddVary(a.Header(), "Cookie")
	err := w.store(a.Header())
	switch {
	case err == nil:
	case w.session.FailOpen:
		_ = w.c.Error(err) // the recorded error comes back; nothing is to be added to it
	default:
		w.failed = true
		a.Replace(func(c *dram.Context) {
			layer.Fail(c, w.session.OnError, http.StatusServiceUnavailable, "the session cannot be stored at the moment", err)
		})
	}
}

// store stores the session and sets its cookie.
func (w *answer) store(h http.Header) error {
	s := w.session
	if !s.changed() {
		return nil
	}
	if s.manager.Status(s.ctx) == scs.Destroyed {
		w.id = ""
		w.setCookie(h, "", time.Time{})
		return nil
	}
	id, expiry, err := w.commit()
	switch {
	case errors.Is(err, errEnded):
		// The other request has dealt with the cookie: it may be a new one by now.
	case err != nil:
		return err
	default:
		w.id = id
		w.setCookie(h, id, expiry)
	}
	return nil
}

// commit hands the session to the store. A client that went away does not undo
// what its request did, and a session that another request has ended meanwhile
// stays ended.
func (w *answer) commit() (id string, expiry time.Time, err error) {
	s := w.session
	ctx := context.WithoutCancel(s.ctx)
	if s.loaded != "" && s.manager.Token(ctx) == s.loaded {
		ctx = context.WithValue(ctx, onlyLive{}, true)
	}
	if id, expiry, err = s.manager.Commit(ctx); err != nil {
		err = fmt.Errorf("dram: contrib/session: %w", err)
	}
	return id, expiry, err
}

// setCookie sets the cookie, or has the browser delete it. Caches must not give
// one visitor's cookie to another.
func (w *answer) setCookie(h http.Header, id string, expiry time.Time) {
	cfg := &w.session.Config
	cookie := &http.Cookie{
		Name: cfg.Name, Value: id, Path: "/", Domain: cfg.Domain,
		Secure: !cfg.Insecure, HttpOnly: true, SameSite: cfg.SameSite,
	}
	switch {
	case id == "":
		cookie.MaxAge = -1
	case !cfg.Transient:
		cookie.Expires = expiry
		cookie.MaxAge = max(1, int(time.Until(expiry)/time.Second))
	}
	h.Add("Set-Cookie", cookie.String())
	httpfield.MakePrivate(h)
}

// end stores what a handler changed after it began to write. It needs an id that
// the client has.
func (w *answer) end() {
	s := w.session
	if w.failed || !s.changed() || s.manager.Status(s.ctx) == scs.Destroyed {
		return
	}
	if id := s.manager.Token(s.ctx); id == "" || id != w.id {
		_ = w.c.Error(errors.New("dram: contrib/session: the session was made or renewed after the answer's header was sent: do it before"))
		return
	}
	if _, _, err := w.commit(); err != nil && !errors.Is(err, errEnded) {
		_ = w.c.Error(err)
	}
}
