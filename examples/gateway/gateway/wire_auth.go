package gateway

import (
	"slices"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/jwt"
	"github.com/dram-go/dram/examples/gateway/auth"
	"github.com/dram-go/dram/examples/gateway/call"
	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/examples/gateway/limit"
)

// id is what a route is known by over reloads and in a fleet: what it is for, which no other
// route of a file is.
func (r *route) id() string {
	sorted := func(list []string) string { return strings.Join(slices.Sorted(slices.Values(list)), ",") }
	return strings.TrimSpace(sorted(r.Methods) + " " + sorted(r.Hosts) + r.Path)
}

// prepare makes what the routes of a file have in common.
func (g *Gateway) prepare(next *generation) (err error) {
	var before *limit.Redis
	if old := g.current.Load(); old != nil {
		before = old.redis
	}
	next.redis = limit.NewRedis(next.file.Redis, before, g.options.Log)
	next.identity = auth.NewIdentity(next.file.Identity)
	next.ways, err = g.ways(next)
	return err
}

// ways makes the ways to know a client, by their names. The keys of issuers live on.
func (g *Gateway) ways(next *generation) (map[string]*auth.Way, error) {
	ways := make(map[string]*auth.Way, len(next.file.Auth))
	for name, cfg := range next.file.Auth {
		switch {
		case cfg.JWT != nil:
			fresh, err := auth.KeySet(cfg.At, cfg.JWT)
			if err != nil {
				return nil, err
			}
			keys := keep(&g.kept, "jwks "+cfg.JWT.JWKS.String(), func() *jwt.JWKS { return fresh })
			ways[name] = auth.Token(name, cfg.JWT, keys)
		case cfg.Keys != nil:
			way, err := auth.Keys(name, cfg.At, cfg.Keys, next.file.Name(cfg.Keys.File), g.options.Log)
			if err != nil {
				return nil, err
			}
			ways[name] = way
		case cfg.MTLS != nil:
			ways[name] = auth.Certificate(name, cfg.MTLS)
		case cfg.Forward != nil:
			ways[name] = auth.Forward(name, cfg.Forward, call.New(&config.Route{}, next.upstreams[cfg.Forward.To], nil))
		}
	}
	return ways, nil
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
