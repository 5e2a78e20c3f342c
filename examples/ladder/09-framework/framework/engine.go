// Package framework is a Gin in about 350 lines of code: what is left of one when everything is taken
// away that a reader does not need to see how it works. Each function names the one of dram
// that does the same and what else a production server needs.
//
// The files in the order of the article: engine.go (New, Default, Use, Group, Handle, addRoute,
// ServeHTTP), context.go (Next, Abort, what a handler asks), response.go (one header, once;
// Render), cut.go (half an answer over HTTP/1.0), bind.go, layers.go (Logger, Recovery). Read engine.go and context.go first.
package framework

import (
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/dram-go/dram/examples/ladder/07-router/route"
)

// HandlerFunc is a handler or a middleware. dram: engine.go#HandlerFunc.
type HandlerFunc func(*Context)

// HandlersChain is a route's chain, outermost first. dram: engine.go#HandlersChain.
type HandlersChain []HandlerFunc

// Engine is routes and a pool; it embeds the group of "/". dram: engine.go#Engine.
type Engine struct {
	RouterGroup
	trees   map[string]*route.Radix[routed] // by method; dram: engine_trees.go#methodTrees
	noRoute HandlersChain
	missed  HandlersChain // noRoute with the layers of Use around it
	pool    sync.Pool
}

// routed is what the tree finds. dram: router/tree.go#Route.
type routed struct {
	chain    HandlersChain
	fullPath string
}

// New returns an Engine without middleware. dram: engine.go#New, pool.go#Engine.allocateContext.
func New() *Engine {
	e := &Engine{trees: map[string]*route.Radix[routed]{}}
	e.RouterGroup = RouterGroup{basePath: "/", engine: e}
	e.pool.New = func() any { return new(Context) }
	e.NoRoute(func(c *Context) { c.String(http.StatusNotFound, "404 not found\n") })
	return e
}

// Default is New with Logger and Recovery. dram: engine.go#Default.
func Default() *Engine {
	e := New()
	e.Use(Logger(), Recovery())
	return e
}

// Use puts middleware around the routes that follow, and around 404, whose chain has to be made
// anew. dram: engine.go#Engine.Use, engine_miss.go#Engine.rebuildMissChains.
func (e *Engine) Use(middleware ...HandlerFunc) {
	e.RouterGroup.Use(middleware...)
	e.missed = e.combineHandlers(e.noRoute)
}

// NoRoute sets what answers 404. dram: engine_miss.go#Engine.NoRoute.
func (e *Engine) NoRoute(handlers ...HandlerFunc) {
	e.noRoute = handlers
	e.missed = e.combineHandlers(handlers)
}

// RouterGroup is a path and a chain that its routes begin with. dram: routergroup.go#RouterGroup.
type RouterGroup struct {
	basePath string
	handlers HandlersChain
	engine   *Engine
}

// Use adds layers to the routes that follow. dram: routergroup.go#RouterGroup.Use.
func (g *RouterGroup) Use(middleware ...HandlerFunc) {
	g.handlers = append(g.handlers, middleware...)
}

// Group makes a group below this one. dram: routergroup.go#RouterGroup.Group.
func (g *RouterGroup) Group(relativePath string, handlers ...HandlerFunc) *RouterGroup {
	return &RouterGroup{g.absolutePath(relativePath), g.combineHandlers(handlers), g.engine}
}

// Handle registers a route. dram: routergroup.go#RouterGroup.Handle, routergroup.go#RouterGroup.handle.
func (g *RouterGroup) Handle(method, relativePath string, handlers ...HandlerFunc) {
	g.engine.addRoute(method, g.absolutePath(relativePath), g.combineHandlers(handlers))
}

// GET registers a route for GET and HEAD. dram: routergroup.go#RouterGroup.GET.
func (g *RouterGroup) GET(relativePath string, handlers ...HandlerFunc) {
	g.Handle(http.MethodGet, relativePath, handlers...)
}

// POST registers a route for POST. dram: routergroup.go#RouterGroup.POST.
func (g *RouterGroup) POST(relativePath string, handlers ...HandlerFunc) {
	g.Handle(http.MethodPost, relativePath, handlers...)
}

// absolutePath joins both paths; a slash at the end stays. dram: routergroup.go#RouterGroup.absolutePath.
func (g *RouterGroup) absolutePath(relativePath string) string {
	if relativePath == "" {
		return g.basePath
	}
	joined := path.Join(g.basePath, relativePath)
	if strings.HasSuffix(relativePath, "/") && joined != "/" {
		joined += "/"
	}
	return joined
}

// combineHandlers copies, so that no two chains share memory. dram:
// routergroup.go#RouterGroup.combineHandlers, routergroup.go#abortIndex.
func (g *RouterGroup) combineHandlers(handlers HandlersChain) HandlersChain {
	chain := slices.Concat(g.handlers, handlers)
	if len(chain) == 0 || len(chain) >= int(abortIndex) {
		panic(fmt.Sprintf("framework: a chain of %d handlers below %s: it takes 1 to %d", len(chain), g.basePath, abortIndex-1))
	}
	return chain
}

// addRoute gives a chain to the tree of its method; a mistake there is the program's.
// dram: engine_trees.go#methodTrees.add, router/tree.go#Tree.Add.
func (e *Engine) addRoute(method, path string, chain HandlersChain) {
	if e.trees[method] == nil {
		e.trees[method] = new(route.Radix[routed])
	}
	if err := e.trees[method].Add(path, routed{chain, path}); err != nil {
		panic(err)
	}
}

// ServeHTTP is the one method that net/http wants. dram: engine.go#Engine.ServeHTTP,
// pool.go#Context.begin, pool.go#Engine.release.
func (e *Engine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := e.pool.Get().(*Context)
	c.reset(w, r)
	e.handleHTTPRequest(c)
	c.writermem.whole()
	e.pool.Put(c)
}

// handleHTTPRequest finds the chain and runs it. dram: engine.go#Engine.handleHTTPRequest,
// engine.go#Context.enter, engine_miss.go#Engine.handleMiss.
func (e *Engine) handleHTTPRequest(c *Context) {
	c.handlers = e.missed
	method := c.Request.Method
	if method == http.MethodHead {
		method = http.MethodGet // dram: writer_head.go#headWriter
	}
	if tree := e.trees[method]; tree != nil {
		if found, params, ok := tree.Find(c.Request.URL.Path); ok {
			c.handlers, c.fullPath, c.Params = found.chain, found.fullPath, params
		}
	}
	if c.fullPath == "" {
		c.Writer.WriteHeader(http.StatusNotFound)
	}
	c.Next()
}
