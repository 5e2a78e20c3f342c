package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/dram-go/dram"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// served is an engine of a database of its own, without the life of the program around it.
func served(t *testing.T, stopping context.Context) (*App, *site) {
	t.Helper()
	store, err := openStore(t.Context(), sqliteURL(t))
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.sql.Close() })
	app := &App{store: store, throttle: newThrottle(), log: slog.New(slog.DiscardHandler)}
	engine, err := app.engine(stopping)
	require.NoError(t, err)
	engine.GET("/api/panic", func(*dram.Context) { panic("secret") })
	server := httptest.NewServer(engine)
	t.Cleanup(server.Close)
	return app, &site{url: server.URL}
}

func TestReadinessFailsBeforeTheServerGoes(t *testing.T) {
	stopping, stop := context.WithCancel(t.Context())
	_, s := served(t, stopping)
	c := s.anyone(t)
	c.do("GET", "/healthz", nil).is(http.StatusOK)
	c.do("GET", "/readyz", nil).is(http.StatusOK)

	stop()
	c.do("GET", "/readyz", nil).is(http.StatusServiceUnavailable)
	c.do("GET", "/healthz", nil).is(http.StatusOK)
	c.do("GET", "/api/books", nil).is(http.StatusOK)
}

func TestNotReadyWithoutTheDatabase(t *testing.T) {
	app, s := served(t, t.Context())
	require.NoError(t, app.store.sql.Close())
	c := s.anyone(t)
	c.do("GET", "/readyz", nil).is(http.StatusServiceUnavailable)
	c.do("GET", "/healthz", nil).is(http.StatusOK)
	p := c.do("GET", "/api/books", nil).problem(http.StatusInternalServerError)
	assert.NotContains(t, p.Detail, "sql", "what went wrong is for the log")
}

func TestAPanicIsAProblem(t *testing.T) {
	_, s := served(t, t.Context())
	p := s.anyone(t).do("GET", "/api/panic", nil).problem(http.StatusInternalServerError)
	assert.NotContains(t, p.Detail, "secret")
}

func TestASecondStartKeepsTheData(t *testing.T) {
	db := sqliteURL(t)
	t.Run("first", func(t *testing.T) {
		s := start(t, db)
		s.as(t, "editor").do("POST", "/api/books", aBook()).is(http.StatusCreated)
		assert.Contains(t, s.out.String(), "admin@example.com")
		assert.Contains(t, s.out.String(), "http://localhost:")
	})
	t.Run("second", func(t *testing.T) {
		s := start(t, db)
		list := into[listAPI[Book]](s.anyone(t).do("GET", "/api/books?q=9780596520687", nil))
		assert.Len(t, list.Items, 1)
	})
}

func TestOutsideOfTheDemo(t *testing.T) {
	env := map[string]string{"ADDR": "127.0.0.1:0", "DATABASE_URL": sqliteURL(t)}
	err := run(t.Context(), func(n string) string { return env[n] }, io.Discard, nil)
	require.ErrorContains(t, err, "ADMIN_EMAIL", "an empty database needs a first account")

	s := start(t, sqliteURL(t), "DEMO=false", "ADMIN_EMAIL=Root@example.com", "ADMIN_PASSWORD=correct horse")
	assert.NotContains(t, s.out.String(), demoPassword)
	admin := s.login(t, "root@example.com", "correct horse")
	admin.do("GET", "/api/users", nil).is(http.StatusOK)
	assert.Empty(t, into[listAPI[Book]](admin.do("GET", "/api/books", nil)).Items)
	assert.Contains(t, string(admin.do("GET", "/books", nil).is(200).body), "No book matches")
	assert.NotContains(t, string(admin.do("GET", "/login", nil).body), demoPassword)
}

func TestTheAccessLog(t *testing.T) {
	s := start(t, sqliteURL(t))
	c := s.anyone(t)
	c.do("GET", "/api/books/1?secret=x", nil, "X-Request-Id: from-the-proxy").is(http.StatusOK)
	odd := c.do("GET", "/api/books", nil, "X-Request-Id: has spaces").is(http.StatusOK)
	assert.NotEqual(t, "has spaces", odd.Header.Get("X-Request-Id"))
	require.Eventually(t, func() bool {
		for line := range strings.Lines(s.out.String()) {
			if strings.Contains(line, "request_id=from-the-proxy") {
				return strings.Contains(line, "route=/api/books/:id") && strings.Contains(line, "status=200")
			}
		}
		return false
	}, time.Minute, 10*time.Millisecond)
	assert.NotContains(t, s.out.String(), "secret")
}
