package dram

import (
	"context"
	"net/http"
	"sync"

	"github.com/julienschmidt/httprouter"
)

// This file puts the handlers and the middleware of net/http and of httprouter
// into a chain.

// WrapF runs an http.HandlerFunc as a handler. The chain goes on after it.
func WrapF(f http.HandlerFunc) HandlerFunc {
	return func(c *Context) { f(c.Writer, c.Request) }
}

// WrapH runs an http.Handler as a handler. The chain goes on after it.
func WrapH(h http.Handler) HandlerFunc {
	return func(c *Context) { h.ServeHTTP(c.Writer, c.Request) }
}

// WrapHandle runs an httprouter.Handle as a handler; its Params are the
// Context's, without a copy. The chain goes on after it.
func WrapHandle(h httprouter.Handle) HandlerFunc {
	return func(c *Context) { h(c.Writer, c.Request, httprouter.Params(c.Params)) }
}

// WrapMiddleware makes a layer of the onion of a net/http middleware. The
// handler that the middleware gets as next is the rest of the chain: the
// layers inside have the writer and the request that it is given as c.Writer
// and c.Request, those outside have their own again afterwards. A middleware that does not call
// next aborts the chain.
//
// The middleware is applied once, here, so it may keep state. It may call next
// from another goroutine, but the layer does not end before next has; of
// several calls only the first does something. The request that it passes on
// must have a context that descends from the given one's, as
// http.Request.WithContext and Clone are used everywhere; without it next
// panics.
func WrapMiddleware(middleware func(http.Handler) http.Handler) HandlerFunc {
	handler := middleware(http.HandlerFunc(continueChain))
	return func(c *Context) {
		writer, req := c.Writer, c.Request
		call := &middlewareCall{Context: req.Context(), c: c, writer: writer, status: writer.Status()}
		defer func() {
			call.end()
			c.Writer = writer
			keepForm(c.Request, req)
			if !c.held.Load() { // else a library may be reading it; see Done
				c.Request = req
			}
		}()
		handler.ServeHTTP(writer, req.WithContext(call))
		if !call.end() {
			c.Abort()
		}
	}
}

// middlewareCall is the way of one request through a wrapped middleware. As the
// context of the request that the middleware is given it finds the way back to
// the dram.Context in next.
type middlewareCall struct {
	context.Context
	c      *Context
	writer ResponseWriter // what the middleware is given
	status int            // its status by then

	mu     sync.Mutex // held while next runs
	passed bool       // next was called
	ended  bool       // the middleware has returned: the Context is not ours any more
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

// end waits for next, keeps it from starting later, and tells whether it ran.
func (call *middlewareCall) end() (passed bool) {
	call.mu.Lock()
	defer call.mu.Unlock()
	call.ended = true
	return call.passed
}

// continueChain is next: the rest of the chain with the given writer and request.
func continueChain(w http.ResponseWriter, req *http.Request) {
	call, ok := req.Context().Value(middlewareCallKey{}).(*middlewareCall)
	if !ok {
		panic("dram: WrapMiddleware: the middleware called next with a request whose context does not descend from the given request's: make it with req.WithContext or req.Clone from req.Context()")
	}
	call.mu.Lock()
	defer call.mu.Unlock()
	if call.passed || call.ended {
		return
	}
	call.passed = true
	c := call.c
	c.Request = req
	if own, ok := w.(ResponseWriter); ok { // the Context's, as a rule
		c.Writer = own
		c.Next()
		return
	}
	adapted := newAdaptedWriter(w, call)
	c.Writer = adapted
	c.Next()
	adapted.finish()
}
