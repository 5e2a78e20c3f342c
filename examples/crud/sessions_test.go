package main

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dram-go/dram"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEachRoleMayWhatItMay(t *testing.T) {
	s := start(t, sqliteURL(t))
	users := map[string]*client{"nobody": s.anyone(t), "reader": s.as(t, "reader"), "editor": s.as(t, "editor"), "admin": s.as(t, "admin")}
	tests := []struct {
		method, path                  string
		nobody, reader, editor, admin int
	}{
		{"GET", "/api/books", 200, 200, 200, 200},
		{"GET", "/api/books/1", 200, 200, 200, 200},
		{"GET", "/api/session", 401, 200, 200, 200},
		{"GET", "/api/loans", 401, 200, 200, 200},
		{"POST", "/api/books/999/loans", 401, 404, 404, 404},
		{"POST", "/api/books", 401, 403, 422, 422},
		{"PATCH", "/api/books/1", 401, 403, 428, 428},
		{"DELETE", "/api/books/1", 401, 403, 428, 428},
		{"GET", "/api/users", 401, 403, 403, 200},
		{"POST", "/api/users", 401, 403, 403, 422},
		{"PUT", "/api/books/1", 405, 405, 405, 405},
		{"GET", "/api/nothing", 404, 404, 404, 404},
		{"GET", "/books", 200, 200, 200, 200},
		{"GET", "/loans", 303, 200, 200, 200},
		{"GET", "/books/new", 303, 403, 200, 200},
		{"POST", "/books/1/delete", 303, 403, 409, 409},
		{"GET", "/nothing", 404, 404, 404, 404},
		{"DELETE", "/books", 405, 405, 405, 405},
	}
	for _, tt := range tests {
		for name, want := range map[string]int{"nobody": tt.nobody, "reader": tt.reader, "editor": tt.editor, "admin": tt.admin} {
			t.Run(tt.method+" "+tt.path+" as "+name, func(t *testing.T) {
				var body any
				kind := "Content-Type: application/json"
				if tt.method == "POST" || tt.method == "PATCH" {
					body = "{}"
				}
				if !strings.HasPrefix(tt.path, "/api/") {
					body, kind = "version=0", "Content-Type: "+dram.MIMEPOSTForm
				}
				got := users[name].do(tt.method, tt.path, body, kind)
				got.is(want)
				if want >= 400 && strings.HasPrefix(tt.path, "/api/") {
					got.problem(want)
				}
				assert.Equal(t, want == 405, got.Header.Get("Allow") != "")
				assert.Equal(t, want == 401, got.Header.Get("WWW-Authenticate") != "")
			})
		}
	}
}

func TestTheSessionsLife(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		c := s.anyone(t)
		first := cookieOf(t, c.do("POST", "/api/session", map[string]string{"email": " READER@example.com", "password": demoPassword}))
		assert.True(t, first.HttpOnly)
		assert.Equal(t, http.SameSiteLaxMode, first.SameSite)
		assert.False(t, first.Secure, "over http")
		assert.Equal(t, 12*60*60, first.MaxAge)

		var stored string
		require.NoError(t, s.store.row(t.Context(), "SELECT token_hash FROM sessions").Scan(&stored))
		assert.Equal(t, hash(first.Value), stored)
		assert.NotContains(t, stored, first.Value)

		second := cookieOf(t, c.do("POST", "/api/session", map[string]string{"email": "reader@example.com", "password": demoPassword}))
		assert.NotEqual(t, first.Value, second.Value, "a log-in rotates the token")
		s.anyone(t).do("GET", "/api/session", nil, "Cookie: session="+first.Value).problem(http.StatusUnauthorized)
		s.anyone(t).do("GET", "/api/session", nil, "Cookie: session="+second.Value).is(http.StatusOK)

		c.do("DELETE", "/api/session", nil).is(http.StatusNoContent)
		s.anyone(t).do("GET", "/api/session", nil, "Cookie: session="+second.Value).problem(http.StatusUnauthorized)

		third := cookieOf(t, c.do("POST", "/api/session", map[string]string{"email": "reader@example.com", "password": demoPassword}))
		_, err := s.store.exec(t.Context(), "UPDATE sessions SET expires_at = ?", now().Add(-time.Second))
		require.NoError(t, err)
		s.anyone(t).do("GET", "/api/session", nil, "Cookie: session="+third.Value).problem(http.StatusUnauthorized)
		n, err := s.store.exec(t.Context(), expiredSessions, now())
		require.NoError(t, err)
		assert.Equal(t, int64(1), n, "the sweep finds it")
	})
}

func cookieOf(t *testing.T, a answer) *http.Cookie {
	t.Helper()
	a.is(http.StatusCreated)
	for _, c := range a.Cookies() {
		if c.Name == sessionCookie && c.MaxAge > 0 {
			return c
		}
	}
	t.Fatal("no session cookie")
	return nil
}

func TestCookiesAreSecureBehindHTTPS(t *testing.T) {
	s := start(t, sqliteURL(t), "BASE_URL=https://library.example")
	c := cookieOf(t, s.anyone(t).do("POST", "/api/session", map[string]string{"email": "reader@example.com", "password": demoPassword}))
	assert.True(t, c.Secure)
}

func TestAChangedRoleCountsAtOnce(t *testing.T) {
	s := start(t, sqliteURL(t))
	admin := s.as(t, "admin")
	_, err := s.store.exec(t.Context(), "UPDATE users SET role = 'reader' WHERE email = 'admin@example.com'")
	require.NoError(t, err)
	admin.do("GET", "/api/users", nil).problem(http.StatusForbidden)
}

func TestGuessingIsSlowedDown(t *testing.T) {
	s := start(t, sqliteURL(t))
	c := s.anyone(t)
	guess := func(email string) answer {
		return c.do("POST", "/api/session", map[string]string{"email": email, "password": "wrong"})
	}
	for range triesPerAccount {
		guess("reader@example.com").problem(http.StatusUnauthorized)
	}
	refused := guess("reader@example.com")
	refused.problem(http.StatusTooManyRequests)
	wait, err := strconv.Atoi(refused.Header.Get("Retry-After"))
	require.NoError(t, err)
	assert.Positive(t, wait)
	c.do("POST", "/api/session", map[string]string{"email": "reader@example.com", "password": demoPassword}).problem(http.StatusTooManyRequests)

	unknown := guess("nobody@example.com").problem(http.StatusUnauthorized)
	assert.Equal(t, "Wrong email address or password.", unknown.Detail, "the same words as for a known address")
	for i := range triesPerAddress {
		guess("n" + strconv.Itoa(i) + "@example.com")
	}
	guess("another@example.com").problem(http.StatusTooManyRequests)
}

func TestTheThrottleForgetsAndForgives(t *testing.T) {
	th := newThrottle()
	for range triesPerAccount {
		require.Zero(t, th.take("1.2.3.4", "a"))
	}
	require.Positive(t, th.take("1.2.3.4", "a"))
	require.Zero(t, th.take("5.6.7.8", "a"), "others are not locked out")
	th.clear("1.2.3.4", "a")
	require.Zero(t, th.take("1.2.3.4", "a"))

	th = newThrottle()
	for range triesPerAddress + 1 {
		th.count("x", triesPerAddress)
	}
	th.slots[th.slot("x")].until = time.Now().Add(-time.Second)
	require.Zero(t, th.count("x", triesPerAddress))
}

func TestOtherSitesMakeNobodyWrite(t *testing.T) {
	s := start(t, sqliteURL(t))
	editor := s.as(t, "editor")
	for _, header := range []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site", "Origin: https://evil.example", "Origin: null"} {
		t.Run(header, func(t *testing.T) {
			editor.do("POST", "/api/books", aBook(), header).problem(http.StatusForbidden)
			page := editor.do("POST", "/books/1/delete", nil, header).is(http.StatusForbidden)
			assert.Contains(t, string(page.body), "Back to the books")
			editor.do("GET", "/api/books", nil, header).is(http.StatusOK)
		})
	}
	editor.do("POST", "/api/books", aBook(), "Sec-Fetch-Site: same-origin").is(http.StatusCreated)
	editor.do("POST", "/api/books", aBook("isbn=9781491941959"), "Origin: "+s.url).is(http.StatusCreated)
}

func TestAdministratorsMakeAccounts(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, s *site) {
		admin := s.as(t, "admin")
		someone := map[string]string{"email": "New@Example.com", "name": "New", "role": "editor", "password": "long enough"}
		made := admin.do("POST", "/api/users", someone).is(http.StatusCreated)
		assert.NotContains(t, string(made.body), "password")
		assert.Equal(t, "new@example.com", into[User](made).Email)
		admin.do("POST", "/api/users", someone).problem(http.StatusConflict)
		s.login(t, "new@example.com", "long enough").do("GET", "/books/new", nil).is(http.StatusOK)
		assert.Len(t, into[listAPI[User]](admin.do("GET", "/api/users", nil)).Items, 4)

		p := admin.do("POST", "/api/users", map[string]string{"email": "x", "role": "king", "password": "short"}).problem(http.StatusUnprocessableEntity)
		assert.Len(t, p.Errors, 4)
		p = admin.do("POST", "/api/users", map[string]string{"email": "a@b.cd", "name": "a", "role": "reader", "password": strings.Repeat("ä", 40)}).
			problem(http.StatusUnprocessableEntity)
		assert.Contains(t, p.wrong(), "password")
	})
}

func TestNobodyIsSentElsewhereByALogIn(t *testing.T) {
	for next, want := range map[string]string{
		"/loans?open=true": "/loans?open=true", "": "/books", "//evil.example": "/books", `/\evil.example`: "/books",
		"https://evil.example": "/books", "/\t/evil.example": "/books", "javascript:alert(1)": "/books",
	} {
		assert.Equal(t, want, localPath(next), next)
	}
}
