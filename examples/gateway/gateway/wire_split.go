package gateway

import (
	"slices"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/split"
)

// split is the layer that chooses a version. Where the file says the same as the one before, the
// split and its ramp go on.
func (g *Gateway) split(r *route) []dram.HandlerFunc {
	if r.Split == nil {
		return nil
	}
	before, _ := g.Split(r.id())
	r.split = split.New(r.id(), r.Split, before, g.options.Log)
	return []dram.HandlerFunc{r.split.Layer}
}

// Split returns the split of a route, by the name that its State has.
func (g *Gateway) Split(of string) (s *split.Split, ok bool) {
	now := g.current.Load()
	if now == nil {
		return nil, false
	}
	i := slices.IndexFunc(now.routes, func(r *route) bool { return r.split != nil && r.id() == of })
	if i < 0 {
		return nil, false
	}
	return now.routes[i].split, true
}
