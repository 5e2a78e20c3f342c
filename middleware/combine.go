package middleware

import (
	"slices"
	"strings"

	"github.com/dram-go/dram"
)

// Skip and Only put a condition around a layer, of this package or not; the
// functions below them make conditions.

// Skip runs layer for all requests but those for which when is true.
func Skip(when func(*dram.Context) bool, layer dram.HandlerFunc) dram.HandlerFunc {
	mustCombine("Skip", when, layer)
	return func(c *dram.Context) {
		if !when(c) {
			layer(c)
		}
	}
}

// Only runs layer for those requests for which when is true. Do not guard with
// it what a group can guard: a layer on a group cannot be gone round by a path
// that is written in another way.
func Only(when func(*dram.Context) bool, layer dram.HandlerFunc) dram.HandlerFunc {
	mustCombine("Only", when, layer)
	return func(c *dram.Context) {
		if when(c) {
			layer(c)
		}
	}
}

// mustCombine panics when a combinator lacks one of its two parts.
func mustCombine(name string, when func(*dram.Context) bool, layer dram.HandlerFunc) {
	if when == nil {
		panic(misconfigured(name, "when", "is nil; write a condition such as middleware.RouteIs(\"/livez\")"))
	}
	if layer == nil {
		panic(misconfigured(name, "layer", "is nil; write the layer that the condition is for"))
	}
}

// RouteIs is true for requests of the routes with these patterns, as they were
// registered ("/users/:id"). It compares the pattern that was matched, not the
// path that was sent, so that no spelling of a path gets round it.
func RouteIs(patterns ...string) func(*dram.Context) bool {
	return func(c *dram.Context) bool { return slices.Contains(patterns, c.FullPath()) }
}

// RoutePrefix is true for requests of routes whose pattern starts with one of
// the prefixes, at a segment's end: "/api" takes "/api" and "/api/users", not
// "/apis". Paths without a route have no pattern.
func RoutePrefix(prefixes ...string) func(*dram.Context) bool {
	return func(c *dram.Context) bool {
		pattern := c.FullPath()
		return slices.ContainsFunc(prefixes, func(prefix string) bool {
			rest, ok := strings.CutPrefix(pattern, prefix)
			return ok && (rest == "" || rest[0] == '/' || strings.HasSuffix(prefix, "/"))
		})
	}
}

// MethodIs is true for requests with one of the methods.
func MethodIs(methods ...string) func(*dram.Context) bool {
	return func(c *dram.Context) bool { return slices.Contains(methods, c.Request.Method) }
}
