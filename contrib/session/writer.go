package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/internal/layer"
	"github.com/dram-go/dram/internal/httpfield"
)

// This file stores a session at the last moment at which its cookie can be set:
// before the header goes out.

// errNotStored is what handlers get that write an answer whose session could not
// be stored; the client has a 503 by then.
var errNotStored = errors.New("dram: contrib/session: the session could not be stored")

// writer calls save before the header goes out. Nothing is buffered.
type writer struct {
	dram.ResponseWriter
	c       *dram.Context
	session *Session
	saved   bool
	failed  bool   // the client has got a 503 instead
	id      string // what the client has in its cookie; "" is none
}

// save stores the session, and tells whether the answer may go out.
func (w *writer) save() bool {
	if w.saved || w.ResponseWriter.Written() {
		return !w.failed
	}
	w.saved = true
	httpfield.AddVary(w.Header(), "Cookie")
	err := w.store()
	if err == nil {
		return true
	}
	if w.session.FailOpen {
		_ = w.c.Error(err) // the recorded error comes back; nothing is to be added to it
		return true
	}
	w.failed = true
	w.c.Writer = w.ResponseWriter // the refusal does not come back here
	layer.Fail(w.c, w.session.OnError, http.StatusServiceUnavailable, "the session cannot be stored at the moment", err)
	w.ResponseWriter.WriteHeaderNow()
	w.c.Writer = w
	return false
}

// store stores the session and sets its cookie.
func (w *writer) store() error {
	s := w.session
	if !s.changed() {
		return nil
	}
	if s.manager.Status(s.ctx) == scs.Destroyed {
		w.id = ""
		w.setCookie("", time.Time{})
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
		w.setCookie(id, expiry)
	}
	return nil
}

// commit hands the session to the store. A client that went away does not undo
// what its request did, and a session that another request has ended meanwhile
// stays ended.
func (w *writer) commit() (id string, expiry time.Time, err error) {
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
// one visitor's cookie to another (RFC 9111 section 5.2.2.4).
func (w *writer) setCookie(id string, expiry time.Time) {
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
	h := w.Header()
	h.Add("Set-Cookie", cookie.String())
	h.Add("Cache-Control", `no-cache="Set-Cookie"`)
}

// end stores what has not been stored: the session of an answer without a body,
// or what a handler changed after it began to write. The latter needs an id that
// the client has.
func (w *writer) end() {
	if !w.saved && !w.ResponseWriter.Written() {
		w.save()
		return
	}
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

// WriteHeaderNow sends the header, after the session is stored.
func (w *writer) WriteHeaderNow() {
	if w.save() {
		w.ResponseWriter.WriteHeaderNow()
	}
}

// Write writes to the body, after the session is stored.
func (w *writer) Write(p []byte) (int, error) {
	if !w.save() {
		return 0, errNotStored
	}
	return w.ResponseWriter.Write(p)
}

// WriteString writes to the body, after the session is stored.
func (w *writer) WriteString(text string) (int, error) {
	if !w.save() {
		return 0, errNotStored
	}
	return w.ResponseWriter.WriteString(text)
}

// ReadFrom copies to the body, after the session is stored; a file goes by
// sendfile as without this writer.
func (w *writer) ReadFrom(src io.Reader) (int64, error) {
	if !w.save() {
		return 0, errNotStored
	}
	return io.Copy(w.ResponseWriter, src)
}

// Flush sends what is there, after the session is stored.
func (w *writer) Flush() {
	if w.save() {
		w.ResponseWriter.Flush()
	}
}

// Unwrap is the outer writer, for http.ResponseController.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }
