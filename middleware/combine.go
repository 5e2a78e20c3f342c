package middleware

import (
	"slices"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
	"github.com/dram-go/dram/internal/pathspell"
	"github.com/dram-go/dram/router"
)

// Skip and Only put a condition around a layer, of this package or not; the
// functions below them make conditions.

// Skip runs layer for all requests except those for which when returns true.
func Skip(when func(*dram.Context) bool, layer dram.HandlerFunc) dram.HandlerFunc {
	mustCombine("Skip", when, layer)
	return func(c *dram.Context) {
		if !when(c) {
			layer(c)
		}
	}
}

// Only runs layer for the requests for which when returns true. Do not use it
// where a group can guard the routes: a layer on a group cannot be bypassed by
// another spelling of a path.
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

// RouteIs returns a condition that is true for requests of the routes with
// these patterns, as they were registered ("/users/:id", `/items\:batch`). It compares the
// pattern that matched, not the path that was sent, so no other spelling of a
// path evades it. A pattern that begins with a slash is one of any host (Engine.Host),
// "{tenant}.example.com/users/:id" one of that host's alone.
func RouteIs(patterns ...string) func(*dram.Context) bool {
	for _, pattern := range patterns {
		if pattern != "" && !strings.Contains(pattern, "/") {
			panic(misconfigured("RouteIs", "patterns", `%q has no slash, so it is the pattern of no route; write "/%[1]s"`, pattern))
		}
		mustBePattern("RouteIs", pattern)
	}
	return func(c *dram.Context) bool {
		given := givenPath(c)
		return slices.ContainsFunc(patterns, func(pattern string) bool {
			path, ok := ofHost(c, pattern)
			return ok && path == given
		})
	}
}

// givenPath is the pattern of the route with its escapes, which FullPath does not have: without
// them "/items\:batch" and "/items:batch" are the same.
func givenPath(c *dram.Context) string {
	return pathspell.Given(c.FullPath(), func(name string) bool {
		_, is := c.Params.Get(name)
		return is
	})
}

// ofHost returns the path of a pattern; false if the pattern is of another host.
func ofHost(c *dram.Context, pattern string) (path string, ok bool) {
	if pattern == "" || pattern[0] == '/' {
		return pattern, true
	}
	host := c.FullHost()
	path, ok = strings.CutPrefix(pattern, host)
	return path, ok && host != ""
}

// RoutePrefix returns a condition that is true for requests of routes whose
// pattern starts with one of the prefixes, followed by the end or a slash:
// "/api" matches "/api" and "/api/users", but not "/apis", and
// "{tenant}.example.com" all routes of that host. Paths without a route have no pattern.
func RoutePrefix(prefixes ...string) func(*dram.Context) bool {
	for _, prefix := range prefixes {
		mustBePattern("RoutePrefix", prefix)
	}
	return func(c *dram.Context) bool {
		pattern := givenPath(c)
		return slices.ContainsFunc(prefixes, func(prefix string) bool {
			prefix, mine := ofHost(c, prefix)
			rest, ok := strings.CutPrefix(pattern, prefix)
			return ok && mine && pattern != "" && (rest == "" || rest[0] == '/' || strings.HasSuffix(prefix, "/"))
		})
	}
}

// mustBePattern panics if a pattern is written as that of no route can be: a guard for it would never run.
func mustBePattern(condition, pattern string) {
	host, path, ok := strings.Cut(pattern, "/")
	if strings.Contains(host, " ") {
		panic(misconfigured(condition, "patterns", "%q has a method, or a space; write the path, and middleware.MethodIs for methods", pattern))
	}
	if !ok {
		return
	}
	if err := new(router.Tree[struct{}]).Add("/"+path, struct{}{}, ""); err != nil {
		panic(misconfigured(condition, "patterns", "%q is the pattern of no route: %v", pattern, err))
	}
}

// MethodIs returns a condition that is true for requests with one of the methods. It panics if one
// is not in capitals: a guard for "post" would never run.
func MethodIs(methods ...string) func(*dram.Context) bool {
	if slices.ContainsFunc(methods, isNoMethod) {
		panic(misconfigured("MethodIs", "methods", "%q: methods have capital letters; write POST", methods))
	}
	return func(c *dram.Context) bool { return slices.Contains(methods, c.Request.Method) }
}

// isNoMethod reports whether a method is written as that of no route can be.
func isNoMethod(method string) bool {
	return !httpfield.IsToken(method) || method != strings.ToUpper(method) || method == strings.ToLower(method)
}
