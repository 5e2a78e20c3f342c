package dram

import (
	"context"
	"net/http"
	"slices"
	"sync"

	"github.com/julienschmidt/httprouter"

	"github.com/dram-go/dram/internal/caller"
	"github.com/dram-go/dram/internal/httpfield"
)

// This file puts the handlers and the middleware of net/http and of httprouter
// into a chain.
// See docs/internals/09-onion.md.

// WrapF returns a handler that runs f. The chain goes on after it.
func WrapF(f http.HandlerFunc) HandlerFunc {
	mustWrap("WrapF", f == nil)
	return func(c *Context) { f(c.Writer, c.Request) }
}

// mustWrap panics if what is to be wrapped is nil: each request would panic instead.
func mustWrap(call string, isNil bool) {
	if isNil {
		panic("dram: " + call + " (" + caller.Program() + "): what it is to wrap is nil: pass a handler")
	}
}

// WrapH returns a handler that runs h. The chain goes on after it.
//
// If h is an Engine, or leads to one, its requests are the outer Engine's: Stopping and Go are those
// of the outer one's servers, and a layer that both use (RateLimit, Concurrency, …) counts a request
// once. The inner Engine knows that by the writer that it is given, which must be the one of the outer
// Context, or one with Unwrap: behind http.TimeoutHandler it is alone. Shutdown of the outer
// Engine does not call the functions of the inner one's OnShutdown; register there what does:
//
//	outer.OnShutdown(func(ctx context.Context) { _ = inner.Shutdown(ctx) })
//
// What else is set on an Engine is its own: the inner one has its OnError, and believes the proxies
// of its own SetTrustedProxies, so name them for both; until then ClientIP, Scheme and BasePath are
// those of the proxy's connection. Its routes have the whole path, as Group("/in") gives it: behind
// http.StripPrefix its redirects and Context.URL would lead past the prefix.
func WrapH(h http.Handler) HandlerFunc {
	mustWrap("WrapH", h == nil)
	return func(c *Context) { h.ServeHTTP(c.Writer, c.Request) }
}

// WrapHandle returns a handler that runs h; its Params are the Context's, without a
// copy. The chain goes on after it.
func WrapHandle(h httprouter.Handle) HandlerFunc {
	mustWrap("WrapHandle", h == nil)
	return func(c *Context) { h(c.Writer, c.Request, httprouter.Params(c.Params)) }
}

// WrapMiddleware turns a net/http middleware into a layer of the onion. The
// handler that the middleware gets as next is the rest of the chain: the layers
// inside have the writer and the request that it is given as c.Writer and
// c.Request, those outside have their own again afterwards. A middleware that does
// not call next aborts the chain. One that never does, such as a file server, is no
// place behind a guard: use WrapH, which the warnings of debug mode know.
//
// The middleware is applied once, here, so it may keep state. The layer has its name. It may call next
// from another goroutine; of several calls only the first does something. The
// request that it passes on must have a context that descends from the given
// one's, as http.Request.WithContext and Clone are used everywhere; without it
// next panics.
//
// If the middleware passes on a writer of its own, the layers inside have a Context
// of their own as well, whose keys, errors and abortion are the outer one's when
// they return. Such a middleware may answer and return while they still run, as
// http.TimeoutHandler does: what they do then reaches nobody. Informational statuses
// (103) pass only through writers that have Unwrap.
func WrapMiddleware(middleware func(http.Handler) http.Handler) HandlerFunc {
	mustWrap("WrapMiddleware", middleware == nil)
	handler := middleware(http.HandlerFunc(continueChain))
	mustWrap("WrapMiddleware", handler == nil)
	layer := HandlerFunc(func(c *Context) {
		call := &middlewareCall{
			Context: c.Request.Context(), c: c,
			status: c.Writer.Status(), index: c.index, errors: slices.Clip(c.Errors),
		}
		defer call.end()
		handler.ServeHTTP(c.Writer, c.Request.WithContext(call))
	})
	caller.Rename(layer, middleware)
	return layer
}

// middlewareCall is the way of one request through a wrapped middleware. As the
// context of the request that the middleware is given it finds the way back to
// the dram.Context in next.
type middlewareCall struct {
	context.Context
	c *Context

	// What the layers inside begin with. It is not read from c then: the
	// middleware may be answering at that time.
	status int
	index  int
	errors errorMsgs

	mu     sync.Mutex // held while next runs on c
	passed bool       // next was called
	ended  bool       // the middleware has returned: c is not ours any more
	ran    bool       // next has run on c
	result *Context   // what a Context of their own left of the layers inside
	form   *readForm  // what had been read of forms when that began
}

// middlewareCallKey is the key under which a middlewareCall finds itself.
type middlewareCallKey struct{}

// Value is the call itself for its key, else the value of the context around.
func (call *middlewareCall) Value(key any) any {
	if key == (middlewareCallKey{}) {
		return call
	}
	return call.Context.Value(key)
}

// end keeps next from touching the Context from now on. What layers inside with a
// Context of their own did to it becomes the outer one's; without them, and if
// they still run, the chain has ended here.
func (call *middlewareCall) end() {
	call.mu.Lock()
	defer call.mu.Unlock()
	call.ended = true
	c, inner := call.c, call.result
	if inner == nil {
		if !call.ran {
			c.Abort()
		}
		return
	}
	keepForm(inner.Request, c.Request)
	c.form.Store(inner.form.Load())
	// What layers outside have looked at meanwhile (NextAnswer) has errors of its own.
	c.Errors = append(inner.Errors, c.Errors[min(len(call.errors), len(c.Errors)):]...)
	c.mu.Lock() // somebody may ask the Context for a value
	c.Keys = inner.Keys
	c.mu.Unlock()
	c.Accepted, c.sameSite = inner.Accepted, inner.sameSite
	c.index, c.lost, c.unusual = max(c.index, inner.index), c.lost || inner.lost, c.unusual || inner.lost
	if inner.cut != uncut {
		c.fail()
	}
	inner.retire()
}

// continueChain is next: the rest of the chain with the given writer and request.
func continueChain(w http.ResponseWriter, req *http.Request) {
	call, ok := req.Context().Value(middlewareCallKey{}).(*middlewareCall)
	if !ok {
		panic("dram: WrapMiddleware: the middleware called next with a request whose context does not descend from the given request's: make it with req.WithContext or req.Clone from req.Context()")
	}
	if own, ok := w.(ResponseWriter); ok { // the Context's, as a rule
		call.mu.Lock()
		defer call.mu.Unlock()
		if call.begin() {
			call.ran = true
			call.c.NextWith(own, req)
		}
		return
	}
	if inner := call.fork(w, req); inner != nil {
		call.run(inner, (*Context).Next)
	}
}

// begin reports whether next is to run: it does so once, and not when the
// middleware has returned.
func (call *middlewareCall) begin() bool {
	first := !call.passed && !call.ended
	call.passed = call.passed || first
	return first
}

// fork makes the Context of the layers inside a middleware that has a writer of
// its own; nil if next is not to run.
func (call *middlewareCall) fork(w http.ResponseWriter, req *http.Request) *Context {
	call.mu.Lock()
	defer call.mu.Unlock()
	if !call.begin() {
		return nil
	}
	if _, ok := w.(interface{ Unwrap() http.ResponseWriter }); !ok {
		w = finalWriter{w}
	}
	c := call.c
	inner := c.engine.pool.Get().(*Context)
	inner.begin(w, req)
	inner.beginUnder(w)
	inner.writermem.status = call.status
	inner.Params, inner.fullPath, inner.routed = append(inner.params[:0], c.Params...), c.fullPath, c.routed
	inner.host, inner.hostName = c.host, c.hostName
	inner.handlers, inner.index = c.handlers, call.index
	inner.Keys, inner.Errors, inner.Accepted = c.copyKeys(), call.errors, c.Accepted
	inner.sameSite, inner.miss, inner.note = c.sameSite, c.miss, c.note
	inner.onError, inner.failing, inner.rewrites = c.onError, c.failing, c.rewrites
	inner.served, inner.counted = c.served, append(inner.counted[:0], c.counted...)
	call.form = c.form.Load()
	inner.form.Store(call.form)
	return inner
}

// run runs the layers inside on a Context of theirs. A status that was set, but
// not sent, goes to the middleware's writer; a chain that set none leaves the
// header to the layers outside.
func (call *middlewareCall) run(inner *Context, next HandlerFunc) {
	defer func() {
		call.mu.Lock()
		defer call.mu.Unlock()
		if call.ended {
			if !inner.hadForm {
				inner.takeForm(inner.Request.MultipartForm)
			}
			inner.removeForms(inner.Request.Context(), call.form, false) // those before are the outer one's
			inner.retire()
		} else {
			call.result = inner
		}
	}()
	next(inner)
	if inner.writermem.status != call.status {
		inner.writermem.WriteHeaderNow()
	}
	inner.finishMiss()
	if inner.head.ResponseWriter != nil { // HandleContext has found a GET route for HEAD
		inner.head.finish()
	}
}

// finalWriter keeps informational statuses from a middleware's writer that has no
// Unwrap. Such a one, http.TimeoutHandler's say, takes the first status that it gets
// for that of the answer, and a 404 after a 103 would be a 200. They are hints: an
// answer without them is as good (RFC 9110 section 15.2).
type finalWriter struct{ http.ResponseWriter }

// Unwrap is the middleware's writer, for http.ResponseController.
func (w finalWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w finalWriter) WriteHeader(code int) {
	if !httpfield.Informational(code) {
		w.ResponseWriter.WriteHeader(code)
	}
}
