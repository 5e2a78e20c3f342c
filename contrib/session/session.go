// Package session remembers visitors between requests, by a random id in a cookie
// and data in a store, with alexedwards/scs underneath.
//
//	r.Use(session.Sessions(session.Config{}))
//	r.POST("/login", func(c *dram.Context) {
//		…
//		err := session.From(c).LogIn(user.Name)
//	})
//
// An id is made here, of 256 random bits; one that the store does not know is
// never adopted, and every log-in and every Renew makes a new one, so nobody can
// have a visitor use an id that he chose (session fixation). The store holds only
// the id's digest: who reads the store cannot use what he finds.
//
// The cookie is Secure, HttpOnly, SameSite=Lax and bound to the host (__Host-).
// A cross-site form cannot use it, but wear middleware.CSRF as well.
//
// A session is stored just before the header of the answer goes out, and only if
// something in it changed; a visitor without one costs nothing but a map. What a
// handler changes later, while it streams, is stored when it returns.
//
// Stores: in memory (the default; for one process) or contrib/session/redis. Any
// of scs's will do.
package session

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/internal/layer"
	"github.com/dram-go/dram/middleware"
)

// The values of a Config that names none.
const (
	// DefaultName is the cookie's name; the prefix has browsers refuse one that
	// another host or a plain connection set.
	DefaultName = "__Host-session"
	// InsecureName is the name with Insecure.
	InsecureName = "session"
	// DefaultLifetime is how long a session lasts, however busy.
	DefaultLifetime = 24 * time.Hour
)

// Config sets up Sessions. Its zero value keeps sessions of a day in memory.
type Config struct {
	// Store keeps the sessions. Default NewMemoryStore(0), of this layer alone.
	Store scs.Store
	// Lifetime is how long a session lasts after it was made or renewed. Default
	// DefaultLifetime.
	Lifetime time.Duration
	// IdleTimeout ends a session that is not used for so long. It makes each
	// request write to the store. Default 0: only Lifetime ends one.
	IdleTimeout time.Duration
	// Name is the cookie's name. Default DefaultName, or InsecureName.
	Name string
	// Domain lets subdomains have the cookie too, all of which can then set it.
	// Default: only this host. Name must not begin with "__Host-" then.
	Domain string
	// SameSite is when other sites' pages send the cookie. Default Lax.
	SameSite http.SameSite
	// Insecure lets the cookie travel over plain http: for development.
	Insecure bool
	// Transient has the browser forget the cookie when it is closed.
	Transient bool
	// Codec turns sessions into bytes. Default: a short form for strings, bytes,
	// int, int64, float64, bool and time.Time, and encoding/gob for other types,
	// of which gob must be told with gob.Register.
	Codec scs.Codec
	// FailOpen serves requests while the store fails, as those of a visitor
	// without a session, whose changes are lost. By default they get 503. The
	// error is in Context.Errors either way.
	FailOpen bool
	// OnError answers with 503 when the store fails.
	OnError middleware.ErrorHandler
}

// Validate tells what is wrong with the configuration.
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
		return layer.Misconfigured("session", "Domain", "%q is none; write one like example.com", cfg.Domain)
	case cfg.SameSite == http.SameSiteNoneMode && cfg.Insecure:
		return layer.Misconfigured("session", "SameSite", "None is for Secure cookies only, so browsers would drop it; leave Insecure out")
	case cfg.SameSite < 0 || cfg.SameSite > http.SameSiteNoneMode:
		return layer.Misconfigured("session", "SameSite", "%d is none of net/http's; write http.SameSiteStrictMode or leave it 0 for Lax", cfg.SameSite)
	case cfg.Lifetime < 0 || cfg.IdleTimeout < 0:
		return layer.Misconfigured("session", "Lifetime", "neither it nor IdleTimeout may be negative; leave it 0 for %v", DefaultLifetime)
	}
	return nil
}

// withDefaults fills in what is zero.
func (cfg Config) withDefaults() Config {
	if cfg.Store == nil {
		cfg.Store = NewMemoryStore(0)
	}
	if cfg.Lifetime == 0 {
		cfg.Lifetime = DefaultLifetime
	}
	if cfg.Name == "" && cfg.Insecure {
		cfg.Name = InsecureName
	}
	if cfg.Name == "" {
		cfg.Name = DefaultName
	}
	if cfg.SameSite == 0 || cfg.SameSite == http.SameSiteDefaultMode {
		cfg.SameSite = http.SameSiteLaxMode
	}
	return cfg
}

// newManager makes the part of scs that knows sessions, and not the one that
// knows cookies. scs.New would start a goroutine for a store of its own.
func newManager(cfg Config) *scs.SessionManager {
	manager := &scs.SessionManager{
		Store:            liveStore{cfg.Store},
		Lifetime:         cfg.Lifetime,
		IdleTimeout:      cfg.IdleTimeout,
		HashTokenInStore: true,
		Codec:            cfg.Codec,
	}
	if manager.Codec == nil {
		manager.Codec = codec{}
	}
	return manager
}

// sessions is what the requests of one layer share.
type sessions struct {
	Config
	manager *scs.SessionManager
}

// Sessions gives each request the session of its cookie, or an empty one: see
// From. Behind it, middleware.ByUser is the user who is logged in.
func Sessions(cfg Config) dram.HandlerFunc {
	layer.Must(cfg.Validate())
	cfg = cfg.withDefaults()
	m := &sessions{cfg, newManager(cfg)}
	return func(c *dram.Context) {
		s, err := m.load(c)
		if err != nil {
			layer.Fail(c, cfg.OnError, http.StatusServiceUnavailable, "sessions cannot be looked up at the moment", err)
			return
		}
		m.run(c, s)
	}
}

// run runs the rest of the chain with the session.
func (m *sessions) run(c *dram.Context, s *Session) {
	c.Set(sessionKey{}, s)
	if user := s.User(); user != "" {
		c.Set(dram.AuthUserKey, user)
	}
	w := &answer{c: c, session: s, id: s.loaded}
	c.NextAnswer(nil, w.look)
	w.end() // not after a panic: what is half done is not kept
}

// load finds the request's session. Of several cookies of the name the first that
// can be an id counts: others may come from a sibling domain.
func (m *sessions) load(c *dram.Context) (*Session, error) {
	id := ""
	for _, cookie := range c.Request.CookiesNamed(m.Name) {
		if isID(cookie.Value) {
			id = cookie.Value
			break
		}
	}
	// The session is not in the request's context: handlers reach it through the
	// Context alone, and the request need not be copied.
	ctx, err := m.manager.Load(c.Request.Context(), id)
	if err == nil {
		return &Session{sessions: m, c: c, ctx: ctx, loaded: m.manager.Token(ctx)}, nil
	}
	err = fmt.Errorf("dram: contrib/session: %w", err)
	if !m.FailOpen {
		return nil, err
	}
	_ = c.Error(err) // the recorded error comes back; nothing is to be added to it
	ctx, err = m.manager.Load(c.Request.Context(), "")
	return &Session{sessions: m, c: c, ctx: ctx, lost: true}, err
}

// isID tells whether a cookie's value can be an id of scs: 32 bytes in base64. The
// store is not asked for anything else.
func isID(value string) bool {
	if len(value) != 43 {
		return false
	}
	for i := range len(value) {
		c := value[i]
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '-' || c == '_') {
			return false
		}
	}
	return true
}
