// Package framework is a Gin in about 300 lines: what is left of one when everything is taken
// away that a reader does not need to see how it works. Each function names the one of dram
// that does the same and what else a production server needs.
//
// The files in the order of the article: engine.go (New, Default, addRoute, ServeHTTP), group.go
// (Use, Group, Handle), context.go (Next, Abort, what a handler asks), writer.go (one header,
// once), render.go, bind.go, layers.go (Logger, Recovery).
package framework

import (
	"net/http"
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
	c.writermem.WriteHeaderNow() // of an answer without a body
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
