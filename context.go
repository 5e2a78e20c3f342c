package dram

import (
	"context"
	"net/http"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/dram-go/dram/internal/caller"
)

// This file is the Context's way through the onion: Next, NextWith, Abort. Its
// life, from the pool and back, is in pool.go; that it is a context.Context
// as well, in context_context.go; what a handler reads in context_request.go, what
// it decodes in context_bind.go, what it writes in context_response.go, what it
// keeps in context_keys.go.
// See docs/internals/09-onion.md.

// ContextKeyType is the type of ContextRequestKey.
type ContextKeyType int

const (
	// ContextKey is the key under which Context.Value returns the Context itself.
	ContextKey = "_dram-go/dram/contextkey"
	// ContextRequestKey is the key under which Context.Value returns the
	// *http.Request.
	ContextRequestKey ContextKeyType = 0
	// BodyBytesKey is the key under which ShouldBindBodyWith keeps the body.
	BodyBytesKey = "_dram-go/dram/bodybyteskey"
	// BindKey is the key under which the middleware that Bind returns stores its
	// struct.
	BindKey = "_dram-go/dram/bindkey"
)

// Context holds a request and its response on their way through the chain. It is
// also a context.Context, which answers from the request's.
//
// A Context lives as long as its handler and is then reused for another request:
// give a goroutine that outlives the handler a Copy. In debug and test mode a
// Context that is used too late panics with the name of its route.
type Context struct {
	writermem responseWriter

	Request *http.Request
	Writer  ResponseWriter

	// Params are the values of the route's params.
	Params Params

	handlers HandlersChain
	index    int // of the handler that runs; -1 before the first
	fullPath string
	routed   string // the path that routes were matched against; a layer may have changed the Request's since
	engine   *Engine
	served   *Engine      // whose servers the request came to: the outermost, if one is inside another
	plain    reflect.Type // of a writer that leads to no other one; see beginUnder

	params Params // the memory of Params, kept over requests

	mu sync.RWMutex // guards Keys

	// Keys are the values that Set stored for this request.
	Keys map[any]any
	// Errors are the errors that handlers attached to the Context.
	Errors errorMsgs
	// Accepted, when set, are the media types that NegotiateFormat takes
	// instead of the Accept header's. Otherwise it sets them to those.
	Accepted []string

	query       atomic.Pointer[parsedQuery] // of the URL that was asked last
	pinned      atomic.Pointer[pin]         // the context that Done was asked of
	nested      atomic.Int32                // how many requests of NextWith are around
	pinMu       sync.Mutex                  // guards the pins
	asked       []*pin                      // inner ones that are around and whose Done somebody may have
	gone        atomic.Pointer[string]      // the poison of a released Context
	answers     []*answerWriter             // the writers of NextAnswer, innermost last
	depth       int                         // how many of answers are in use
	head        headWriter                  // under writermem when a GET route answers HEAD
	cut         cutState                    // the answer cannot be completed
	miss        *miss                       // what a path without a route gets, unless the chain answers
	lost        bool                        // a write to the client has failed
	origin      string                      // the stack of a goroutine whose panic was passed on
	endsByClose bool                        // the answer ends where the connection does, over HTTP/1.0
	own         ownBody                     // what the server looks at
	unusual     bool                        // release is not enough: see releaseUnusual
	formMu      sync.Mutex                  // one goroutine parses the form
	form        atomic.Pointer[readForm]    // what was read of a form last
	hadForm     bool                        // the request came with a form that had been read
	first       *firstWriter                // who has sent the header; nil but in debug mode and for who observes
	note        any                         // of who observes (internal/observe); unusual is set with it
	sameSite    http.SameSite

	host       *hostRoutes // whose routes the request is looked up in; nil for the Engine's
	hostName   string
	onError    ErrorFunc // of the groups that are around
	failing    bool      // OnError is answering
	rewrites   int16     // how many requests of HandleContext are around
	counted    []any     // the layers that have counted the request
	fromHeader *string   // the first of Accepted, if NegotiateFormat has set it
}

var _ context.Context = (*Context)(nil)

// Next runs the handlers that are still to come, inside the one that calls it: the
// code after the call runs on the way out of the onion. A handler need not call it;
// calling it again, or after Abort, does nothing.
func (c *Context) Next() {
	for c.index+1 < len(c.handlers) {
		c.index++
		c.handlers[c.index](c)
	}
}

// NextWith runs the handlers that are still to come with another writer and
// another request; nil means the one that is there. When they have returned, or
// a panic passes, c.Writer and c.Request are again what they were, and a form
// that was parsed meanwhile belongs to the request outside as well: net/http
// removes the temporary files of its uploads.
//
// It is how a layer changes what the layers inside see:
//
//	c.NextWith(nil, c.Request.WithContext(ctx))
//
// To look at the answer, or to change it, see NextAnswer.
func (c *Context) NextWith(w ResponseWriter, req *http.Request) { c.with(w, req, (*Context).Next) }

// with runs something with another writer and another request; see NextWith.
func (c *Context) with(w ResponseWriter, req *http.Request, run func(*Context)) {
	c.live()
	writer, request := c.Writer, c.Request
	if w != nil {
		c.Writer = w
	}
	if req != nil {
		ctx, outside := c.mustLeadOut(req.Context()), contextOf(request)
		c.Request = req
		if !isSame(ctx, outside) {
			outer := c.pinInside(ctx)
			defer c.pinOutside(outer, outside)
		}
	}
	defer func() {
		c.Writer = writer
		if c.Request != request {
			keepForm(c.Request, request)
			c.Request = request
		}
	}()
	run(c)
}

// Abort keeps the handlers that are still to come from running. The handler
// that calls it goes on.
func (c *Context) Abort() {
	c.live()
	c.index = abortIndex
}

// IsAborted reports whether the Context was aborted.
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

// Handler returns the route's own handler, the last of the chain.
func (c *Context) Handler() HandlerFunc {
	c.live()
	return c.engine.plain(c.handlers).Last()
}

// HandlerName returns the function name of the route's own handler.
func (c *Context) HandlerName() string {
	return caller.NameOf(c.Handler())
}

// HandlerNames returns the function names of the whole chain.
func (c *Context) HandlerNames() []string {
	c.live()
	return handlerNames(c.engine.plain(c.handlers))
}

// FullPath returns the pattern of the route that matched, "" if none did.
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
