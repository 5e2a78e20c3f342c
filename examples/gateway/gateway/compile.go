package gateway

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/auth"
	"github.com/dram-go/dram/examples/gateway/call"
	"github.com/dram-go/dram/examples/gateway/change"
	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/examples/gateway/key"
	"github.com/dram-go/dram/examples/gateway/limit"
	"github.com/dram-go/dram/examples/gateway/risk"
	"github.com/dram-go/dram/examples/gateway/seen"
	"github.com/dram-go/dram/examples/gateway/split"
	"github.com/dram-go/dram/examples/gateway/upstream"
	"github.com/dram-go/dram/middleware"
)

// route is a route with what was made of it.
type route struct {
	*config.Route
	name string
	pool *upstream.Pool // nil for a merged one

	split *split.Split // nil without one
}

// compile makes a generation of a text, with what has not changed of the one before.
func (g *Gateway) compile(text []byte, before *generation) (*generation, error) {
	file, err := config.Parse(g.name, text)
	if err != nil {
		return nil, err
	}
	for _, warning := range file.Warnings {
		g.options.Log.Warn(warning.Error())
	}
	next := &generation{file: file, text: text, tag: tagOf(text), since: time.Now()}
	if next.upstreams, err = upstream.NewSet(file, before.upstreams, g.options.Log); err != nil {
		return nil, err
	}
	if err = g.prepare(next, before); err == nil {
		err = g.build(next)
	}
	if err != nil {
		next.close(before)
		return nil, err
	}
	return next, nil
}

// prepare makes what the routes of a file have in common.
func (g *Gateway) prepare(next, before *generation) (err error) {
	next.redis = limit.NewRedis(next.file.Redis, before.redis, g.options.Log)
	next.identity = auth.NewIdentity(next.file.Identity)
	if next.judge, err = risk.New(next.file, before.judge, g.options.Log, g.metrics.Decision); err != nil {
		return err
	}
	if next.tracer, err = seen.NewTracer(next.file.Trace, before.tracer); err != nil {
		return err
	}
	next.ways, err = g.ways(next)
	return err
}

// build makes the Engine: what all requests pass, and the routes.
func (g *Gateway) build(next *generation) error {
	e := dram.New()
	next.engine = e
	e.HandleMethodNotAllowed = true
	if err := e.SetTrustedProxies(next.file.TrustedProxies); err != nil {
		return err
	}
	names := make(seen.Names)
	e.Use(append(g.observers(next, names), next.identity.Strip)...)
	e.Use(g.options.Layers...)
	var faults config.Faults
	for _, cfg := range next.file.Routes {
		r := &route{Route: cfg, name: cmp.Or(cfg.Name, cfg.Path), pool: next.upstreams[cfg.To]}
		chain, err := g.chain(next, r)
		if err != nil {
			if err = faults.Take(err); err != nil {
				return err
			}
			continue
		}
		next.routes = append(next.routes, r)
		if err := r.register(e, next.file.Hosts(), chain, names); err != nil {
			return err
		}
	}
	return faults.Err()
}

// allMethods are those of a route that names none: not TRACE, with which a client would see what
// upstreams only are told, and not CONNECT.
var allMethods = strings.Fields("GET HEAD POST PUT PATCH DELETE OPTIONS " + dram.MethodQuery)

// register registers a route for its hosts. What the Engine refuses that Parse has let pass, two
// spellings of a host say, is a fault of the route.
func (r *route) register(e *dram.Engine, hosts []string, chain []dram.HandlerFunc, names seen.Names) (err error) {
	defer func() {
		if why := recover(); why != nil {
			err = r.At.Fault("hosts", "the route cannot be told from another one: %v", why)
		}
	}()
	for _, host := range hosts {
		if !r.IsFor(host) {
			continue
		}
		group := &e.RouterGroup
		if host != "" {
			group = e.Host(host)
		}
		methods := r.Methods
		if len(methods) == 0 {
			methods = allMethods
		}
		for _, method := range methods {
			group.Handle(method, r.Path, chain...)
			names[[3]string{method, host, r.Path}] = r.name
		}
	}
	return nil
}

// chain is what a request of a route passes, from the outside in.
func (g *Gateway) chain(next *generation, r *route) ([]dram.HandlerFunc, error) {
	layers := []dram.HandlerFunc{
		middleware.Timeout(middleware.TimeoutConfig{After: time.Duration(r.Timeout)}),
		middleware.BodyLimit(middleware.BodyLimitConfig{Max: int64(r.MaxBody)}),
	}
	checks, err := g.checks(next, r)
	if err != nil {
		return nil, err
	}
	target, err := g.target(next, r)
	if err != nil {
		return nil, err
	}
	outside, inside := next.judge.Layers(r.name, r.Risk)
	layers = slices.Concat(layers, outside, next.auth(r), inside, g.limit(next, r), checks, g.split(r), g.cached(next, r), changes(r))
	return append(layers, target), nil
}

// proxy is the handler that asks the upstream.
func (g *Gateway) proxy(next *generation, r *route) dram.HandlerFunc {
	out, whole := change.Out(r.Route), change.Whole(r.Response, int64(r.MaxBody))
	return wished(r.pool, middleware.Proxy(middleware.ProxyConfig{
		Target:      "http://upstream", // the transport knows which
		StripPrefix: strings.TrimSuffix(r.StripPrefix, "/"),
		Transport:   g.mirrored(next, r, next.tracer.Transport(r.To, call.New(r.Route, r.pool, g.seen(r, r.To)))),
		Rewrite: func(c *dram.Context, req *http.Request) {
			out(c, req)
			next.identity.Set(c, req.Header, r.To)
		},
		ModifyResponse: whole,
	}))
}

// wished says for each request what it wants of its server.
func wished(pool *upstream.Pool, handler dram.HandlerFunc) dram.HandlerFunc {
	hashed := hash(pool)
	return func(c *dram.Context) {
		ctx := call.With(c.Request.Context(), upstream.Wish{Key: hashed(c), Version: split.VersionOf(c), Only: split.IsNamed(c)})
		c.Request = c.Request.WithContext(ctx)
		handler(c)
	}
}

// hash is whose a request is, for upstreams that choose by a hash of it.
func hash(pool *upstream.Pool) func(*dram.Context) string {
	if pool.HashBy == "" {
		return func(*dram.Context) string { return "" }
	}
	return key.Of(pool.HashBy)
}
