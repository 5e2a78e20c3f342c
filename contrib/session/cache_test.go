package session_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/session"
	"github.com/dram-go/dram/middleware"
)

// A shared cache gives nobody's page, and nobody's cookie, to anybody else, although the
// handlers say that all may keep their answers: outside of the sessions, which say that an answer with
// a cookie is private and differs by cookie, and inside, where requests with one pass.
func TestCacheGivesNobodysSessionToAnother(t *testing.T) {
	sessions := func() dram.HandlerFunc { return session.Sessions(session.Config{}) }
	for name, layers := range map[string][]dram.HandlerFunc{
		"outside":              {middleware.Cache(middleware.CacheConfig{}), sessions()},
		"outside, all allowed": {middleware.Cache(middleware.CacheConfig{Cookies: true, Authorized: true}), sessions()},
		"inside":               {sessions(), middleware.Cache(middleware.CacheConfig{})},
	} {
		t.Run(name, func(t *testing.T) {
			r := dram.New()
			r.Use(layers...)
			r.Use(middleware.CacheControl(middleware.CacheControlConfig{Directives: middleware.CacheDirectives{Public: true, MaxAge: time.Hour}}))
			r.GET("/login/:name", func(c *dram.Context) {
				require.NoError(t, session.From(c).LogIn(c.Param("name")))
				c.String(http.StatusOK, "ok")
			})
			r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "page of %q", middleware.ByUser(c)) })

			ann, bob, nobody := &browser{h: r}, &browser{h: r}, &browser{h: r}
			for range 3 {
				ann.send(http.MethodGet, "/login/ann")
				bob.send(http.MethodGet, "/login/bob")
				assert.NotEqual(t, ann.cookie, bob.cookie)
				assert.Equal(t, `page of "ann"`, ann.home())
				assert.Equal(t, `page of "bob"`, bob.home())
				assert.Equal(t, `page of ""`, nobody.home())
				assert.Empty(t, nobody.cookie)
			}
		})
	}
}

// What a session that has just begun makes of an answer is that visitor's, wherever the cache is,
// and whatever has changed the session.
func TestCacheKeepsNothingOfANewSession(t *testing.T) {
	sessions := func() dram.HandlerFunc { return session.Sessions(session.Config{}) }
	for order, layers := range map[string][]dram.HandlerFunc{
		"outside":             {middleware.Cache(middleware.CacheConfig{}), sessions()},
		"inside":              {sessions(), middleware.Cache(middleware.CacheConfig{})},
		"inside, all allowed": {sessions(), middleware.Cache(middleware.CacheConfig{Cookies: true, SetCookie: true, Authorized: true})},
	} {
		for name, change := range map[string]func(*session.Session){
			"Put":    func(s *session.Session) { s.Put("csrf", "x") },
			"Pop":    func(s *session.Session) { s.Pop("note") },
			"Renew":  func(s *session.Session) { assert.NoError(t, s.Renew()) },
			"LogIn":  func(s *session.Session) { assert.NoError(t, s.LogIn("ann")) },
			"LogOut": func(s *session.Session) { assert.NoError(t, s.LogOut()) },
			"Clear":  func(s *session.Session) { s.Clear() },
		} {
			if order == "outside" && (name == "Pop" || name == "Clear") {
				continue // nothing is there to change, and no cookie is sent
			}
			t.Run(order+" "+name, func(t *testing.T) {
				r, runs := dram.New(), 0
				r.Use(layers...)
				r.GET("/", func(c *dram.Context) {
					runs++
					change(session.From(c))
					c.Header("Cache-Control", "public, max-age=60")
					c.String(http.StatusOK, "token %d", runs)
				})
				assert.Equal(t, "token 1", (&browser{h: r}).home())
				assert.Equal(t, "token 2", (&browser{h: r}).home())
			})
		}
	}
}

// bufferedWhole is a net/http middleware with a writer of its own, so that what is inside of it has a
// Context of its own.
func bufferedWhole(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		next.ServeHTTP(struct{ http.ResponseWriter }{w}, req)
	})
}

// The same, if the cache is in another Engine or on another Context than the sessions.
func TestCacheKeepsNothingOfASessionElsewhere(t *testing.T) {
	sessions, own := session.Sessions(session.Config{}), dram.WrapMiddleware(bufferedWhole)
	all := func() dram.HandlerFunc {
		return middleware.Cache(middleware.CacheConfig{Cookies: true, SetCookie: true, Authorized: true})
	}
	for name, build := range map[string]func(r *dram.Engine, handler dram.HandlerFunc){
		"the sessions in an Engine inside": func(r *dram.Engine, handler dram.HandlerFunc) {
			inner := dram.New()
			inner.GET("/", sessions, handler)
			r.GET("/", all(), dram.WrapH(inner))
		},
		"the sessions on a Context inside": func(r *dram.Engine, handler dram.HandlerFunc) { r.GET("/", all(), own, sessions, handler) },
		"the cache on a Context inside":    func(r *dram.Engine, handler dram.HandlerFunc) { r.GET("/", sessions, own, all(), handler) },
		"the handler on one":               func(r *dram.Engine, handler dram.HandlerFunc) { r.GET("/", sessions, all(), own, handler) },
	} {
		for change, do := range map[string]func(*session.Session){
			"Pop":   func(s *session.Session) { s.Pop("note") }, // after which there is no cookie
			"Put":   func(s *session.Session) { s.Put("csrf", "x") },
			"LogIn": func(s *session.Session) { assert.NoError(t, s.LogIn("ann")) },
		} {
			t.Run(name+", "+change, func(t *testing.T) {
				r, runs := dram.New(), 0
				build(r, func(c *dram.Context) {
					runs++
					do(session.From(c))
					c.Header("Cache-Control", "public, max-age=60")
					c.String(http.StatusOK, "token %d", runs)
				})
				assert.Equal(t, "token 1", (&browser{h: r}).home())
				assert.Equal(t, "token 2", (&browser{h: r}).home())
			})
		}
	}
}
