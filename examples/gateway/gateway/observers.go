package gateway

import (
	"log/slog"
	"net/http"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/call"
	"github.com/dram-go/dram/examples/gateway/seen"
	"github.com/dram-go/dram/examples/gateway/split"
	"github.com/dram-go/dram/examples/gateway/upstream"
	"github.com/dram-go/dram/middleware"
)

// This file wires what watches requests: metrics, traces and the log.

// observers see all requests, from the outside in.
func (g *Gateway) observers(next *generation, names seen.Names) []dram.HandlerFunc {
	layers := []dram.HandlerFunc{middleware.RequestID(middleware.RequestIDConfig{}), g.metrics.Begin(names), g.metrics.Layer()}
	if next.tracer != nil {
		layers = append(layers, next.tracer.Layer())
	}
	panics := slog.NewLogLogger(g.options.Log.Handler(), slog.LevelError).Writer()
	return append(layers, dram.LoggerWithSlog(g.options.Log, dram.SlogAttrs(seen.Attrs)), dram.RecoveryWithWriter(panics), asterisk)
}

// asterisk answers what is asked of the gateway as a whole (RFC 9110 section 9.3.7).
func asterisk(c *dram.Context) {
	if c.Request.Method == http.MethodOptions && c.Request.RequestURI == "*" {
		c.AbortWithStatus(http.StatusNoContent)
	}
}

// seen is told of each try of a route at an upstream.
func (g *Gateway) seen(r *route, to string) func(call.Try) {
	return func(t call.Try) {
		g.metrics.Try(r.name, to, t)
		seen.Try(to, t)
		r.split.Saw(t)
	}
}

// forget drops what is counted of routes and servers that the newest file does not have.
func (g *Gateway) forget(old *generation) {
	now := g.current.Load()
	routes := make(map[string]bool)
	for _, r := range now.routes {
		routes[r.name] = true
	}
	for _, r := range old.routes {
		if !routes[r.name] {
			g.metrics.ForgetRoute(r.name)
		}
	}
	g.metrics.ForgetServers(old.upstreams)
}

// pools are the upstreams of the newest file.
func (g *Gateway) pools() upstream.Set { return g.current.Load().upstreams }

// splits are those of the newest file's routes, by their names.
func (g *Gateway) splits(yield func(string, *split.Split) bool) {
	for _, r := range g.current.Load().routes {
		if r.split != nil && !yield(r.name, r.split) {
			return
		}
	}
}

// Close sends what waits to be seen. It is for a program that ends: no request may come any more.
func (g *Gateway) Close() { g.current.Load().close().Close() }

// Metrics serves what Prometheus reads.
func (g *Gateway) Metrics() http.Handler { return g.metrics.Handler() }
