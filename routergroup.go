package dram

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/dram-go/dram/internal/caller"
	"github.com/dram-go/dram/router"
)

// This file registers routes. A group is a common path and a common chain; a
// route's chain is a copy of its group's with its own handlers behind, made
// once, here, and never touched by a request.
// See docs/internals/04-handle.md.

// MethodQuery is the method QUERY (RFC 10008): safe and idempotent like GET, with a
// body that describes the query.
const MethodQuery = "QUERY"

// abortIndex is the index of an aborted Context: past the end of every chain.
const abortIndex = math.MaxInt8 >> 1

const upperLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

var anyMethods = []string{
	http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch,
	http.MethodHead, http.MethodOptions, http.MethodDelete, http.MethodConnect,
	http.MethodTrace,
}

// IRouter is the interface to register routes and groups. An Engine and a RouterGroup
// implement it.
type IRouter interface {
	IRoutes
	// Group makes a group whose path and middleware follow this one's.
	Group(relativePath string, handlers ...HandlerFunc) *RouterGroup
}

// IRoutes is the interface to register routes; each method returns the IRoutes, so
// that calls can be chained. RouterGroup documents the methods.
type IRoutes interface {
	Use(middleware ...HandlerFunc) IRoutes

	Handle(httpMethod, relativePath string, handlers ...HandlerFunc) IRoutes
	Any(relativePath string, handlers ...HandlerFunc) IRoutes
	GET(relativePath string, handlers ...HandlerFunc) IRoutes
	POST(relativePath string, handlers ...HandlerFunc) IRoutes
	DELETE(relativePath string, handlers ...HandlerFunc) IRoutes
	PATCH(relativePath string, handlers ...HandlerFunc) IRoutes
	PUT(relativePath string, handlers ...HandlerFunc) IRoutes
	OPTIONS(relativePath string, handlers ...HandlerFunc) IRoutes
	HEAD(relativePath string, handlers ...HandlerFunc) IRoutes
	QUERY(relativePath string, handlers ...HandlerFunc) IRoutes
	Match(methods []string, relativePath string, handlers ...HandlerFunc) IRoutes

	StaticFile(relativePath, filepath string) IRoutes
	StaticFileFS(relativePath, filepath string, fs http.FileSystem) IRoutes
	Static(relativePath, root string) IRoutes
	StaticFS(relativePath string, fs http.FileSystem) IRoutes
}

var (
	_ IRouter = (*Engine)(nil)
	_ IRouter = (*RouterGroup)(nil)
)

// RouterGroup registers routes that share the beginning of their path and their
// middleware. Make one with Group; an Engine is the group of "/".
type RouterGroup struct {
	// Handlers is the middleware of the group, its parents' first.
	Handlers HandlersChain

	basePath string
	engine   *Engine
	host     *hostRoutes // nil: any
	root     bool
	late     lateUse
	placed   []placed // where Handlers come from
}

// Use puts middleware around the routes that are registered on the group after
// the call.
func (group *RouterGroup) Use(middleware ...HandlerFunc) IRoutes {
	group.mustHandle("Use of", group.basePath, middleware)
	if len(middleware) > 0 {
		group.engine.noteLate("Use of", group.basePath)
		group.noteUse()
		group.place(middleware, group.late.last)
	}
	group.Handlers = append(group.Handlers, middleware...)
	return group.self()
}

// Group makes a group below this one. It takes a copy of this group's
// middleware: what Use adds here later does not reach it.
func (group *RouterGroup) Group(relativePath string, handlers ...HandlerFunc) *RouterGroup {
	path := group.absolutePath(relativePath)
	group.mustHandle("Group", path, handlers)
	made := group.engine.source.Of()
	below := &RouterGroup{
		Handlers: group.combineHandlers(handlers),
		basePath: path,
		engine:   group.engine,
		host:     group.host,
		late:     lateUse{parent: group, made: made, taken: len(group.Handlers)},
		placed:   slices.Clip(group.placed),
	}
	below.place(handlers, made)
	return below
}

// BasePath returns the path that every route of the group begins with.
func (group *RouterGroup) BasePath() string { return group.basePath }

// Handle registers a route for a method given by name, upper case letters only;
// it panics on another name, on a route that exists, and on a wrong pattern.
// The patterns are those of package router. The last handler is the route's
// own, those before it are middleware.
func (group *RouterGroup) Handle(httpMethod, relativePath string, handlers ...HandlerFunc) IRoutes {
	if strings.Trim(httpMethod, upperLetters) != "" || httpMethod == "" {
		panic("dram: http method " + httpMethod + " is not valid: use upper case letters")
	}
	return group.handle(httpMethod, relativePath, handlers)
}

// GET registers a route for GET; HEAD requests are answered by it as well,
// without a body, unless the path has a HEAD route.
func (group *RouterGroup) GET(relativePath string, handlers ...HandlerFunc) IRoutes {
	return group.handle(http.MethodGet, relativePath, handlers)
}

// POST registers a route for POST.
func (group *RouterGroup) POST(relativePath string, handlers ...HandlerFunc) IRoutes {
	return group.handle(http.MethodPost, relativePath, handlers)
}

// DELETE registers a route for DELETE.
func (group *RouterGroup) DELETE(relativePath string, handlers ...HandlerFunc) IRoutes {
	return group.handle(http.MethodDelete, relativePath, handlers)
}

// PATCH registers a route for PATCH.
func (group *RouterGroup) PATCH(relativePath string, handlers ...HandlerFunc) IRoutes {
	return group.handle(http.MethodPatch, relativePath, handlers)
}

// PUT registers a route for PUT.
func (group *RouterGroup) PUT(relativePath string, handlers ...HandlerFunc) IRoutes {
	return group.handle(http.MethodPut, relativePath, handlers)
}

// OPTIONS registers a route for OPTIONS.
func (group *RouterGroup) OPTIONS(relativePath string, handlers ...HandlerFunc) IRoutes {
	return group.handle(http.MethodOptions, relativePath, handlers)
}

// HEAD registers a route for HEAD.
func (group *RouterGroup) HEAD(relativePath string, handlers ...HandlerFunc) IRoutes {
	return group.handle(http.MethodHead, relativePath, handlers)
}

// QUERY registers a route for QUERY (RFC 10008). Its body binds as a POST's.
func (group *RouterGroup) QUERY(relativePath string, handlers ...HandlerFunc) IRoutes {
	return group.handle(MethodQuery, relativePath, handlers)
}

// Any registers a route for GET, POST, PUT, PATCH, HEAD, OPTIONS, DELETE,
// CONNECT and TRACE.
func (group *RouterGroup) Any(relativePath string, handlers ...HandlerFunc) IRoutes {
	return group.Match(anyMethods, relativePath, handlers...)
}

// Match registers a route for each of the methods, whose names it takes as
// they are.
func (group *RouterGroup) Match(methods []string, relativePath string, handlers ...HandlerFunc) IRoutes {
	if len(methods) == 0 {
		group.mustHandle("Match", relativePath, handlers)
		group.engine.debugPrint("[WARNING] Match %s (%s): no method is named, so that there is no route; name one, or call Any", relativePath, caller.Short(group.engine.source.Of()))
	}
	for _, method := range methods {
		group.handle(method, relativePath, handlers)
	}
	return group.self()
}

// handle registers one route of the group, or panics.
func (group *RouterGroup) handle(method, relativePath string, handlers HandlersChain) IRoutes {
	path := group.absolutePath(relativePath)
	if method == "" {
		panic("dram: HTTP method can not be empty (path '" + path + "')")
	}
	group.mustHandle(method, path, handlers)
	chain := group.combineHandlers(handlers)
	source := group.engine.source.Of()
	if len(chain) == 0 {
		panic("dram: there must be at least one handler for " + method + " '" + path + "' (" + source + "): pass a function")
	}
	group.engine.noteLate(method, path)
	added := besideRoute{group.host, method, path, source, chain}
	group.mustNameOnce(added)
	group.warnPattern(added)
	group.engine.keepPlaces(chain, group.placed)
	if err := group.trees().add(method, path, group.engine.observed(chain), source); err != nil {
		panic(strings.Replace(err.Error(), "dram: ", strings.TrimSuffix("dram: "+method+" "+group.host.hostPattern(), " ")+": ", 1))
	}
	group.engine.debugPrintRoute(method, group.host.hostPattern()+path, source, chain)
	group.noteRoute(added)
	group.engine.warnBeside(added)
	return group.self()
}

// combineHandlers is the group's chain with handlers behind it, in a slice of
// its own so that no two chains share memory.
func (group *RouterGroup) combineHandlers(handlers HandlersChain) HandlersChain {
	group.mustHandle("the group", group.basePath, group.Handlers) // which a program may set
	chain := slices.Concat(group.Handlers, handlers)
	if len(chain) >= abortIndex {
		panic("dram: too many handlers: " + strconv.Itoa(len(chain)) + " in a chain of " +
			group.basePath + " (" + group.engine.source.Of() + "), at most " + strconv.Itoa(abortIndex-1) + " fit: make one layer of several")
	}
	return chain
}

// absolutePath is relativePath below the group's path, cleaned; a trailing
// slash stays.
func (group *RouterGroup) absolutePath(relativePath string) string {
	if relativePath == "" {
		return group.basePath
	}
	path := relativePath // as it is, if it can be: a constant costs no memory
	if group.basePath != "/" || path[0] != '/' {
		path = group.basePath + "/" + path
	}
	path = router.CleanPath(path)
	if !strings.HasSuffix(relativePath, "/") && len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	return path
}

// self is what a registering method returns: the Engine for its own group.
func (group *RouterGroup) self() IRoutes {
	if group.root {
		return group.engine
	}
	return group
}
