package main

// This file sends what the layers around everything are there to stop.

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

func TestOrdinaryRequestPassesAllLayers(t *testing.T) {
	s := start(t, testConfig(), nil)
	a := s.send(t, "POST", "/api/notes", `{"text":"hello"}`, asUser("ada"), with("Origin", appOrigin), with("X-Request-Id", "mine-1"), key())
	require.Equal(t, http.StatusCreated, a.StatusCode, a.body)
	for name, want := range map[string]string{
		"X-Request-Id":                "mine-1",
		"X-Content-Type-Options":      "nosniff",
		"X-Frame-Options":             "DENY",
		"Cross-Origin-Opener-Policy":  "same-origin",
		"Access-Control-Allow-Origin": appOrigin,
		"Cache-Control":               "private, no-cache",
		"Location":                    "/api/notes",
	} {
		assert.Equal(t, want, a.Header.Get(name), name)
	}
	assert.Contains(t, a.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'")
	assert.Contains(t, a.Header.Get("Server-Timing"), "total;dur=")
	assert.Equal(t, []string{`"address";q=100000;w=60`, `"user";q=300;w=60`}, a.Header.Values("RateLimit-Policy"))
	assert.Empty(t, a.Header.Get("Access-Control-Allow-Credentials"))

	line := s.log.line(t, `"mine-1"`)
	for _, want := range []string{`"method":"POST"`, `"route":"/api/notes"`, `"status":201`, `"user":"ada"`} {
		assert.Contains(t, line, want)
	}
}

func TestEverywhere(t *testing.T) {
	s := start(t, testConfig(), nil)

	t.Run("RequestID replaces what could forge a line of the log", func(t *testing.T) {
		a := s.send(t, "GET", "/livez", "", with("X-Request-Id", `x" level="ERROR`))
		assert.Len(t, a.Header.Get("X-Request-Id"), 32)
	})
	t.Run("Health and Readiness answer any host, unlogged", func(t *testing.T) {
		byAddress := func(req *http.Request) { req.Host = "10.1.2.3:8080" }
		assert.Equal(t, http.StatusOK, s.send(t, "GET", "/livez", "", byAddress).StatusCode)
		assert.Equal(t, http.StatusOK, s.send(t, "GET", "/readyz", "", byAddress).StatusCode)
		s.send(t, "GET", "/after-the-probes", "")
		s.log.line(t, "/after-the-probes")
		assert.NotContains(t, s.log.String(), "/livez")
	})
	t.Run("HostAllowlist refuses a forged Host", func(t *testing.T) {
		a := s.send(t, "POST", "/login", "name=ada&password=pw-ada", asForm, func(req *http.Request) { req.Host = "evil.example" })
		isProblem(t, a, http.StatusMisdirectedRequest)
		assert.Empty(t, a.Cookies())
	})
	t.Run("a forged X-Forwarded-For does not change who it is", func(t *testing.T) {
		s.send(t, "GET", "/forged-address", "", with("X-Forwarded-For", "203.0.113.9"))
		assert.Contains(t, s.log.line(t, "/forged-address"), `"client":"127.0.0.1"`)
	})
	t.Run("CORS refuses a hostile origin", func(t *testing.T) {
		for _, origin := range []string{"https://evil.example", "https://app.example.evil.example", "null", "http://app.example"} {
			a := s.send(t, "OPTIONS", "/api/notes", "", preflight(origin, "POST", "authorization"))
			isProblem(t, a, http.StatusForbidden)
			assert.Empty(t, a.Header.Get("Access-Control-Allow-Origin"), origin)
			a = s.send(t, "GET", "/api/notes", "", asUser("ada"), with("Origin", origin))
			assert.Empty(t, a.Header.Get("Access-Control-Allow-Origin"), origin)
		}
	})
	t.Run("CORS lets the application in, without a token and a route", func(t *testing.T) {
		a := s.send(t, "OPTIONS", "/api/notes", "", preflight(appOrigin, "POST", "authorization,content-type,idempotency-key"))
		assert.Equal(t, http.StatusNoContent, a.StatusCode)
		assert.Equal(t, appOrigin, a.Header.Get("Access-Control-Allow-Origin"))
	})
	t.Run("CSRF refuses other sites' forms", func(t *testing.T) {
		body := "name=ada&password=pw-ada"
		a := s.send(t, "POST", "/login", body, asForm, with("Sec-Fetch-Site", "cross-site"))
		isProblem(t, a, http.StatusForbidden)
		a = s.send(t, "POST", "/login", body, asForm, with("Sec-Fetch-Site", "same-site"))
		isProblem(t, a, http.StatusForbidden)
		old := func(req *http.Request) { req.Header.Del("Sec-Fetch-Site") }
		a = s.send(t, "POST", "/login", body, asForm, old, with("Origin", "https://evil.example"))
		isProblem(t, a, http.StatusForbidden)
		assert.Equal(t, http.StatusSeeOther, s.send(t, "POST", "/login", body, asForm).StatusCode)
	})
	t.Run("BodyLimit refuses an oversized form, told or not", func(t *testing.T) {
		large := "name=" + strings.Repeat("x", int(defaultLimits.Form))
		a := s.send(t, "POST", "/login", large, asForm)
		assert.Equal(t, http.StatusRequestEntityTooLarge, a.StatusCode, a.body)
		chunked := func(req *http.Request) { req.ContentLength = -1 }
		a = s.send(t, "POST", "/login", large, asForm, chunked)
		assert.Equal(t, http.StatusRequestEntityTooLarge, a.StatusCode, a.body)
	})
	t.Run("the layers are around the 405 and the 404 too", func(t *testing.T) {
		for path, want := range map[string]int{"/api/notes": http.StatusMethodNotAllowed, "/none": http.StatusNotFound} {
			a := s.send(t, "PUT", path, "", asUser("ada"))
			assert.Equal(t, want, a.StatusCode)
			assert.Equal(t, "nosniff", a.Header.Get("X-Content-Type-Options"))
		}
	})
}

func TestPanicIsAnsweredAndLoggedWithoutSecrets(t *testing.T) {
	s := start(t, testConfig(), func(s *service) {
		s.api.GET("/panic", func(c *dram.Context) {
			c.Header("Cache-Control", "public, max-age=3600")
			panic("out of whisky")
		})
	})
	token := newToken(jwtKey, "ada")
	a := s.send(t, "GET", "/api/panic", "", with("Authorization", "Bearer "+token), with("Cookie", "session=abcdef"),
		with("X-Request-Id", "mine-2"), with("Origin", appOrigin))
	isProblem(t, a, http.StatusInternalServerError)
	assert.Contains(t, a.body, "mine-2", "the client can name it")
	assert.NotContains(t, a.body, "whisky")
	assert.Empty(t, a.Header.Get("Cache-Control"), "nobody keeps it")
	assert.Equal(t, appOrigin, a.Header.Get("Access-Control-Allow-Origin"), "the page can read it")

	line := s.log.line(t, `"mine-2"`)
	assert.Contains(t, line, `"status":500`)
	assert.Contains(t, line, "out of whisky", "among the errors")
	assert.Contains(t, s.log.String(), "[Recovery]")
	assert.NotContains(t, s.log.String(), token)
	assert.NotContains(t, s.log.String(), "abcdef")
	assert.Equal(t, http.StatusOK, s.send(t, "GET", "/api/notes", "", asUser("ada")).StatusCode, "the service goes on")
}

func TestRateLimitByAddress(t *testing.T) {
	cfg := testConfig()
	cfg.Limits.PerAddress = 3
	s := start(t, cfg, nil)
	for range 5 { // refused or not, preflights and probes do not count
		s.send(t, "OPTIONS", "/api/notes", "", preflight("https://evil.example", "POST", ""))
		s.send(t, "OPTIONS", "/api/notes", "", preflight(appOrigin, "POST", "authorization"))
		s.send(t, "GET", "/livez", "")
	}
	for i := range 3 { // neither does it help to be somebody else each time
		a := s.send(t, "GET", "/api/notes", "", asUser(strings.Repeat("x", i+1)), with("X-Forwarded-For", "203.0.113."+string(rune('1'+i))))
		assert.Equal(t, http.StatusOK, a.StatusCode)
	}
	a := s.send(t, "GET", "/api/notes", "", asUser("ada"), with("Origin", appOrigin))
	isProblem(t, a, http.StatusTooManyRequests)
	assert.NotEmpty(t, a.Header.Get("Retry-After"))
	assert.Equal(t, appOrigin, a.Header.Get("Access-Control-Allow-Origin"), "the page can read why")
	assert.Contains(t, a.Header.Get("Access-Control-Expose-Headers"), "Retry-After")
}

func TestConcurrencyBoundsRequestsAtWork(t *testing.T) {
	cfg := testConfig()
	cfg.Limits.AtOnce, cfg.Limits.Queue = 2, 0
	var entered, release chan struct{}
	s := start(t, cfg, func(s *service) { entered, release = hold(s) })
	ended := make(chan answer, 2)
	for range 2 {
		go func() { ended <- s.send(t, "GET", "/api/held", "", asUser("ada")) }()
	}
	<-entered
	<-entered
	a := s.send(t, "GET", "/api/notes", "", asUser("ada"), with("Origin", appOrigin))
	isProblem(t, a, http.StatusServiceUnavailable)
	assert.NotEmpty(t, a.Header.Get("Retry-After"))
	assert.Equal(t, appOrigin, a.Header.Get("Access-Control-Allow-Origin"))
	assert.Equal(t, http.StatusOK, s.send(t, "GET", "/livez", "").StatusCode, "probes do not queue")
	close(release)
	for range 2 {
		assert.Equal(t, http.StatusNoContent, (<-ended).StatusCode)
	}
	assert.Equal(t, http.StatusOK, s.send(t, "GET", "/api/notes", "", asUser("ada")).StatusCode)
}

func TestTimeoutEndsSlowHandlers(t *testing.T) {
	cfg := testConfig()
	cfg.Limits.Time = 20 * time.Millisecond
	slow := func(c *dram.Context) {
		<-c.Done()
		_ = c.Error(context.Cause(c))
	}
	s := start(t, cfg, func(s *service) {
		s.api.GET("/slow", slow)
		s.site.GET("/slow", slow)
	})
	for _, path := range []string{"/api/slow", "/slow"} {
		isProblem(t, s.send(t, "GET", path, "", asUser("ada")), http.StatusServiceUnavailable)
	}
}

func TestReadinessFailsFirst(t *testing.T) {
	cfg := testConfig()
	cfg.DrainDelay = time.Hour // Shutdown ends it below
	var entered, release chan struct{}
	s := start(t, cfg, func(s *service) { entered, release = hold(s) })
	require.Equal(t, http.StatusOK, s.send(t, "GET", "/readyz", "").StatusCode)
	ended := make(chan answer, 1)
	go func() { ended <- s.send(t, "GET", "/api/held", "", asUser("ada")) }()
	<-entered

	s.stop()
	assert.Equal(t, http.StatusServiceUnavailable, s.send(t, "GET", "/readyz", "").StatusCode, "the load balancer hears of it")
	assert.Equal(t, http.StatusOK, s.send(t, "GET", "/livez", "").StatusCode, "nobody needs to kill it")
	assert.Equal(t, http.StatusOK, s.send(t, "GET", "/api/notes", "", asUser("ada")).StatusCode, "what still comes is served")
	client.CloseIdleConnections()
	shut := make(chan error, 1)
	go func() { shut <- s.Shutdown(context.Background()) }()
	close(release)
	assert.Equal(t, http.StatusNoContent, (<-ended).StatusCode, "what was under way is finished")
	client.CloseIdleConnections()
	require.NoError(t, <-shut)
	require.NoError(t, <-s.done)
}
