package framework

import (
	"maps"
	"math"
	"net/http"

	"github.com/dram-go/dram/examples/ladder/07-router/route"
)

// Context is one request on its way. Its writer is a value inside it, and comes from the pool
// with it. dram: context.go#Context.
type Context struct {
	writermem responseWriter
	Request   *http.Request
	Writer    ResponseWriter
	Params    route.Params
	Keys      map[string]any
	Errors    []error

	handlers HandlersChain
	index    int8
	fullPath string
}

// abortIndex is beyond each chain: 63, so a chain has at most 62 handlers.
const abortIndex int8 = math.MaxInt8 / 2

// reset makes a Context from the pool new. dram: pool.go#Context.reset, writer.go#responseWriter.reset.
func (c *Context) reset(w http.ResponseWriter, r *http.Request) {
	*c = Context{Request: r, index: -1}
	c.writermem = responseWriter{ResponseWriter: w, request: r, status: http.StatusOK}
	c.Writer = &c.writermem
}

// Next runs the rest of the chain inside its caller. The index stays on the last handler, however
// often it is called. dram: context.go#Context.Next.
func (c *Context) Next() {
	for c.index < int8(len(c.handlers)-1) {
		c.index++
		c.handlers[c.index](c)
	}
}

// Abort keeps the rest from running. dram: context.go#Context.Abort.
func (c *Context) Abort() { c.index = abortIndex }

// AbortWithStatus aborts with an answer that has no body, whatever was said of one before. dram:
// context.go#Context.AbortWithStatus.
func (c *Context) AbortWithStatus(code int) {
	c.Writer.Header().Del("Content-Length")
	c.Writer.Header().Del("Content-Encoding")
	c.Writer.WriteHeader(code)
	c.Writer.WriteHeaderNow()
	c.Abort()
}

// Copy may be kept when the handler has returned. dram: pool.go#Context.Copy; and for whoever
// forgets it, pool_poison.go#Context.poison.
func (c *Context) Copy() *Context {
	return &Context{Request: c.Request, Params: c.Params, Keys: maps.Clone(c.Keys), fullPath: c.fullPath, index: abortIndex}
}

// Param is a value of the path. dram: context_request.go#Context.Param.
func (c *Context) Param(name string) string { return c.Params.Get(name) }

// Query is a value of the query. dram: context_request.go#Context.Query.
func (c *Context) Query(name string) string { return c.Request.URL.Query().Get(name) }

// FullPath is the route's pattern, "" for a 404. dram: context.go#Context.FullPath.
func (c *Context) FullPath() string { return c.fullPath }

// Set keeps a value for the request. dram: context_keys.go#Context.Set.
func (c *Context) Set(key string, value any) {
	if c.Keys == nil {
		c.Keys = map[string]any{}
	}
	c.Keys[key] = value
}

// Get returns what Set kept. dram: context_keys.go#Context.Get.
func (c *Context) Get(key string) (value any, exists bool) {
	value, exists = c.Keys[key]
	return value, exists
}

// Error attaches an error, for a layer outside to see. dram: context.go#Context.Error.
func (c *Context) Error(err error) { c.Errors = append(c.Errors, err) }
