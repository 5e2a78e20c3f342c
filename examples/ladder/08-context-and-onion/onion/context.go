// Package onion is a chain of handlers around a request: Context, Next, Abort, and the pool
// that Contexts come from.
package onion

import (
	"maps"
	"net/http"

	"github.com/dram-go/dram/examples/ladder/07-router/route"
)

// Handler is a handler or a middleware: the two are one type. What makes it a middleware is that
// it calls Next.
type Handler func(*Context)

// Context is one request on its way through the chain: all that the handlers of a request share,
// in one place, which no other request sees. It belongs to them until the outermost has
// returned, and then to another request; see Copy.
type Context struct {
	Request *http.Request
	Writer  http.ResponseWriter
	Params  route.Params

	handlers []Handler // the chain, outermost first; shared by all requests of the route
	index    int       // of the handler that runs; -1 before the first
	keys     map[string]any
}

// Next runs the rest of the chain inside the handler that calls it: the code before the call
// runs on the way in, the code after it on the way out. A handler that does not call it
// just returns, and the loop of the Next outside it goes on with the handler behind.
//
// The index is the whole state, and it only ever grows. When the inner Next has run the rest,
// the outer loops find nothing more to do.
func (c *Context) Next() {
	for c.index++; c.index < len(c.handlers); c.index++ {
		c.handlers[c.index](c)
	}
}

// abortIndex is beyond the end of each chain.
const abortIndex = 1 << 30

// Abort keeps the handlers behind from running. It is not a return: the handler that calls it
// goes on, and so do those outside it when Next has returned to them.
func (c *Context) Abort() { c.index = abortIndex }

// IsAborted reports whether Abort was called.
func (c *Context) IsAborted() bool { return c.index >= abortIndex }

// Set keeps a value for the handlers behind, and for those outside after their Next.
func (c *Context) Set(key string, value any) {
	if c.keys == nil {
		c.keys = map[string]any{}
	}
	c.keys[key] = value
}

// Get returns what Set kept; nil if there is nothing.
func (c *Context) Get(key string) any { return c.keys[key] }

// reset makes a Context from the pool new. What is forgotten here is seen by the next request.
func (c *Context) reset(w http.ResponseWriter, r *http.Request) {
	*c = Context{Request: r, Writer: w, index: -1}
}

// Copy is for a goroutine that outlives the handler: it reads what the Context has now, and
// cannot write, since by then there may be nobody to write to.
func (c *Context) Copy() *Context {
	return &Context{Request: c.Request, Params: c.Params, keys: maps.Clone(c.keys), index: abortIndex}
}
