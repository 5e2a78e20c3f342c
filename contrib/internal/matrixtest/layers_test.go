package matrixtest

import (
	"io"
	"log/slog"
	"net/http"
	"time"

	gojwt "github.com/golang-jwt/jwt/v5"
	metricnoop "go.opentelemetry.io/otel/metric/noop"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/dram-go/dram"
	contribbreaker "github.com/dram-go/dram/contrib/breaker"
	"github.com/dram-go/dram/contrib/casbin"
	contribcompress "github.com/dram-go/dram/contrib/compress"
	"github.com/dram-go/dram/contrib/jwt"
	"github.com/dram-go/dram/contrib/otel"
	"github.com/dram-go/dram/contrib/prometheus"
	"github.com/dram-go/dram/contrib/session"
	"github.com/dram-go/dram/middleware"
)

// This file lists the layers, and what each is documented to do to an answer.

// layer is one layer of the matrix.
type layer struct {
	name string
	// of makes it for one engine.
	of func(s *stack) []dram.HandlerFunc
	effect
}

// effect is what the model knows of a layer. The zero value changes nothing.
type effect struct {
	changes  bool              // it changes answers, or their writer: it takes part in the triples
	before   map[string]string // headers that it sets on the way in
	after    map[string]string // headers that it sets on an answer
	refuses  int               // it answers everything with this status
	replaces int               // it answers so in place of any answer
	recovers bool
	deadline bool // the request's context ends after stack.limit
	answers  int  // with this status, when that time is up and there is no answer
	buffers  bool // it holds the whole answer on a Context of its own: http.TimeoutHandler
	opaque   bool // what is inside cannot hijack
	reroutes bool // the layers outside run twice
	encodes  bool // it changes the bytes, and is not ours: it may end them well although they are not whole
	tags     bool // it gives an ETag
	once     bool // it answers a repeated POST itself
}

// one returns a layer that does not depend on the stack.
func one(make func() dram.HandlerFunc) func(*stack) []dram.HandlerFunc {
	return func(*stack) []dram.HandlerFunc { return []dram.HandlerFunc{make()} }
}

// set makes a layer of a handler that may be shared by all engines.
func set(name string, h dram.HandlerFunc) layer {
	return layer{name: name, of: one(func() dram.HandlerFunc { return h })}
}

// with gives a layer an effect.
func (l layer) with(e effect) layer { l.effect = e; return l }

// wrap makes a layer of a net/http middleware.
func wrap(name string, middleware func(http.Handler) http.Handler, e effect) layer {
	return set(name, dram.WrapMiddleware(middleware)).with(e)
}

func verifyKey(_ *dram.Context, key string) (bool, error) { return key == "right", nil }

var secret = []byte("0123456789abcdef0123456789abcdef")

// token is a JSON Web Token that the layer of contrib/jwt takes.
var token = func() string {
	text, err := gojwt.NewWithClaims(gojwt.SigningMethodHS256, gojwt.MapClaims{
		"iss": "matrix", "aud": "matrix", "sub": "ann", "exp": time.Now().Add(24 * time.Hour).Unix(),
	}).SignedString(secret)
	if err != nil {
		panic(err)
	}
	return text
}()

// rooms returns the layers by the package that they come from.
func rooms() (root, ours, contrib []layer) {
	return rootLayers(), middlewareLayers(), contribLayers()
}

// ErrorLogger is not among them: as Gin's, it writes behind whatever was answered.
func rootLayers() []layer {
	return []layer{
		set("Logger", dram.LoggerWithWriter(io.Discard)),
		set("LoggerWithSlog", dram.LoggerWithSlog(slog.New(slog.DiscardHandler))),
		set("Recovery", dram.RecoveryWithWriter(nil)).with(effect{recovers: true, changes: true}),
		set("BasicAuth", dram.BasicAuth(dram.Accounts{"ann": "pw"})),
		wrap("Wrap(pass)", func(next http.Handler) http.Handler { return next }, effect{}),
		wrap("Wrap(context)", addToContext, effect{}),
		wrap("Wrap(plain)", hidePowers, effect{changes: true, opaque: true}),
		wrap("Wrap(gzip)", gzipMiddleware, effect{changes: true, encodes: true}),
		{name: "Wrap(TimeoutHandler)", of: func(s *stack) []dram.HandlerFunc {
			return []dram.HandlerFunc{dram.WrapMiddleware(func(next http.Handler) http.Handler {
				return http.TimeoutHandler(next, s.limit, "too late")
			})}
		}, effect: effect{changes: true, deadline: true, answers: 503, buffers: true, opaque: true}},
		set("embedded", embedding).with(effect{changes: true}),
		set("embedded gzip", embeddingGzip).with(effect{changes: true, encodes: true}),
	}
}

// cacheAll keeps what it may: the requests of the matrix have Authorization.
var cacheAll = middleware.CacheConfig{Cookies: true, Authorized: true}

func middlewareLayers() []layer {
	noStore := map[string]string{"Cache-Control": "no-store"}
	return []layer{
		set("RequestID", middleware.RequestID(middleware.RequestIDConfig{})).with(effect{before: map[string]string{"X-Request-Id": "*"}}),
		set("Health", middleware.Health(middleware.HealthConfig{})),
		set("Readiness", middleware.Readiness(middleware.ReadinessConfig{})),
		set("AccessLog", middleware.AccessLog(middleware.AccessLogConfig{Logger: slog.New(slog.DiscardHandler)})),
		set("ServerTiming", middleware.ServerTiming()).with(effect{changes: true, after: map[string]string{"Server-Timing": "*"}}),
		set("Secure", middleware.Secure(middleware.SecureConfig{ContentSecurityPolicy: "script-src {nonce}"})).
			with(effect{before: map[string]string{"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "*"}}),
		set("HostAllowlist", middleware.HostAllowlist(middleware.HostAllowlistConfig{Hosts: []string{"127.0.0.1"}})),
		set("HostAllowlist(no)", middleware.HostAllowlist(middleware.HostAllowlistConfig{Hosts: []string{"example.com"}})).with(effect{refuses: 421}),
		set("CORS", middleware.CORS(middleware.CORSConfig{AllowOrigins: []string{"https://app.example"}})).
			with(effect{before: map[string]string{"Access-Control-Allow-Origin": "https://app.example"}}),
		{name: "Concurrency", of: one(func() dram.HandlerFunc {
			return middleware.Concurrency(middleware.ConcurrencyConfig{Max: 1, Queue: 1, Wait: 10 * time.Second})
		})},
		{name: "Concurrency(adaptive)", of: one(func() dram.HandlerFunc {
			return middleware.Concurrency(middleware.ConcurrencyConfig{Max: 1, Queue: 1, Wait: 10 * time.Second, Adaptive: &middleware.AdaptiveLimit{}})
		}), effect: effect{changes: true}},
		set("Deprecated", middleware.Deprecated(middleware.DeprecatedConfig{Since: time.Unix(1, 0), Sunset: time.Unix(2, 0)})).
			with(effect{changes: true, before: map[string]string{"Deprecation": "@1", "Sunset": "Thu, 01 Jan 1970 00:00:02 GMT"}}),
		set("Deprecated(gone)", middleware.Deprecated(middleware.DeprecatedConfig{Since: time.Unix(1, 0), Sunset: time.Unix(2, 0), Gone: true})).with(effect{refuses: 410}),
		{name: "RateLimit", of: one(func() dram.HandlerFunc { return middleware.RateLimit(middleware.RateLimitConfig{Limit: 1_000_000}) }),
			effect: effect{before: map[string]string{"Ratelimit": "*"}}},
		set("CSRF", middleware.CSRF(middleware.CSRFConfig{TrustedOrigins: []string{"https://app.example"}})),
		set("BodyLimit", middleware.BodyLimit(middleware.BodyLimitConfig{})),
		{name: "Timeout", of: func(s *stack) []dram.HandlerFunc {
			return []dram.HandlerFunc{middleware.Timeout(middleware.TimeoutConfig{After: s.limit})}
		}, effect: effect{changes: true, deadline: true, answers: 503}},
		set("KeyAuth", middleware.KeyAuth(middleware.KeyAuthConfig{Verify: verifyKey, Extract: middleware.FromHeader("X-Api-Key")})),
		set("KeyAuth(no)", middleware.KeyAuth(middleware.KeyAuthConfig{Verify: verifyKey, Extract: middleware.FromHeader("X-None")})).with(effect{refuses: 401}),
		set("middleware.BasicAuth", middleware.BasicAuth(middleware.BasicAuthConfig{
			Verify: func(_ *dram.Context, user, _ string) (bool, error) { return user == "ann", nil },
		})),
		{name: "Idempotency", of: one(func() dram.HandlerFunc {
			return middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByClientIP})
		}), effect: effect{changes: true, once: true}},
		{name: "Compress", of: func(s *stack) []dram.HandlerFunc {
			return s.counted(1, middleware.Gzip(0))
		}, effect: effect{changes: true}},
		{name: "Only(Compress)", of: func(s *stack) []dram.HandlerFunc {
			compress := s.counted(0, middleware.Gzip(0))
			compress[1] = middleware.Only(middleware.MethodIs("GET", "HEAD"), compress[1])
			return compress
		}, effect: effect{changes: true}},
		set("Decompress", middleware.Decompress(middleware.DecompressConfig{})),
		set("ETag", middleware.ETag(middleware.ETagConfig{})).with(effect{changes: true, tags: true}),
		set("CacheControl", middleware.CacheControl(middleware.CacheControlConfig{})).with(effect{changes: true, after: map[string]string{"Cache-Control": "*"}}),
		set("CacheControl(public)", middleware.CacheControl(middleware.CacheControlConfig{
			Directives: middleware.CacheDirectives{Public: true, MaxAge: time.Hour},
		})).with(effect{changes: true, after: map[string]string{"Cache-Control": "*"}}),
		{name: "Cache", of: one(func() dram.HandlerFunc { return middleware.Cache(cacheAll) }), effect: effect{changes: true}},
		{name: "Cache, CacheControl(public)", of: func(*stack) []dram.HandlerFunc {
			return []dram.HandlerFunc{middleware.Cache(cacheAll), middleware.CacheControl(middleware.CacheControlConfig{
				Directives: middleware.CacheDirectives{Public: true, MaxAge: time.Hour},
			})}
		}, effect: effect{changes: true, after: map[string]string{"Cache-Control": "*"}}},
		set("NoCache", middleware.NoCache()).with(effect{changes: true, after: noStore}),
		{name: "MethodOverride", of: func(s *stack) []dram.HandlerFunc {
			return []dram.HandlerFunc{middleware.MethodOverride(middleware.MethodOverrideConfig{Engine: s.engine})}
		}},
		{name: "Rewrite", of: func(s *stack) []dram.HandlerFunc {
			return []dram.HandlerFunc{middleware.Rewrite(middleware.RewriteConfig{Engine: s.engine, Rules: []middleware.RewriteRule{{Path: "/old/*", To: "/usual/*"}}})}
		}},
		{name: "Rewrite(yes)", of: func(s *stack) []dram.HandlerFunc {
			return []dram.HandlerFunc{middleware.Rewrite(middleware.RewriteConfig{Engine: s.engine, Rules: []middleware.RewriteRule{{Path: "/*", To: "/*"}}})}
		}, effect: effect{reroutes: true}},
		set("Redirects", middleware.Redirects(middleware.RedirectsConfig{Hosts: []string{"127.0.0.1"}, WWW: middleware.RemoveWWW})),
		set("Static", middleware.Static(middleware.StaticConfig{Root: "testdata", Prefix: "/assets", Fallthrough: true})),
		set("SPA", middleware.SPA(middleware.SPAConfig{Root: "testdata", Index: "file.txt", Exclude: []string{"/"}})),
		set("Pprof", middleware.Pprof(middleware.PprofConfig{})),
		set("Split", middleware.Split(middleware.SplitConfig{Variants: []middleware.SplitVariant{{Name: "a", Weight: 1}}})),
		{name: "CircuitBreaker", of: func(s *stack) []dram.HandlerFunc {
			breaker := contribbreaker.New(contribbreaker.Config{Failures: 1_000_000})
			return []dram.HandlerFunc{middleware.CircuitBreaker(middleware.CircuitBreakerConfig{Breaker: &countedBreaker{Breaker: breaker, open: &s.open}})}
		}},
		set("CircuitBreaker(open)", middleware.CircuitBreaker(middleware.CircuitBreakerConfig{Breaker: openBreaker{}})).with(effect{refuses: 503}),
	}
}

func contribLayers() []layer {
	enforcer, err := casbin.NewEnforcer(casbin.RouteModel, "p, anyone, /*, *")
	if err != nil {
		panic(err)
	}
	touch := func(c *dram.Context) { session.From(c).Put("seen", 1) }
	return []layer{
		{name: "Sessions", of: func(*stack) []dram.HandlerFunc {
			return []dram.HandlerFunc{session.Sessions(session.Config{}), touch}
		}, effect: effect{changes: true, after: map[string]string{"Set-Cookie": "*"}}},
		{name: "Sessions(read only)", of: one(func() dram.HandlerFunc { return session.Sessions(session.Config{Name: "other"}) }), effect: effect{changes: true}},
		{name: "Sessions(store fails)", of: func(*stack) []dram.HandlerFunc {
			return []dram.HandlerFunc{session.Sessions(session.Config{Store: failingStore{}}), touch}
		}, effect: effect{changes: true, replaces: 503}},
		{name: "otel", of: func(s *stack) []dram.HandlerFunc {
			provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans{&s.open}))
			return []dram.HandlerFunc{otel.Observe(otel.Config{TracerProvider: provider, MeterProvider: metricnoop.NewMeterProvider()})}
		}},
		{name: "prometheus", of: func(s *stack) []dram.HandlerFunc {
			metrics := prometheus.New(prometheus.Config{})
			s.registries = append(s.registries, metrics.Registry())
			return []dram.HandlerFunc{metrics.Layer()}
		}},
		set("casbin", casbin.Authorize(casbin.Config{Enforcer: enforcer, Subject: func(*dram.Context) string { return "anyone" }})),
		set("casbin(no)", casbin.Authorize(casbin.Config{Enforcer: enforcer, Subject: func(*dram.Context) string { return "somebody" }})).with(effect{refuses: 403}),
		set("jwt", jwt.Auth(jwt.Config{
			Algorithm: "HS256", Key: secret, Issuer: "matrix", Audience: "matrix",
			Extract: func(c *dram.Context) string { return c.GetHeader("X-Token") },
		})),
		{name: "Compress(zstd)", of: func(s *stack) []dram.HandlerFunc {
			return s.counted(0, contribcompress.Zstd(0))
		}, effect: effect{changes: true}},
		{name: "Compress(br)", of: func(s *stack) []dram.HandlerFunc {
			return s.counted(0, contribcompress.Brotli(0))
		}, effect: effect{changes: true}},
	}
}
