package dram

import (
	"errors"
	"net/http"
	"sync"
	"unsafe"

	"github.com/dram-go/dram/internal/caller"
)

// This file is the one place through which a request goes that fails: handlers that return
// an error (Try), layers that refuse, and with Engine.OnError also paths without a route,
// panics, and files that cannot be sent.

// ErrorFunc answers a request that failed with err; see Engine.OnError.
type ErrorFunc func(c *Context, err error)

// Try makes a handler of a function that returns an error, which is answered by
// Context.Fail. Routes and logs name the function.
func Try(handle func(*Context) error) HandlerFunc {
	if handle == nil {
		panic("dram: Try: the function is nil: pass one, or leave the route out")
	}
	handler := func(c *Context) {
		if err := handle(c); err != nil {
			c.Fail(err)
		}
	}
	tried.Store(funcOf(handler), named{handler, handle})
	return handler
}

// tried are the handlers that Try has made, by their address: what they are called.
var tried sync.Map

// named is a handler and the function that gives it its name.
type named struct {
	handler HandlerFunc // kept, so that its address is no other's
	inside  func(*Context) error
}

// nameOf is the name of a handler: of one that Try made, that of the function inside.
func nameOf(handler HandlerFunc) string {
	if known, ok := tried.Load(funcOf(handler)); ok {
		return caller.Name(known.(named).inside)
	}
	return caller.Name(handler)
}

// funcOf is the address of a function with what it has captured.
func funcOf(handler HandlerFunc) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&handler)) }

// Fail answers a request that failed: it aborts the chain, attaches err to the Context's
// errors (as a public one if the status is 4xx, otherwise as a private one, of a Problem what
// has led to it), and has the OnError function of the group or the engine answer; without
// one it is c.WriteProblem(ProblemOf(err)). An answer that has begun is cut: it is not the
// whole. Of nil it does nothing.
func (c *Context) Fail(err error) {
	if err == nil {
		return
	}
	problem := ProblemOf(err)
	c.attach(err, problem)
	c.Abort()
	if c.Writer.Written() {
		c.fail()
		return
	}
	c.Writer.WriteHeader(problem.Status) // should nobody write
	if answer := c.errorFunc(); answer != nil {
		answer(c, err)
		return
	}
	c.WriteProblem(problem)
}

// attach has the log see an error, unless it is a mere refusal, which its status tells.
func (c *Context) attach(err error, problem *Problem) {
	kind := ErrorTypePublic
	if problem.Status >= http.StatusInternalServerError {
		kind = ErrorTypePrivate
	}
	if err == error(problem) {
		if problem.cause != nil {
			err = problem.cause
		} else if kind == ErrorTypePublic {
			return
		}
	}
	for _, known := range c.Errors {
		if errors.Is(err, known) {
			return
		}
	}
	c.Error(err).SetType(kind)
}

// errorFunc is the OnError function of the route's group, or of the engine.
func (c *Context) errorFunc() ErrorFunc {
	if c.onError != nil || c.engine == nil {
		return c.onError
	}
	return c.engine.onError
}

// OnError sets the function that answers requests which failed, in place of
// c.WriteProblem(ProblemOf(err)): what handlers return to Try, what layers refuse. With
// one, paths without a route, wrong methods, panics that Recovery has caught, and files that
// cannot be sent go to it as well, as a *Problem of 404, 405, 500, 412 or 416; without one
// they have the short answers that they have in Gin. The status is set already; the
// function may write anything. OnError(dram.WriteError) has all of them answered by
// problem details or a page.
func (engine *Engine) OnError(answer ErrorFunc) { engine.onError = answer }

// OnError is Engine.OnError for the routes that are registered on the group after the call.
// Paths without a route belong to no group.
func (group *RouterGroup) OnError(answer ErrorFunc) {
	if answer == nil {
		panic("dram: OnError of the group '" + group.basePath + "': the function is nil: pass one, or leave the call out")
	}
	group.Use(func(c *Context) {
		outside := c.onError
		c.onError = answer
		defer func() { c.onError = outside }()
		c.Next()
	})
}

// WriteError is the ErrorFunc that answers with c.WriteProblem(ProblemOf(err)).
func WriteError(c *Context, err error) { c.WriteProblem(ProblemOf(err)) }
