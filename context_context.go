package dram

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// This file makes a Context a context.Context: the context of its request, with
// the values of Set.
//
// A library that is given one waits for Done in a goroutine of its own, and asks
// Err after that, perhaps a moment after the handler has returned. Its answers must
// then still be those of the context that Done was asked of. So the first Done pins that
// context, and from there on c.Request is not read.
//
// A layer may put a context of its own around the layers inside (NextWith): one with a
// deadline, say, which ends when the layer returns. What was asked inside of it goes on
// with the context outside then, as the Context does itself: for the layers outside it has
// not ended, and nobody who waits finds Done closed and Err nil. Only if the inner one has
// ended before, that stays.

// pin is a context that Done was asked of, or one that NextWith put inside it.
type pin struct {
	outer  *pin // pinned before; what ends it ends this one
	inner  bool // of NextWith
	values context.Context

	mu    sync.Mutex
	ctx   context.Context
	done  chan struct{} // of an inner one, once it was asked for
	stop  func() bool   // has done no longer end with ctx
	asked bool          // somebody has the Done
}

// now is the context that the pin answers from.
func (p *pin) now() context.Context {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ctx
}

func (p *pin) Deadline() (time.Time, bool) { return p.now().Deadline() }

func (p *pin) Value(key any) any { return p.values.Value(key) }

// Done returns the context's own channel, or for an inner one a channel that can go on with
// another context.
func (p *pin) Done() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = true
	if !p.inner || p.done == nil && p.ctx.Done() == nil {
		return p.ctx.Done()
	}
	if p.done == nil {
		p.done = make(chan struct{})
		p.stop = context.AfterFunc(p.ctx, func() { close(p.done) })
	}
	return p.done
}

// Err is the context's error; that of the one outside counts as well, whose Done
// somebody may have.
func (p *pin) Err() error {
	for ; p != nil; p = p.outer {
		if err := p.now().Err(); err != nil {
			return err
		}
	}
	return nil
}

// leave has the pin of a layer's context, if somebody has its Done, go on with the one
// outside, unless somebody may have seen it end. It reports whether anybody has.
func (p *pin) leave(outside context.Context) (asked bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.asked || p.ctx.Err() != nil || p.done != nil && !p.stop() {
		return p.asked
	}
	p.ctx = outside
	if p.done != nil {
		p.stop = context.AfterFunc(outside, func() { close(p.done) })
	}
	return true
}

// pinInside has a Context that is pinned already answer from ctx, the context of
// the request of the layers inside.
func (c *Context) pinInside(outer *pin, ctx context.Context) {
	c.inner.Add(1)
	if outer != nil {
		c.pinned.Store(&pin{ctx: ctx, values: ctx, outer: outer, inner: true})
	}
}

// pinOutside ends what pinInside began. outside is the context of the request outside.
func (c *Context) pinOutside(outer *pin, outside context.Context) {
	c.inner.Add(-1)
	inner := c.pinned.Load()
	if inner == outer || inner == nil {
		return
	}
	if outer != nil {
		outside = outer
	}
	if !inner.leave(outside) {
		c.pinned.Store(outer)
	}
}

// pinWithoutEnd pins the values of the Context from, without its end.
func (c *Context) pinWithoutEnd(from *Context) {
	if ctx := from.fallback(); ctx != nil {
		ctx = context.WithoutCancel(ctx)
		c.pinned.Store(&pin{ctx: ctx, values: ctx})
	}
}

// contextOf is the context of a request, which a Context of a test may not have.
func contextOf(req *http.Request) context.Context {
	if req == nil {
		return context.Background()
	}
	return req.Context()
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
// client is gone or the handler has returned. From the first call on, Done, Err, Deadline
// and Value answer from the context that c.Request has at that time (see NextWith for
// what becomes of one that a layer has put there), and the Context is not used for
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
		p = &pin{ctx: ctx, values: ctx, inner: c.inner.Load() > 0}
		if !c.pinned.CompareAndSwap(nil, p) {
			p = c.pinned.Load()
		}
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
