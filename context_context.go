package dram

import (
	"context"
	"net/http"
	"reflect"
	"slices"
	"time"

	"github.com/dram-go/dram/internal/ctxlink"
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
// deadline, say, which ends when the layer returns. Inside, the Context is that one, and
// what is derived from it (context.WithCancel) hangs on it and not on the Context. When the
// layer returns, the Context is the one outside again, and who still has something of the
// inner one goes on with the one outside: nobody finds Done closed and Err nil. Only if the
// inner one has ended before, that stays, and Err tells.
// See docs/internals/12-context.md.

// pin is a context that Done was asked of, or one that NextWith put inside such a one. The
// Context's pinMu guards all of it.
type pin struct {
	depth  int32           // how many requests of NextWith were around
	values context.Context // further ones: those of a layer inside, in which it was first asked

	ctx   context.Context
	link  *ctxlink.Link   // of an inner one, once Done was asked for: it can go on with another
	child context.Context // of link; what package context finds when it derives from the Context
	ended error           // of an inner one whose Done somebody may have
}

// source is the context that the Context answers from.
func (p *pin) source() context.Context {
	if p.child != nil {
		return p.child
	}
	return p.ctx
}

// err is the context's error, or that of an inner one which has ended.
func (p *pin) err() error {
	if err := p.source().Err(); err != nil {
		return err
	}
	return p.ended
}

// leave has the pin of a layer that returns go on with the one outside, for good.
func (p *pin) leave(outside *pin) {
	if p.ended != nil {
		outside.ended = p.ended
	}
	if err := p.link.Err(); err != nil {
		outside.ended = err
	} else {
		p.link.Follow(outside.source())
	}
}

// linked gives a pin that is an inner one its link.
func (c *Context) linked(p *pin) {
	if p.depth > 0 && p.link == nil {
		p.link = ctxlink.New(p.ctx)
		p.link.Follow(p.ctx)
		p.child = p.link.Cancelable()
		c.asked = append(c.asked, p)
	}
}

// pinInside has a Context that is pinned already answer from ctx, the context of
// the request of the layers inside. It returns the pin outside.
func (c *Context) pinInside(ctx context.Context) (outer *pin) {
	depth := c.nested.Add(1)
	if outer = c.pinned.Load(); outer != nil {
		c.pinned.Store(&pin{depth: depth, ctx: ctx})
	}
	return outer
}

// pinOutside ends what pinInside began. outside is the context of the request outside.
func (c *Context) pinOutside(outer *pin, outside context.Context) {
	depth := c.nested.Add(-1)
	inner := c.pinned.Load()
	if inner == nil {
		return
	}
	c.pinMu.Lock()
	defer c.pinMu.Unlock()
	if outer == nil {
		outer = &pin{depth: depth, ctx: outside, values: inner.source()}
	}
	if at := slices.IndexFunc(c.asked, func(p *pin) bool { return p.depth > depth }); at >= 0 {
		end := len(c.asked)
		c.linked(outer) // so that it is the only one that goes on when its own layer returns
		for _, p := range c.asked[at:end] {
			p.leave(outer)
		}
		c.asked = slices.Delete(c.asked, at, end)
	}
	c.pinned.Store(outer)
}

// pinWithoutEnd pins the values of the Context from, without its end.
func (c *Context) pinWithoutEnd(from *Context) {
	if ctx := from.fallback(); ctx != nil {
		c.pinned.Store(&pin{ctx: context.WithoutCancel(ctx)})
	}
}

// isSame reports whether two contexts are one, as those of a request and its clone are.
func isSame(a, b context.Context) bool {
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	return x.Kind() == reflect.Pointer && x.Type() == y.Type() && x.Pointer() == y.Pointer()
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
	if c.pinned.Load() != nil {
		c.pinMu.Lock()
		defer c.pinMu.Unlock()
		return c.pinned.Load().source()
	}
	if c.Request == nil || c.engine != nil && !c.engine.ContextWithFallback {
		return nil
	}
	return c.mustLeadOut(c.Request.Context())
}

// mustLeadOut panics if the context of a request was made of the Context itself: each would
// ask the other for ever.
func (c *Context) mustLeadOut(ctx context.Context) context.Context {
	falls := c.engine == nil || c.engine.ContextWithFallback
	if falls && c.gone.Load() == nil && ctx.Value(ContextKey) == any(c) {
		panic("dram: the context of c.Request was made of the Context, which answers from it: make it of c.Request.Context()")
	}
	return ctx
}

// Deadline returns the deadline of the request's context.
func (c *Context) Deadline() (deadline time.Time, ok bool) {
	if ctx := c.fallback(); ctx != nil {
		return ctx.Deadline()
	}
	return time.Time{}, false
}

// Done returns the Done channel of the request's context, which is closed when the
// client is gone or the handler has returned. From the first call on, Done, Err, Deadline
// and Value answer from the context that c.Request has at that time (see NextWith for
// what becomes of one that a layer has put there), and the Context is not used for
// another request, in release mode either: libraries that were given it
// (database/sql, net/http) may ask for Err a moment after a correct handler has
// returned.
func (c *Context) Done() <-chan struct{} {
	if c.pinned.Load() == nil {
		ctx := c.fallback()
		if ctx == nil || ctx.Done() == nil {
			return nil
		}
		c.pinned.CompareAndSwap(nil, &pin{depth: c.nested.Load(), ctx: ctx})
	}
	c.pinMu.Lock()
	defer c.pinMu.Unlock()
	p := c.pinned.Load()
	c.linked(p)
	return p.source().Done()
}

// Err returns the error of the request's context.
func (c *Context) Err() error {
	if c.pinned.Load() != nil {
		c.pinMu.Lock()
		defer c.pinMu.Unlock()
		return c.pinned.Load().err()
	}
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
	ctx := c.fallback()
	if ctx == nil {
		return nil
	}
	value := ctx.Value(key)
	if p := c.pinned.Load(); value == nil && p != nil && p.values != nil {
		value = p.values.Value(key)
	}
	return value
}
