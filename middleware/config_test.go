package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

type (
	validator interface{ Validate() error }
	wrong     struct {
		name, field string
		cfg         validator
		build       func()
	}
)

// wrongOf makes a case from a configuration and its constructor.
func wrongOf[C validator](name, field string, cfg C, build func(C) dram.HandlerFunc) wrong {
	return wrong{name, field, cfg, func() { build(cfg) }}
}

type nilBreaker struct{}

func (*nilBreaker) Allow() (func(error), error) { return func(error) {}, nil }

func TestWrongConfigurationsPanicAndSayWhatToWrite(t *testing.T) {
	yes := func(*dram.Context, string) bool { return true }
	decoding := func(r io.Reader) (io.ReadCloser, error) { return io.NopCloser(r), nil }
	cases := []wrong{
		wrongOf("access log: negative sampling", "SampleEvery", middleware.AccessLogConfig{SampleEvery: -1}, middleware.AccessLog),
		wrongOf("basic auth: no verifier", "Verify", middleware.BasicAuthConfig{}, middleware.BasicAuth),
		wrongOf("basic auth: quote in realm", "Realm", middleware.BasicAuthConfig{Realm: `a"b`, Verify: func(*dram.Context, string, string) (bool, error) { return true, nil }}, middleware.BasicAuth),
		wrongOf("concurrency: no limit", "Max", middleware.ConcurrencyConfig{}, middleware.Concurrency),
		wrongOf("concurrency: negative queue", "Queue", middleware.ConcurrencyConfig{Max: 1, Queue: -1}, middleware.Concurrency),
		wrongOf("concurrency: negative wait", "Wait", middleware.ConcurrencyConfig{Max: 1, Wait: -1}, middleware.Concurrency),
		wrongOf("concurrency: least above most", "Adaptive.Min", middleware.ConcurrencyConfig{Max: 1, Adaptive: &middleware.AdaptiveLimit{Min: 2}}, middleware.Concurrency),
		wrongOf("concurrency: starts above most", "Adaptive.Initial", middleware.ConcurrencyConfig{Max: 5, Adaptive: &middleware.AdaptiveLimit{Initial: 6}}, middleware.Concurrency),
		wrongOf("concurrency: starts below least", "Adaptive.Initial", middleware.ConcurrencyConfig{Max: 5, Adaptive: &middleware.AdaptiveLimit{Min: 3, Initial: 2}}, middleware.Concurrency),
		wrongOf("concurrency: calibrates never", "Adaptive.Recalibrate", middleware.ConcurrencyConfig{Max: 5, Adaptive: &middleware.AdaptiveLimit{Recalibrate: -1}}, middleware.Concurrency),
		wrongOf("cors: any origin beside others", "AllowOrigins", middleware.CORSConfig{AllowOrigins: []string{"*", "https://a.example"}}, middleware.CORS),
		wrongOf("cors: any origin and a function", "AllowOrigins", middleware.CORSConfig{AllowOrigins: []string{"*"}, AllowOriginFunc: yes}, middleware.CORS),
		wrongOf("cors: any origin into private networks", "AllowOrigins", middleware.CORSConfig{AllowOrigins: []string{"*"}, AllowPrivateNetwork: true}, middleware.CORS),
		wrongOf("cors: path", "AllowOrigins", middleware.CORSConfig{AllowOrigins: []string{"https://a.example/"}}, middleware.CORS),
		wrongOf("cors: upper case", "AllowOrigins", middleware.CORSConfig{AllowOrigins: []string{"https://A.example"}}, middleware.CORS),
		wrongOf("cors: default port", "AllowOrigins", middleware.CORSConfig{AllowOrigins: []string{"https://a.example:443"}}, middleware.CORS),
		wrongOf("cors: no scheme", "AllowOrigins", middleware.CORSConfig{AllowOrigins: []string{"a.example"}}, middleware.CORS),
		wrongOf("cors: user", "AllowOrigins", middleware.CORSConfig{AllowOrigins: []string{"https://u@a.example"}}, middleware.CORS),
		wrongOf("cors: beyond ASCII", "AllowOrigins", middleware.CORSConfig{AllowOrigins: []string{"https://bücher.example"}}, middleware.CORS),
		wrongOf("cors: null listed", "AllowOrigins", middleware.CORSConfig{AllowOrigins: []string{"null"}}, middleware.CORS),
		wrongOf("cors: null with credentials", "AllowNullOrigin", middleware.CORSConfig{AllowNullOrigin: true, AllowCredentials: true}, middleware.CORS),
		wrongOf("cors: any header with credentials", "AllowHeaders", middleware.CORSConfig{AllowHeaders: []string{"*"}, AllowCredentials: true}, middleware.CORS),
		wrongOf("cors: two names in one", "AllowMethods", middleware.CORSConfig{AllowMethods: []string{"PUT, PATCH"}}, middleware.CORS),
		wrongOf("cors: age below a second", "MaxAge", middleware.CORSConfig{MaxAge: 600}, middleware.CORS),
		wrongOf("decompress: upper case", "Decodings", middleware.DecompressConfig{Decodings: map[string]middleware.Decoding{"Zstd": decoding}}, middleware.Decompress),
		wrongOf("decompress: no function", "Decodings", middleware.DecompressConfig{Decodings: map[string]middleware.Decoding{"zstd": nil}}, middleware.Decompress),
		wrongOf("decompress: no name", "Decodings", middleware.DecompressConfig{Decodings: map[string]middleware.Decoding{"": decoding}}, middleware.Decompress),
		wrongOf("decompress: negative size", "MaxSize", middleware.DecompressConfig{MaxSize: -1}, middleware.Decompress),
		wrongOf("decompress: negative ratio", "MaxSize", middleware.DecompressConfig{MaxRatio: -1}, middleware.Decompress),
		wrongOf("csrf: any origin", "TrustedOrigins", middleware.CSRFConfig{TrustedOrigins: []string{"*"}}, middleware.CSRF),
		wrongOf("csrf: path", "TrustedOrigins", middleware.CSRFConfig{TrustedOrigins: []string{"https://a.example/x"}}, middleware.CSRF),
		wrongOf("deprecated: no day", "Since", middleware.DeprecatedConfig{}, middleware.Deprecated),
		wrongOf("deprecated: ends before it begins", "Sunset", middleware.DeprecatedConfig{Since: since, Sunset: since.Add(-time.Second)}, middleware.Deprecated),
		wrongOf("deprecated: year of five digits", "Sunset", middleware.DeprecatedConfig{Since: since, Sunset: since.AddDate(8000, 0, 0)}, middleware.Deprecated),
		wrongOf("deprecated: gone without a day", "Gone", middleware.DeprecatedConfig{Since: since, Gone: true}, middleware.Deprecated),
		wrongOf("deprecated: another header in a link", "Successor", middleware.DeprecatedConfig{Since: since, Successor: "/v2\r\nSet-Cookie: a=b"}, middleware.Deprecated),
		wrongOf("deprecated: another link in a link", "Documentation", middleware.DeprecatedConfig{Since: since, Documentation: "/a>; rel=next, </b"}, middleware.Deprecated),
		wrongOf("deprecated: space in a link", "Successor", middleware.DeprecatedConfig{Since: since, Successor: "/v 2"}, middleware.Deprecated),
		wrongOf("deprecated: letter beyond ASCII in a link", "Successor", middleware.DeprecatedConfig{Since: since, Successor: "/v\u00e9"}, middleware.Deprecated),
		wrongOf("deprecated: escape in a link", "SunsetPolicy", middleware.DeprecatedConfig{Since: since, SunsetPolicy: "/%zz"}, middleware.Deprecated),
		wrongOf("deprecated: password in a link", "Successor", middleware.DeprecatedConfig{Since: since, Successor: "https://a:b@example.com/"}, middleware.Deprecated),
		wrongOf("deprecated: link without a host", "Successor", middleware.DeprecatedConfig{Since: since, Successor: "https:///v2"}, middleware.Deprecated),
		wrongOf("health: query", "Path", middleware.HealthConfig{Path: "/livez?full"}, middleware.Health),
		wrongOf("health: relative path", "Path", middleware.HealthConfig{Path: "live"}, middleware.Health),
		wrongOf("hosts: none", "Hosts", middleware.HostAllowlistConfig{}, middleware.HostAllowlist),
		wrongOf("hosts: URL", "Hosts", middleware.HostAllowlistConfig{Hosts: []string{"https://a.example"}}, middleware.HostAllowlist),
		wrongOf("hosts: wildcard inside", "Hosts", middleware.HostAllowlistConfig{Hosts: []string{"a.*.example"}}, middleware.HostAllowlist),
		wrongOf("idempotency: no scope", "Scope", middleware.IdempotencyConfig{}, middleware.Idempotency),
		wrongOf("idempotency: header", "Header", middleware.IdempotencyConfig{Scope: middleware.ByUser, Header: "a b"}, middleware.Idempotency),
		wrongOf("idempotency: methods of no request", "Methods", middleware.IdempotencyConfig{Scope: middleware.ByUser, Methods: []string{"POST", "put"}}, middleware.Idempotency),
		wrongOf("idempotency: any method", "Methods", middleware.IdempotencyConfig{Scope: middleware.ByUser, Methods: []string{"*"}}, middleware.Idempotency),
		wrongOf("idempotency: nil store", "Store", middleware.IdempotencyConfig{Scope: middleware.ByUser, Store: (*middleware.MemoryIdempotencyStore)(nil)}, middleware.Idempotency),
		wrongOf("idempotency: time without a unit", "TTL", middleware.IdempotencyConfig{Scope: middleware.ByUser, TTL: 86400}, middleware.Idempotency),
		wrongOf("idempotency: time of a claim without a unit", "InFlight", middleware.IdempotencyConfig{Scope: middleware.ByUser, InFlight: 60}, middleware.Idempotency),
		wrongOf("idempotency: negative time", "TTL", middleware.IdempotencyConfig{Scope: middleware.ByUser, TTL: -1}, middleware.Idempotency),
		wrongOf("key auth: no verifier", "Verify", middleware.KeyAuthConfig{}, middleware.KeyAuth),
		wrongOf("key auth: two lines", "Challenge", middleware.KeyAuthConfig{Verify: middleware.StaticKeys("k"), Challenge: "a\r\nb"}, middleware.KeyAuth),
		wrongOf("rate limit: no limit", "Limit", middleware.RateLimitConfig{}, middleware.RateLimit),
		wrongOf("rate limit: short window", "Window", middleware.RateLimitConfig{Limit: 1, Window: time.Millisecond}, middleware.RateLimit),
		wrongOf("rate limit: negative burst", "Burst", middleware.RateLimitConfig{Limit: 1, Burst: -1}, middleware.RateLimit),
		wrongOf("rate limit: a burst of centuries", "Burst", middleware.RateLimitConfig{Limit: 1, Window: 24 * time.Hour, Burst: 200_000}, middleware.RateLimit),
		wrongOf("rate limit: name", "Name", middleware.RateLimitConfig{Limit: 1, Name: `"`}, middleware.RateLimit),
		wrongOf("readiness: nil check", "Checks", middleware.ReadinessConfig{Checks: map[string]func(context.Context) error{"db": nil}}, middleware.Readiness),
		wrongOf("readiness: negative time", "Timeout", middleware.ReadinessConfig{Timeout: -1}, middleware.Readiness),
		wrongOf("readiness: relative path", "Path", middleware.ReadinessConfig{Path: "ready"}, middleware.Readiness),
		wrongOf("request id: header", "Header", middleware.RequestIDConfig{Header: "X Y"}, middleware.RequestID),
		wrongOf("secure: preload without subdomains", "HSTSPreload", middleware.SecureConfig{HSTSPreload: true}, middleware.Secure),
		wrongOf("secure: a year without a unit", "HSTSMaxAge", middleware.SecureConfig{HSTSMaxAge: 31_536_000}, middleware.Secure),
		wrongOf("secure: two lines", "Permissions-Policy", middleware.SecureConfig{PermissionsPolicy: "a\nb"}, middleware.Secure),
		wrongOf("secure: unknown type option", "ContentTypeOptions", middleware.SecureConfig{ContentTypeOptions: "no-sniff"}, middleware.Secure),
		wrongOf("secure: unknown referrer policy", "ReferrerPolicy", middleware.SecureConfig{ReferrerPolicy: "no-referer"}, middleware.Secure),
		wrongOf("secure: unknown opener policy", "OpenerPolicy", middleware.SecureConfig{OpenerPolicy: "sameorigin"}, middleware.Secure),
		wrongOf("secure: unknown embedder policy", "EmbedderPolicy", middleware.SecureConfig{EmbedderPolicy: "require-cors"}, middleware.Secure),
		wrongOf("secure: unknown resource policy", "ResourcePolicy", middleware.SecureConfig{ResourcePolicy: "self"}, middleware.Secure),
		wrongOf("secure: policy without quotes", "ContentSecurityPolicy", middleware.SecureConfig{ContentSecurityPolicy: "default-src self"}, middleware.Secure),
		wrongOf("secure: policy with its name", "ContentSecurityPolicy", middleware.SecureConfig{ContentSecurityPolicy: "Content-Security-Policy: default-src 'self'"}, middleware.Secure),
		wrongOf("secure: old frame option", "FrameOptions", middleware.SecureConfig{FrameOptions: "ALLOW-FROM https://a.example"}, middleware.Secure),
		wrongOf("secure: fixed nonce", "ContentSecurityPolicy", middleware.SecureConfig{ContentSecurityPolicy: "script-src 'nonce-abc'"}, middleware.Secure),
		wrongOf("access log: time without a unit", "Slow", middleware.AccessLogConfig{Slow: 500}, middleware.AccessLog),
		wrongOf("cache: nil store", "Store", middleware.CacheConfig{Store: (*middleware.MemoryCache)(nil)}, middleware.Cache),
		wrongOf("cache: time without a unit", "Wait", middleware.CacheConfig{Wait: 5}, middleware.Cache),
		wrongOf("circuit breaker: nil breaker", "Breaker", middleware.CircuitBreakerConfig{Breaker: (*nilBreaker)(nil)}, middleware.CircuitBreaker),
		wrongOf("circuit breaker: time without a unit", "RetryAfter", middleware.CircuitBreakerConfig{Breaker: &nilBreaker{}, RetryAfter: 30}, middleware.CircuitBreaker),
		wrongOf("concurrency: time without a unit", "RetryAfter", middleware.ConcurrencyConfig{Max: 1, RetryAfter: 30}, middleware.Concurrency),
		wrongOf("proxy: nil transport", "Transport", middleware.ProxyConfig{Target: "http://localhost:1", Transport: (*http.Transport)(nil)}, middleware.Proxy),
		wrongOf("rate limit: nil store", "Store", middleware.RateLimitConfig{Limit: 1, Store: (*middleware.MemoryRateLimitStore)(nil)}, middleware.RateLimit),
		wrongOf("readiness: time without a unit", "Timeout", middleware.ReadinessConfig{Timeout: 5}, middleware.Readiness),
		wrongOf("redirects: no policy", "WWW", middleware.RedirectsConfig{Hosts: []string{"example.com"}, WWW: 7}, middleware.Redirects),
		wrongOf("timeout: time without a unit", "After", middleware.TimeoutConfig{After: 30}, middleware.Timeout),
		wrongOf("timeout: negative", "After", middleware.TimeoutConfig{After: -1}, middleware.Timeout),
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			var fault *middleware.ConfigError
			require.ErrorAs(t, tc.cfg.Validate(), &fault)
			assert.Equal(t, tc.field, fault.Field)
			assert.NotEmpty(t, fault.Fault)
			assert.Equal(t, "dram: "+fault.Layer+": "+fault.Field+": "+fault.Fault, fault.Error())
			assert.PanicsWithError(t, fault.Error(), tc.build)
		})
	}
}

func TestPoliciesThatAreRightAreTaken(t *testing.T) {
	for _, policy := range []string{"default-src 'self'; report-to self; trusted-types none", "sandbox; upgrade-insecure-requests", "frame-ancestors 'none'"} {
		assert.NoError(t, middleware.SecureConfig{ContentSecurityPolicy: policy}.Validate(), policy)
	}
	assert.Error(t, middleware.SecureConfig{ContentSecurityPolicy: "frame-ancestors none"}.Validate())
}

// Such a condition or key would be false, or empty, for every request.
func TestConditionsAndKeysOfNoRequestPanic(t *testing.T) {
	for name, call := range map[string]func(){
		"RouteIs: no slash":           func() { middleware.RouteIs("admin") },
		"RouteIs: method":             func() { middleware.RouteIs("GET /admin") },
		"RouteIs: catch-all unnamed":  func() { middleware.RouteIs("/admin/*") },
		"RoutePrefix: unnamed":        func() { middleware.RoutePrefix("/admin/*") },
		"RoutePrefix: method":         func() { middleware.RoutePrefix("GET /admin") },
		"MethodIs: any":               func() { middleware.MethodIs("*") },
		"ByHeader: Host":              func() { middleware.ByHeader("host") },
		"ByHeader: space":             func() { middleware.ByHeader("X User") },
		"FromHeader: space":           func() { middleware.FromHeader("X Key") },
		"FromCookie: with attributes": func() { middleware.FromCookie("key=; Secure") },
		"FirstOf: none":               func() { middleware.FirstOf() },
		"FirstOf: nil":                func() { middleware.FirstOf(middleware.FromBearer, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			function, _, _ := strings.Cut(name, ":")
			var fault *middleware.ConfigError
			defer func() {
				err, _ := recover().(error)
				require.ErrorAs(t, err, &fault)
				assert.Equal(t, "middleware."+function, fault.Layer)
			}()
			call()
		})
	}
	assert.NotPanics(t, func() {
		middleware.RouteIs("", "/a/:id", `/items\:batch`, "{tenant}.example.com/users/:id", "/files/*path")
		middleware.RoutePrefix("/api/", "{tenant}.example.com", "/files/*path")
	})
}

// refusing returns layers that refuse the request of TestOnError, each
// with the status of its refusal.
func refusing(onError middleware.ErrorHandler) map[string]struct {
	layer  dram.HandlerFunc
	status int
} {
	type refusal = struct {
		layer  dram.HandlerFunc
		status int
	}
	no := func(*dram.Context, string, string) (bool, error) { return false, nil }
	empty := &rateStore{} // refuses everything
	return map[string]refusal{
		"BasicAuth":     {middleware.BasicAuth(middleware.BasicAuthConfig{Verify: no, OnError: onError}), 401},
		"CORS":          {middleware.CORS(middleware.CORSConfig{OnError: onError}), 403},
		"CSRF":          {middleware.CSRF(middleware.CSRFConfig{OnError: onError}), 403},
		"Deprecated":    {middleware.Deprecated(middleware.DeprecatedConfig{Since: time.Unix(0, 0), Sunset: time.Unix(1, 0), Gone: true, OnError: onError}), 410},
		"HostAllowlist": {middleware.HostAllowlist(middleware.HostAllowlistConfig{Hosts: []string{"other.example"}, OnError: onError}), 421},
		"Idempotency":   {middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByClientIP, Required: true, Methods: []string{"OPTIONS", "DELETE"}, OnError: onError}), 400},
		"KeyAuth":       {middleware.KeyAuth(middleware.KeyAuthConfig{Verify: middleware.StaticKeys("k"), OnError: onError}), 401},
		"RateLimit":     {middleware.RateLimit(middleware.RateLimitConfig{Limit: 1, Store: empty, OnError: onError}), 429},
	}
}

// rateStore refuses everything, or fails.
type rateStore struct{ err error }

func (s *rateStore) Take(context.Context, string, middleware.Quota) (middleware.RateLimitResult, error) {
	return middleware.RateLimitResult{}, s.err
}

// foreign returns a request that every layer of refusing refuses: a preflight for
// CORS, a DELETE of another site for the rest.
func foreign(layer string) (method string, edit func(*http.Request)) {
	if layer == "CORS" {
		return http.MethodOptions, func(req *http.Request) {
			req.Header.Set("Origin", "https://evil.example")
			req.Header.Set("Access-Control-Request-Method", "PUT")
		}
	}
	return http.MethodDelete, header("Sec-Fetch-Site", "cross-site")
}

func TestRefusalsAreProblems(t *testing.T) {
	for name, layer := range refusing(nil) {
		t.Run(name, func(t *testing.T) {
			method, edit := foreign(name)
			w := send(withLayers(layer.layer), method, "/", "", edit)
			problem := problemIn(t, w)
			assert.Equal(t, layer.status, problem.Status)
			assert.Equal(t, http.StatusText(layer.status), problem.Title)
			assert.NotEmpty(t, problem.Detail)
		})
	}
}

func TestOnError(t *testing.T) {
	var got middleware.Problem
	onError := func(c *dram.Context, problem middleware.Problem) {
		got = problem
		assert.True(t, c.IsAborted())
		c.String(problem.Status, "mine")
	}
	for name, layer := range refusing(onError) {
		t.Run(name, func(t *testing.T) {
			method, edit := foreign(name)
			w := send(withLayers(layer.layer), method, "/", "", edit)
			assert.Equal(t, layer.status, w.Code)
			assert.Equal(t, layer.status, got.Status)
			assert.Equal(t, "mine", w.Body.String())
		})
	}
}

// A function that only logs, or forgets the status, must not make a 200 of a refusal.
func TestARefusalIsNo200IfOnErrorLeavesTheStatusOut(t *testing.T) {
	for said, onError := range map[string]middleware.ErrorHandler{
		"":   func(*dram.Context, middleware.Problem) {},
		"no": func(c *dram.Context, _ middleware.Problem) { _, _ = c.Writer.WriteString("no") },
	} {
		for name, layer := range refusing(onError) {
			t.Run(name+said, func(t *testing.T) {
				method, edit := foreign(name)
				before := func(c *dram.Context) { c.Header("ETag", `"of the page"`) }
				w := send(withLayers(before, layer.layer), method, "/", "", edit)
				assert.Equal(t, layer.status, w.Code)
				assert.Equal(t, said, w.Body.String())
				assert.Empty(t, w.Header().Get("ETag"))
			})
		}
	}
}

func keysOf(h http.Header) []string {
	var names []string
	for name := range h {
		names = append(names, name)
	}
	return names
}

func TestWriteProblemDropsHeadersOfAnotherBody(t *testing.T) {
	r := dram.New()
	r.GET("/", func(c *dram.Context) {
		c.Header("Content-Length", "5")
		c.Header("ETag", `"x"`)
		c.Header("Cache-Control", "max-age=60")
		c.Header("X-Kept", "1")
		middleware.WriteProblem(c, middleware.Problem{Type: "https://example.com/out", Title: "Out", Status: 409})
	})
	w := get(r, "/")
	assert.Equal(t, "Out", problemIn(t, w).Title)
	assert.ElementsMatch(t, []string{"Content-Type", "Vary", "X-Kept"}, keysOf(w.Header()))
	assert.JSONEq(t, `{"type":"https://example.com/out","title":"Out","status":409}`, w.Body.String())
}

func TestWriteProblemKeepsACookiePrivate(t *testing.T) {
	r := dram.New()
	r.GET("/", func(c *dram.Context) {
		c.Header("Cache-Control", "public, max-age=60")
		c.SetCookie("id", "7", 0, "", "", true, true)
		middleware.WriteProblem(c, middleware.Problem{Status: 404})
	})
	assert.Equal(t, "private, no-cache", get(r, "/").Header().Get("Cache-Control"))
}

func ExampleErrorHandler() {
	page := func(c *dram.Context, problem middleware.Problem) {
		c.String(problem.Status, "Sorry: %s.", problem.Detail)
	}
	r := dram.New()
	r.Use(middleware.CSRF(middleware.CSRFConfig{OnError: page}))
	r.POST("/", func(c *dram.Context) { c.Status(http.StatusNoContent) })
	w := send(r, http.MethodPost, "/", "", header("Sec-Fetch-Site", "cross-site"))
	fmt.Println(w.Code, w.Body)
	// Output: 403 Sorry: the request comes from a page of another origin.
}

func ExampleConfigError() {
	cfg := middleware.CORSConfig{AllowOrigins: []string{"https://*.example.com"}} // read from a file, say
	fmt.Println(cfg.Validate())
	// Output: dram: middleware.CORS: AllowOrigins: "https://*.example.com" has a wildcard; list the origins whole, or decide in AllowOriginFunc
}

// TestLayersFailThroughOnErrorOfTheEngine: what layers refuse goes to the one place, unless
// a layer has an OnError of its own.
func TestLayersFailThroughOnErrorOfTheEngine(t *testing.T) {
	own := func(c *dram.Context, p middleware.Problem) { c.String(p.Status, "own") }
	for name, tc := range map[string]struct {
		layer dram.HandlerFunc
		want  string
	}{
		"HostAllowlist": {middleware.HostAllowlist(middleware.HostAllowlistConfig{Hosts: []string{"a.example"}}), "421"},
		"CSRF":          {middleware.CSRF(middleware.CSRFConfig{}), "403"},
		"Preconditions": {func(c *dram.Context) { middleware.Preconditions(c, `"1"`, time.Time{}) }, "412"},
		"OnError":       {middleware.HostAllowlist(middleware.HostAllowlistConfig{Hosts: []string{"a.example"}, OnError: own}), "own"},
	} {
		r := dram.New()
		r.OnError(func(c *dram.Context, err error) {
			var p *dram.Problem
			require.ErrorAs(t, err, &p)
			c.String(-1, "%d", p.Status)
		})
		r.Use(tc.layer)
		r.POST("/", func(*dram.Context) {})
		req := httptest.NewRequest(http.MethodPost, "/", nil)
		req.Header.Set("If-Match", `"2"`)
		req.Header.Set("Sec-Fetch-Site", "cross-site")
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		assert.Equal(t, tc.want, w.Body.String(), name)
	}
}

// A store or a verifier that ends with its client has not failed: nobody is to be woken for it.
func TestAClientThatLeavesIsAFaultOfNoLayer(t *testing.T) {
	left, leave := context.WithCancel(t.Context())
	leave()
	closed, end := context.WithCancelCause(t.Context()) // as over HTTP/3
	end(fmt.Errorf("idle for too long: %w", net.ErrClosed))
	ended := func(c *dram.Context, _ string) (bool, error) {
		return false, fmt.Errorf("query: %w", context.Cause(c.Request.Context()))
	}
	for name, layer := range map[string]dram.HandlerFunc{
		"KeyAuth": middleware.KeyAuth(middleware.KeyAuthConfig{Verify: ended}),
		"BasicAuth": middleware.BasicAuth(middleware.BasicAuthConfig{Verify: func(c *dram.Context, _, key string) (bool, error) { return ended(c, key) },
			OnError: func(c *dram.Context, p middleware.Problem) { c.Status(p.Status) }}),
		"RateLimit": middleware.RateLimit(middleware.RateLimitConfig{Limit: 1, Store: leavingStore{}}),
	} {
		t.Run(name, func(t *testing.T) {
			edits := []func(*http.Request){header("Authorization", "Bearer k")}
			if name == "BasicAuth" {
				edits[0] = func(req *http.Request) { req.SetBasicAuth("a", "b") }
			}
			assert.NotEqual(t, 499, get(withLayers(layer), "/", edits...).Code)
			for _, ctx := range []context.Context{left, closed} {
				edits := append(edits, func(req *http.Request) { *req = *req.WithContext(ctx) })
				assert.Equal(t, 499, get(withLayers(layer), "/", edits...).Code)
			}
		})
	}
}

func TestFailHidesTheErrorFromTheClient(t *testing.T) {
	w := httptest.NewRecorder()
	c, _ := dram.CreateTestContext(w)
	c.Request = httptest.NewRequest(http.MethodGet, "/", nil)
	secret := errors.New("password of the database")
	middleware.ErrorHandler(nil).Fail(c, http.StatusServiceUnavailable, "later", secret)
	assert.True(t, c.IsAborted())
	assert.ErrorIs(t, c.Errors.Last(), secret)
	assert.Equal(t, http.StatusServiceUnavailable, w.Code)
	assert.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
	assert.NotContains(t, w.Body.String(), "password")

	var got middleware.Problem
	own := middleware.ErrorHandler(func(_ *dram.Context, p middleware.Problem) { got = p })
	own.Fail(c, http.StatusForbidden, "no", nil)
	assert.Equal(t, middleware.Problem{Title: "Forbidden", Status: 403, Detail: "no"}, got)
}

// A layer of your own refuses as those of this package do: by its OnError, or through the
// one place of the engine.
func ExampleErrorHandler_Fail() {
	closed := func(onError middleware.ErrorHandler) dram.HandlerFunc {
		return func(c *dram.Context) {
			c.Header("Retry-After", "3600")
			onError.Fail(c, http.StatusServiceUnavailable, "closed for the night", nil)
		}
	}
	r := dram.New()
	r.GET("/", closed(nil), func(c *dram.Context) { c.String(http.StatusOK, "open") })
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	fmt.Println(w.Code, w.Body)
	// Output: 503 {"title":"Service Unavailable","status":503,"detail":"closed for the night"}
}
