package gateway

import (
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// cached are the layers that keep answers, in memory that lives on when the file changes. What
// the upstream says of an answer counts; the file speaks where it says nothing.
func (g *Gateway) cached(r *route) []dram.HandlerFunc {
	if r.Cache == nil {
		return nil
	}
	store := keep(&g.kept, "cache "+r.id(), func() *middleware.MemoryCache { return middleware.NewMemoryCache(0, 0) })
	layers := []dram.HandlerFunc{middleware.Cache(middleware.CacheConfig{Store: store, Name: "gateway", Keep: time.Duration(r.Cache.Stale)})}
	if fresh := time.Duration(r.Cache.For); fresh > 0 {
		stale := time.Duration(r.Cache.Stale)
		layers = append(layers, middleware.CacheControl(middleware.CacheControlConfig{
			Directives: middleware.CacheDirectives{MaxAge: fresh, StaleWhileRevalidate: stale, StaleIfError: stale},
		}))
	}
	return layers
}
