package dram

import (
	"slices"

	"github.com/dram-go/dram/internal/counted"
)

// This file keeps which layers the request is inside of, beyond HandleContext; see package counted.
// See docs/internals/09-onion.md.

func init() {
	counted.Enter = func(c, layer any) bool { return c.(*Context).enterLayer(layer) }
	counted.Leave = func(c, layer any) { c.(*Context).leaveLayer(layer) }
}

func (c *Context) enterLayer(layer any) (first bool) {
	if slices.Contains(c.counted, layer) {
		return false
	}
	c.counted = append(c.counted, layer)
	return true
}

func (c *Context) leaveLayer(layer any) {
	if i := slices.Index(c.counted, layer); i >= 0 {
		c.counted = slices.Delete(c.counted, i, i+1)
	}
}
