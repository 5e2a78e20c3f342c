package dram

import "net/http"

// CreateTestContext makes a Context that writes to w, and its Engine, for
// tests of a handler without a route. Set c.Request before calling the handler.
func CreateTestContext(w http.ResponseWriter) (c *Context, r *Engine) {
	r = New()
	return CreateTestContextOnly(w, r), r
}

// CreateTestContextOnly makes a Context that writes to w, of a given Engine.
func CreateTestContextOnly(w http.ResponseWriter, r *Engine) (c *Context) {
	c = r.allocateContext()
	c.writermem.reset(w)
	c.reset()
	return c
}
