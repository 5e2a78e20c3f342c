// Package session remembers visitors between requests, with a random id in a
// cookie and data in a store. It is based on alexedwards/scs. See docs/contrib.md.
//
//	r.Use(session.Sessions(session.Config{}))
//	r.POST("/login", func(c *dram.Context) {
//		…
//		err := session.From(c).LogIn(user.Name)
//	})
//
// Ids have 256 random bits and are only made here: an id that the store does
// not know is never adopted, and every log-in and every Renew makes a new one,
// so nobody can choose the id that a visitor uses (session fixation). The store
// holds only the digest of an id, which is of no use to anybody who reads it.
//
// The cookie is Secure, HttpOnly, SameSite=Lax and bound to the host (__Host-).
// Cross-site forms do not send it, but put middleware.CSRF around the handlers
// as well.
//
// A session is stored just before the header of the answer is sent, and only if
// something in it has changed; a visitor without one costs nothing but a map.
// Changes that a handler makes later, while it streams, are stored when it
// returns.
//
// Sessions are kept in memory by default, which is for a single process, or
// with contrib/redisstore or contrib/sqlstore. Any store of scs works.
package session

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/internal/layer"
	"github.com/dram-go/dram/internal/whose"
	"github.com/dram-go/dram/middleware"
)

// The values used when those of Config are zero.
const (
	// DefaultName is the default of Config.Name. Its prefix has browsers refuse a
	// cookie that was set by another host or over plain HTTP.
	DefaultName = "__Host-session"
	// InsecureName is the default of Config.Name if Insecure is set.
	InsecureName = "session"
	// DefaultLifetime is the default of Config.Lifetime.
	DefaultLifetime = 24 * time.Hour
)

// Config sets up Sessions. Its zero value keeps sessions in memory, for a day.
type Config struct {
	// Store keeps the sessions. Default: a NewMemoryStore(0) of this layer alone.
	Store scs.Store
	// Lifetime is how long a session lasts after it was made or renewed, even if
	// it is in use. Default DefaultLifetime.
	Lifetime time.Duration
	// IdleTimeout ends a session that is not used for that long. With it each
	// request writes to the store; see Toucher. Default 0: only Lifetime ends a session.
	IdleTimeout time.Duration
	// Name is the name of the cookie. Default DefaultName, or InsecureName if
	// Insecure is set.
	Name string
	// Domain, if set, shares the cookie with subdomains, all of which can then
	// also set it. Default: only this host. With Domain, Name must not begin with
	// "__Host-".
	Domain string
	// SameSite is whether requests from pages of other sites have the cookie.
	// Default Lax.
	SameSite http.SameSite
	// Insecure allows the cookie over plain HTTP: for development only.
	Insecure bool
	// Transient has the browser forget the cookie when it is closed.
	Transient bool
	// Codec encodes sessions. The default is a short form for string, int and
	// bool, and encoding/gob for other types, which must be registered with
	// gob.Register, except time.Time. A value that cannot be encoded is a mistake of
	// the program: the answer is a 500. A session that cannot be decoded is replaced
	// by an empty one. Either way, the error is in Context.Errors.
	Codec scs.Codec
	// FailOpen serves requests while the store fails, as those of a visitor
	// without a session, whose changes are lost; LogIn, LogOut and Renew return an
	// error, and a log-in that cannot be stored gets 503. By default all requests
	// get 503. Either way, the error is in Context.Errors.
	FailOpen bool
	// OnError answers with 503 if the store fails, and with 500 if a value cannot be encoded.
	OnError middleware.ErrorHandler
}

// Validate reports what is wrong with the configuration.
func (cfg Config) Validate() error {
	host := strings.HasPrefix(strings.ToLower(cfg.Name), "__host-")
	secure := host || strings.HasPrefix(strings.ToLower(cfg.Name), "__secure-")
	switch {
	case cfg.Name != "" && (&http.Cookie{Name: cfg.Name, Value: "v"}).Valid() != nil:
		return layer.Misconfigured("session", "Name", "%q cannot be the name of a cookie; write letters, digits and dashes", cfg.Name)
	case cfg.Insecure && secure:
		return layer.Misconfigured("session", "Name", "%q is for Secure cookies only, so browsers would drop it; leave it empty with Insecure", cfg.Name)
	case cfg.Domain != "" && (host || cfg.Name == "" && !cfg.Insecure):
		return layer.Misconfigured("session", "Domain", `cookies that begin with "__Host-" have none, so browsers would drop it; write Name: "__Secure-session"`)
	case cfg.Domain != "" && (&http.Cookie{Name: "n", Domain: cfg.Domain}).Valid() != nil:
		return layer.Misconfigured("session", "Domain", "%q is not a domain; write one like example.com", cfg.Domain)
	case cfg.SameSite == http.SameSiteNoneMode && cfg.Insecure:
		return layer.Misconfigured("session", "SameSite", "None is for Secure cookies only, so browsers would drop it; leave Insecure out")
	case cfg.SameSite < 0 || cfg.SameSite > http.SameSiteNoneMode:
		return layer.Misconfigured("session", "SameSite", "%d is not one of net/http's; write http.SameSiteStrictMode or leave it 0 for Lax", cfg.SameSite)
	}
	return cmp.Or(layer.NilInside("session", "Store", cfg.Store), layer.NilInside("session", "Codec", cfg.Codec), layer.WrongTime("session", "Lifetime", cfg.Lifetime), layer.WrongTime("session", "IdleTimeout", cfg.IdleTimeout))
}

// withDefaults fills in what is zero.
func (cfg Config) withDefaults() Config {
	if cfg.Store == nil {
		cfg.Store = NewMemoryStore(0)
	}
	if cfg.Codec == nil {
		cfg.Codec = codec{}
	}
	if cfg.Insecure {
		cfg.Name = cmp.Or(cfg.Name, InsecureName)
	}
	if cfg.SameSite == http.SameSiteDefaultMode {
		cfg.SameSite = 0
	}
	cfg.Name = cmp.Or(cfg.Name, DefaultName)
	cfg.Lifetime = cmp.Or(cfg.Lifetime, DefaultLifetime)
	cfg.SameSite = cmp.Or(cfg.SameSite, http.SameSiteLaxMode)
	return cfg
}

// sessions is what all requests of a layer share. It uses the part of scs that
// handles sessions, and not the one that handles cookies and writers. (scs.New
// would start a goroutine for a store of its own.)
type sessions struct {
	Config
	store   liveStore
	manager *scs.SessionManager
}

// Sessions loads the session of the cookie of each request, or starts an empty
// one; see From. Behind it, middleware.ByUser returns the user who is logged
// in.
func Sessions(cfg Config) dram.HandlerFunc {
	layer.Must(cfg.Validate())
	cfg = cfg.withDefaults()
	store := newLiveStore(cfg.Store)
	m := &sessions{cfg, store, &scs.SessionManager{
		Store:            store,
		Lifetime:         cfg.Lifetime,
		IdleTimeout:      cfg.IdleTimeout,
		HashTokenInStore: true,
		Codec:            lenient{cfg.Codec},
	}}
	return func(c *dram.Context) {
		s, err := m.load(c)
		if err != nil {
			cfg.OnError.Fail(c, http.StatusServiceUnavailable, "sessions cannot be looked up at the moment", err)
			return
		}
		c.Set(sessionKey{}, s)
		if user := s.User(); user != "" {
			c.Set(dram.AuthUserKey, user)
		}
		c.NextAnswer(nil, s.save)
		s.saveLate() // not after a panic: incomplete changes are dropped
	}
}

// load finds the session of the request. Of several cookies of the name, the
// first that can be an id is used: others may come from a sibling domain.
func (m *sessions) load(c *dram.Context) (*Session, error) {
	ctx := c.Request.Context()
	s := &Session{sessions: m, c: c, private: whose.NewPrivate(ctx, c), base: context.WithoutCancel(ctx)}
	for _, cookie := range c.Request.CookiesNamed(m.Name) {
		if isID(cookie.Value) {
			s.sent = cookie.Value
			break
		}
	}
	// The session is not in the context of the request: handlers reach it only
	// through the Context, so the request need not be copied.
	var err error
	if s.ctx, err = m.manager.Load(ctx, s.sent); err == nil {
		s.held = m.manager.Token(s.ctx) // "" if the store does not know it
		s.replaceSpoilt()
		return s, nil
	}
	s.lost = err
	err = fmt.Errorf("dram: contrib/session: %w", err)
	if !m.FailOpen {
		return nil, err
	}
	_ = c.Error(err) // it returns the recorded error, which needs no metadata
	s.ctx, err = m.manager.Load(ctx, "")
	return s, err
}

// replaceSpoilt ends a session that could not be decoded. The visitor gets a new one,
// or at least loses the cookie, so that the error is recorded once: also if the store
// cannot be written to, in which nobody can use what is left.
func (s *Session) replaceSpoilt() {
	err, spoilt := s.manager.Get(s.ctx, spoiltKey).(error)
	if !spoilt {
		return
	}
	_ = s.c.Error(fmt.Errorf("dram: contrib/session: a session cannot be decoded, and is replaced by an empty one: %w", err))
	s.held = ""
	if s.lost = s.manager.Destroy(s.ctx); s.lost != nil {
		_ = s.c.Error(fmt.Errorf("dram: contrib/session: %w", s.lost))
		s.dropped = true
		_ = s.manager.Clear(s.ctx) // it never fails
	}
}

// isID reports whether the value of a cookie can be an id of scs: 32 bytes in
// base64. The store is asked for no other values.
func isID(value string) bool {
	id, err := base64.RawURLEncoding.DecodeString(value)
	return err == nil && len(id) == 32
}
