package web

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/dramtest"
	"github.com/dram-go/dram/examples/crud/library"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// access says who may use which routes, besides those with more powerful roles. What is not
// here must be refused to everyone but admins.
var access = map[library.Role][]string{
	"": {"GET /style.css", "GET /", "GET /login", "POST /login", "POST /logout", "GET /books", "GET /books/:id",
		"GET /api/openapi.json", "GET /api/openapi.yaml", "GET /api/docs", "GET /api/docs/", "GET /api/docs/style.css", "GET /api/docs/try.js", "GET /api/books", "GET /api/books/:id", "POST /api/session"},
	library.Reader: {"GET /account", "POST /account", "POST /books/:id/borrow", "GET /loans", "POST /loans/:id/return",
		"GET /api/session", "DELETE /api/session", "PUT /api/session/password",
		"POST /api/books/:id/loans", "GET /api/loans", "GET /api/loans/:id", "POST /api/loans/:id/return"},
	library.Editor: {"GET /books/new", "POST /books", "GET /books/:id/edit", "POST /books/:id/edit", "POST /books/:id/delete",
		"POST /api/books", "PATCH /api/books/:id", "DELETE /api/books/:id"},
}

func TestNoRouteIsOpenWithoutItsRole(t *testing.T) {
	dramtest.EachRoute(t, open(t, sqlite(t)).engine, func(r dram.RouteInfo, c *dramtest.Client) {
		need := library.Admin
		for role, routes := range access {
			if slices.Contains(routes, r.Method+" "+r.Path) {
				need = role
			}
		}
		logIns(c)
		for role, c := range map[library.Role]*dramtest.Client{"": c, library.Reader: c.As(reader), library.Editor: c.As(editor), library.Admin: c.As(admin)} {
			res := c.Visit(r)
			switch {
			case library.User{Role: role}.Can(need):
				assert.NotContains(t, []int{0, http.StatusUnauthorized, http.StatusForbidden}, res.Status(), role)
				assert.NotContains(t, res.HTTP().Header.Get("Location"), "/login")
			case role != "":
				res.Want(http.StatusForbidden).AbortedBy("needs")
			case r.Method == http.MethodGet && !strings.HasPrefix(r.Path, "/api/"):
				res.Redirect("/login?next=" + url.QueryEscape(strings.ReplaceAll(r.Path, ":id", "1"))).AbortedBy("needs")
			default:
				res.Want(http.StatusUnauthorized).Header("WWW-Authenticate", "…").AbortedBy("needs")
			}
		}
	})
}

func TestMissesAreTheSameForAll(t *testing.T) {
	s := open(t, sqlite(t))
	for _, c := range []*dramtest.Client{s.Client, s.As(reader), s.As(admin)} {
		c.PUT("/api/books/1").Header("Allow", "…").Problem(http.StatusMethodNotAllowed).Says("PUT is not possible here. Possible: ")
		c.DELETE("/books").Want(http.StatusMethodNotAllowed).Header("Allow", "…").Contains("Back to the books")
		c.GET("/api/nothing").Problem(http.StatusNotFound)
		c.GET("/nothing").Want(http.StatusNotFound).Header("Cache-Control", "no-store").Contains("There is no such page.", "Back to the books")
	}
	s.As(reader).GET("/nothing").Contains("Rita Reader")
}

// cookie is the session's in an answer.
func cookie(t *testing.T, res *dramtest.Response) *http.Cookie {
	t.Helper()
	for _, c := range res.Want(http.StatusCreated).HTTP().Cookies() {
		if strings.HasSuffix(c.Name, "session") && c.MaxAge > 0 {
			return c
		}
	}
	t.Fatal("no session cookie")
	return nil
}

func TestTheSessionsLife(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		logIn := func() *http.Cookie {
			return cookie(t, s.POST("/api/session", account(" READER@example.com").credentials("dram-demo")))
		}
		session := func(c *http.Cookie) *dramtest.Response {
			return s.GET("/api/session", dramtest.NoCookies(), dramtest.Cookie(c.Name, c.Value))
		}
		planted := &http.Cookie{Name: "session", Value: strings.Repeat("A", 43)}
		first := cookie(t, s.POST("/api/session", reader.credentials("dram-demo"), dramtest.NoCookies(), dramtest.Cookie(planted.Name, planted.Value)))
		assert.NotEqual(t, planted.Value, first.Value)
		session(planted).Problem(http.StatusUnauthorized)

		first = logIn()
		assert.True(t, first.HttpOnly)
		assert.Equal(t, http.SameSiteLaxMode, first.SameSite)
		assert.False(t, first.Secure, "over http")
		assert.InDelta(t, 12*60*60, first.MaxAge, 5)
		session(first).Want(http.StatusOK).JSON(`{"id": 1, "email": "reader@example.com", "name": "Rita Reader", "role": "reader"}`, dramtest.Exact)

		second := logIn()
		session(first).Header("WWW-Authenticate", "…").Problem(http.StatusUnauthorized) // a log-in begins anew
		session(second).Want(http.StatusOK)
		s.DELETE("/api/session").Want(http.StatusNoContent)
		session(second).Problem(http.StatusUnauthorized)
		s.DELETE("/api/session").Problem(http.StatusUnauthorized)
	})
}

func TestTheDatabaseDoesNotTellCookies(t *testing.T) {
	location := sqlite(t)
	c := cookie(t, open(t, location).POST("/api/session", reader.credentials("dram-demo")))
	db, err := sql.Open("sqlite", strings.Replace(location, "sqlite:", "file:", 1))
	require.NoError(t, err)
	defer func() { _ = db.Close() }()
	var rows int
	require.NoError(t, db.QueryRow("SELECT COUNT(*) FROM records WHERE name LIKE 'session %'").Scan(&rows))
	require.Equal(t, 1, rows)
	require.NoError(t, db.QueryRow("SELECT COUNT(*) FROM records WHERE instr(name || owner || data, ?) > 0", c.Value).Scan(&rows))
	assert.Zero(t, rows)
}

func TestCookiesAreSecureBehindHTTPS(t *testing.T) {
	s := open(t, sqlite(t), func(c *Config) { c.Origin, c.Secure = "https://library.example", true })
	c := cookie(t, s.POST("/api/session", reader.credentials("dram-demo"), dramtest.Header("Origin", "https://library.example")))
	assert.True(t, c.Secure)
	assert.Equal(t, "__Host-session", c.Name)
	assert.NotContains(t, s.GET("/books", dramtest.Cookie("flash", "Call+us")).Text(), "Call us", "which another host of the domain may set")
	s.GET("/books", dramtest.Cookie("__Host-flash", "Saved+it")).Want(http.StatusOK).Contains("Saved it")
}

func TestTimeEndsSessionsKeysAndPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, sqlite(t), func(c *Config) { c.SessionTTL = 48 * time.Hour })
		c := s.As(reader)
		made := c.POST("/api/books/4/loans", aKey).Want(http.StatusCreated).HTTP().Header.Get("Location")
		c.POST(made + "/return").Want(http.StatusOK)
		time.Sleep(24*time.Hour - time.Second)
		c.POST("/api/books/4/loans", aKey).Header("Location", made)
		time.Sleep(2 * time.Second)
		again := c.POST("/api/books/4/loans", aKey).Want(http.StatusCreated).HTTP().Header.Get("Location")
		assert.NotEqual(t, made, again, "keys expire after a day")

		c.GET("/api/session").Want(http.StatusOK)
		time.Sleep(24 * time.Hour)
		c.GET("/api/session").Problem(http.StatusUnauthorized)
	})
}

func TestGuessingIsSlowedDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, sqlite(t))
		form := dramtest.Form("email", "reader@example.com", "password", "wrong", "next", "/loans")
		for range 5 {
			s.POST("/api/session", account("nobody@example.com").credentials("wrong")).Header("WWW-Authenticate", "…").
				Problem(http.StatusUnauthorized).Says("Wrong email address or password.") // the same words as for a known address
			s.POST("/login", form).Want(http.StatusUnauthorized).Contains("Wrong email address or password.", `value="reader@example.com"`)
		}
		s.POST("/api/session", reader.credentials("dram-demo")).Header("Retry-After", "…").Problem(http.StatusTooManyRequests)
		s.POST("/login", form).Want(http.StatusTooManyRequests).Header("Retry-After", "…").Contains("Too many attempts. Wait a minute.", `value="/loans"`)
		s.POST("/login", form, dramtest.From("203.0.113.9")).Want(http.StatusUnauthorized) // others are not locked out
		s.GET("/login").Want(http.StatusOK)
		time.Sleep(time.Minute)
		s.POST("/api/session", reader.credentials("dram-demo")).Want(http.StatusCreated)
	})
}

// A header that the proxy only passes on is not believed, whatever stands in the one that it writes.
func TestNoHeaderOfAClientGetsMoreGuesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, sqlite(t), func(c *Config) { c.TrustedProxies = []string{"10.9.0.0/16"} })
		guess := func(i int, more ...dramtest.Option) *dramtest.Response {
			claim := dramtest.Header("X-Real-IP", fmt.Sprint("203.0.113.", i))
			return s.POST("/api/session", append(more, reader.credentials("wrong"), dramtest.From("10.9.0.1"), claim)...)
		}
		for name, written := range map[string][]dramtest.Option{
			"nothing":   nil,
			"addresses": {dramtest.Header("X-Forwarded-For", "198.51.100.1")},
			"ports":     {dramtest.Header("X-Forwarded-For", "198.51.100.1:80")},
		} {
			time.Sleep(time.Minute)
			for i := range 10 {
				require.Equal(t, http.StatusUnauthorized, guess(i, written...).Status(), name)
			}
			require.Equal(t, http.StatusTooManyRequests, guess(11, written...).Status(), name)
		}
	})
}

func TestAPasswordChangeEndsTheOtherSessions(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		here, elsewhere, other := s.As(reader), s.As(account("READER@example.com")), s.As(editor)
		change := func(current, password string) dramtest.Option {
			return dramtest.JSON(map[string]string{"current": current, "password": password})
		}
		assert.Equal(t, map[string]string{"current": "is wrong"}, wrong(t, here.PUT("/api/session/password", change("wrong", "a new one")), http.StatusConflict))
		here.PUT("/api/session/password", change("dram-demo", "short")).Problem(http.StatusUnprocessableEntity).Says("")
		assert.Contains(t, wrong(t, here.PUT("/api/session/password", change("dram-demo", strings.Repeat("ä", 40))), http.StatusUnprocessableEntity), "password")
		elsewhere.GET("/api/session").Want(http.StatusOK)

		here.PUT("/api/session/password", change("dram-demo", "a new one")).Want(http.StatusNoContent)
		here.GET("/api/session").Want(http.StatusOK)
		elsewhere.GET("/api/session").Problem(http.StatusUnauthorized)
		other.GET("/api/session").Want(http.StatusOK)
		s.POST("/api/session", reader.credentials("dram-demo")).Problem(http.StatusUnauthorized)
		s.POST("/api/session", reader.credentials("a new one")).Want(http.StatusCreated)

		here.POST("/account", dramtest.Form("current", "wrong", "password", "another one")).Want(http.StatusConflict).Contains("Current password is wrong")
		here.POST("/account", dramtest.Form("current", "a new one", "password", "short")).Want(http.StatusUnprocessableEntity).Contains(`id="password-error"`)
		here.POST("/account", dramtest.Form("current", "a new one", "password", "another one")).Redirect("/books").Follow().Contains("Your password is changed.")
		s.GET("/api/session").Problem(http.StatusUnauthorized)
	})
}

// readerFunc is a body that is made when it is read: by then it is known who asks.
type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// Whoever else knows the old password may have begun to change it before its owner did.
func TestAPasswordThatWasChangedMeanwhileIsNotChangedByTheOldOne(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		thief := cookie(t, s.POST("/api/session", reader.credentials("dram-demo")))
		owner := s.As(reader)
		change := func(password string) map[string]string {
			return map[string]string{"current": "dram-demo", "password": password}
		}
		rest := strings.NewReader(`{"current": "dram-demo", "password": "the thief's"}`)
		req := httptest.NewRequest(http.MethodPut, "/api/session/password", readerFunc(func(p []byte) (int, error) {
			if rest.Len() == int(rest.Size()) {
				owner.PUT("/api/session/password", dramtest.JSON(change("the owner's"))).Want(http.StatusNoContent)
			}
			return rest.Read(p)
		}))
		req.Header.Set("Content-Type", "application/json")
		req.AddCookie(thief)
		w := httptest.NewRecorder()
		s.engine.ServeHTTP(w, req)
		assert.Equal(t, http.StatusConflict, w.Code)
		assert.Empty(t, w.Header().Get("Set-Cookie"))

		owner.GET("/api/session").Want(http.StatusOK)
		s.POST("/api/session", reader.credentials("the thief's")).Problem(http.StatusUnauthorized)
		s.POST("/api/session", reader.credentials("the owner's")).Want(http.StatusCreated)
	})
}

func TestAdminsMakeAccountsAndChangeRoles(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		admin := s.As(admin)
		someone := dramtest.JSON(`{"email": "New@Example.com", "name": "New", "role": "editor", "password": "dram-demo"}`)
		admin.POST("/api/users", someone).Want(http.StatusCreated).JSON(`{"id": "…", "email": "new@example.com", "name": "New", "role": "editor"}`, dramtest.Exact)
		assert.Contains(t, wrong(t, admin.POST("/api/users", someone), http.StatusConflict), "email")
		c := s.As(account("new@example.com"))
		c.GET("/books/new").Want(http.StatusOK)
		admin.GET("/api/users").JSON(`{"items": [{"email": "admin@example.com"}, {}, {"email": "new@example.com"}, {}]}`)
		bad := admin.POST("/api/users", dramtest.JSON(`{"email": "x", "role": "king", "password": "short"}`))
		assert.Len(t, wrong(t, bad, http.StatusUnprocessableEntity), 4)

		c.GET("/api/users").Problem(http.StatusForbidden).Says("needs the role admin")
		admin.PUT("/api/users/4/role", dramtest.JSON(`{"role": "admin"}`)).Want(http.StatusOK).JSON(`{"name": "New", "role": "admin"}`)
		c.GET("/api/users").Want(http.StatusOK) // at once
		admin.PUT("/api/users/4/role", dramtest.JSON(`{"role": "reader"}`)).Want(http.StatusOK)
		c.GET("/api/users").Problem(http.StatusForbidden)
		assert.Contains(t, wrong(t, admin.PUT("/api/users/3/role", dramtest.JSON(`{"role": "reader"}`)), http.StatusConflict), "role")
		admin.PUT("/api/users/999/role", dramtest.JSON(`{"role": "reader"}`)).Problem(http.StatusNotFound)
		assert.Contains(t, wrong(t, admin.PUT("/api/users/4/role", dramtest.JSON(`{"role": "king"}`)), http.StatusUnprocessableEntity), "role")
	})
}

func TestTheAccountsPage(t *testing.T) {
	s := open(t, sqlite(t))
	admin := s.As(admin)
	admin.GET("/users").Want(http.StatusOK).Contains("Rita Reader", `action="/users/1/role"`)
	bad := dramtest.Form("email", "NEW@example.com", "name", "New <One>", "role", "editor", "password", "short")
	admin.POST("/users", bad).Want(http.StatusUnprocessableEntity).Contains(`value="NEW@example.com"`, "New &lt;One&gt;", `id="password-error"`, "Rita Reader")
	admin.POST("/users", dramtest.Form("email", "reader@example.com", "name", "New", "role", "editor", "password", "dram-demo")).
		Want(http.StatusConflict).Contains("There is an account with this email address.", `id="email-error"`)
	admin.POST("/users", dramtest.Form("email", "new@example.com", "name", "New", "role", "editor", "password", "dram-demo")).
		Redirect("/users").Follow().Contains("New has an account.", "new@example.com")
	admin.POST("/users/4/role", dramtest.Form("role", "admin")).Redirect("/users").Follow().Contains("New is now admin.")
	s.As(account("new@example.com")).GET("/users").Want(http.StatusOK)
	admin.POST("/users/4/role", dramtest.Form("role", "reader")).Redirect("/users")
	admin.POST("/users/3/role", dramtest.Form("role", "reader")).Want(http.StatusConflict).Contains("Somebody has to manage the accounts")
	admin.POST("/users/999/role", dramtest.Form("role", "reader")).Want(http.StatusNotFound)
	admin.POST("/users/1/role", dramtest.Form("role", "king")).Want(http.StatusUnprocessableEntity).Contains("The role must be one of", "Add an account")
	admin.POST("/users/x/role", dramtest.Form("role", "king")).Want(http.StatusNotFound)
}

func TestOtherSitesMakeNobodyWrite(t *testing.T) {
	s := open(t, sqlite(t))
	editor := s.As(editor)
	for name, from := range map[string][]dramtest.Option{
		"another site":          {dramtest.CrossSite("https://evil.example")},
		"a neighbour":           {dramtest.Header("Sec-Fetch-Site", "same-site")},
		"an older browser":      {dramtest.NoHeader("Sec-Fetch-Site"), dramtest.Header("Origin", "https://evil.example")},
		"one that says nothing": {dramtest.NoHeader("Sec-Fetch-Site"), dramtest.Header("Origin", "null")},
	} {
		t.Run(name, func(t *testing.T) {
			c := editor.In(t)
			c.POST("/api/books", append(from, aBook())...).AbortedBy("CSRF").Problem(http.StatusForbidden).Says("A page of another site has sent this")
			c.POST("/books/1/delete", from...).Want(http.StatusForbidden).Contains("A page of another site has sent this, so nothing was done.", "Back to the books")
			c.GET("/api/books", from...).Want(http.StatusOK)
		})
	}
	editor.POST("/api/books", aBook(), dramtest.NoHeader("Origin")).Want(http.StatusCreated)
	editor.POST("/api/books", aBook(isbn("9781491941959")), dramtest.NoHeader("Sec-Fetch-Site")).Want(http.StatusCreated)
}
