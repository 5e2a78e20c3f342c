// What each layer costs: the time and the allocations that it adds to a request,
// in release mode, and a test that the allocations stay what docs/middleware.md
// says. Run the benchmark with: go test -bench Layer ./middleware

package middleware_test

import (
	"go/build"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// layerCost is a layer, a request that the layer works on and lets pass, and how
// many allocations it adds to the request.
type layerCost struct {
	name   string
	layer  dram.HandlerFunc
	edit   func(*http.Request)
	allocs float64
}

func layerCosts() []layerCost {
	cors := middleware.CORSConfig{AllowOrigins: []string{"https://app.example"}, AllowCredentials: true}
	verify := func(*dram.Context, string, string) (bool, error) { return true, nil }
	return []layerCost{
		{"none", nil, nil, 0},
		{"RequestID made", middleware.RequestID(middleware.RequestIDConfig{}), nil, 7},
		{"RequestID taken over", middleware.RequestID(middleware.RequestIDConfig{}), header("X-Request-Id", "0190b2ab-9d5c-7cc3"), 6},
		{"Health", middleware.Health(middleware.HealthConfig{}), nil, 0},
		{"Readiness", middleware.Readiness(middleware.ReadinessConfig{}), nil, 0},
		{"AccessLog", middleware.AccessLog(middleware.AccessLogConfig{Logger: slog.New(slog.NewJSONHandler(io.Discard, nil))}), nil, 2},
		{"AccessLog sampled away", middleware.AccessLog(middleware.AccessLogConfig{Logger: slog.New(slog.NewJSONHandler(io.Discard, nil)), SampleEvery: 1 << 30}), nil, 0},
		{"ServerTiming", middleware.ServerTiming(), nil, 9},
		{"Secure", middleware.Secure(middleware.SecureConfig{}), nil, 0},
		{"Secure with nonce", middleware.Secure(middleware.SecureConfig{ContentSecurityPolicy: "script-src {nonce}"}), nil, 6},
		{"CleanPath", middleware.CleanPath(middleware.CleanPathConfig{}), nil, 0},
		{"HostAllowlist", middleware.HostAllowlist(middleware.HostAllowlistConfig{Hosts: []string{"example.com"}}), nil, 0},
		{"CORS same origin", middleware.CORS(cors), nil, 0},
		{"CORS other origin", middleware.CORS(cors), header("Origin", "https://app.example"), 0},
		{"Concurrency", middleware.Concurrency(middleware.ConcurrencyConfig{Max: 10}), nil, 0},
		{"Concurrency by priority", middleware.Concurrency(middleware.ConcurrencyConfig{Max: 10, Priority: func(*dram.Context) middleware.Priority { return middleware.PriorityNormal }}), nil, 0},
		{"Concurrency, adaptive", middleware.Concurrency(adaptive()), nil, 0},
		{"Deprecated", middleware.Deprecated(retired), nil, 0},
		{"Deprecated, gone later", middleware.Deprecated(middleware.DeprecatedConfig{Since: since, Sunset: since.AddDate(1000, 0, 0), Gone: true}), nil, 0},
		{"RateLimit", middleware.RateLimit(middleware.RateLimitConfig{Limit: 1 << 30}), nil, 4},
		{"CSRF", middleware.CSRF(middleware.CSRFConfig{}), header("Sec-Fetch-Site", "same-origin"), 0},
		{"BodyLimit without body", middleware.BodyLimit(middleware.BodyLimitConfig{}), nil, 0},
		{"BodyLimit", middleware.BodyLimit(middleware.BodyLimitConfig{}), withBody, 4},
		{"Timeout", middleware.Timeout(middleware.TimeoutConfig{}), nil, 6},
		{"KeyAuth", middleware.KeyAuth(middleware.KeyAuthConfig{Verify: middleware.StaticKeys("k")}), header("Authorization", "Bearer k"), 0},
		{"BasicAuth", middleware.BasicAuth(middleware.BasicAuthConfig{Verify: verify}), func(req *http.Request) { req.SetBasicAuth("a", "b") }, 5},
		{"Idempotency without key", middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByClientIP}), nil, 0},
	}
}

// withBody gives the request a body that is not read.
func withBody(req *http.Request) {
	req.Body = io.NopCloser(strings.NewReader("body"))
	req.ContentLength = 4
}

// released returns an engine in release mode that uses the layer.
func released(layer dram.HandlerFunc) *dram.Engine {
	dram.SetMode(dram.ReleaseMode)
	defer dram.SetMode(dram.TestMode)
	r := dram.New()
	if layer != nil {
		r.Use(layer)
	}
	r.Any("/", func(c *dram.Context) { c.Status(http.StatusNoContent) })
	dram.CreateTestContextOnly(nil, r) // with which the Engine keeps its mode
	return r
}

// sink is a ResponseWriter that keeps nothing; its header is used again.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }
func (s *sink) WriteHeader(int)             {}

// once makes a function that serves one request of the case.
func (tc layerCost) once() func() {
	r, w := released(tc.layer), &sink{make(http.Header)}
	req := httptest.NewRequest(http.MethodPost, "/", nil)
	if tc.edit != nil {
		tc.edit(req)
	}
	return func() {
		clear(w.header)
		r.ServeHTTP(w, req)
	}
}

func BenchmarkLayer(b *testing.B) {
	for _, tc := range layerCosts() {
		b.Run(tc.name, func(b *testing.B) {
			serve := tc.once()
			b.ReportAllocs()
			for b.Loop() {
				serve()
			}
		})
	}
}

// BenchmarkIdempotency uses a new key each time: the answer is kept.
func BenchmarkIdempotency(b *testing.B) {
	r, w := released(middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByClientIP})), &sink{make(http.Header)}
	key := []byte("00000000")
	b.ReportAllocs()
	for b.Loop() {
		for i := len(key) - 1; ; i-- {
			if key[i]++; key[i] <= '9' {
				break
			}
			key[i] = '0'
		}
		req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("{}"))
		req.Header.Set("Idempotency-Key", string(key))
		clear(w.header)
		r.ServeHTTP(w, req)
	}
}

func BenchmarkCORSPreflight(b *testing.B) {
	serve := layerCost{layer: middleware.CORS(middleware.CORSConfig{
		AllowOrigins: []string{"https://app.example"}, AllowMethods: []string{"PUT"}, AllowHeaders: []string{"Content-Type"},
	}), edit: func(req *http.Request) {
		preflight("https://app.example", "PUT", "content-type")(req)
		req.Method = http.MethodOptions
	}}.once()
	b.ReportAllocs()
	for b.Loop() {
		serve()
	}
}

func TestLayersAllocateNoMoreThanTheyDid(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, tc := range layerCosts() {
		if tc.name == "AccessLog" && !slices.Contains(build.Default.ReleaseTags, "go1.26") {
			tc.allocs++ // Go 1.25's compiler keeps one value less on the stack
		}
		t.Run(tc.name, func(t *testing.T) {
			assert.LessOrEqual(t, testing.AllocsPerRun(200, tc.once()), tc.allocs)
		})
	}
}
