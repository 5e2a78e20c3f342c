// What one request does to a session while another one is under way, and what one user leaves to the next.
package session_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/session"
)

// What one user has done (a second factor, say) must not count for the next one in the same browser.
func TestAnotherUserGetsNothingOfTheFirst(t *testing.T) {
	r := serving(session.Config{})
	b := &browser{h: r}
	b.send(http.MethodPost, "/see")
	b.send(http.MethodPost, "/login?user=ann")
	b.send(http.MethodPost, "/see")
	b.send(http.MethodPost, "/login?user=ann")
	assert.Equal(t, "user=ann seen=2", b.home(), "a visitor who logs in, and a user who does so again")
	b.send(http.MethodPost, "/login?user=bob")
	assert.Equal(t, "user=bob seen=0", b.home())
	b.send(http.MethodPost, "/see")
	b.send(http.MethodPost, "/login?user=")
	assert.Equal(t, "user= seen=0", b.home(), "nobody is another one as well")
}

// A log-out that comes between Renew and the answer ends what was renewed, however often, and
// leaves nothing to a log-in.
func TestALogOutBehindRenewIsNotUndone(t *testing.T) {
	renew := (*session.Session).Renew
	for name, next := range map[string]struct {
		before, after func(*session.Session) error
		status        int
		home          string
	}{
		"nothing":         {nil, nil, http.StatusOK, "user= seen=0"},
		"renewed before":  {renew, nil, http.StatusOK, "user= seen=0"},
		"renewed behind":  {nil, renew, http.StatusConflict, "user= seen=0"},
		"logged in again": {nil, func(s *session.Session) error { return s.LogIn("ann") }, http.StatusOK, "user=ann seen=0"},
	} {
		for kind, store := range map[string]scs.Store{"in one step": session.NewMemoryStore(0), "asked before": plain{session.NewMemoryStore(0)}} {
			t.Run(name+" "+kind, func(t *testing.T) {
				r := serving(session.Config{Store: store})
				r.POST("/slow", dram.Try(func(c *dram.Context) error {
					s := session.From(c)
					if next.before != nil {
						assert.NoError(t, next.before(s))
					}
					assert.NoError(t, s.Renew())
					other := &browser{h: r, cookie: c.GetHeader("Cookie")}
					assert.Equal(t, http.StatusOK, other.send(http.MethodPost, "/logout").Code)
					if next.after != nil {
						return next.after(s)
					}
					return nil
				}))
				b := &browser{h: r}
				b.send(http.MethodPost, "/login?user=ann")
				b.send(http.MethodPost, "/see")
				assert.Equal(t, next.status, b.send(http.MethodPost, "/slow").Code)
				assert.Equal(t, next.home, b.home())
			})
		}
	}
}

// Renew that comes too late to send its cookie leaves the session as it is.
func TestALateRenewEndsNothing(t *testing.T) {
	r := serving(session.Config{})
	r.POST("/late", func(c *dram.Context) {
		assert.NoError(t, session.From(c).LogIn("ann"))
		c.Writer.Flush()
		assert.NoError(t, session.From(c).Renew())
	})
	b := &browser{h: r}
	b.send(http.MethodPost, "/late")
	assert.Equal(t, "user=ann seen=0", b.home())
}

// What a handler changes while it streams is not stored if the session has ended, which a log-in
// has begun in the same answer.
func TestALogOutBesideAStreamIsNotUndone(t *testing.T) {
	for name, store := range map[string]scs.Store{"in one step": session.NewMemoryStore(0), "asked before": plain{session.NewMemoryStore(0)}} {
		t.Run(name, func(t *testing.T) {
			r := serving(session.Config{Store: store})
			r.POST("/stream", func(c *dram.Context) {
				assert.NoError(t, session.From(c).LogIn("ann"))
				c.Writer.Flush()
				cookie, _, _ := strings.Cut(c.Writer.Header().Get("Set-Cookie"), ";")
				other := &browser{h: r, cookie: cookie}
				assert.Equal(t, "user=ann seen=0", other.home())
				other.send(http.MethodPost, "/logout")
				session.From(c).Put("seen", 7)
			})
			b := &browser{h: r}
			b.send(http.MethodPost, "/stream")
			assert.Equal(t, "user= seen=0", b.home())
		})
	}
}

// With an IdleTimeout each request stores the session: one that has changed nothing must not
// store what it has read, which another one may have changed since.
func TestARequestThatOnlyReadsUndoesNothing(t *testing.T) {
	for name, store := range map[string]scs.Store{"in one step": session.NewMemoryStore(0), "asked before": plain{session.NewMemoryStore(0)}} {
		t.Run(name, func(t *testing.T) {
			r := serving(session.Config{Store: store, IdleTimeout: time.Hour})
			r.POST("/clear", func(c *dram.Context) { session.From(c).Clear() })
			r.GET("/slow/:path", func(c *dram.Context) {
				assert.Equal(t, "ann", session.From(c).User())
				assert.Nil(t, session.From(c).Pop("message"))
				session.From(c).Remove("message")
				other := &browser{h: r, cookie: c.GetHeader("Cookie")}
				other.send(http.MethodPost, "/"+c.Param("path"))
			})
			b := &browser{h: r}
			b.send(http.MethodPost, "/login?user=ann")
			first := b.cookie
			b.send(http.MethodGet, "/slow/see")
			assert.Equal(t, "user=ann seen=1", b.home())
			b.send(http.MethodGet, "/slow/clear")
			assert.Equal(t, "user= seen=0", b.home())
			assert.Equal(t, first, b.cookie)

			b.send(http.MethodPost, "/login?user=ann")
			assert.Empty(t, b.send(http.MethodGet, "/slow/logout").Header()["Set-Cookie"])
			assert.Equal(t, "user= seen=0", b.home())
		})
	}
}

// A session that Renew has moved leaves nothing behind, whatever comes after it.
func TestRenewAndMore(t *testing.T) {
	for name, more := range map[string]func(*session.Session) error{
		"Renew":  (*session.Session).Renew,
		"LogIn":  func(s *session.Session) error { return s.LogIn("ann") },
		"LogOut": (*session.Session).LogOut,
	} {
		t.Run(name, func(t *testing.T) {
			store := session.NewMemoryStore(0)
			r := serving(session.Config{Store: store})
			do := func(first, second func(*session.Session) error) dram.HandlerFunc {
				return dram.Try(func(c *dram.Context) error { return errors.Join(first(session.From(c)), second(session.From(c))) })
			}
			r.POST("/renewed", do((*session.Session).Renew, more))
			r.POST("/renew-last", do(more, (*session.Session).Renew))
			b := &browser{h: r}
			b.send(http.MethodPost, "/login?user=ann")
			first := &browser{h: r, cookie: b.cookie}
			for _, path := range []string{"/renewed", "/renew-last"} {
				assert.Equal(t, http.StatusOK, b.send(http.MethodPost, path).Code)
			}
			want := map[bool]string{false: "user=ann seen=0", true: "user= seen=0"}[name == "LogOut"]
			assert.Equal(t, want, b.home())
			assert.Equal(t, "user= seen=0", first.home())
			assert.Equal(t, map[string]int{"Renew": 3, "LogIn": 1, "LogOut": 1}[name], store.Len(), "and for a minute where it was moved to, twice")
		})
	}
}
