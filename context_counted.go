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
	for around := c; around != nil; around = outerOf(around.writermem.ResponseWriter) {
		if slices.Contains(around.counted, layer) {
			return false
		}
	}
	c.counted = append(c.counted, layer)
	return true
}

// enteredLayers appends the layers that have counted the request, those of the Engines around
// this one as well.
func (c *Context) enteredLayers(to []any) []any {
	for around := c; around != nil; around = outerOf(around.writermem.ResponseWriter) {
		to = append(to, around.counted...)
	}
	return to
}

func (c *Context) leaveLayer(layer any) {
	if i := slices.Index(c.counted, layer); i >= 0 {
		c.counted = slices.Delete(c.counted, i, i+1)
	}
}
