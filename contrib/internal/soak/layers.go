package main

import (
	"io"
	"log/slog"
	"net/http"
	"slices"
	"time"

	gojwt "github.com/golang-jwt/jwt/v5"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/breaker"
	"github.com/dram-go/dram/contrib/casbin"
	contribcompress "github.com/dram-go/dram/contrib/compress"
	"github.com/dram-go/dram/contrib/http3"
	"github.com/dram-go/dram/contrib/jwt"
	"github.com/dram-go/dram/contrib/otel"
	"github.com/dram-go/dram/contrib/prometheus"
	"github.com/dram-go/dram/contrib/session"
	"github.com/dram-go/dram/middleware"
)

// This file lists the layers that need no other server, each set up so that it lets the soak's
// requests pass: what a layer refuses, and what is inside of what, is package matrixtest's.

type layer struct {
	name     string
	handlers []dram.HandlerFunc
	answers  bool // no route is inside of it
	alone    bool // it is not part of the stack of all layers
}

const (
	origin = "https://app.example"
	secret = "0123456789abcdef0123456789abcdef"
)

// credentials let a request pass.
func credentials(h http.Header) {
	h.Set("Origin", origin)
	h.Set("X-Api-Key", "right")
	h.Set("X-Jwt", bearer)
	h.Set("Authorization", "Basic YW5uOnB3") // ann:pw
}

var bearer = func() string {
	text, err := gojwt.NewWithClaims(gojwt.SigningMethodHS256, gojwt.MapClaims{
		"iss": "soak", "aud": "soak", "sub": "ann", "exp": time.Now().Add(100 * time.Hour).Unix(),
	}).SignedString([]byte(secret))
	if err != nil {
		panic(err)
	}
	return text
}()

// layers makes all for one Engine, the outermost first. Their names are those of the groups.
func layers(w *world, engine *dram.Engine, p *place) []layer {
	nothing := slog.New(slog.DiscardHandler)
	hosts := []string{"127.0.0.1", "*.soak.test"}
	set := func(name string, handlers ...dram.HandlerFunc) layer { return layer{name: name, handlers: handlers} }
	wrap := func(name string, middleware func(http.Handler) http.Handler) layer {
		return set(name, dram.WrapMiddleware(middleware))
	}
	all := []layer{
		set("plain"),
		set("RequestID", middleware.RequestID(middleware.RequestIDConfig{})),
		set("Health", middleware.Health(middleware.HealthConfig{})),
		set("Readiness", middleware.Readiness(middleware.ReadinessConfig{})),
		set("AltSvc", http3.AltSvc(443, time.Hour)),
		set("otel", otel.Observe(otel.Config{TracerProvider: sdktrace.NewTracerProvider(), MeterProvider: metricnoop.NewMeterProvider()})),
		set("prometheus", prometheus.New(prometheus.Config{}).Layer()),
		set("AccessLog", middleware.AccessLog(middleware.AccessLogConfig{Logger: slog.New(slog.NewJSONHandler(io.Discard, nil))})),
		set("LoggerWithSlog", dram.LoggerWithSlog(nothing)),
		set("Recovery", dram.CustomRecoveryWithWriter(io.Discard, w.recovered)),
		set("ServerTiming", middleware.ServerTiming()),
		set("Secure", middleware.Secure(middleware.SecureConfig{ContentSecurityPolicy: "script-src {nonce}"})),
		set("HostAllowlist", middleware.HostAllowlist(middleware.HostAllowlistConfig{Hosts: hosts})),
		set("CleanPath", middleware.CleanPath(middleware.CleanPathConfig{})),
		set("Redirects", middleware.Skip(isTenant, middleware.Redirects(middleware.RedirectsConfig{Hosts: []string{"127.0.0.1"}, WWW: middleware.RemoveWWW}))),
		set("CORS", middleware.CORS(middleware.CORSConfig{AllowOrigins: []string{origin}})),
		set("Concurrency", middleware.Concurrency(middleware.ConcurrencyConfig{Max: 8, Queue: 10_000, Wait: time.Minute})),
		{name: "Adaptive", alone: true, handlers: []dram.HandlerFunc{middleware.Concurrency(middleware.ConcurrencyConfig{
			Max: 8, Queue: 10_000, Wait: time.Minute, Adaptive: &middleware.AdaptiveLimit{},
		})}},
		set("RateLimit", middleware.RateLimit(middleware.RateLimitConfig{Limit: 1_000_000_000})),
		set("CSRF", middleware.CSRF(middleware.CSRFConfig{TrustedOrigins: []string{origin}})),
		set("BodyLimit", middleware.BodyLimit(middleware.BodyLimitConfig{})),
		set("Decompress", middleware.Decompress(middleware.DecompressConfig{})),
		set("Timeout", middleware.Timeout(middleware.TimeoutConfig{After: time.Minute})),
		set("CircuitBreaker", middleware.CircuitBreaker(middleware.CircuitBreakerConfig{Breaker: breaker.New(breaker.Config{Failures: 1 << 30})})),
		set("Split", middleware.Split(middleware.SplitConfig{Variants: []middleware.SplitVariant{{Name: "a", Weight: 1}, {Name: "b", Weight: 1}}})),
		set("Deprecated", middleware.Deprecated(middleware.DeprecatedConfig{Since: time.Unix(1, 0)})),
		set("Pprof", middleware.Pprof(middleware.PprofConfig{})),
		set("Static", middleware.Static(middleware.StaticConfig{Root: w.files, Prefix: "/assets", Fallthrough: true})),
		set("SPA", middleware.SPA(middleware.SPAConfig{Root: w.files, Index: "page.txt", Exclude: []string{"/"}})),
		set("KeyAuth", middleware.KeyAuth(middleware.KeyAuthConfig{Verify: middleware.StaticKeys("right"), Extract: middleware.FromHeader("X-Api-Key")})),
		set("middleware.BasicAuth", middleware.BasicAuth(middleware.BasicAuthConfig{
			Verify: func(_ *dram.Context, user, password string) (bool, error) { return user+password == "annpw", nil },
		})),
		set("BasicAuth", dram.BasicAuth(dram.Accounts{"ann": "pw"})),
		set("jwt", jwt.Auth(jwt.Config{Algorithm: "HS256", Key: []byte(secret), Issuer: "soak", Audience: "soak", Extract: middleware.FromHeader("X-Jwt")})),
		set("casbin", casbin.Authorize(casbin.Config{Enforcer: enforcer(), Subject: func(*dram.Context) string { return "anyone" }})),
		set("Idempotency", middleware.Idempotency(middleware.IdempotencyConfig{
			Scope: middleware.ByClientIP, Store: middleware.NewMemoryIdempotencyStore(1000, 4<<20), TTL: time.Minute,
		})),
		set("session", session.Sessions(session.Config{Insecure: true, Store: session.NewMemoryStore(1000)}), w.visit),
		set("CacheControl", middleware.CacheControl(middleware.CacheControlConfig{})),
		set("Cache", middleware.Cache(middleware.CacheConfig{Cookies: true, Authorized: true, Store: middleware.NewMemoryCache(4<<20, 0)}),
			middleware.CacheControl(middleware.CacheControlConfig{Directives: middleware.CacheDirectives{Public: true, MaxAge: time.Hour}})),
		set("NoCache", middleware.NoCache()),
		set("Compress", middleware.Compress(middleware.CompressConfig{
			Encodings: []middleware.Encoding{contribcompress.Zstd(0), contribcompress.Brotli(0), middleware.Gzip(0)},
		})),
		set("Only", middleware.Only(middleware.MethodIs(http.MethodGet), middleware.Compress(middleware.CompressConfig{MinSize: 1}))),
		set("ETag", middleware.ETag(middleware.ETagConfig{})),
		wrap("WrapMiddleware", func(next http.Handler) http.Handler { return next }),
		{name: "TimeoutHandler", alone: true, handlers: []dram.HandlerFunc{dram.WrapMiddleware(func(next http.Handler) http.Handler {
			return http.TimeoutHandler(next, time.Minute, "too late")
		})}},
		{name: "MethodOverride", alone: true, handlers: []dram.HandlerFunc{middleware.MethodOverride(middleware.MethodOverrideConfig{Engine: engine})}},
		{name: "Rewrite", answers: true, handlers: []dram.HandlerFunc{middleware.Rewrite(middleware.RewriteConfig{
			Engine: engine, Rules: []middleware.RewriteRule{{Path: "/Rewrite/*", To: "/ETag/*"}},
		})}},
		{name: "Proxy", answers: true, handlers: []dram.HandlerFunc{middleware.Proxy(middleware.ProxyConfig{
			Target: p.upstream.URL, PreserveHost: true, Transport: p.upstream.Client().Transport,
		})}},
	}
	stack := layer{name: "all"}
	for _, l := range all {
		if !l.answers && !l.alone {
			stack.handlers = append(stack.handlers, l.handlers...)
		}
	}
	return slices.Concat(all, []layer{stack})
}

func isTenant(c *dram.Context) bool { return c.FullHost() != "" }

func enforcer() casbin.Enforcer {
	e, err := casbin.NewEnforcer(casbin.RouteModel, "p, anyone, /*, *\np, anyone, {tenant}.soak.test/*, *")
	if err != nil {
		panic(err)
	}
	return e
}

// visit puts the token into the session, where it has to be when the client comes again.
func (w *world) visit(c *dram.Context) {
	visitor, token := session.From(c), c.GetHeader(tokenHeader)
	if got := visitor.GetString("token"); got != "" && got != token {
		w.fault(isMixed, "the session of %s is of %s", token, got)
	}
	visitor.Put("token", token)
}
