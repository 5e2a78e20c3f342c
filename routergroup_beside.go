package dram

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/dram-go/dram/internal/caller"
	"github.com/dram-go/dram/internal/observe"
	"github.com/dram-go/dram/internal/pathspell"
	"github.com/dram-go/dram/router"
)

// This file warns, in debug mode, of layers that another spelling of a path gets
// past. dram's own files know one spelling only; an http.Handler on a catch-all or
// on NoRoute, a file server or another mux, cleans the path that the router took as
// it came. A handler inside WrapMiddleware looks like any layer, and is not seen.
// See docs/internals/04-handle.md.

// besideRoutes are the catch-alls of http.Handlers, the handlers of NoRoute, and the
// positions of those that a warning was given of.
type besideRoutes struct {
	catchAlls []besideRoute
	noRoute   besideRoute
	told      map[string]bool
}

// besideRoute is a route as it was registered; NoRoute's has no method.
type besideRoute struct {
	host                 *hostRoutes
	method, path, source string
	chain                HandlersChain
}

// warnBeside looks, when a route is registered, for a catch-all of an
// http.Handler and a route below it with a layer that the catch-all does not have,
// and prints one line for each catch-all that has such a route.
func (engine *Engine) warnBeside(added besideRoute) {
	if !engine.warnsBeside() {
		return
	}
	for _, catchAll := range engine.beside.catchAlls {
		engine.warnOf(catchAll, added)
	}
	noRoute := engine.beside.noRoute
	if noRoute.chain = engine.plain(engine.allNoRoute); noRoute.isOpaque() {
		engine.warnOf(noRoute, added)
	}
	if added.isOpaque() {
		engine.beside.catchAlls = append(engine.beside.catchAlls, added)
		engine.warnOfAny(added)
	}
}

// warnBesideNoRoute is warnBeside for the handlers of NoRoute.
func (engine *Engine) warnBesideNoRoute(source string) {
	engine.beside.noRoute = besideRoute{path: "/*", source: source}
	if !engine.warnsBeside() {
		return
	}
	if noRoute := (besideRoute{nil, "", "/*", source, engine.plain(engine.allNoRoute)}); noRoute.isOpaque() {
		engine.warnOfAny(noRoute)
	}
}

func (engine *Engine) warnsBeside() bool { return engine.debugging() && engine.takesAnySpelling() }

// takesAnySpelling reports whether a path comes to a catch-all that is not clean.
func (engine *Engine) takesAnySpelling() bool {
	return !engine.RemoveExtraSlash || engine.UseRawPath || engine.UseEscapedPath
}

// besideFindings returns what is to be said of all catch-alls of http.Handlers, of
// NoRoute's too: one finding for each position.
func (engine *Engine) besideFindings() (found []observe.Finding) {
	if !engine.takesAnySpelling() {
		return nil
	}
	opaque := []besideRoute{{nil, "", "/*", engine.beside.noRoute.source, engine.plain(engine.allNoRoute)}}
	var all []besideRoute
	engine.eachRoute(func(host *hostRoutes, method string, route *router.Route[HandlersChain]) bool {
		all = append(all, besideRoute{host, method, route.Given(), route.Source, engine.plain(route.Value)})
		return true
	})
	var more []int
	for _, catchAll := range append(opaque, all...) {
		if !catchAll.isOpaque() {
			continue
		}
		for _, other := range all {
			path := engine.past(catchAll, other)
			if path == "" {
				continue
			}
			if at := slices.IndexFunc(found, func(f observe.Finding) bool { return f.Position == catchAll.source }); at >= 0 {
				more[at]++
			} else {
				found, more = append(found, catchAll.finding(other, path)), append(more, 0)
			}
			break
		}
	}
	for i, n := range more {
		found[i].Text += observe.More(n)
	}
	return found
}

// warnOfAny prints the line if any route is guarded beside catchAll.
func (engine *Engine) warnOfAny(catchAll besideRoute) {
	engine.eachRoute(func(host *hostRoutes, method string, route *router.Route[HandlersChain]) bool {
		engine.warnOf(catchAll, besideRoute{host, method, route.Given(), route.Source, engine.plain(route.Value)})
		return !engine.beside.told[catchAll.source]
	})
}

// warnOf prints the line if other is guarded beside catchAll, once for each
// position at which a catch-all stands.
func (engine *Engine) warnOf(catchAll, other besideRoute) {
	if engine.beside.told[catchAll.source] {
		return
	}
	path := engine.past(catchAll, other)
	if path == "" {
		return
	}
	if engine.beside.told == nil {
		engine.beside.told = make(map[string]bool)
	}
	engine.beside.told[catchAll.source] = true
	engine.printFinding(catchAll.finding(other, path))
}

// finding says that requests for other get past its layers as path, by way of the catch-all r.
func (r *besideRoute) finding(other besideRoute, path string) observe.Finding {
	name := r.method + " " + r.host.hostPattern() + r.path
	if r.method == "" {
		name = "NoRoute"
	}
	return observe.Finding{
		Rule: "guard-beside-catch-all", Position: r.source,
		Text: fmt.Sprintf("%s (%s) is an http.Handler, which may clean paths: as %s a request gets past the layers of %s %s (%s)",
			name, caller.Short(r.source), path, other.method, other.host.hostPattern()+other.path, caller.Short(other.source)),
		Mend: "use middleware.CleanPath before both, or Static for files",
	}
}

// isOpaque reports whether a route is a catch-all whose handler dram cannot see
// into, with no layer before it that cleans paths.
func (r *besideRoute) isOpaque() bool {
	if !strings.Contains(r.path, "/*") || len(r.chain) == 0 {
		return false
	}
	name := caller.Name(r.chain.Last())
	return (strings.Contains(name, ".WrapH.") || strings.Contains(name, ".WrapF.")) &&
		!slices.ContainsFunc(handlerNames(r.chain), func(name string) bool { return strings.Contains(name, ".CleanPath.") })
}

// past returns a path by which a request for other comes to the catch-all r, past a layer that only other has; "" if there is
// none.
func (engine *Engine) past(r, other besideRoute) string {
	if r.method != "" && (other.method != r.method || other.host != r.host) || other.path == r.path {
		return ""
	}
	if !slices.ContainsFunc(other.chain[:len(other.chain)-1], func(layer HandlerFunc) bool {
		return !slices.ContainsFunc(r.chain, func(own HandlerFunc) bool { return caller.Same(own, layer) })
	}) {
		return ""
	}
	trees := &engine.trees
	if other.host != nil {
		trees = &other.host.trees
	}
	return pathspell.Past(r.path, other.path, false, func(path string) bool {
		u, err := url.ParseRequestURI(path)
		if err != nil {
			return false
		}
		route := trees.get(other.method).Lookup(engine.requestPath(&http.Request{URL: u}), new(Params))
		return route == nil && r.method == "" || route != nil && route.Given() == r.path
	})
}
