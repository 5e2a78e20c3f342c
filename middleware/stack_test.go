// The usual set of layers together, in the order that the package's doc gives,
// on a real listener.

package middleware_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// stack returns an engine with the usual set of layers.
func stack(log io.Writer, stopping context.Context) *dram.Engine {
	r := dram.New()
	r.HandleMethodNotAllowed = true
	r.Use(
		middleware.RequestID(middleware.RequestIDConfig{}),
		middleware.Health(middleware.HealthConfig{}),
		middleware.Readiness(middleware.ReadinessConfig{Stopping: stopping}),
		middleware.AccessLog(middleware.AccessLogConfig{Logger: slog.New(slog.NewJSONHandler(log, nil))}),
		dram.RecoveryWithWriter(io.Discard),
		middleware.ServerTiming(),
		middleware.Secure(middleware.SecureConfig{}),
		middleware.HostAllowlist(middleware.HostAllowlistConfig{Hosts: []string{"127.0.0.1"}}),
		middleware.CORS(middleware.CORSConfig{AllowOrigins: []string{"https://app.example"}, AllowHeaders: []string{"Authorization", "Idempotency-Key"}}),
		middleware.Concurrency(middleware.ConcurrencyConfig{Max: 4, Queue: 100, Wait: time.Minute}),
		middleware.RateLimit(middleware.RateLimitConfig{Limit: 1000}),
		middleware.CSRF(middleware.CSRFConfig{TrustedOrigins: []string{"https://app.example"}}),
		middleware.BodyLimit(middleware.BodyLimitConfig{Max: 1000}),
		middleware.Timeout(middleware.TimeoutConfig{After: time.Minute}),
	)
	api := r.Group("/api", middleware.KeyAuth(middleware.KeyAuthConfig{Verify: middleware.StaticKeys("k")}),
		middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.FromBearer}))
	var mu sync.Mutex
	made := 0
	api.POST("/things", func(c *dram.Context) {
		body, err := c.GetRawData()
		if err != nil {
			return
		}
		mu.Lock()
		made++
		n := made
		mu.Unlock()
		c.JSON(http.StatusCreated, dram.H{"n": n, "size": len(body), "request": middleware.RequestIDFrom(c)})
	})
	api.GET("/panic", func(*dram.Context) { panic("out") })
	api.GET("/late", middleware.Timeout(middleware.TimeoutConfig{After: time.Millisecond}), func(c *dram.Context) { <-c.Done() })
	return r
}

// lockedBuffer is a log that several requests write to.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func TestTheUsualStackOnAListener(t *testing.T) {
	log := new(lockedBuffer)
	stop, sigterm := context.WithCancel(context.Background())
	defer sigterm()
	base, wait := listen(t, stack(log, stop), stop)

	auth, app := header("Authorization", "Bearer k"), header("Origin", "https://app.example")
	cases := []struct {
		name, method, path, body string
		edits                    []func(*http.Request)
		want                     int
	}{
		{"made", "POST", "/api/things", "abc", []func(*http.Request){auth}, 201},
		{"made by the page", "POST", "/api/things", "abc", []func(*http.Request){auth, app, header("Sec-Fetch-Site", "cross-site")}, 201},
		{"preflight", "OPTIONS", "/api/things", "", []func(*http.Request){preflight("https://app.example", "POST", "authorization,idempotency-key")}, 204},
		{"foreign preflight", "OPTIONS", "/api/things", "", []func(*http.Request){preflight("https://evil.example", "POST")}, 403},
		{"foreign page", "POST", "/api/things", "abc", []func(*http.Request){auth, header("Sec-Fetch-Site", "cross-site")}, 403},
		{"no key", "POST", "/api/things", "abc", nil, 401},
		{"too large", "POST", "/api/things", strings.Repeat("x", 1001), []func(*http.Request){auth}, 413},
		{"too large, with a key", "POST", "/api/things", strings.Repeat("x", 1001), []func(*http.Request){auth, key("large")}, 413},
		{"late", "GET", "/api/late", "", []func(*http.Request){auth}, 503},
		{"panic", "GET", "/api/panic", "", []func(*http.Request){auth}, 500},
		{"no route", "GET", "/none", "", nil, 404},
		{"no method", "GET", "/api/things", "", nil, 405},
		{"other host", "GET", "/", "", []func(*http.Request){func(req *http.Request) { req.Host = "evil.example" }}, 421},
		{"probe of any host", "GET", "/livez", "", []func(*http.Request){func(req *http.Request) { req.Host = "10.0.0.1" }}, 200},
		{"ready", "GET", "/readyz", "", nil, 200},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			res, _ := fetch(t, tc.method, base+tc.path, tc.body, tc.edits...)
			assert.Equal(t, tc.want, res.StatusCode)
			assert.NotEmpty(t, res.Header.Get("X-Request-Id"))
			if !strings.HasSuffix(tc.path, "z") {
				assert.Equal(t, "nosniff", res.Header.Get("X-Content-Type-Options"))
				assert.Contains(t, res.Header.Get("Server-Timing"), "total;dur=")
			}
		})
	}

	t.Run("repeated", func(t *testing.T) { repeated(t, base, auth) })
	t.Run("logged", func(t *testing.T) {
		log.mu.Lock()
		defer log.mu.Unlock()
		for _, status := range []string{"201", "204", "401", "403", "404", "405", "413", "421", "500", "503"} {
			assert.Contains(t, log.buf.String(), `"status":`+status)
		}
		assert.NotContains(t, log.buf.String(), "livez")
	})
	sigterm()
	res, _ := fetch(t, "GET", base+"/readyz", "")
	assert.Equal(t, http.StatusServiceUnavailable, res.StatusCode, "still served, but not ready any more")
	http.DefaultClient.CloseIdleConnections()
	require.NoError(t, wait())
}

// repeated sends one request many times at once: it is executed once.
func repeated(t *testing.T, base string, auth func(*http.Request)) {
	var wait sync.WaitGroup
	var mu sync.Mutex
	bodies, codes := map[string]int{}, map[int]int{}
	for range 20 {
		wait.Go(func() {
			res, body := fetch(t, "POST", base+"/api/things", "again", auth, key("once"))
			mu.Lock()
			defer mu.Unlock()
			codes[res.StatusCode]++
			if res.StatusCode == http.StatusCreated {
				bodies[body]++
			}
		})
	}
	wait.Wait()
	assert.Len(t, bodies, 1, "one answer")
	assert.Equal(t, 20, codes[http.StatusCreated]+codes[http.StatusConflict])
}

// listen serves r on a port of its own, until a second after ctx is done. wait
// waits for the end.
func listen(t *testing.T, r *dram.Engine, ctx context.Context) (base string, wait func() error) {
	t.Helper()
	bound, ended := make(chan string, 1), make(chan error, 1)
	r.OnListen = func(addr net.Addr) { bound <- "http://" + addr.String() }
	go func() { ended <- r.RunContext(middleware.Delay(ctx, time.Second), "127.0.0.1:0") }()
	select {
	case base = <-bound:
	case err := <-ended:
		require.NoError(t, err)
	}
	return base, func() error { return <-ended }
}

// fetch sends a request over the wire and reads the whole answer.
func fetch(t *testing.T, method, url, body string, edits ...func(*http.Request)) (*http.Response, string) {
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	assert.NoError(t, err)
	for _, edit := range edits {
		edit(req)
	}
	res, err := http.DefaultClient.Do(req)
	if !assert.NoError(t, err) {
		return &http.Response{Header: http.Header{}}, ""
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	assert.NoError(t, err)
	return res, string(text)
}

// BareMisses names the layers that no longer answer.
func TestBareMissesNamesTheLayersThatAnswerMisses(t *testing.T) {
	dram.SetMode(dram.DebugMode)
	var lines []string
	dram.DebugPrintFunc = func(format string, values ...any) { lines = append(lines, fmt.Sprintf(format, values...)) }
	defer func() {
		dram.DebugPrintFunc = nil
		dram.SetMode(dram.TestMode)
	}()
	r := dram.New()
	r.BareMisses = true
	r.Use(middleware.Health(middleware.HealthConfig{}), middleware.Readiness(middleware.ReadinessConfig{}), middleware.CleanPath(middleware.CleanPathConfig{}),
		middleware.Pprof(middleware.PprofConfig{}), middleware.SPA(middleware.SPAConfig{FS: fstest.MapFS{"index.html": {}}}), middleware.Static(middleware.StaticConfig{FS: fstest.MapFS{}}),
		middleware.Proxy(middleware.ProxyConfig{Target: "http://127.0.0.1"}), middleware.Rewrite(middleware.RewriteConfig{Engine: r, Rules: []middleware.RewriteRule{{Path: "/a", To: "/b"}}}),
		middleware.RequestID(middleware.RequestIDConfig{}))
	get(r, "/livez")
	for _, layer := range []string{"Health", "Readiness", "CleanPath", "Pprof", "SPA", "Static", "Proxy", "Rewrite"} {
		assert.True(t, slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, "the layer "+layer+" sees no path") }), layer)
	}
	assert.NotContains(t, strings.Join(lines, "\n"), "RequestID sees")
}
