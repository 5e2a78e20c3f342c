package gateway

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/call"
	"github.com/dram-go/dram/examples/gateway/change"
	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/examples/gateway/merge"
	"github.com/dram-go/dram/examples/gateway/mirror"
	"github.com/dram-go/dram/examples/gateway/transcode"
	"github.com/dram-go/dram/examples/gateway/upstream"
	"github.com/dram-go/dram/examples/gateway/validate"
)

// This file makes what a route does with requests and answers: checks them by an OpenAPI file,
// changes them, and asks an upstream in its own language, or several, or one more.

// checks are the layer that checks by an OpenAPI file, if there is one.
func (g *Gateway) checks(next *generation, r *route) ([]dram.HandlerFunc, error) {
	if r.OpenAPI == "" {
		return nil, nil
	}
	text, err := next.file.Read(r.At, "openapi", r.OpenAPI)
	if err != nil {
		return nil, err
	}
	layer, err := validate.New(r.OpenAPI, text, r.Route, g.options.Log.With("route", r.name))
	return []dram.HandlerFunc{layer}, err
}

// changes are the layers that change requests and answers.
func changes(r *route) (layers []dram.HandlerFunc) {
	if r.Response != nil {
		layers = append(layers, change.Response(r.Response, int64(r.MaxBody)))
	}
	if r.Request != nil {
		layers = append(layers, change.Request(r.Request))
	}
	paths := []string{r.Rewrite}
	for _, part := range r.Merge {
		paths = append(paths, part.Path)
	}
	for _, path := range paths {
		if len(config.Params(path)) > 0 { // else it is as the file has it
			layers = append(layers, change.Plain(change.Template(path)))
		}
	}
	return layers
}

// target is the handler at the end of the chain.
func (g *Gateway) target(next *generation, r *route) (dram.HandlerFunc, error) {
	switch {
	case len(r.Merge) > 0:
		return g.merged(next, r), nil
	case r.Transcode:
		return g.transcoded(next, r)
	}
	return g.proxy(next, r), nil
}

func (g *Gateway) merged(next *generation, r *route) dram.HandlerFunc {
	parts := make([]merge.Part, len(r.Merge))
	for i, cfg := range r.Merge {
		pool := next.upstreams[cfg.To]
		parts[i] = merge.Part{
			Part: cfg, Transport: next.tracer.Transport(cfg.To, call.New(r.Route, pool, g.seen(r, cfg.To))), Key: hash(pool), Timeout: time.Duration(cfg.Timeout),
			Edit: func(ctx context.Context, h http.Header) {
				change.Header(h, r.Request)
				next.identity.Set(ctx, h, cfg.To)
			},
		}
		if cfg.Optional && cfg.Timeout == 0 {
			parts[i].Timeout = time.Duration(r.Timeout) / 2
		}
	}
	return merge.Handler(parts)
}

// credentials are the headers by which a client says who it is: the gateway itself, or a service may ask for one.
func (next *generation) credentials() []string {
	names := []string{"Authorization", "Proxy-Authorization", "Cookie", "X-Api-Key"}
	for _, way := range next.file.Auth {
		if way.Keys != nil {
			names = append(names, way.Keys.Header)
		}
	}
	return names
}

// mirrored is a transport that sends copies to another upstream, if the route wants it.
func (g *Gateway) mirrored(next *generation, r *route, to http.RoundTripper) http.RoundTripper {
	if r.Mirror == nil {
		return to
	}
	copies := call.New(&config.Route{}, next.upstreams[r.Mirror.To], nil)
	credentials := next.credentials()
	if r.Request != nil {
		for name, value := range r.Request.Set {
			if value.IsSecret() { // it is for the upstream
				credentials = append(credentials, name)
			}
		}
	}
	edit := func(ctx context.Context, h http.Header) {
		for _, name := range credentials {
			h.Del(name)
		}
		next.identity.Set(ctx, h, r.Mirror.To)
	}
	return mirror.New(r.Mirror, time.Duration(r.Timeout), to, copies, edit, func(result string) { g.metrics.Copy(r.name, result) }, g.options.Log.With("route", r.name, "upstream", r.Mirror.To))
}

// rules are those of an upstream's descriptor set, kept with it.
type rules struct{ *transcode.Rules }

// Close does nothing: they are kept to be read once.
func (rules) Close() error { return nil }

// described reads the descriptors of all upstreams, of which some may have no route yet.
func (g *Gateway) described(next *generation) error {
	var errs []error
	for _, pool := range next.upstreams {
		if pool.Config.Descriptors != "" {
			_, err := g.rules(next, pool)
			errs = append(errs, err)
		}
	}
	return config.Together(errs...)
}

// rules are those of a gRPC service. What is wrong with its descriptors is a fault of the file.
func (g *Gateway) rules(next *generation, pool *upstream.Pool) (*transcode.Rules, error) {
	cfg := pool.Config
	kept, err := pool.Keep(rules{}, func() (io.Closer, error) {
		set, err := next.file.Read(cfg.At, "descriptors", cfg.Descriptors)
		if err != nil {
			return nil, err
		}
		parsed, err := transcode.Parse(set)
		if err == nil && len(parsed.Skipped) > 0 {
			g.options.Log.Warn("methods cannot be called by HTTP, since their requests are streams", "upstream", pool.Name, "methods", parsed.Skipped)
		}
		return rules{parsed}, err
	})
	if err != nil {
		return nil, faults(cfg.At, "descriptors", cfg.Descriptors, err)
	}
	return kept.(rules).Rules, nil
}

// transcoded answers by the methods of a gRPC service.
func (g *Gateway) transcoded(next *generation, r *route) (dram.HandlerFunc, error) {
	methods, err := g.rules(next, r.pool)
	if err != nil {
		return nil, err
	}
	identity := ""
	if next.file.Identity != nil {
		identity = next.file.Identity.Header
	}
	handler := transcode.Handler(methods, r.Route, r.pool, call.New(r.Route, r.pool, g.seen(r, r.To)), identity)
	return wished(r.pool, func(c *dram.Context) { // which Proxy does not ask
		c.Request.Header = c.Request.Header.Clone()
		next.identity.Set(c, c.Request.Header, r.To)
		next.tracer.Inject(c.Request.Context(), c.Request.Header)
		handler(c)
	}), nil
}

// faults are those of a file that a field names, each line of err one.
func faults(at config.At, field, name string, err error) (all config.Faults) {
	var inner interface{ Unwrap() []error }
	errs := []error{err}
	if errors.As(err, &inner) {
		errs = inner.Unwrap()
	}
	for _, one := range errs {
		if fault, ok := one.(config.Fault); ok { // that of reading it
			return append(all, fault)
		}
		all = append(all, at.Fault(field, "%s: %v", name, one))
	}
	return all
}
