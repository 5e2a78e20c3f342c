package dram

import (
	"slices"
	"strings"

	"github.com/dram-go/dram/router"
)

// This file warns, in debug mode, of layers that another spelling of a path gets
// past. dram's own files know one spelling only; an http.Handler on a catch-all, a
// file server or another mux, cleans the path that the router took as it came.

// besideRoutes are the catch-alls of http.Handlers that no warning was given of,
// and the positions of those that one was.
type besideRoutes struct {
	silent []besideRoute
	told   map[string]bool
}

// besideRoute is a route as it was registered.
type besideRoute struct {
	method, path, source string
	chain                HandlersChain
}

// warnBeside looks, when a route is registered, for a catch-all of an
// http.Handler and a route below it with a layer that the catch-all does not have,
// and prints one line for each catch-all that has such a route.
func (engine *Engine) warnBeside(added besideRoute) {
	if !engine.debug || engine.RemoveExtraSlash && !engine.UseRawPath && !engine.UseEscapedPath {
		return
	}
	if added.isOpaque() {
		engine.trees.get(added.method).Walk(func(route *router.Route[HandlersChain]) bool {
			other := besideRoute{added.method, route.Pattern, route.Source, route.Value}
			return !engine.warnOf(added, other)
		})
		engine.beside.silent = append(engine.beside.silent, added)
		return
	}
	for _, catchAll := range engine.beside.silent {
		if engine.warnOf(catchAll, added) {
			return
		}
	}
}

// warnOf prints the line if other is guarded beside catchAll, once for each
// position at which a catch-all stands.
func (engine *Engine) warnOf(catchAll, other besideRoute) bool {
	if !catchAll.letsPast(other) || engine.beside.told[catchAll.source] {
		return false
	}
	if engine.beside.told == nil {
		engine.beside.told = make(map[string]bool)
	}
	engine.beside.told[catchAll.source] = true
	engine.debugPrint("[WARNING] %s %s (%s) is an http.Handler, which may clean paths: as /%s a request gets past the layers of %s %s (%s). "+
		"Use middleware.CleanPath before both, or Static for files", catchAll.method, catchAll.path, catchAll.source,
		other.path, other.method, other.path, other.source)
	return true
}

// isOpaque reports whether a route is a catch-all whose handler dram cannot see
// into, with no layer before it that cleans paths.
func (r *besideRoute) isOpaque() bool {
	if !strings.Contains(r.path, "/*") {
		return false
	}
	name := nameOfFunction(r.chain.Last())
	return (strings.Contains(name, ".WrapH.") || strings.Contains(name, ".WrapF.")) &&
		!slices.ContainsFunc(handlerNames(r.chain), func(name string) bool { return strings.Contains(name, ".CleanPath.") })
}

// letsPast reports whether a request for other could come to the catch-all, past
// a layer that only other has.
func (r *besideRoute) letsPast(other besideRoute) bool {
	prefix, _, _ := strings.Cut(r.path, "*")
	if other.method != r.method || other.path == r.path || !strings.HasPrefix(other.path, prefix) {
		return false
	}
	names, layers := handlerNames(r.chain), handlerNames(other.chain)
	return slices.ContainsFunc(layers[:len(layers)-1], func(layer string) bool { return !slices.Contains(names, layer) })
}
