package dram

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// This file is the Context's life: from the pool (reset), through the onion
// (Next, Abort), into other goroutines (Copy). What a handler reads stands in
// context_request.go, what it decodes in context_bind.go, what it writes in
// context_response.go, what it keeps in context_keys.go.

// ContextKeyType is the type of ContextRequestKey.
type ContextKeyType int

const (
	// ContextKey is the key under which Context.Value gives the Context itself.
	ContextKey = "_dram-go/dram/contextkey"
	// ContextRequestKey is the key under which Context.Value gives the
	// *http.Request.
	ContextRequestKey ContextKeyType = 0
	// BodyBytesKey is the key under which ShouldBindBodyWith keeps the body.
	BodyBytesKey = "_dram-go/dram/bodybyteskey"
	// BindKey is the key under which the middleware of Bind stores its struct.
	BindKey = "_dram-go/dram/bindkey"
)

// Context is a request and its response on the way through the chain. It is a
// context.Context as well, the request's.
//
// A Context lives as long as its handler and is then used for another request:
// give a goroutine that outlives the handler a Copy. In debug and test mode a
// Context that is used too late panics and names its route.
type Context struct {
	writermem responseWriter

	Request *http.Request
	Writer  ResponseWriter

	// Params are the values of the route's params.
	Params Params

	handlers HandlersChain
	index    int8 // of the handler that runs; -1 before the first
	fullPath string
	engine   *Engine

	params Params // the memory of Params, kept over requests

	mu sync.RWMutex // guards Keys

	// Keys are the values of this request, by Set.
	Keys map[any]any
	// Errors are the errors that handlers attached to the Context.
	Errors errorMsgs
	// Accepted, when set, are the media types that NegotiateFormat takes
	// instead of the Accept header's.
	Accepted []string

	query    atomic.Pointer[url.Values] // the parsed query, at first use
	held     atomic.Bool                // somebody may wait for Done past the handler
	sameSite http.SameSite
}

var _ context.Context = (*Context)(nil)

// reset makes the Context new for the next request, whose writer and request
// are already in it.
func (c *Context) reset() {
	c.Writer = &c.writermem
	c.Params = nil
	c.handlers = nil
	c.index = -1
	c.fullPath = ""
	c.Keys = nil
	c.Errors = nil
	c.Accepted = nil
	c.sameSite = 0
	if c.query.Load() != nil {
		c.query.Store(nil)
	}
}

// Next runs the handlers that are still to come, inside the one that calls it:
// what stands after the call runs on the way out of the onion. A handler need
// not call it; calling it more than once, or after Abort, does nothing.
func (c *Context) Next() {
	chain := c.handlers
	for i := int(c.index) + 1; i < len(chain); i = int(c.index) + 1 {
		c.index = int8(i)
		chain[i](c)
	}
}

// Abort keeps the handlers that are still to come from running. The handler
// that calls it goes on.
func (c *Context) Abort() {
	c.live()
	c.index = abortIndex
}

// IsAborted tells whether the Context was aborted.
func (c *Context) IsAborted() bool {
	c.live()
	return c.index >= abortIndex
}

// AbortWithStatus aborts and sends the header with this status at once.
func (c *Context) AbortWithStatus(code int) {
	c.Status(code)
	c.Writer.WriteHeaderNow()
	c.Abort()
}

// AbortWithStatusJSON aborts and answers with jsonObj; see JSON.
func (c *Context) AbortWithStatusJSON(code int, jsonObj any) {
	c.Abort()
	c.JSON(code, jsonObj)
}

// AbortWithStatusPureJSON aborts and answers with jsonObj; see PureJSON.
func (c *Context) AbortWithStatusPureJSON(code int, jsonObj any) {
	c.Abort()
	c.PureJSON(code, jsonObj)
}

// AbortWithError aborts, sends the header and attaches err to the Context.
func (c *Context) AbortWithError(code int, err error) *Error {
	c.AbortWithStatus(code)
	return c.Error(err)
}

// Copy makes a Context that may be used after the handler has returned, in
// another goroutine say. It has no handlers, is aborted, and cannot write: its
// Writer returns an error. The request is shared: its body must not be read,
// and its context ends with the handler (see context.WithoutCancel).
func (c *Context) Copy() *Context {
	c.live()
	cp := &Context{
		Request:  c.Request,
		Params:   slices.Clone(c.Params),
		index:    abortIndex,
		fullPath: c.fullPath,
		engine:   c.engine,
		Keys:     c.copyKeys(),
		Errors:   slices.Clone(c.Errors),
		Accepted: slices.Clone(c.Accepted),
		sameSite: c.sameSite,
	}
	cp.writermem = responseWriter{
		ResponseWriter: newDetachedWriter(c.writermem.ResponseWriter),
		engine:         c.engine,
		size:           c.writermem.size,
		status:         c.writermem.status,
	}
	cp.Writer = &cp.writermem
	return cp
}

// Handler is the route's own handler, the chain's last.
func (c *Context) Handler() HandlerFunc {
	c.live()
	return c.handlers.Last()
}

// HandlerName is the function name of the route's own handler.
func (c *Context) HandlerName() string {
	return nameOfFunction(c.Handler())
}

// HandlerNames are the function names of the whole chain.
func (c *Context) HandlerNames() []string {
	c.live()
	return handlerNames(c.handlers)
}

// FullPath is the pattern of the route that matched, "" when none did.
func (c *Context) FullPath() string {
	c.live()
	return c.fullPath
}

// Error attaches err to the Context, for a middleware (the Logger, say) to see.
// An *Error is attached as it is, another error as a private one. It panics on
// nil.
func (c *Context) Error(err error) *Error {
	c.live()
	if err == nil {
		panic("dram: err is nil: call Context.Error only with an error")
	}
	attached, ok := err.(*Error)
	if !ok {
		attached = &Error{Err: err, Type: ErrorTypePrivate}
	}
	c.Errors = append(c.Errors, attached)
	return attached
}

// fallback is the request's context, nil when the engine wants none.
func (c *Context) fallback() context.Context {
	if c.Request == nil || c.engine != nil && !c.engine.ContextWithFallback {
		return nil
	}
	return c.Request.Context()
}

// Deadline is the request context's.
func (c *Context) Deadline() (deadline time.Time, ok bool) {
	if ctx := c.fallback(); ctx != nil {
		return ctx.Deadline()
	}
	return deadline, false
}

// Done is the request context's: closed when the client is gone or the handler
// has returned. A Context that was asked for it is not used for another request,
// in release mode either: libraries that were given it (database/sql, net/http)
// wait for Done in goroutines of their own, which may ask for Err a moment after
// a correct handler has returned.
func (c *Context) Done() <-chan struct{} {
	ctx := c.fallback()
	if ctx == nil {
		return nil
	}
	if !c.held.Load() {
		c.held.Store(true)
	}
	return ctx.Done()
}

// Err is the request context's.
func (c *Context) Err() error {
	if ctx := c.fallback(); ctx != nil {
		return ctx.Err()
	}
	return nil
}

// Value is the value of a key: the request for ContextRequestKey, the Context
// for ContextKey, else what Set stored, else the request context's value.
func (c *Context) Value(key any) any {
	switch key {
	case ContextRequestKey:
		c.live()
		return c.Request
	case ContextKey:
		c.live()
		return c
	}
	if !c.held.Load() {
		c.live()
	}
	if value, ok := c.lookup(key); ok {
		return value
	}
	if ctx := c.fallback(); ctx != nil {
		return ctx.Value(key)
	}
	return nil
}
