package dram

import (
	"net/http"

	"github.com/dram-go/dram/internal/observe"
	"github.com/dram-go/dram/internal/timelimit"
)

// This file lets the layers inside run once more, for nobody who waits: how a cache asks
// anew for what it has just answered from its memory.
// See docs/internals/09-onion.md.

// Fork returns a function that runs a layer's own handler on another Context, which has the
// same handlers still to come (Next, NextAnswer) but a writer and a request of the caller's.
// It may be called in another goroutine, and when this Context is over. Both have copies of
// what they have in common (keys, params); what is done to the other Context reaches nobody.
//
// The time that middleware.Timeout gives this Context's request ends the other one too, if their contexts say so; what
// the other one answers does not lift it. The request must not be the one that this Context has, whose body and context end with
// it, but a clone:
//
//	run, req := c.Fork(), c.Request.Clone(context.WithoutCancel(c.Request.Context()))
//	c.Go(func(ctx context.Context) {
//		run(writer, req.WithContext(ctx), func(c *dram.Context) { c.Next() })
//	})
//
// Call it before the chain is aborted and before the rest of it runs. The function works
// once; later calls do nothing. A panic passes.
func (c *Context) Fork() (run func(w http.ResponseWriter, req *http.Request, handler HandlerFunc)) {
	from := c.Copy()
	from.handlers, from.miss = c.handlers, c.miss
	if c.note != nil {
		from.note = observe.Forked{Note: c.note}
	}
	from.onError, from.failing, from.rewrites = c.onError, c.failing, c.rewrites
	call := &middlewareCall{c: from, status: c.Writer.Status(), index: c.index, errors: from.Errors}
	return func(w http.ResponseWriter, req *http.Request, handler HandlerFunc) {
		req = req.WithContext(timelimit.Without(req.Context()))
		if inner := call.fork(w, req); inner != nil {
			call.ended = true // nobody takes over what is left of it
			call.run(inner, handler)
		}
	}
}
