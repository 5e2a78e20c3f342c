package dram

import (
	"github.com/dram-go/dram/internal/caller"
	"github.com/dram-go/dram/router"
)

// This file lists what is registered: for printing, for documentation, for tests.
// See docs/internals/03-use.md.

// RouteInfo describes a route.
type RouteInfo struct {
	Method string
	// Path is the pattern, as FullPath gives it.
	Path string
	// Pattern is Path as it was registered: "\:" is a colon, and no param.
	Pattern string
	// Handler is the name of the route's own handler, the chain's last.
	Handler     string
	HandlerFunc HandlerFunc
	// Handlers are the names of the whole chain, outermost first.
	Handlers []string
	// Source is the file:line where the route was registered.
	Source string
	// Host is the pattern of Engine.Host, "" for the routes of any other host.
	Host string
}

// RoutesInfo is a list of routes.
type RoutesInfo []RouteInfo

// Routes lists all routes, those of the Engine before those of each host (Host), method by
// method in the order in which the methods were first registered, and in the order of
// registration within a method.
func (engine *Engine) Routes() (routes RoutesInfo) {
	routes = make(RoutesInfo, 0)
	_ = engine.Walk(func(route RouteInfo) error {
		routes = append(routes, route)
		return nil
	})
	return routes
}

// Walk calls visit for each route in the order of Routes, until one call
// returns an error, which Walk returns.
func (engine *Engine) Walk(visit func(RouteInfo) error) (err error) {
	engine.eachRoute(func(host *hostRoutes, method string, route *router.Route[HandlersChain]) bool {
		err = visit(routeInfo(host, method, route, engine.plain(route.Value)))
		return err == nil
	})
	return err
}

func routeInfo(host *hostRoutes, method string, route *router.Route[HandlersChain], chain HandlersChain) RouteInfo {
	names := handlerNames(chain)
	info := RouteInfo{
		Method:      method,
		Path:        route.Pattern,
		Pattern:     route.Given(),
		HandlerFunc: chain.Last(),
		Handlers:    names,
		Source:      route.Source,
		Host:        host.hostPattern(),
	}
	if len(names) > 0 {
		info.Handler = names[len(names)-1]
	}
	return info
}

// handlerNames are the names of a chain's functions.
func handlerNames(chain HandlersChain) []string {
	names := make([]string, 0, len(chain))
	for _, handler := range chain {
		names = append(names, caller.NameOf(handler))
	}
	return names
}
