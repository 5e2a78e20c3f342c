// Package counted has the marks by which a layer that counts knows a request that it has counted
// already. A request that is handled again (Engine.HandleContext, and with it Rewrite and
// MethodOverride) runs the layers of its new route, those included that are still around it: one that
// let it have a place at a time would wait for itself. See docs/internals/08-handlehttprequest.md.
package counted

// Enter marks the request of c, a *dram.Context, as inside a layer, and reports false if it is
// already. The mark is that of the request: HandleContext, which clears what Context.Set has stored,
// keeps it. The layer is a comparable value, a pointer best. Package dram sets it.
var Enter func(c, layer any) (first bool)

// Leave takes the mark away, so that the request counts if it comes again. A layer that counts each
// request once, whatever becomes of it, does not call it.
var Leave func(c, layer any)
