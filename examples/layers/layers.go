package main

// This file is the order of the layers: a layer protects, and sees, what stands
// below it here. Each line says what would go wrong if it stood elsewhere.

import (
	"context"
	"io"
	"log/slog"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/breaker"
	"github.com/dram-go/dram/contrib/casbin"
	"github.com/dram-go/dram/contrib/compress"
	"github.com/dram-go/dram/contrib/jwt"
	"github.com/dram-go/dram/contrib/prometheus"
	"github.com/dram-go/dram/contrib/session"
	mw "github.com/dram-go/dram/middleware"
)

// service is the engine and its groups, each with layers of its own.
type service struct {
	*dram.Engine
	site, api, admin, shop *dram.RouterGroup

	cfg     Config
	log     *slog.Logger
	stores  stores
	metrics *prometheus.Metrics
	zip     dram.HandlerFunc // compresses what it is put around
	notes   notes
}

// newService puts all together; what panics is for errOut. The service is not
// ready any more once stop is done.
func newService(stop context.Context, cfg Config, stores stores, log *slog.Logger, errOut io.Writer) (*service, error) {
	s := &service{Engine: dram.New(), cfg: cfg, log: log, stores: stores, metrics: prometheus.New(prometheus.Config{})}
	s.HandleMethodNotAllowed = true // 405, and the layers around it
	// Whose X-Forwarded-For and -Proto count, for all that asks Context.ClientIP
	// and Context.Scheme.
	if err := s.SetTrustedProxies(cfg.Proxies); err != nil {
		return nil, err
	}
	s.zip = mw.Compress(mw.CompressConfig{Encodings: compress.Encodings()})
	s.useEverywhere(stop, errOut)
	s.useOnSite()
	s.useOnAPI()
	s.useOnShop()
	return s, s.useOnAdmin()
}

// useEverywhere is for every request, those of paths without a route included.
func (s *service) useEverywhere(stop context.Context, errOut io.Writer) {
	limits := s.cfg.Limits

	// The answer to all that fails inside, in a layer or in a handler, or has no route.
	s.OnError(sayFault)
	// First: all that is written about a request names it.
	s.Use(mw.RequestID(mw.RequestIDConfig{}))
	// Outside everything that logs, counts or refuses: probes come often, from inside,
	// by address, and must not fail because clients are too many.
	s.Use(mw.Health(mw.HealthConfig{}))
	s.Use(mw.Readiness(mw.ReadinessConfig{Stopping: stop, Checks: s.stores.checks}))
	// Outside everything that answers, so that refusals are counted as well.
	s.Use(s.metrics.Layer())
	// Outside Recovery, to see the status that a panic became, and the panic
	// among the errors.
	s.Use(mw.AccessLog(mw.AccessLogConfig{Logger: s.log, Attrs: userOf}))
	// Outside everything that may panic.
	s.Use(dram.RecoveryWithWriter(errOut))
	// Measures what follows; in development only, since times tell secrets.
	if s.cfg.development() {
		s.Use(mw.ServerTiming())
	}
	// Outside everything that answers: errors carry these headers too.
	s.Use(mw.Secure(mw.SecureConfig{ContentSecurityPolicy: contentPolicy}))
	// Before anything believes the Host header: CSRF compares with it, Proxy sends it on.
	s.Use(mw.HostAllowlist(mw.HostAllowlistConfig{Hosts: s.cfg.Hosts}))
	// Outside everything that refuses (a page can read only what carries these headers)
	// and of all that asks who it is (a preflight cannot tell); on the engine,
	// where there need not be a route for OPTIONS. Without credentials, so
	// sessions are of no use to other origins.
	s.Use(mw.CORS(mw.CORSConfig{
		AllowOrigins: s.cfg.Origins, AllowMethods: []string{"DELETE"},
		AllowHeaders:  []string{"Authorization", "Content-Type", "Content-Encoding", "Idempotency-Key", "If-None-Match"},
		ExposeHeaders: []string{"ETag", "Idempotency-Replayed", "Location", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-Id"},
	}))
	// Before any work is done for the request; what waits here has a place in memory.
	// The shop has places of its own: its streams keep them for as long as they last.
	s.Use(mw.Skip(mw.RoutePrefix("/shop"), s.places()))
	// By address, before anybody is asked who they are: guesses cost as well.
	s.Use(mw.RateLimit(mw.RateLimitConfig{Name: "address", Limit: limits.PerAddress, Store: s.stores.buckets}))
	// Before a body is read. The API knows its users by a header that no form can
	// send; what browsers send by themselves, cookies and passwords, is protected.
	s.Use(mw.Skip(mw.RoutePrefix("/api"), mw.CSRF(mw.CSRFConfig{})))
	// Outside everything that reads bodies: small here, groups may allow more.
	s.Use(mw.BodyLimit(mw.BodyLimitConfig{Max: limits.Form}))
	// The time starts when the work does, not in the queue. The API has its own,
	// inside Idempotency; a recording of profiles takes as long as it takes.
	s.Use(mw.Skip(mw.RoutePrefix("/api", "/admin/pprof"), mw.Timeout(mw.TimeoutConfig{After: limits.Time})))

	// Files are the same for everybody, so nothing is lost by compressing them (BREACH).
	assets := mw.Static(mw.StaticConfig{FS: files("web/assets"), Prefix: "/assets", Immutable: mw.HashedName})
	s.GET("/assets/*file", s.zip, assets)
	s.HEAD("/assets/*file", s.zip, assets)
	// Last of all: the application's page for what no route knows. Programs get a 404.
	s.NoRoute(s.zip, mw.SPA(mw.SPAConfig{FS: files("web/app"), Exclude: []string{"/api/", "/admin/", "/shop/", "/assets/"}}))
}

// useOnSite is for pages. They are not compressed: they show the user's own
// data beside what others may have sent.
func (s *service) useOnSite() {
	s.site = s.Group("/")
	// Outside sessions, which set cookies: nobody keeps such a page, nor its nonce.
	s.site.Use(mw.NoCache())
	// Inside CSRF: nobody else's form comes as far as a session. Here and not on
	// the engine: files and the API need no look into the store.
	s.site.Use(session.Sessions(session.Config{Store: s.stores.sessions, Insecure: s.cfg.development()}))

	s.site.GET("/", dram.Try(s.home))
	// On its route alone, before the password is looked at.
	s.site.POST("/login", s.guesses("login"), dram.Try(s.login))
	s.site.POST("/logout", dram.Try(s.logout))
}

// useOnAPI is for programs.
func (s *service) useOnAPI() {
	limits := s.cfg.Limits
	s.api = s.Group("/api")
	// Outside everything that answers here, so that it compresses what is really sent.
	s.api.Use(s.zip)
	// Before anything that asks whose request it is.
	s.api.Use(jwt.Auth(jwt.Config{Algorithm: "HS256", Key: []byte(s.cfg.JWTKey), Issuer: issuer, Audience: audience}))
	// By user, so inside jwt: users behind one address do not share a budget.
	s.api.Use(mw.RateLimit(mw.RateLimitConfig{Name: "user", Limit: limits.PerUser, Key: mw.ByUser, Store: s.stores.buckets}))
	// Replaces the engine's, and counts the bytes received.
	s.api.Use(mw.BodyLimit(mw.BodyLimitConfig{Max: limits.Body}))
	// Inside BodyLimit: what comes in is small, what comes out is bounded here.
	s.api.Use(mw.Decompress(mw.DecompressConfig{Decodings: compress.Decodings(), MaxSize: limits.Plain}))
	// Inside jwt: a key is its user's own. Inside Decompress: a request is the
	// same whether it was compressed or not.
	s.api.Use(mw.Idempotency(mw.IdempotencyConfig{Scope: mw.ByUser, Store: s.stores.answers}))
	// Inside Idempotency, which must see that a request was too late: a
	// repetition is to be tried again then, and not answered from memory.
	s.api.Use(mw.Timeout(mw.TimeoutConfig{After: limits.Time}))
	// Outside ETag: a 304 says it too. Only the user's own cache keeps answers.
	s.api.Use(mw.CacheControl(mw.CacheControlConfig{}))
	// Inside Compress: one version has one digest, however it is compressed.
	s.api.Use(mw.ETag(mw.ETagConfig{}))

	s.api.GET("/notes", s.listNotes)
	s.api.POST("/notes", dram.Try(s.addNote))
}

// useOnShop passes a path on to another server.
func (s *service) useOnShop() {
	s.shop = s.Group("/shop")
	// In place of the engine's: when the shop is slow, all else is not.
	s.shop.Use(s.places())
	// Outside Proxy, whose 502 and 504 it counts; inside the limits, whose
	// refusals are not the shop's fault.
	s.shop.Use(mw.CircuitBreaker(mw.CircuitBreakerConfig{Breaker: breaker.New(breaker.Config{Name: "shop", Logger: s.log})}))
	// Not Any: TRACE shows headers, CONNECT opens tunnels.
	s.shop.Match([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}, "/*path",
		mw.Proxy(mw.ProxyConfig{Target: s.cfg.Shop, StripPrefix: "/shop", Rewrite: toShop}))
}

// useOnAdmin is for those who run the service, and for their machines.
func (s *service) useOnAdmin() error {
	enforcer, err := casbin.NewEnforcer(casbin.RouteModel, permissions)
	if err != nil {
		return err
	}
	s.admin = s.Group("/")
	// Outside the log-in: a refusal is not kept either.
	s.admin.Use(mw.NoCache())
	// Before the password is looked at.
	s.admin.Use(s.guesses("admin"))
	// Who they are, before what they may do.
	s.admin.Use(mw.BasicAuth(mw.BasicAuthConfig{Verify: s.verify}))
	// Inside the log-in: decides by user and by the route's pattern, so that no
	// spelling of a path gets round it.
	s.admin.Use(casbin.Authorize(casbin.Config{Enforcer: enforcer}))

	s.admin.GET("/metrics", s.metrics.Handler())
	// The layers above are its guard, in place of "this machine only".
	s.admin.GET("/admin/pprof/*profile", mw.Pprof(mw.PprofConfig{Prefix: "/admin/pprof", Guard: anybody}))
	return nil
}

// places bounds how many requests are at work.
func (s *service) places() dram.HandlerFunc {
	limits := s.cfg.Limits
	return mw.Concurrency(mw.ConcurrencyConfig{Max: limits.AtOnce, Queue: limits.Queue, Wait: limits.Wait})
}

// guesses bounds how often an address may try passwords.
func (s *service) guesses(name string) dram.HandlerFunc {
	return mw.RateLimit(mw.RateLimitConfig{Name: name, Limit: s.cfg.Limits.Guesses, Store: s.stores.buckets})
}
