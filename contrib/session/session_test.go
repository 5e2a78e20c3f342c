package session_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/session"
	"github.com/dram-go/dram/middleware"
)

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	os.Exit(m.Run())
}

// serving returns a service with a log-in that believes any name it is given.
func serving(cfg session.Config, outer ...dram.HandlerFunc) *dram.Engine {
	r := dram.New()
	r.Use(outer...)
	r.Use(session.Sessions(cfg))
	r.GET("/", func(c *dram.Context) {
		c.String(http.StatusOK, "user=%s seen=%d", middleware.ByUser(c), session.From(c).GetInt("seen"))
	})
	r.POST("/see", func(c *dram.Context) {
		s := session.From(c)
		s.Put("seen", s.GetInt("seen")+1)
		c.String(http.StatusOK, "seen")
	})
	r.POST("/login", func(c *dram.Context) {
		c.Fail(session.From(c).LogIn(c.Query("user")))
	})
	r.POST("/logout", func(c *dram.Context) {
		c.Fail(session.From(c).LogOut())
	})
	r.POST("/look", func(c *dram.Context) { c.String(http.StatusOK, session.From(c).User()) })
	r.POST("/renew", func(c *dram.Context) {
		c.Fail(session.From(c).Renew())
	})
	return r
}

// browser keeps one cookie.
type browser struct {
	h      http.Handler
	cookie string // name=value
}

func (b *browser) send(method, target string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, target, nil)
	if b.cookie != "" {
		req.Header.Set("Cookie", b.cookie)
	}
	w := httptest.NewRecorder()
	b.h.ServeHTTP(w, req)
	for _, cookie := range w.Result().Cookies() {
		b.cookie = cookie.Name + "=" + cookie.Value
		if cookie.MaxAge < 0 {
			b.cookie = ""
		}
	}
	return w
}

func (b *browser) home() string { return b.send(http.MethodGet, "/").Body.String() }

func TestSessionLastsOverRequests(t *testing.T) {
	b := &browser{h: serving(session.Config{})}
	w := b.send(http.MethodGet, "/")
	assert.Empty(t, w.Header()["Set-Cookie"], "who changes nothing gets no session")
	assert.Equal(t, []string{"Cookie"}, w.Header()["Vary"])
	b.send(http.MethodPost, "/see")
	b.send(http.MethodPost, "/see")
	assert.Equal(t, "user= seen=2", b.home())
	b.send(http.MethodPost, "/login?user=ann")
	assert.Equal(t, "user=ann seen=2", b.home())
	b.send(http.MethodPost, "/logout")
	assert.Empty(t, b.cookie)
	assert.Equal(t, "user= seen=0", b.home())
}

func TestCookie(t *testing.T) {
	attributes := func(cfg session.Config) *http.Cookie {
		b := &browser{h: serving(cfg)}
		cookies := b.send(http.MethodPost, "/see").Result().Cookies()
		require.Len(t, cookies, 1)
		return cookies[0]
	}
	c := attributes(session.Config{})
	assert.Equal(t, "__Host-session", c.Name)
	assert.True(t, c.Secure && c.HttpOnly)
	assert.Equal(t, http.SameSiteLaxMode, c.SameSite)
	assert.Equal(t, "/", c.Path)
	assert.Empty(t, c.Domain)
	assert.InDelta(t, 24*3600, c.MaxAge, 60)

	c = attributes(session.Config{Insecure: true, Transient: true, SameSite: http.SameSiteStrictMode, Domain: "example.com"})
	assert.Equal(t, "session", c.Name)
	assert.False(t, c.Secure)
	assert.Zero(t, c.MaxAge)
	assert.True(t, c.Expires.IsZero())
	assert.Equal(t, http.SameSiteStrictMode, c.SameSite)
	assert.Equal(t, "example.com", c.Domain)

	b := &browser{h: serving(session.Config{})}
	assert.Equal(t, "private, no-cache", b.send(http.MethodPost, "/see").Header().Get("Cache-Control"))
}

// Two services on one host, below paths of their own, do not get each other's session.
func TestCookieBelowAPrefix(t *testing.T) {
	for name, path := range map[string]string{"__Secure-shop": "/shop", "": "/"} {
		r := serving(session.Config{Name: name})
		require.NoError(t, r.SetTrustedProxies([]string{"192.0.2.1"})) // httptest's
		req := httptest.NewRequest(http.MethodPost, "/see", nil)
		req.Header.Set("X-Forwarded-Prefix", "/shop")
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		cookies := w.Result().Cookies()
		require.Len(t, cookies, 1)
		assert.Equal(t, path, cookies[0].Path, cookies[0].Name)
	}
}

// GO-2024-2959 (CVE-2024-38513): fiber's sessions adopted whatever id a client brought, so that an
// attacker could make a victim log in under an id known to the attacker.
func TestCVE_2024_38513_SessionFixation(t *testing.T) {
	store := session.NewMemoryStore(0)
	r := serving(session.Config{Store: store})
	chosen := strings.Repeat("A", 43) // looks like an id

	t.Run("an unknown id is not adopted", func(t *testing.T) {
		for _, id := range []string{chosen, "short", strings.Repeat("x", 5000), "../../etc/passwd", "' OR 1=1"} {
			b := &browser{h: r, cookie: "__Host-session=" + id}
			b.send(http.MethodPost, "/see")
			assert.NotContains(t, b.cookie, id)
			attacker := &browser{h: r, cookie: "__Host-session=" + id}
			assert.Equal(t, "user= seen=0", attacker.home())
		}
	})
	t.Run("the attacker's own id is worth nothing after the log-in", func(t *testing.T) {
		attacker := &browser{h: r}
		attacker.send(http.MethodPost, "/see")
		victim := &browser{h: r, cookie: attacker.cookie}
		victim.send(http.MethodPost, "/login?user=ann")
		assert.NotEqual(t, attacker.cookie, victim.cookie)
		assert.Equal(t, "user=ann seen=1", victim.home())
		assert.Equal(t, "user= seen=0", attacker.home())
	})
	t.Run("a change of rights renews the id", func(t *testing.T) {
		b := &browser{h: r}
		b.send(http.MethodPost, "/login?user=ann")
		before := &browser{h: r, cookie: b.cookie}
		b.send(http.MethodPost, "/renew")
		assert.NotEqual(t, before.cookie, b.cookie)
		assert.Equal(t, "user=ann seen=0", b.home())
		assert.Equal(t, "user= seen=0", before.home())
	})
	t.Run("a session is ended by the log-out", func(t *testing.T) {
		b := &browser{h: r}
		b.send(http.MethodPost, "/login?user=ann")
		thief := &browser{h: r, cookie: b.cookie}
		require.Equal(t, "user=ann seen=0", thief.home())
		b.send(http.MethodPost, "/logout")
		assert.Equal(t, "user= seen=0", thief.home())
	})
	t.Run("a planted cookie does not hide the real one", func(t *testing.T) {
		b := &browser{h: r}
		b.send(http.MethodPost, "/login?user=ann")
		b.cookie = "__Host-session=planted; " + b.cookie
		assert.Equal(t, "user=ann seen=0", b.home())
	})
}

// Of two requests at the same time, one logs out: the other must not store the
// session again.
func TestEndedSessionStaysEnded(t *testing.T) {
	for name, store := range map[string]scs.Store{"in one step": session.NewMemoryStore(0), "asked before": plain{session.NewMemoryStore(0)}} {
		t.Run(name, func(t *testing.T) {
			r := serving(session.Config{Store: store})
			b := &browser{h: r}
			b.send(http.MethodPost, "/login?user=ann")
			thief := &browser{h: r, cookie: b.cookie}
			r.POST("/slow", func(c *dram.Context) {
				session.From(c).Put("seen", 7)
				other := &browser{h: r, cookie: b.cookie}
				other.send(http.MethodPost, "/logout")
				c.String(http.StatusOK, "done")
			})
			slow := b.send(http.MethodPost, "/slow")
			assert.Equal(t, http.StatusOK, slow.Code)
			assert.Empty(t, slow.Header()["Set-Cookie"], "the other request has dealt with it")
			assert.Equal(t, "user= seen=0", thief.home())
		})
	}
}

// A new id is not a way around it: not by Renew, and by a log-in only without what was in it.
func TestEndedSessionIsNotRenewed(t *testing.T) {
	for name, store := range map[string]scs.Store{"in one step": session.NewMemoryStore(0), "asked before": plain{session.NewMemoryStore(0)}} {
		t.Run(name, func(t *testing.T) {
			r := serving(session.Config{Store: store})
			r.POST("/slow/:then", func(c *dram.Context) {
				other := &browser{h: r, cookie: c.GetHeader("Cookie")}
				other.send(http.MethodPost, "/logout")
				err := session.From(c).Renew()
				assert.Equal(t, http.StatusConflict, dram.ProblemOf(err).Status)
				if c.Param("then") == "login" {
					err = session.From(c).LogIn("bob")
				}
				c.String(http.StatusOK, "%v", err)
			})
			begin := func() *browser {
				b := &browser{h: r}
				b.send(http.MethodPost, "/see")
				b.send(http.MethodPost, "/login?user=ann")
				return b
			}
			b := begin()
			slow := b.send(http.MethodPost, "/slow/nothing")
			assert.Contains(t, slow.Body.String(), "could not be renewed: dram: contrib/session: another request has ended the session")
			assert.Empty(t, slow.Header()["Set-Cookie"])
			assert.Equal(t, "user= seen=0", b.home())

			b = begin()
			slow = b.send(http.MethodPost, "/slow/login")
			assert.Equal(t, "<nil>", slow.Body.String())
			assert.Equal(t, "user=bob seen=0", b.home(), "a log-in holds, but nothing of before")

			b = &browser{h: r}
			b.send(http.MethodPost, "/see")
			b.send(http.MethodPost, "/slow/login")
			assert.Equal(t, "user=bob seen=1", b.home(), "which was nobody's")
		})
	}
}

// plain is a store with only the methods that scs requires.
type plain struct{ scs.Store }

func TestStoreSeesOnlyDigests(t *testing.T) {
	seen := &spy{Store: session.NewMemoryStore(0)}
	b := &browser{h: serving(session.Config{Store: seen})}
	b.send(http.MethodPost, "/login?user=ann")
	b.home()
	_, id, _ := strings.Cut(b.cookie, "=")
	assert.NotEmpty(t, seen.ids)
	assert.NotContains(t, seen.ids, id)
}

type spy struct {
	scs.Store
	ids []string
}

func (s *spy) Find(id string) ([]byte, bool, error) {
	s.ids = append(s.ids, id)
	return s.Store.Find(id)
}

func TestExpiry(t *testing.T) {
	b := &browser{h: serving(session.Config{Lifetime: time.Millisecond})}
	b.send(http.MethodPost, "/see")
	assert.Eventually(t, func() bool { return b.home() == "user= seen=0" }, time.Minute, time.Millisecond)

	b = &browser{h: serving(session.Config{IdleTimeout: time.Millisecond})}
	b.send(http.MethodPost, "/see")
	assert.Eventually(t, func() bool {
		time.Sleep(2 * time.Millisecond)
		return b.home() == "user= seen=0"
	}, time.Minute, time.Millisecond)
}

func TestStreams(t *testing.T) {
	var recorded []error
	r := serving(session.Config{}, func(c *dram.Context) {
		c.Next()
		recorded = nil
		for _, err := range c.Errors {
			recorded = append(recorded, err.Err)
		}
	})
	r.POST("/stream", func(c *dram.Context) {
		_, _ = c.Writer.WriteString("begun")
		c.Writer.Flush()
		session.From(c).Put("seen", 9)
	})
	b := &browser{h: r}
	b.send(http.MethodPost, "/stream")
	require.Len(t, recorded, 1)
	assert.ErrorContains(t, recorded[0], "do it before")
	assert.Equal(t, "user= seen=0", b.home())

	b.send(http.MethodPost, "/see")
	b.send(http.MethodPost, "/stream")
	assert.Empty(t, recorded)
	assert.Equal(t, "user= seen=9", b.home(), "the id was there, so the change is stored")
}

func TestPanicStoresNothing(t *testing.T) {
	r := dram.New()
	r.Use(dram.CustomRecoveryWithWriter(nil, func(c *dram.Context, _ any) { c.AbortWithStatus(http.StatusInternalServerError) }))
	r.Use(session.Sessions(session.Config{}))
	r.GET("/", func(c *dram.Context) { session.From(c).Put("seen", 1); panic("oh") })
	b := &browser{h: r}
	w := b.send(http.MethodGet, "/")
	assert.Equal(t, http.StatusInternalServerError, w.Code)
	assert.Empty(t, w.Header()["Set-Cookie"])
}

// broken is a store that fails on demand.
type broken struct {
	scs.Store
	find, commit bool
}

var errBroken = errors.New("the store is gone")

func (s *broken) Find(id string) ([]byte, bool, error) {
	if s.find {
		return nil, false, errBroken
	}
	return s.Store.Find(id)
}

func (s *broken) Commit(id string, data []byte, expires time.Time) error {
	if s.commit {
		return errBroken
	}
	return s.Store.Commit(id, data, expires)
}

func TestStoreFails(t *testing.T) {
	for _, tt := range []struct {
		name         string
		find, commit bool
		failOpen     bool
		want         int
	}{
		{"reading, closed", true, true, false, 503},
		{"writing, closed", false, true, false, 503},
		{"reading, open", true, true, true, 200},
		{"writing, open", false, true, true, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			store := &broken{Store: session.NewMemoryStore(0)}
			var recorded error
			r := serving(session.Config{Store: store, FailOpen: tt.failOpen}, func(c *dram.Context) {
				c.Next()
				recorded = nil
				for _, err := range c.Errors {
					recorded = errors.Join(recorded, err)
				}
			})
			b := &browser{h: r}
			b.send(http.MethodPost, "/login?user=ann")
			before := b.cookie
			store.find, store.commit = tt.find, tt.commit
			w := b.send(http.MethodPost, "/see")
			assert.Equal(t, tt.want, w.Code)
			assert.ErrorIs(t, recorded, errBroken)
			assert.NotContains(t, w.Body.String(), "gone")
			assert.Equal(t, tt.want == 200, w.Body.String() == "seen", w.Body.String())
			if tt.find && tt.failOpen {
				assert.Equal(t, "user= seen=0", b.home(), "nobody is logged in meanwhile")
				b.send(http.MethodPost, "/renew")
				b.send(http.MethodPost, "/logout")
			}
			store.find, store.commit = false, false
			b.cookie = before
			assert.Equal(t, "user=ann seen=0", b.home(), "it recovers by itself")
		})
	}
}

// undeletable is a store that fails to delete.
type undeletable struct{ *broken }

func (s undeletable) Delete(id string) error {
	if s.commit {
		return errBroken
	}
	return s.Store.Delete(id)
}

// With FailOpen too, a log-in or a log-out that did not happen must not look like one.
func TestStoreFailsAtLogInAndLogOut(t *testing.T) {
	for _, tt := range []struct {
		name         string
		find, commit bool
		failOpen     bool
	}{
		{"gone, open", true, true, true},
		{"read-only, open", false, true, true},
		{"read-only, closed", false, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			store := &broken{Store: session.NewMemoryStore(0)}
			r := serving(session.Config{Store: undeletable{store}, FailOpen: tt.failOpen})
			user := &browser{h: r}
			user.send(http.MethodPost, "/login?user=ann")
			known := user.cookie
			store.find, store.commit = tt.find, tt.commit

			assert.Equal(t, http.StatusServiceUnavailable, user.send(http.MethodPost, "/logout").Code)
			assert.Equal(t, known, user.cookie, "it can be tried again")
			for _, cookie := range []string{"", known} {
				user.cookie = cookie
				assert.Equal(t, http.StatusServiceUnavailable, user.send(http.MethodPost, "/login?user=bob").Code)
				assert.Equal(t, cookie, user.cookie)
			}
			assert.Equal(t, http.StatusServiceUnavailable, user.send(http.MethodPost, "/renew").Code)
			store.find, store.commit = false, false
			assert.Equal(t, http.StatusOK, user.send(http.MethodPost, "/logout").Code)
			assert.Empty(t, user.cookie)
		})
	}
}

// failingCodec is a Codec of another release: it reads nothing that was written before.
type failingCodec struct{ scs.GobCodec }

func (failingCodec) Decode([]byte) (time.Time, map[string]any, error) {
	return time.Time{}, nil, errors.New("a type that is not registered")
}

func TestSessionThatCannotBeDecoded(t *testing.T) {
	store := session.NewMemoryStore(0)
	before := &browser{h: serving(session.Config{Store: store})}
	var recorded []string
	after := serving(session.Config{Store: store, Codec: failingCodec{}}, func(c *dram.Context) {
		c.Next()
		recorded = c.Errors.Errors()
	})
	spoilt := func() *browser {
		before.cookie = ""
		before.send(http.MethodPost, "/login?user=ann")
		return &browser{h: after, cookie: before.cookie}
	}
	t.Run("is a new session, once", func(t *testing.T) {
		b := spoilt()
		old := b.cookie
		assert.Equal(t, "user= seen=0", b.home())
		assert.Empty(t, b.cookie)
		require.Len(t, recorded, 1)
		assert.Contains(t, recorded[0], "a type that is not registered")
		assert.Equal(t, "user= seen=0", b.home())
		assert.Empty(t, recorded)
		assert.Equal(t, "user= seen=0", (&browser{h: before.h, cookie: old}).home(), "the old one has ended")
	})
	for _, path := range []string{"/see", "/login?user=bob", "/renew"} {
		t.Run("gets a new id with "+path, func(t *testing.T) {
			b := spoilt()
			old := b.cookie
			assert.Equal(t, http.StatusOK, b.send(http.MethodPost, path).Code)
			assert.NotEqual(t, old, b.cookie)
			assert.NotEmpty(t, b.cookie)
			assert.Len(t, recorded, 1)
		})
	}
	t.Run("can be logged out", func(t *testing.T) {
		b := spoilt()
		assert.Equal(t, http.StatusOK, b.send(http.MethodPost, "/logout").Code)
		assert.Empty(t, b.cookie)
	})
}

// panickingCodec is a Codec that does not expect what was written before.
type panickingCodec struct{ scs.GobCodec }

func (panickingCodec) Decode([]byte) (time.Time, map[string]any, error) { panic("no such version") }

// Neither a codec that panics nor a store that cannot be written to locks a visitor out
// whose session cannot be decoded.
func TestSpoiltSessionAndAnotherFault(t *testing.T) {
	for name, tt := range map[string]struct {
		codec    scs.Codec
		readOnly bool
		login    int
	}{
		"the codec panics":       {panickingCodec{}, false, http.StatusOK},
		"the store is read-only": {failingCodec{}, true, http.StatusServiceUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			store := &broken{Store: session.NewMemoryStore(0)}
			b := &browser{h: serving(session.Config{Store: undeletable{store}})}
			b.send(http.MethodPost, "/login?user=ann")
			spoilt := b.cookie
			store.commit = tt.readOnly
			var recorded []string
			b.h = serving(session.Config{Store: undeletable{store}, Codec: tt.codec}, func(c *dram.Context) { c.Next(); recorded = c.Errors.Errors() })
			assert.Equal(t, "user= seen=0", b.home())
			assert.Empty(t, b.cookie)
			assert.Contains(t, recorded[0], "cannot be decoded")
			b.cookie = spoilt
			assert.Equal(t, tt.login, b.send(http.MethodPost, "/login?user=bob").Code, "it must not look like one")
		})
	}
}

func TestSessionIsStoredOnce(t *testing.T) {
	for name, cfg := range map[string]session.Config{"changed": {}, "used": {IdleTimeout: time.Hour}} {
		t.Run(name, func(t *testing.T) {
			store := &counting{Store: session.NewMemoryStore(0)}
			cfg.Store = store
			b := &browser{h: serving(cfg)}
			b.send(http.MethodPost, "/see")
			assert.Equal(t, 1, store.commits)
			b.home()
			assert.Equal(t, map[string]int{"changed": 1, "used": 2}[name], store.commits)
		})
	}
}

type counting struct {
	scs.Store
	commits int
}

func (s *counting) Commit(id string, data []byte, expires time.Time) error {
	s.commits++
	return s.Store.Commit(id, data, expires)
}

func TestMessageAfterLogOut(t *testing.T) {
	r := serving(session.Config{})
	r.POST("/bye", func(c *dram.Context) {
		assert.NoError(t, session.From(c).LogOut())
		session.From(c).Put("seen", 7)
	})
	b := &browser{h: r}
	b.send(http.MethodPost, "/login?user=ann")
	b.send(http.MethodPost, "/bye")
	assert.Equal(t, "user= seen=7", b.home())
}

func TestMethods(t *testing.T) {
	r := dram.New()
	r.Use(middleware.Skip(func(c *dram.Context) bool { return c.Query("skip") != "" }, session.Sessions(session.Config{})))
	now := time.Now().UTC().Truncate(time.Second)
	r.POST("/", func(c *dram.Context) {
		s := session.From(c)
		assert.True(t, s.IsNew())
		s.Put("s", "text")
		s.Put("b", true)
		s.Put("t", now)
		s.Put("flash", "once")
		assert.NoError(t, s.LogIn("ann"))
		s.Remove("nothing")
	})
	r.GET("/", func(c *dram.Context) {
		s := session.From(c)
		assert.False(t, s.IsNew())
		assert.Equal(t, []string{"b", "flash", "s", "t"}, s.Keys())
		assert.Equal(t, "text", s.GetString("s"))
		assert.Equal(t, "text", s.Get("s"))
		assert.True(t, s.GetBool("b"))
		assert.True(t, now.Equal(s.GetTime("t")))
		assert.Equal(t, "once", s.Pop("flash"))
		assert.Equal(t, "ann", s.User())
		s.Clear()
		assert.Empty(t, s.Keys())
		assert.Empty(t, s.User())
		assert.Empty(t, middleware.ByUser(c))
	})
	b := &browser{h: r}
	require.Equal(t, 200, b.send(http.MethodPost, "/").Code)
	require.Equal(t, 200, b.send(http.MethodGet, "/").Code)
	assert.PanicsWithValue(t, "dram: contrib/session: the request has no session: put session.Sessions around /", func() { b.send(http.MethodGet, "/?skip=1") })
}

func TestMemoryStoreIsBounded(t *testing.T) {
	store := session.NewMemoryStore(10)
	later := time.Now().Add(time.Hour)
	for i := range 100 {
		require.NoError(t, store.Commit(fmt.Sprint(i), nil, later))
		_, found, err := store.Find("0")
		require.NoError(t, err)
		assert.True(t, found, "what is used stays")
	}
	assert.Equal(t, 10, store.Len())
	for i := range 3 {
		require.NoError(t, store.Commit(fmt.Sprint("gone", i), nil, time.Now().Add(-time.Hour)))
	}
	live, err := store.Update(context.Background(), "gone2", nil, later)
	require.NoError(t, err)
	assert.False(t, live)
	assert.NoError(t, store.Delete("nothing"))
}

func TestValidate(t *testing.T) {
	for name, cfg := range map[string]session.Config{
		"strange name":       {Name: "my session"},
		"insecure __Host-":   {Name: "__Host-s", Insecure: true},
		"insecure __Secure-": {Name: "__Secure-s", Insecure: true},
		"domain and __Host-": {Domain: "example.com"},
		"strange domain":     {Name: "s", Domain: "exa mple"},
		"insecure None":      {Insecure: true, SameSite: http.SameSiteNoneMode},
		"strange SameSite":   {SameSite: 17},
		"negative lifetime":  {Lifetime: -1},
		"negative idle time": {IdleTimeout: -1},
		"time without unit":  {Lifetime: 3600},
		"nil store":          {Store: (*session.MemoryStore)(nil)},
	} {
		t.Run(name, func(t *testing.T) {
			var fault *middleware.ConfigError
			assert.ErrorAs(t, cfg.Validate(), &fault)
			assert.PanicsWithError(t, cfg.Validate().Error(), func() { session.Sessions(cfg) })
		})
	}
	assert.NoError(t, session.Config{Name: "__Secure-s", Domain: "example.com"}.Validate())
}

func Example() {
	r := dram.New()
	r.Use(session.Sessions(session.Config{}))
	r.POST("/login", func(c *dram.Context) {
		// …after the password is checked:
		if err := session.From(c).LogIn("ann"); err != nil {
			_ = c.AbortWithError(http.StatusInternalServerError, err)
			return
		}
		c.String(http.StatusOK, "welcome")
	})
	r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "hello %q", session.From(c).User()) })

	b := &browser{h: r}
	fmt.Println(b.home())
	b.send(http.MethodPost, "/login")
	fmt.Println(b.home())
	// Output:
	// hello ""
	// hello "ann"
}

func BenchmarkSessions(b *testing.B) {
	dram.SetMode(dram.ReleaseMode)
	defer dram.SetMode(dram.TestMode)
	visitor := &browser{h: serving(session.Config{})}
	for _, known := range []bool{false, true} {
		b.Run(fmt.Sprintf("known=%t", known), func(b *testing.B) {
			req := httptest.NewRequest(http.MethodGet, "/", nil)
			if known {
				visitor.send(http.MethodPost, "/login?user=ann")
				req.Header.Set("Cookie", visitor.cookie)
			}
			w := httptest.NewRecorder()
			b.ReportAllocs()
			for b.Loop() {
				w.Body.Reset()
				clear(w.Header())
				visitor.h.ServeHTTP(w, req)
			}
		})
	}
}

// unregistered is a type that the program has forgotten to register.
type unregistered struct{ N int }

func TestAValueThatCannotBeEncodedIsAMistakeOfTheProgram(t *testing.T) {
	for name, value := range map[string]any{"a type that gob does not know": unregistered{1}, "a function": func() {}, "a nil pointer": (*unregistered)(nil)} {
		for _, failOpen := range []bool{false, true} {
			var recorded []string
			r := dram.New()
			r.Use(func(c *dram.Context) { c.Next(); recorded = c.Errors.Errors() }, session.Sessions(session.Config{Store: session.NewMemoryStore(0), FailOpen: failOpen}))
			r.GET("/", func(c *dram.Context) {
				session.From(c).Put("cart", value)
				c.String(http.StatusOK, "stored")
			})
			w := httptest.NewRecorder()
			r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
			assert.Equal(t, http.StatusInternalServerError, w.Code, "%s, FailOpen %v", name, failOpen)
			assert.NotEqual(t, "stored", w.Body.String(), name)
			assert.Empty(t, w.Header()["Set-Cookie"], name)
			require.Len(t, recorded, 1, name)
			assert.Contains(t, recorded[0], "contrib/session: the session has a value that cannot be encoded: ", name)
			if name == "a type that gob does not know" {
				assert.Contains(t, recorded[0], `"cart": gob: type not registered for interface: session_test.unregistered: pass a value of the type session_test.unregistered to gob.Register`)
			}
		}
	}
}
