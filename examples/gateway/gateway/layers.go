package gateway

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/jwt"
	"github.com/dram-go/dram/examples/gateway/auth"
	"github.com/dram-go/dram/examples/gateway/call"
	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/examples/gateway/key"
	"github.com/dram-go/dram/examples/gateway/split"
	"github.com/dram-go/dram/middleware"
)

// The layers of a route, from the outside in.

// id is what a route is known by over reloads and in a fleet: what it is for, which no other
// route of a file is.
func (r *route) id() string {
	sorted := func(list []string) string { return strings.Join(slices.Sorted(slices.Values(list)), ",") }
	return strings.TrimSpace(sorted(r.Methods) + " " + sorted(r.Hosts) + r.Path)
}

// known makes the ways to know a client, by their names. The keys of issuers live on.
func (next *generation) known(before *generation) (map[string]*auth.Way, error) {
	ways := make(map[string]*auth.Way, len(next.file.Auth))
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(next.file.Auth)) {
		var err error
		switch cfg := next.file.Auth[name]; {
		case cfg.JWT != nil:
			fresh, fault := auth.KeySet(cfg.At, cfg.JWT)
			if err = fault; err != nil {
				break
			}
			keys := keep(next, before, "jwks "+cfg.JWT.JWKS.String(), func() *jwt.JWKS { return fresh })
			ways[name] = auth.Token(name, cfg.JWT, keys)
		case cfg.Keys != nil:
			var text []byte
			if text, err = next.file.Read(cfg.At, "keys.file", cfg.Keys.File); err == nil {
				ways[name], err = auth.Keys(name, cfg.At, cfg.Keys, text)
			}
		case cfg.MTLS != nil:
			var ca []byte
			ca, err = next.file.Read(next.file.Listen.TLS.At, "client_ca", next.file.Listen.TLS.ClientCA)
			ways[name] = auth.Certificate(name, cfg.MTLS, ca)
		case cfg.Forward != nil:
			ways[name] = auth.Forward(name, cfg.Forward, next.tracer.Transport(cfg.Forward.To, call.New(&config.Route{}, next.upstreams[cfg.Forward.To], nil)))
		}
		errs = append(errs, err)
	}
	return ways, config.Together(errs...)
}

// auth is the layer that says who the client is, and whether that client may.
func (next *generation) auth(r *route) []dram.HandlerFunc {
	if r.Auth == nil {
		return nil
	}
	var ways []*auth.Way
	for _, name := range r.Auth.By {
		ways = append(ways, next.ways[name])
	}
	return []dram.HandlerFunc{auth.Layer(ways, r.Auth.Scopes)}
}

// limited is the layer that bounds how often a client may. What has been counted in memory lives on
// when the file changes.
func (g *Gateway) limited(next, before *generation, r *route) []dram.HandlerFunc {
	if r.Limit == nil {
		return nil
	}
	memory := keep(next, before, "limit "+r.id(), func() *middleware.MemoryRateLimitStore { return middleware.NewMemoryRateLimitStore(0) })
	var store middleware.RateLimitStore = memory
	if r.Limit.Store == "redis" {
		store = next.redis.Store(r.Limit.WithoutStore, memory, func() { g.metrics.Uncounted(r.name, r.Limit.WithoutStore) })
	}
	id, whose := r.id()+" ", key.Of(r.Limit.By)
	return []dram.HandlerFunc{middleware.RateLimit(middleware.RateLimitConfig{
		Limit: r.Limit.Rate.Count, Window: r.Limit.Rate.Window, Burst: r.Limit.Burst,
		Key:        func(c *dram.Context) string { return id + whose(c) },
		Store:      store,
		FailClosed: r.Limit.WithoutStore == "closed",
	})}
}

// cached are the layers that keep answers, one for each version, in memory that lives on when the file
// changes, unless it says something else of the route. What the upstream says of an answer counts; the
// file speaks where it says nothing, and of what a client with credentials gets, for that client only.
func cached(next, before *generation, r *route) (layers []dram.HandlerFunc) {
	if r.Cache == nil {
		return nil
	}
	versions := []string{""}
	if r.Split != nil {
		versions = slices.Sorted(maps.Keys(r.Split.Shares))
	}
	for _, version := range versions {
		store := keep(next, before, "cache "+r.id()+" "+version+next.print(r), func() *middleware.MemoryCache { return middleware.NewMemoryCache(0, 0) })
		layer := middleware.Cache(middleware.CacheConfig{Store: store, Name: "gateway", Keep: time.Duration(r.Cache.Stale)})
		layers = append(layers, func(c *dram.Context) {
			switch c.Request.Method {
			case http.MethodGet, http.MethodHead, dram.MethodQuery:
				if split.VersionOf(c) != version {
					return
				}
			} // what changes something drops the copies of all versions
			layer(c)
		})
	}
	if fresh := time.Duration(r.Cache.For); fresh > 0 {
		layers = append(layers, freshFor(fresh, time.Duration(r.Cache.Stale), next.credentials()))
	}
	return layers
}

// keepable are the statuses of which an answer may be kept although it does not say so, below 400 (RFC 9110 section
// 15.1).
var keepable = []int{200, 203, 204, 300, 301, 308}

// freshFor says how long an answer is fresh that does not say so itself. Credentials are the names of headers.
func freshFor(fresh, stale time.Duration, credentials []string) dram.HandlerFunc {
	all := middleware.CacheDirectives{MaxAge: fresh, StaleWhileRevalidate: stale, StaleIfError: stale}
	own := all
	own.Private = true
	return func(c *dram.Context) {
		c.NextAnswer(nil, func(a dram.Answer) {
			h := a.Header()
			switch {
			case len(h["Cache-Control"])+len(h["Expires"]) > 0:
			case a.Status() >= http.StatusBadRequest:
				h.Set("Cache-Control", "no-store")
			case !slices.Contains(keepable, a.Status()):
			case isOneClients(c, credentials):
				h.Set("Cache-Control", own.String())
			default:
				h.Set("Cache-Control", all.String())
			}
		})
	}
}

// isOneClients reports whether an answer may be for one client only: it sets a cookie, or the request
// has one of the credentials, or another.
func isOneClients(c *dram.Context, credentials []string) bool {
	has, shown := func(name string) bool { return len(c.Request.Header.Values(name)) > 0 }, c.Request.TLS
	return slices.ContainsFunc(credentials, has) || len(c.Writer.Header()["Set-Cookie"]) > 0 ||
		shown != nil && len(shown.PeerCertificates) > 0 || middleware.ByUser(c) != ""
}

// print is equal for routes of which, with their upstreams, files say the same.
func (next *generation) print(r *route) string {
	text, _ := json.Marshal(r.Route) // of plain values: it does not fail
	for _, change := range []*config.Change{r.Request, r.Response} {
		if change != nil {
			for _, name := range slices.Sorted(maps.Keys(change.Set)) {
				text = append(text, change.Set[name].Reveal()...)
			}
		}
	}
	for _, part := range append(slices.Clip(r.Merge), &config.Part{To: r.To}) {
		if pool := next.upstreams[part.To]; pool != nil {
			text = append(text, pool.Print...)
		}
	}
	return tagOf(text)
}

// splitting are the layers that choose a version, and tell caches by what.
func splitting(r *route) []dram.HandlerFunc {
	if r.Split == nil {
		return nil
	}
	names := slices.DeleteFunc([]string{r.Split.Header, r.Split.Cookie}, func(name string) bool { return name == "" })
	if r.Split.Cookie != "" {
		names[len(names)-1] = "Cookie"
	}
	vary := func(c *dram.Context) {
		c.NextAnswer(nil, func(a dram.Answer) {
			for _, name := range names {
				a.Header().Add("Vary", name)
			}
		})
	}
	return []dram.HandlerFunc{vary, func(c *dram.Context) { r.split.Layer(c) }}
}

// ramp makes the split of a route that requests are going to come to. Where the file says the same as the one
// before, the split and its ramp go on.
func (g *Gateway) ramp(r *route) {
	if r.Split != nil {
		before, _ := g.Split(r.id())
		r.split = split.New(r.id(), r.Split, before, g.options.Log)
	}
}

// Split returns the split of a route, by the name that its State has.
func (g *Gateway) Split(of string) (s *split.Split, ok bool) {
	for _, r := range g.current.Load().routes {
		if r.split != nil && r.id() == of {
			return r.split, true
		}
	}
	return nil, false
}
