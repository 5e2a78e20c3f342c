package main

// This file sends what the layers of pages, files, the administration and the
// gateway are there to stop.

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// cookieOf is the session's cookie that an answer sets.
func cookieOf(t *testing.T, a answer) *http.Cookie {
	t.Helper()
	require.Len(t, a.Cookies(), 1, a.body)
	return a.Cookies()[0]
}

func withCookie(cookie *http.Cookie) func(*http.Request) {
	return func(req *http.Request) { req.AddCookie(cookie) }
}

const credentials = "name=ada&password=pw-ada"

func TestSessions(t *testing.T) {
	s := start(t, testConfig(), nil)
	visitor := cookieOf(t, s.send(t, "GET", "/", ""))
	assert.True(t, visitor.HttpOnly)
	assert.Equal(t, http.SameSiteLaxMode, visitor.SameSite)

	t.Run("a planted id is not adopted", func(t *testing.T) {
		planted := &http.Cookie{Name: visitor.Name, Value: strings.Repeat("A", len(visitor.Value))}
		in := cookieOf(t, s.send(t, "POST", "/login", credentials, asForm, withCookie(planted)))
		assert.NotEqual(t, planted.Value, in.Value)
		assert.NotContains(t, s.send(t, "GET", "/", "", withCookie(planted)).body, "You are ada")
	})
	t.Run("a log-in changes the id", func(t *testing.T) {
		in := cookieOf(t, s.send(t, "POST", "/login", credentials, asForm, withCookie(visitor)))
		assert.NotEqual(t, visitor.Value, in.Value)
		assert.Contains(t, s.send(t, "GET", "/", "", withCookie(in)).body, "You are ada")
		assert.NotContains(t, s.send(t, "GET", "/", "", withCookie(visitor)).body, "You are ada", "who knew the id before")

		s.send(t, "POST", "/logout", "", asForm, withCookie(in))
		assert.NotContains(t, s.send(t, "GET", "/", "", withCookie(in)).body, "You are ada", "who kept the cookie")
	})
	t.Run("wrong passwords run out", func(t *testing.T) {
		cfg := testConfig()
		cfg.Limits.Guesses = 3
		s := start(t, cfg, nil)
		for range 3 {
			assert.Equal(t, http.StatusUnauthorized, s.send(t, "POST", "/login", "name=ada&password=guess", asForm).StatusCode)
		}
		isProblem(t, s.send(t, "POST", "/login", credentials, asForm), http.StatusTooManyRequests)
		assert.Equal(t, http.StatusOK, s.send(t, "GET", "/", "").StatusCode, "pages are still there")
	})
	t.Run("behind a proxy with TLS the cookie is bound to the host", func(t *testing.T) {
		cfg := testConfig()
		cfg.Proxies = []string{"127.0.0.1"}
		s := start(t, cfg, nil)
		a := s.send(t, "GET", "/", "", with("X-Forwarded-Proto", "https"), with("X-Forwarded-For", "203.0.113.9"))
		cookie := cookieOf(t, a)
		assert.True(t, strings.HasPrefix(cookie.Name, "__Host-") && cookie.Secure, cookie.String())
		assert.NotEmpty(t, a.Header.Get("Strict-Transport-Security"))
		assert.Empty(t, a.Header.Get("Server-Timing"), "times are for development")
		assert.Contains(t, s.log.line(t, `"path":"/"`), `"client":"203.0.113.9"`)
	})
}

func TestPagesHaveANonceOfTheirOwn(t *testing.T) {
	s := start(t, testConfig(), nil)
	find := regexp.MustCompile(`<script nonce="([^"]+)"`)
	seen := map[string]bool{}
	for range 3 {
		a := s.send(t, "GET", "/", "", with("Accept-Encoding", "gzip"), with("If-None-Match", "*"))
		require.Equal(t, http.StatusOK, a.StatusCode)
		found := find.FindStringSubmatch(a.body)
		require.NotNil(t, found, a.body)
		assert.Contains(t, a.Header.Get("Content-Security-Policy"), "'nonce-"+html.UnescapeString(found[1])+"'")
		assert.NotContains(t, a.Header.Get("Content-Security-Policy"), "unsafe-inline")
		assert.Equal(t, "no-store", a.Header.Get("Cache-Control"))
		assert.Empty(t, a.Header.Get("Content-Encoding"), "secrets are not compressed")
		seen[found[1]] = true
	}
	assert.Len(t, seen, 3)
}

func TestFiles(t *testing.T) {
	s := start(t, testConfig(), nil)
	asBrowser := with("Accept", "text/html,*/*")

	t.Run("path traversal", func(t *testing.T) {
		for _, path := range []string{
			"/assets/../app/index.html", "/assets/..%2fpages%2fhome.html", "/assets/%2e%2e/pages/home.html", "/assets/..%5cpages%5chome.html",
			"/..%2fpages%2fhome.html", "/%2e%2e/%2e%2e/etc/passwd", "/pages/home.html", "/assets/....//pages/home.html", "/assets//etc/passwd",
		} {
			req, err := http.NewRequest("GET", s.base, nil)
			require.NoError(t, err)
			req.URL.Opaque = strings.TrimPrefix(s.base, "http:") + path // as it is
			a := sent(t, req)
			assert.GreaterOrEqual(t, a.StatusCode, 300, path)
			assert.NotContains(t, a.body, "{{", path)
			assert.NotContains(t, a.body, "root:", path)
		}
	})
	t.Run("no listing", func(t *testing.T) {
		assert.Equal(t, http.StatusNotFound, s.send(t, "GET", "/assets/", "").StatusCode)
	})
	t.Run("a file, compressed and kept", func(t *testing.T) {
		a := s.send(t, "GET", "/assets/app-81d20c6f.js", "")
		assert.Equal(t, http.StatusOK, a.StatusCode)
		assert.Contains(t, a.Header.Get("Cache-Control"), "immutable")
	})
	t.Run("the application's page, for browsers", func(t *testing.T) {
		a := s.send(t, "GET", "/notes/17", "", asBrowser)
		assert.Equal(t, http.StatusOK, a.StatusCode)
		assert.Contains(t, a.body, "<title>Notes</title>")
		assert.Equal(t, "no-cache", a.Header.Get("Cache-Control"))
		assert.Equal(t, http.StatusNotFound, s.send(t, "GET", "/notes/17", "").StatusCode, "for programs there is none")
		assert.Equal(t, http.StatusNotFound, s.send(t, "GET", "/api/none", "", asBrowser).StatusCode)
		assert.Equal(t, http.StatusNotFound, s.send(t, "GET", "/assets/old.js", "", asBrowser).StatusCode)
	})
}

func TestAdmin(t *testing.T) {
	s := start(t, testConfig(), nil)
	for _, tc := range []struct {
		name, method, path string
		as                 func(*http.Request)
		want               int
	}{
		{"nobody", "GET", "/metrics", func(*http.Request) {}, 401},
		{"wrong password", "GET", "/metrics", func(req *http.Request) { req.SetBasicAuth("operator", "pw-scraper") }, 401},
		{"unknown user, no password", "GET", "/metrics", func(req *http.Request) { req.SetBasicAuth("nobody", "") }, 401},
		{"a user of the site", "GET", "/metrics", asAccount("ada"), 403},
		{"a token of the API", "GET", "/metrics", asUser("operator"), 401},
		{"scraper", "GET", "/metrics", asAccount("scraper"), 200},
		{"scraper at profiles", "GET", "/admin/pprof/heap", asAccount("scraper"), 403},
		{"scraper at profiles, other spelling", "GET", "/admin/pprof/%68eap", asAccount("scraper"), 403},
		{"operator", "GET", "/admin/pprof/heap", asAccount("operator"), 200},
		{"operator's page", "GET", "/admin/pprof/", asAccount("operator"), 200},
		{"no such profile", "GET", "/admin/pprof/none", asAccount("operator"), 404},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := s.send(t, tc.method, tc.path, "", tc.as)
			assert.Equal(t, tc.want, a.StatusCode)
			assert.Equal(t, "no-store", a.Header.Get("Cache-Control"))
			if tc.want == http.StatusUnauthorized {
				assert.Contains(t, a.Header.Get("WWW-Authenticate"), "Basic ")
			}
		})
	}
	t.Run("paths and methods of clients do not become labels", func(t *testing.T) {
		for _, path := range []string{"/scan-1.php", "/scan-2.php"} {
			s.send(t, "BREW", path, "")
		}
		a := s.send(t, "GET", "/metrics", "", asAccount("scraper"))
		assert.Contains(t, a.body, `http_requests_total{code="404",method="_OTHER",route="unmatched"} 2`)
		assert.NotContains(t, a.body, "scan-1")
	})
	t.Run("guesses run out", func(t *testing.T) {
		cfg := testConfig()
		cfg.Limits.Guesses = 2
		s := start(t, cfg, nil)
		for range 2 {
			s.send(t, "GET", "/metrics", "", asAccount("guess"))
		}
		isProblem(t, s.send(t, "GET", "/metrics", "", asAccount("operator")), http.StatusTooManyRequests)
	})
}

func TestShop(t *testing.T) {
	var status, served atomic.Int64
	status.Store(http.StatusOK)
	var last atomic.Pointer[http.Request]
	behind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		served.Add(1)
		last.Store(req.Clone(req.Context()))
		if req.URL.Path == "/slow" {
			<-req.Context().Done()
			return
		}
		if req.URL.Path == "/stream" {
			_ = http.NewResponseController(w).Flush()
			<-req.Context().Done()
			return
		}
		w.Header().Set("X-Frame-Options", "SAMEORIGIN")
		w.WriteHeader(int(status.Load()))
	}))
	defer behind.Close()
	cfg := testConfig()
	cfg.Shop = behind.URL
	s := start(t, cfg, nil)

	t.Run("what is passed on", func(t *testing.T) {
		a := s.send(t, "GET", "/shop/cart?x=1", "", with("X-Forwarded-For", "10.0.0.1"), with("X-Real-Ip", "10.0.0.1"),
			with("Cookie", "session=secret"), asUser("ada"), with("Connection", "X-Forwarded-For"))
		assert.Equal(t, http.StatusOK, a.StatusCode)
		assert.Equal(t, []string{"DENY"}, a.Header.Values("X-Frame-Options"), "said once")
		got := last.Load()
		assert.Equal(t, "/cart?x=1", got.URL.RequestURI())
		assert.Equal(t, "127.0.0.1", got.Header.Get("X-Forwarded-For"), "not what the client claims")
		assert.Equal(t, "127.0.0.1", got.Header.Get("X-Real-Ip"), "nor here")
		assert.Equal(t, strings.TrimPrefix(s.base, "http://"), got.Header.Get("X-Forwarded-Host"))
		for _, name := range []string{"Cookie", "Authorization"} {
			assert.Empty(t, got.Header.Get(name), name)
		}
		assert.NotEmpty(t, got.Header.Get("X-Request-Id"), "the other log tells the same name")
		assert.Equal(t, a.Header.Get("X-Request-Id"), got.Header.Get("X-Request-Id"))
	})
	t.Run("what is not", func(t *testing.T) {
		before := served.Load()
		climb, err := url.Parse(s.base)
		require.NoError(t, err)
		climb.Opaque = strings.TrimPrefix(s.base, "http:") + "/shop/%2e%2e/admin"
		isProblem(t, sent(t, &http.Request{Method: "GET", URL: climb, Header: http.Header{}}), http.StatusBadRequest)
		isProblem(t, s.send(t, "POST", "/shop/cart", "x", with("Sec-Fetch-Site", "cross-site")), http.StatusForbidden)
		assert.Equal(t, http.StatusMethodNotAllowed, s.send(t, "TRACE", "/shop/cart", "").StatusCode)
		assert.Equal(t, before, served.Load())
	})
	t.Run("a slow shop", func(t *testing.T) {
		cfg := cfg
		cfg.Limits.Time = 20 * time.Millisecond
		s := start(t, cfg, nil)
		isProblem(t, s.send(t, "GET", "/shop/slow", ""), http.StatusGatewayTimeout)
	})
	t.Run("streams of the shop leave places to all else", func(t *testing.T) {
		cfg := cfg
		cfg.Limits.AtOnce, cfg.Limits.Queue = 1, 0
		s := start(t, cfg, nil)
		res, err := client.Get(s.base + "/shop/stream")
		require.NoError(t, err)
		defer res.Body.Close()
		isProblem(t, s.send(t, "GET", "/shop/cart", ""), http.StatusServiceUnavailable)
		assert.Equal(t, http.StatusOK, s.send(t, "GET", "/api/notes", "", asUser("ada")).StatusCode)
	})
	t.Run("a shop that fails is left alone", func(t *testing.T) {
		status.Store(http.StatusInternalServerError)
		for range 5 {
			s.send(t, "GET", "/shop/cart", "")
		}
		before := served.Load()
		a := s.send(t, "GET", "/shop/cart", "")
		isProblem(t, a, http.StatusServiceUnavailable)
		assert.NotEmpty(t, a.Header.Get("Retry-After"))
		assert.Equal(t, before, served.Load(), "it was not asked")
		assert.Equal(t, http.StatusOK, s.send(t, "GET", "/api/notes", "", asUser("ada")).StatusCode, "all else goes on")
	})
	t.Run("no shop at all", func(t *testing.T) {
		s := start(t, testConfig(), nil)
		isProblem(t, s.send(t, "GET", "/shop/cart", ""), http.StatusBadGateway)
	})
}
