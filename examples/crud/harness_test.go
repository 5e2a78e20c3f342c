package main

// This file starts the application for the tests: the whole of it, by run, on a
// real listener and on each database that there is.

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"
)

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	passwordCost = bcrypt.MinCost
	os.Exit(m.Run())
}

// onEachDatabase runs a test against a fresh application on SQLite, and on the
// servers that DRAM_TEST_POSTGRES and DRAM_TEST_MYSQL name.
func onEachDatabase(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, start(t, sqliteURL(t))) })
	t.Run("postgres", func(t *testing.T) { test(t, start(t, serverURL(t, "DRAM_TEST_POSTGRES"))) })
	t.Run("mysql", func(t *testing.T) { test(t, start(t, serverURL(t, "DRAM_TEST_MYSQL"))) })
}

func sqliteURL(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "test.db") }

// serverURL makes a database of the test's own on the server that the variable
// names, and drops it afterwards.
func serverURL(t *testing.T, variable string) string {
	t.Helper()
	raw := os.Getenv(variable)
	if raw == "" {
		t.Skip("set " + variable + " to the URL of a server on which databases may be created")
	}
	admin, err := parseDatabaseURL(raw)
	require.NoError(t, err)
	pool, err := admin.open()
	require.NoError(t, err)
	name := "crud_test_" + strings.ToLower(rand.Text()[:12])
	_, err = pool.Exec("CREATE DATABASE " + name)
	require.NoError(t, err)
	t.Cleanup(func() {
		drop := "DROP DATABASE " + name
		if admin.numbered {
			drop += " WITH (FORCE)" // PostgreSQL waits for the last connection to go
		}
		_, err := pool.Exec(drop)
		require.NoError(t, err)
		require.NoError(t, pool.Close())
	})
	u, err := url.Parse(raw)
	require.NoError(t, err)
	u.Path = "/" + name
	return u.String()
}

// site is a running application.
type site struct {
	url   string
	store *Store // a second way into its database
	out   *logBuffer
	stop  context.CancelFunc
	done  chan error
}

// start runs the application with the demo's data; settings are NAME=value.
func start(t *testing.T, databaseURL string, settings ...string) *site {
	t.Helper()
	env := map[string]string{"ADDR": "127.0.0.1:0", "DATABASE_URL": databaseURL, "DEMO": "true", "LOG_LEVEL": "info"}
	for _, s := range settings {
		name, value, _ := strings.Cut(s, "=")
		env[name] = value
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &site{stop: cancel, done: make(chan error, 1), out: &logBuffer{}}
	listening := make(chan string, 1)
	go func() {
		s.done <- run(ctx, func(name string) string { return env[name] }, s.out, func(addr net.Addr) { listening <- "http://" + addr.String() })
	}()
	select {
	case s.url = <-listening:
	case err := <-s.done:
		cancel()
		require.NoError(t, err, "the application did not start")
	}
	var err error
	s.store, err = openStore(ctx, databaseURL)
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, s.store.sql.Close())
		cancel()
		select {
		case err := <-s.done:
			require.NoError(t, err)
		case <-time.After(30 * time.Second):
			t.Error("the application did not stop")
		}
	})
	return s
}

// client is somebody with a cookie jar.
type client struct {
	t    *testing.T
	site *site
	http *http.Client
}

func (s *site) anyone(t *testing.T) *client {
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &client{t: t, site: s, http: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}}
}

// as logs one of the demo's accounts in: reader, editor or admin.
func (s *site) as(t *testing.T, name string) *client {
	t.Helper()
	return s.login(t, name+"@example.com", demoPassword)
}

func (s *site) login(t *testing.T, email, password string) *client {
	t.Helper()
	c := s.anyone(t)
	c.do("POST", "/api/session", map[string]string{"email": email, "password": password}).is(http.StatusCreated)
	return c
}

// answer is a response that has been read.
type answer struct {
	t *testing.T
	*http.Response
	body []byte
}

// do sends a request; body is marshalled unless it is a string; headers are "Name: value".
func (c *client) do(method, path string, body any, headers ...string) answer {
	c.t.Helper()
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		require.NoError(c.t, err)
		reader = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, c.site.url+path, reader)
	require.NoError(c.t, err)
	if reader != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	res, err := c.http.Do(req)
	require.NoError(c.t, err)
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	require.NoError(c.t, err)
	return answer{c.t, res, text}
}

// is demands a status.
func (a answer) is(status int) answer {
	a.t.Helper()
	require.Equal(a.t, status, a.StatusCode, "%s %s: %s", a.Request.Method, a.Request.URL, a.body)
	return a
}

// problem is what the API says of a request that failed.
type problem struct {
	Title, Detail string
	Status        int
	Errors        binding.Errors
	RequestID     string `json:"request_id"`
}

// problem demands a problem with this status.
func (a answer) problem(status int) problem {
	a.t.Helper()
	a.is(status)
	require.Equal(a.t, "application/problem+json", a.Header.Get("Content-Type"))
	p := into[problem](a)
	require.Equal(a.t, status, p.Status)
	require.Equal(a.t, http.StatusText(status), p.Title)
	require.Equal(a.t, a.Header.Get("X-Request-Id"), p.RequestID)
	return p
}

// wrong maps the fields of a problem to what is wrong with them.
func (p problem) wrong() map[string]string {
	fields := map[string]string{}
	for _, e := range p.Errors {
		fields[e.Field] = e.Message
	}
	return fields
}

func into[T any](a answer) (v T) {
	a.t.Helper()
	require.NoError(a.t, json.Unmarshal(a.body, &v), string(a.body))
	return v
}

// logBuffer is what the application prints, safe to read while it runs.
type logBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
