package dram

import (
	"context"
	"sync/atomic"
	"time"
)

// This file makes a Context a context.Context: the context of its request, with
// the values of Set.
//
// A library that is given one waits for Done in a goroutine of its own, and asks
// Err after that, perhaps a moment after the handler, or a layer that had put a
// deadline on the request, has returned. Its answers must then still be those of
// the context that Done was asked of. So the first Done pins that context, and
// from there on c.Request is not read.

// pin is a context that Done was asked of, or one that NextWith put inside it.
type pin struct {
	context.Context
	outer *pin        // pinned before; what ends it ends this one
	asked atomic.Bool // somebody has its Done
}

// Err is the context's error; that of the one outside counts as well, whose Done
// somebody may have.
func (p *pin) Err() error {
	for ; p != nil; p = p.outer {
		if err := p.Context.Err(); err != nil {
			return err
		}
	}
	return nil
}

// pinInside has a Context that is pinned already answer from ctx, the context of
// the request of the layers inside.
func (c *Context) pinInside(outer *pin, ctx context.Context) {
	if outer != nil {
		c.pinned.Store(&pin{Context: ctx, outer: outer})
	}
}

// pinOutside ends what pinInside began, unless somebody inside has the Done.
func (c *Context) pinOutside(outer *pin) {
	if outer == nil {
		return
	}
	if inner := c.pinned.Load(); inner != outer && !inner.asked.Load() {
		c.pinned.Store(outer)
	}
}

// pinWithoutEnd pins the values of the Context from, without its end.
func (c *Context) pinWithoutEnd(from *Context) {
	if ctx := from.fallback(); ctx != nil {
		c.pinned.Store(&pin{Context: context.WithoutCancel(ctx)})
	}
}

// fallback is the context that the Context answers from, nil when the engine
// wants none.
func (c *Context) fallback() context.Context {
	if p := c.pinned.Load(); p != nil {
		return p
	}
	if c.Request == nil || c.engine != nil && !c.engine.ContextWithFallback {
		return nil
	}
	return c.Request.Context()
}

// Deadline returns the deadline of the request's context.
func (c *Context) Deadline() (deadline time.Time, ok bool) {
	if ctx := c.fallback(); ctx != nil {
		return ctx.Deadline()
	}
	return deadline, false
}

// Done returns the Done channel of the request's context, which is closed when the
// client is gone or the handler has returned. From the first call on, Done, Err, Deadline and Value answer from
// the context that c.Request has at that time, and the Context is not used for
// another request, in release mode either: libraries that were given it
// (database/sql, net/http) may ask for Err a moment after a correct handler has
// returned.
func (c *Context) Done() <-chan struct{} {
	p := c.pinned.Load()
	if p == nil {
		ctx := c.fallback()
		if ctx == nil || ctx.Done() == nil {
			return nil
		}
		p = &pin{Context: ctx}
		if !c.pinned.CompareAndSwap(nil, p) {
			p = c.pinned.Load()
		}
	}
	if !p.asked.Load() {
		p.asked.Store(true)
	}
	return p.Done()
}

// Err returns the error of the request's context.
func (c *Context) Err() error {
	if ctx := c.fallback(); ctx != nil {
		return ctx.Err()
	}
	return nil
}

// Value returns the value of a key: the request for ContextRequestKey, the Context
// for ContextKey, or else what Set stored, or else the value of the request's
// context.
func (c *Context) Value(key any) any {
	switch key {
	case ContextRequestKey:
		c.live()
		return c.Request
	case ContextKey:
		c.live()
		return c
	}
	if c.pinned.Load() == nil {
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
