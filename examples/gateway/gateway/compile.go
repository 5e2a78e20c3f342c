package gateway

import (
	"cmp"
	"fmt"
	"net/http"
	"path/filepath"
	"runtime/debug"
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

// compile makes a generation of a text, with what has not changed of the one before. It starts nothing. A
// panic is a fault of the file as well: the one before is served with.
func (g *Gateway) compile(text []byte) (next *generation, err error) {
	before := g.current.Load()
	next = &generation{file: new(config.File), text: text, tag: tagOf(text), since: time.Now(), kept: make(map[string]any)}
	defer func() {
		if why := recover(); why != nil {
			g.options.Log.Error("the file makes the gateway panic", "panic", why, "stack", string(debug.Stack()))
			err = config.Faults{{File: filepath.Base(g.name), Text: fmt.Sprintf("it cannot be prepared (%v): undo the last change, and report this", why)}}
		}
		if g.metrics.Reloaded(err); err != nil {
			g.leave(next)
		}
	}()
	var missing error // files that it names
	if next.file, missing = config.Parse(g.name, text); len(next.file.Routes) == 0 {
		return next, missing
	}
	for _, warning := range next.file.Warnings {
		g.options.Log.Warn(warning.Error())
	}
	next.upstreams, err = upstream.NewSet(next.file, before.upstreams, g.options.Log)
	return next, config.Together(missing, err, g.prepare(next, before), g.build(next, before))
}

// prepare makes what the routes of a file have in common. What is at fault is there as well, to look at the rest.
func (g *Gateway) prepare(next, before *generation) error {
	errs := make([]error, 5)
	next.redis = limit.NewRedis(next.file.Redis, before.redis, g.options.Log)
	next.identity = auth.NewIdentity(next.file.Identity)
	next.judge, errs[0] = risk.New(next.file, before.judge, g.options.Log, g.metrics.Decision)
	next.tracer, errs[1] = seen.NewTracer(next.file.Trace, before.tracer)
	next.ways, errs[2] = next.known(before)
	next.tls = before.tls
	if next.file.Listen.TLS != nil {
		next.tls, errs[3] = certify(next.file)
	}
	errs[4] = g.described(next)
	return config.Together(errs...)
}

// build makes the routes, and what all requests pass.
func (g *Gateway) build(next, before *generation) error {
	names := make(seen.Names)
	var layers []dram.HandlerFunc
	if ready := next.file.Listen.Ready; ready != "" {
		layers = append(layers, middleware.Readiness(middleware.ReadinessConfig{Path: ready, Stopping: g.stopping}))
	}
	layers = slices.Concat(layers, g.observers(next, names), []dram.HandlerFunc{next.identity.Strip}, g.options.Layers)
	table, err := newTable(next.file, names, layers)
	if err != nil {
		return err
	}
	next.engine = table.engine()
	var faults config.Faults
	for _, cfg := range next.file.Routes {
		r := &route{Route: cfg, name: cmp.Or(cfg.Name, cfg.Path), pool: next.upstreams[cfg.To]}
		next.routes = append(next.routes, r)
		chain, err := g.chain(next, before, r)
		if err == nil {
			err = table.register(r, chain)
		}
		if err = faults.Take(err); err != nil {
			return err
		}
	}
	return faults.Err()
}

// chain is what a request of a route passes, from the outside in.
func (g *Gateway) chain(next, before *generation, r *route) ([]dram.HandlerFunc, error) {
	layers := []dram.HandlerFunc{
		middleware.Timeout(middleware.TimeoutConfig{After: time.Duration(r.Timeout)}),
		middleware.BodyLimit(middleware.BodyLimitConfig{Max: int64(r.MaxBody)}),
	}
	checks, unchecked := g.checks(next, r)
	target, untold := g.target(next, r)
	if err := config.Together(unchecked, untold); err != nil {
		return nil, err
	}
	outside, inside := next.judge.Layers(r.name, r.Risk)
	layers = slices.Concat(layers, outside, next.auth(r), inside, g.limited(next, before, r), checks, splitting(r), cached(next, before, r), changes(r))
	return append(layers, target), nil
}

// proxy is the handler that asks the upstream.
func (g *Gateway) proxy(next *generation, r *route) dram.HandlerFunc {
	out, whole := change.Out(r.Route), change.Whole(r.Response, int64(r.MaxBody))
	return wished(r.pool, middleware.Proxy(middleware.ProxyConfig{
		Target:      "http://upstream", // the transport knows which
		StripPrefix: strings.TrimSuffix(r.StripPrefix, "/"),
		Transport:   change.Transport(r.Response, next.tracer.Transport(r.To, g.mirrored(next, r, call.New(r.Route, r.pool, g.seen(r, r.To))))),
		Rewrite: func(c *dram.Context, req *http.Request) {
			call.Rewrite(c, req)
			out(c, req)
			next.identity.Drop(req.Trailer) // which are all there if a layer has read the body
			next.identity.Set(c, req.Header, r.To)
		},
		ModifyResponse: whole,
		OnError:        call.OnError,
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
