package main

// This file sends what the API's layers are there to stop.

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

// forged is a token that is signed, or not, in another way.
func forged(t *testing.T, method jwt.SigningMethod, key any, change func(jwt.MapClaims)) string {
	t.Helper()
	claims := jwt.MapClaims{"iss": issuer, "aud": audience, "sub": "ada", "exp": time.Now().Add(time.Hour).Unix()}
	change(claims)
	token, err := jwt.NewWithClaims(method, claims).SignedString(key)
	require.NoError(t, err)
	return token
}

func TestJWTRefuses(t *testing.T) {
	s := start(t, testConfig(), nil)
	same := func(jwt.MapClaims) {}
	set := func(name string, value any) func(jwt.MapClaims) {
		return func(claims jwt.MapClaims) { claims[name] = value }
	}
	for name, token := range map[string]string{
		"no token":       "",
		"alg none":       forged(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, same),
		"another alg":    forged(t, jwt.SigningMethodHS512, []byte(jwtKey), same),
		"another key":    forged(t, jwt.SigningMethodHS256, []byte(strings.ToUpper(jwtKey)), same),
		"wrong audience": forged(t, jwt.SigningMethodHS256, []byte(jwtKey), set("aud", "another-api")),
		"wrong issuer":   forged(t, jwt.SigningMethodHS256, []byte(jwtKey), set("iss", "another")),
		"expired":        forged(t, jwt.SigningMethodHS256, []byte(jwtKey), set("exp", time.Now().Add(-time.Hour).Unix())),
		"for ever":       forged(t, jwt.SigningMethodHS256, []byte(jwtKey), func(claims jwt.MapClaims) { delete(claims, "exp") }),
		"huge":           forged(t, jwt.SigningMethodHS256, []byte(jwtKey), set("x", strings.Repeat("x", 10_000))),
	} {
		t.Run(name, func(t *testing.T) {
			a := s.send(t, "GET", "/api/notes", "", with("Authorization", "Bearer "+token), with("Origin", appOrigin))
			isProblem(t, a, http.StatusUnauthorized)
			assert.Contains(t, a.Header.Get("WWW-Authenticate"), "Bearer")
			assert.Equal(t, appOrigin, a.Header.Get("Access-Control-Allow-Origin"), "the page can read that it must log in")
		})
	}
	assert.Equal(t, http.StatusOK, s.send(t, "GET", "/api/notes", "", asUser("ada")).StatusCode)
}

func TestRateLimitByUser(t *testing.T) {
	cfg := testConfig()
	cfg.Limits.PerUser = 2
	s := start(t, cfg, nil)
	for range 2 {
		assert.Equal(t, http.StatusOK, s.send(t, "GET", "/api/notes", "", asUser("ada")).StatusCode)
	}
	isProblem(t, s.send(t, "GET", "/api/notes", "", asUser("ada")), http.StatusTooManyRequests)
	assert.Equal(t, http.StatusOK, s.send(t, "GET", "/api/notes", "", asUser("bob")).StatusCode, "of the same address")
}

func TestLocationBelowAPrefix(t *testing.T) {
	cfg := testConfig()
	cfg.Proxies = []string{"127.0.0.1"}
	s := start(t, cfg, nil)
	a := s.send(t, "POST", "/api/notes", `{"text":"x"}`, asUser("ada"), key(), with("X-Forwarded-Prefix", "/app"))
	require.Equal(t, http.StatusCreated, a.StatusCode, a.body)
	assert.Equal(t, "/app/api/notes", a.Header.Get("Location"))
}

func TestBodiesOfTheAPI(t *testing.T) {
	s := start(t, testConfig(), nil)
	gzipped := with("Content-Encoding", "gzip")
	post := func(body string, edits ...func(*http.Request)) answer {
		return s.send(t, "POST", "/api/notes", body, append(edits, asUser("ada"))...)
	}
	large := `{"text":"` + strings.Repeat("x", int(defaultLimits.Body)) + `"}`
	bomb := zipped(t, `{"text":"`+strings.Repeat("x", 16<<20)+`"}`)
	require.Less(t, len(bomb), int(defaultLimits.Body), "it would come in")

	t.Run("oversized", func(t *testing.T) { isProblem(t, post(large), http.StatusRequestEntityTooLarge) })
	t.Run("oversized, length untold", func(t *testing.T) {
		isProblem(t, post(large, func(req *http.Request) { req.ContentLength = -1 }), http.StatusRequestEntityTooLarge)
	})
	t.Run("oversized, with a key", func(t *testing.T) { isProblem(t, post(large, key()), http.StatusRequestEntityTooLarge) })
	t.Run("gzip bomb", func(t *testing.T) { isProblem(t, post(bomb, gzipped), http.StatusRequestEntityTooLarge) })
	t.Run("gzip bomb, with a key", func(t *testing.T) {
		isProblem(t, post(bomb, gzipped, key()), http.StatusRequestEntityTooLarge)
	})
	t.Run("gzip that is none", func(t *testing.T) { isProblem(t, post("plain", gzipped), http.StatusBadRequest) })
	t.Run("unknown coding", func(t *testing.T) {
		a := post("x", with("Content-Encoding", "exi"))
		isProblem(t, a, http.StatusUnsupportedMediaType)
		assert.Contains(t, a.Header.Get("Accept-Encoding"), "gzip")
	})
	t.Run("a group's limit replaces the engine's", func(t *testing.T) {
		padding := strings.Repeat(" ", int(defaultLimits.Form))
		assert.Equal(t, http.StatusCreated, post(padding+`{"text":"padded"}`).StatusCode)
	})
	t.Run("compressed", func(t *testing.T) {
		a := post(zipped(t, `{"text":"small"}`), gzipped)
		assert.Equal(t, http.StatusCreated, a.StatusCode)
		assert.Contains(t, a.body, `"text":"small"`)
	})
	t.Run("counted", func(t *testing.T) {
		a := s.send(t, "GET", "/metrics", "", asAccount("scraper"))
		assert.Contains(t, a.body, `http_requests_total{code="413",method="POST",route="/api/notes"} 5`)
	})
}

func TestIdempotency(t *testing.T) {
	cfg := testConfig()
	cfg.Limits.Time = 50 * time.Millisecond
	var late atomic.Bool
	s := start(t, cfg, func(s *service) {
		s.api.POST("/late", func(c *dram.Context) {
			if late.CompareAndSwap(false, true) {
				<-c.Done()
				return
			}
			c.String(http.StatusCreated, "made")
		})
	})
	count := func(user string) int {
		var list struct{ Notes []note }
		require.NoError(t, json.Unmarshal([]byte(s.send(t, "GET", "/api/notes", "", asUser(user)).body), &list))
		return len(list.Notes)
	}
	body, once := `{"text":"pay 10"}`, key()
	first := s.send(t, "POST", "/api/notes", body, asUser("ada"), once)
	require.Equal(t, http.StatusCreated, first.StatusCode)

	t.Run("a replayed POST is done once", func(t *testing.T) {
		again := s.send(t, "POST", "/api/notes", body, asUser("ada"), once)
		assert.Equal(t, "true", again.Header.Get("Idempotency-Replayed"))
		assert.Equal(t, first.StatusCode, again.StatusCode)
		assert.Equal(t, first.body, again.body)
		assert.Equal(t, "/api/notes", again.Header.Get("Location"))
		assert.NotEqual(t, first.Header.Get("X-Request-Id"), again.Header.Get("X-Request-Id"), "it is another request")
		assert.Equal(t, 1, count("ada"))
	})
	t.Run("compressed or not, it is the same", func(t *testing.T) {
		again := s.send(t, "POST", "/api/notes", zipped(t, body), asUser("ada"), once, with("Content-Encoding", "gzip"))
		assert.Equal(t, "true", again.Header.Get("Idempotency-Replayed"))
	})
	t.Run("the key of another request", func(t *testing.T) {
		isProblem(t, s.send(t, "POST", "/api/notes", `{"text":"pay 1000"}`, asUser("ada"), once), http.StatusUnprocessableEntity)
	})
	t.Run("another user's key", func(t *testing.T) {
		a := s.send(t, "POST", "/api/notes", body, asUser("bob"), once)
		assert.Equal(t, http.StatusCreated, a.StatusCode)
		assert.Empty(t, a.Header.Get("Idempotency-Replayed"))
		assert.Equal(t, 1, count("bob"))
	})
	t.Run("what was too late may be tried again", func(t *testing.T) {
		once := key()
		isProblem(t, s.send(t, "POST", "/api/late", "", asUser("ada"), once), http.StatusServiceUnavailable)
		a := s.send(t, "POST", "/api/late", "", asUser("ada"), once)
		assert.Equal(t, http.StatusCreated, a.StatusCode)
		assert.Empty(t, a.Header.Get("Idempotency-Replayed"))
	})
}

func TestContentOfTheAPI(t *testing.T) {
	s := start(t, testConfig(), nil)
	for range 5 {
		a := s.send(t, "POST", "/api/notes", `{"text":"`+strings.Repeat("word ", 100)+`"}`, asUser("ada"))
		require.Equal(t, http.StatusCreated, a.StatusCode)
	}
	plain := s.send(t, "GET", "/api/notes", "", asUser("ada"))
	tag := plain.Header.Get("ETag")
	require.Regexp(t, `^"[^"]+"$`, tag)
	assert.Contains(t, plain.Header.Values("Vary"), "Accept-Encoding")

	for _, coding := range []string{"gzip", "br", "zstd"} {
		a := s.send(t, "GET", "/api/notes", "", asUser("ada"), with("Accept-Encoding", coding))
		assert.Equal(t, coding, a.Header.Get("Content-Encoding"))
		assert.Equal(t, "W/"+tag, a.Header.Get("ETag"), "the same version, in other bytes")
		assert.Less(t, len(a.body), len(plain.body)/2)
		if coding == "gzip" {
			assert.Equal(t, plain.body, unzipped(t, a.body))
		}
		a = s.send(t, "GET", "/api/notes", "", asUser("ada"), with("Accept-Encoding", coding), with("If-None-Match", "W/"+tag))
		assert.Equal(t, http.StatusNotModified, a.StatusCode)
		assert.Empty(t, a.body)
		assert.Equal(t, "private, no-cache", a.Header.Get("Cache-Control"))
	}
	a := s.send(t, "GET", "/api/notes", "", asUser("bob"), with("If-None-Match", tag))
	assert.Equal(t, http.StatusOK, a.StatusCode, "another user's list is another one")
	a = s.send(t, "GET", "/api/notes", "", with("If-None-Match", tag))
	isProblem(t, a, http.StatusUnauthorized)
}
