package dram

import (
	"net/http"

	"github.com/dram-go/dram/internal/httpfield"
	"github.com/dram-go/dram/internal/pathspell"
	"github.com/dram-go/dram/render"
	"github.com/dram-go/dram/router"
)

// This file answers requests for which the tree of their method has no route:
// a HEAD that a GET route can answer, a redirect to the path that was meant,
// 405, or 404, tried in this order. The engine's global middleware runs on each, but with
// BareMisses not on a 404.
// See docs/internals/11-misses.md.

// miss is what the engine says of a path without a route, if nobody else answers.
type miss struct {
	status int
	text   []byte
}

var (
	notFound         = &miss{http.StatusNotFound, []byte("404 page not found")}
	methodNotAllowed = &miss{http.StatusMethodNotAllowed, []byte("405 method not allowed")}
	plainContentType = []string{MIMEPlain}
	notRequest       = []byte("400 the request cannot be written in a line of HTTP/1.1")
)

// NoRoute sets the handlers that answer when no route matches: the status
// starts at 404, and they get the default body if they write nothing.
func (engine *Engine) NoRoute(handlers ...HandlerFunc) {
	engine.mustHandle("NoRoute of", "/", handlers)
	engine.noteLate("NoRoute of", "/")
	engine.noRoute = engine.observed(handlers)
	engine.rebuildMissChains()
	engine.warnBesideNoRoute(engine.source.Of())
}

// NoMethod sets the handlers that answer when only another method's route
// matches. They run only with HandleMethodNotAllowed; the status starts at 405.
func (engine *Engine) NoMethod(handlers ...HandlerFunc) {
	engine.mustHandle("NoMethod of", "/", handlers)
	engine.noteLate("NoMethod of", "/")
	engine.noMethodAt = engine.source.Of()
	engine.noMethod = engine.observed(handlers)
	engine.rebuildMissChains()
}

// rebuildMissChains puts the global middleware around noRoute and noMethod, and around what
// OnError says behind them, so that layers compress, count and log it as any other answer.
func (engine *Engine) rebuildMissChains() {
	missChain := func(handlers HandlersChain) HandlersChain {
		chain := engine.combineHandlers(engine.plain(handlers))
		if engine.onError != nil {
			chain = append(chain, (*Context).finishMiss)
		}
		return engine.observed(chain)
	}
	engine.allNoRoute, engine.allNoMethod = missChain(engine.noRoute), missChain(engine.noMethod)
}

// handleMiss answers a request whose own tree has no route for path.
func (engine *Engine) handleMiss(c *Context, path string) {
	if path == "" && engine.handleRoot(c) {
		return
	}
	c.Params, c.handlers, c.fullPath = nil, nil, ""
	if c.host != nil {
		c.addHostParams() // in a slice of their own: the lookups below fill c.params
	}
	method := c.Request.Method
	if tree := c.trees().get(http.MethodGet); method == http.MethodHead && tree != nil {
		if route := tree.Lookup(path, &c.params); route != nil {
			c.discardBody()
			c.enter(route)
			c.addHostParams()
			engine.unescapeParams(c)
			c.Next()
			return
		}
	}
	if method != http.MethodConnect && path != "/" && engine.redirectMiss(c, path) {
		return
	}
	if engine.HandleMethodNotAllowed {
		if allow := c.allowedMethods(path); allow != nil {
			c.Writer.Header()["Allow"] = allow
			c.handlers = engine.allNoMethod
			c.runMiss(methodNotAllowed)
			return
		}
	}
	c.handlers = engine.allNoRoute
	if engine.BareMisses && len(engine.noRoute) == 0 && c.allowedMethods(path) == nil {
		c.handlers = nil
	}
	c.runMiss(notFound)
}

// handleRoot answers a request whose URL has no path, of "GET http://host HTTP/1.1" or behind
// http.StripPrefix, as one for "/", which is equal to it (RFC 9110 section 4.2.3). It does not answer
// a CONNECT, and "GET http:opaque HTTP/1.1".
func (engine *Engine) handleRoot(c *Context) bool {
	if c.Request.URL.Opaque != "" || c.Request.Method == http.MethodConnect {
		return false
	}
	req, u := *c.Request, *c.Request.URL
	u.Path, u.RawPath = "/", ""
	req.URL = &u
	c.with(nil, &req, engine.handleHTTPRequest)
	return true
}

// isForGet reports whether a HEAD request is answered by a route of GET although HEAD has
// one, a less specific one: beside Static("/") and GET("/admin/*f") the latter's
// layers guard HEAD /admin/x as well.
func (c *Context) isForGet(path string, route *router.Route[HandlersChain]) bool {
	tree := c.trees().get(http.MethodGet)
	if tree == nil {
		return false
	}
	get := tree.Lookup(path, &c.params)
	if get != nil && get.Precedes(route) {
		return true
	}
	c.trees().get(http.MethodHead).Lookup(path, &c.params) // its params again
	return false
}

// runMiss runs a miss's chain and, where that leaves the status alone and
// writes nothing, answers with a plain text of one line.
func (c *Context) runMiss(answer *miss) {
	outer := c.miss
	c.miss = answer
	c.Writer.WriteHeader(answer.status)
	c.Next()
	c.finishMiss()
	c.miss = outer
}

// finishMiss writes the text of a miss if the chain left the status alone and wrote
// nothing.
func (c *Context) finishMiss() {
	if !c.isMissed() {
		return
	}
	if c.errorFunc() != nil {
		status := c.miss.status
		c.miss = nil // it is answered
		c.Fail(NewProblem(status, ""))
	} else {
		h := c.Writer.Header()
		httpfield.DropEntity(h)
		h["Content-Type"] = plainContentType
		// A client that is gone cannot be told: nothing is left to do on an error.
		_, _ = c.Writer.Write(c.miss.text)
	}
}

// finishAbortedMiss has OnError answer a path without a route whose chain a layer has aborted,
// so that finishMiss did not run inside: Recovery calls it, and catches its panics as in a route.
func (c *Context) finishAbortedMiss() {
	if c.miss != nil && c.IsAborted() && c.errorFunc() != nil {
		c.finishMiss()
	}
}

// isMissed reports whether nobody has answered a path without a route.
func (c *Context) isMissed() bool {
	if c.miss == nil {
		return false
	}
	if w, ok := c.Writer.(*responseWriter); ok { // a 404 without two calls
		return !w.written() && w.status == c.miss.status
	}
	return !c.Writer.Written() && c.Writer.Status() == c.miss.status
}

// BodySize returns how many bytes the body has so far, for a log: those that were
// written, or those of the text which the engine is going to write because no handler
// has answered a path without a route.
func (c *Context) BodySize() int {
	c.live()
	if c.isMissed() {
		return len(c.miss.text)
	}
	return max(c.Writer.Size(), 0)
}

// serveNotFound runs the NoRoute handlers inside a route whose handler found
// nothing to answer with: a file that does not exist, say. Inside NoRoute itself
// the default text is all that is left.
func (c *Context) serveNotFound() {
	index, handlers := c.index, c.handlers
	c.handlers = c.engine.noRoute
	if c.index >= 0 && c.fullPath == "" || len(handlers) > 0 && len(c.handlers) > 0 && &handlers[0] == &c.handlers[0] {
		c.handlers = nil
	}
	c.index = -1
	c.runMiss(notFound)
	c.index, c.handlers = index, handlers
}

// allowedMethods lists the methods under which path has a route, for Allow
// (RFC 9110 section 10.2.1); nil without one.
func (c *Context) allowedMethods(path string) (allow []string) {
	trees := c.trees()
	for i := range trees.list {
		entry := &trees.list[i]
		if entry.method == c.Request.Method || entry.method == http.MethodHead && trees.routeOf(http.MethodGet, path) != nil || entry.tree.Lookup(path, &c.params) == nil {
			continue
		}
		if allow == nil {
			allow = entry.allow
		} else {
			allow = []string{allow[0] + ", " + entry.allow[0]}
		}
	}
	return allow
}

// redirectMiss redirects to the path that was meant, if there is one with a
// route.
func (engine *Engine) redirectMiss(c *Context, path string) bool {
	if engine.RedirectTrailingSlash {
		if target, ok := engine.slashTarget(c, path); ok {
			engine.redirect(c, target)
			return true
		}
	}
	if engine.RedirectFixedPath {
		if target, ok := engine.fixedTarget(c, path); ok {
			engine.redirect(c, target)
			return true
		}
	}
	return false
}

// slashTarget is where RedirectTrailingSlash leads from a path without a route.
func (engine *Engine) slashTarget(c *Context, path string) (target string, ok bool) {
	if target, ok = c.trees().slashVariant(c.Request.Method, path); !ok {
		return "", false
	}
	return engine.target(c, target)
}

// fixedTarget is where RedirectFixedPath leads.
func (engine *Engine) fixedTarget(c *Context, path string) (target string, ok bool) {
	if target, ok = c.trees().fixedPath(c.Request.Method, router.CleanPath(path)); !ok {
		return "", false
	}
	return engine.target(c, target)
}

// target makes a path with a route a path of this host for the client. To one with a fault no
// redirect leads: the client may clean it before it asks, or ask another host (//host, /\host).
func (engine *Engine) target(c *Context, path string) (string, bool) {
	if !engine.matchesEscaped(c.Request) {
		path = pathspell.Escape(path)
	}
	if pathspell.Fault(pathspell.Normalize(path), "", 0) != "" {
		return "", false
	}
	return path, true
}

// redirect answers with a redirect to target, inside the global middleware.
func (engine *Engine) redirect(c *Context, target string) {
	shown := c.BasePath() + loggedPath(c, "", target)
	target = c.BasePath() + target
	if query := c.Request.URL.RawQuery; query != "" {
		target, shown = target+"?"+query, shown+"?"+MaskQuery(query)
	}
	code := http.StatusTemporaryRedirect
	if method := c.Request.Method; method == http.MethodGet || method == http.MethodHead {
		code = http.StatusMovedPermanently
	}
	if !c.IsAborted() { // as it is if package inspect asks
		engine.debugPrint("redirecting request %d: %s --> %s", code, loggedPath(c, "", c.Request.URL.Path), shown)
	}
	c.handlers = engine.observed(engine.combineHandlers(HandlersChain{func(c *Context) {
		c.Render(-1, render.Redirect{Code: code, Request: c.Request, Location: target})
	}}))
	c.Next()
}

// refuse answers 400, before any layer runs, as net/http answers what is not a request.
func (c *Context) refuse(text []byte) {
	c.Params, c.handlers, c.fullPath = nil, nil, ""
	c.Writer.Header()["Content-Type"] = plainContentType
	c.Writer.WriteHeader(http.StatusBadRequest)
	_, _ = c.Writer.Write(text) // a client that is gone cannot be told
}
