package dram

import "net/http"

// This file makes Contexts that no server has begun. See docs/internals/12-context.md.

// CreateTestContext returns a Context that writes to w, and its Engine, to test a
// handler without a route. Set c.Request before calling the handler.
func CreateTestContext(w http.ResponseWriter) (c *Context, r *Engine) {
	r = New()
	return CreateTestContextOnly(w, r), r
}

// CreateTestContextOnly returns a Context of the Engine r that writes to w.
func CreateTestContextOnly(w http.ResponseWriter, r *Engine) (c *Context) {
	c = r.allocateContext()
	c.writermem.reset(w)
	c.reset()
	return c
}
