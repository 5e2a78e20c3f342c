package main

// This file starts the service on a real listener and talks to it.

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

const (
	appOrigin = "https://app.example"
	jwtKey    = "a key of the tests, which has more than 32 letters"
)

// TestMain keeps debug mode, in which panics are reported most fully, but not its
// list of routes.
func TestMain(m *testing.M) {
	dram.DefaultWriter = io.Discard
	m.Run()
}

// testConfig is a configuration with room for all that the tests send.
func testConfig() Config {
	cfg := Config{
		Addr: "127.0.0.1:0", Hosts: []string{"127.0.0.1"}, Origins: []string{appOrigin},
		Shop: "http://127.0.0.1:1", JWTKey: jwtKey, Limits: defaultLimits,
		Accounts: map[string]string{"ada": "pw-ada", "operator": "pw-operator", "scraper": "pw-scraper"},
	}
	cfg.Limits.PerAddress = 100_000
	return cfg
}

// running is a service that serves.
type running struct {
	*service
	base string
	log  *lockedBuffer
	stop context.CancelFunc // what a signal does
	done chan error         // what RunContext returned
}

// start serves cfg until the end of the test. add, if not nil, adds routes.
func start(t *testing.T, cfg Config, add func(*service)) *running {
	t.Helper()
	stop, cancel := context.WithCancel(context.Background())
	r := &running{log: new(lockedBuffer), stop: cancel, done: make(chan error, 1)}
	log := slog.New(slog.NewJSONHandler(r.log, nil))
	stores := openStores(cfg, log)
	t.Cleanup(func() { assert.NoError(t, stores.close()) })
	s, err := newService(stop, cfg, stores, log, r.log)
	require.NoError(t, err)
	r.service = s
	if add != nil {
		add(s)
	}
	bound := make(chan net.Addr, 1)
	s.OnListen = func(addr net.Addr) { bound <- addr }
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.done <- s.RunContext(middleware.Delay(stop, cfg.DrainDelay), cfg.Addr)
	}()
	t.Cleanup(func() {
		cancel()
		client.CloseIdleConnections()
		<-ended
	})
	select {
	case addr := <-bound:
		r.base = "http://" + addr.String()
	case err := <-r.done:
		require.NoError(t, err, "the service did not start")
	}
	return r
}

// client follows no redirect and asks for no compression by itself.
var client = &http.Client{
	Transport:     &http.Transport{DisableCompression: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Timeout:       time.Minute,
}

// answer is a response with its whole body.
type answer struct {
	*http.Response
	body string
}

// send sends one request and reads the whole answer.
func (r *running) send(t *testing.T, method, path, body string, edits ...func(*http.Request)) answer {
	t.Helper()
	req, err := http.NewRequest(method, r.base+path, strings.NewReader(body))
	require.NoError(t, err)
	return sent(t, req, edits...)
}

func sent(t *testing.T, req *http.Request, edits ...func(*http.Request)) answer {
	t.Helper()
	for _, edit := range edits {
		edit(req)
	}
	res, err := client.Do(req)
	if !assert.NoError(t, err) { // not require: goroutines call it as well
		return answer{Response: &http.Response{Header: http.Header{}}}
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	assert.NoError(t, err)
	return answer{res, string(text)}
}

// with sets a header.
func with(name, value string) func(*http.Request) {
	return func(req *http.Request) { req.Header.Set(name, value) }
}

func asUser(name string) func(*http.Request) {
	return with("Authorization", "Bearer "+newToken(jwtKey, name))
}

func asAccount(name string) func(*http.Request) {
	return func(req *http.Request) { req.SetBasicAuth(name, "pw-"+name) }
}

// asForm is what a browser sends for a form of a page of this service.
func asForm(req *http.Request) {
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
}

// preflight is what a browser asks before a page of origin may send a method.
func preflight(origin, method, headers string) func(*http.Request) {
	return func(req *http.Request) {
		req.Header.Set("Origin", origin)
		req.Header.Set("Access-Control-Request-Method", method)
		req.Header.Set("Access-Control-Request-Headers", headers)
	}
}

// isProblem asserts that a layer has refused the request in the usual form.
func isProblem(t *testing.T, a answer, status int) {
	t.Helper()
	assert.Equal(t, status, a.StatusCode, a.body)
	assert.Equal(t, "application/problem+json", a.Header.Get("Content-Type"))
	assert.NotEmpty(t, a.Header.Get("X-Request-Id"))
	assert.Equal(t, "nosniff", a.Header.Get("X-Content-Type-Options"))
}

func zipped(t *testing.T, plain string) string {
	t.Helper()
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	_, err := io.WriteString(w, plain)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return buf.String()
}

func unzipped(t *testing.T, body string) string {
	t.Helper()
	r, err := gzip.NewReader(strings.NewReader(body))
	require.NoError(t, err)
	plain, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(plain)
}

// lockedBuffer is a log that may be read while it is written.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// line is the line of the log that holds text, once it is there: a request is
// logged when its answer is on its way already.
func (b *lockedBuffer) line(t *testing.T, text string) string {
	t.Helper()
	var found string
	require.Eventually(t, func() bool {
		for line := range strings.Lines(b.String()) {
			if strings.Contains(line, text) {
				found = line
				return true
			}
		}
		return false
	}, 10*time.Second, time.Millisecond, "the log has no line with %s", text)
	return found
}

// hold adds GET /api/held, whose handler tells entered and waits for release.
func hold(s *service) (entered, release chan struct{}) {
	entered, release = make(chan struct{}, 10), make(chan struct{})
	s.api.GET("/held", func(c *dram.Context) {
		entered <- struct{}{}
		<-release
		c.Status(http.StatusNoContent)
	})
	return entered, release
}

func key() func(*http.Request) { return with("Idempotency-Key", rand.Text()) }
