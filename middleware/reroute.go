package middleware

import (
	"context"
	"net/http"

	"github.com/dram-go/dram"
)

// This file gives a request that a layer has changed to the router once more:
// for MethodOverride and Rewrite. A layer runs when the route is chosen already,
// so changing the request alone would run the handler of another one, past the
// layers that guard the right one.

// reroutedKey is the key under which a rerouted request's context holds the
// layer that did it, so that none does it twice.
type reroutedKey struct{ layer any }

// rerouted reports whether the layer has rerouted this request before.
func rerouted(c *dram.Context, layer any) bool {
	return c.Request.Context().Value(reroutedKey{layer}) != nil
}

// reroute serves the changed request by the route that it has now, with all of
// that route's layers, and ends the chain of the former one.
func reroute(c *dram.Context, engine *dram.Engine, layer any, change func(*http.Request)) {
	req := c.Request.WithContext(context.WithValue(c.Request.Context(), reroutedKey{layer}, true))
	change(req)
	c.Writer.Header().Del("Allow") // of a 405 that is none any more
	c.Status(http.StatusOK)        // or a 404
	engine.HandleContextWith(c, req)
	c.Writer.WriteHeaderNow() // a status is an answer: a 404's default text must not follow it
	c.Abort()
}
