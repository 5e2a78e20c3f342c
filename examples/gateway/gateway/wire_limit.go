package gateway

import (
	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/key"
	"github.com/dram-go/dram/middleware"
)

// limit is the layer that bounds how often a client may. What has been counted in memory lives on
// when the file changes.
func (g *Gateway) limit(next *generation, r *route) []dram.HandlerFunc {
	if r.Limit == nil {
		return nil
	}
	memory := keep(&g.kept, "limit "+r.id(), func() *middleware.MemoryRateLimitStore { return middleware.NewMemoryRateLimitStore(0) })
	var store middleware.RateLimitStore = memory
	if r.Limit.Store == "redis" {
		store = next.redis.Store(r.Limit.WithoutStore, memory)
	}
	id, whose := r.id()+" ", key.Of(r.Limit.By)
	return []dram.HandlerFunc{middleware.RateLimit(middleware.RateLimitConfig{
		Limit: r.Limit.Rate.Count, Window: r.Limit.Rate.Window, Burst: r.Limit.Burst,
		Key:        func(c *dram.Context) string { return id + whose(c) },
		Store:      store,
		FailClosed: r.Limit.WithoutStore == "closed",
	})}
}
