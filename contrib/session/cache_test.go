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
