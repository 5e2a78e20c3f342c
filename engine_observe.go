package dram

import (
	"slices"
	"sync"

	"github.com/dram-go/dram/internal/caller"
	"github.com/dram-go/dram/internal/observe"
	"github.com/dram-go/dram/router"
)

// This file lets an observer look at handlers while they run (internal/observe). The chains of
// an Engine that is observed are others: each handler in them calls the observer, which calls
// what the program has registered. So an Engine that is not observed pays nothing, and one
// that is shows the program what it has registered: a chain has its plain form behind it, in
// the same memory.
//
//	registered   Logger  Recovery  show
//	observed     o       o         o      │ Logger  Recovery  show
//	             └──────── len ────────┘  └──── up to cap ────────┘
//
// See docs/internals/03-use.md.

// observer looks at handlers; see observe.Handlers.
type observer interface {
	Handle(c *Context, chain HandlersChain, index int, handler HandlerFunc)
}

// What an observer may be besides.
type (
	headerObserver interface {
		Header(c *Context, calls caller.Calls)
	}
	bindObserver   interface{ NotBound(c *Context, err error) }
	hijackObserver interface{ Hijacked(c *Context) }
	overObserver   interface{ Over(c *Context) }
)

// observing is held while an observer is added: tests that run at once may share an Engine.
var observing sync.Mutex

func init() {
	observe.Handlers = func(engine, o any) { engine.(*Engine).addObserver(o.(observer)) }
	observe.Note = func(c any) *any { return &c.(*Context).note }
	observe.Around = func(c any, visit func(any)) {
		for outer := outerOf(c.(*Context).writermem.ResponseWriter); outer != nil; outer = outerOf(outer.writermem.ResponseWriter) {
			visit(outer.note)
		}
	}
}

func (engine *Engine) addObserver(o observer) {
	observing.Lock()
	defer observing.Unlock()
	if slices.Contains(engine.observers, o) {
		return
	}
	engine.eachChain(engine.plain)
	engine.observers = append(engine.observers, o)
	engine.eachChain(engine.observed)
	engine.pool = sync.Pool{New: engine.pool.New} // those in it do not know when headers go out
}

// eachChain changes all chains that a request may run.
func (engine *Engine) eachChain(change func(HandlersChain) HandlersChain) {
	engine.eachRoute(func(_ *hostRoutes, _ string, route *router.Route[HandlersChain]) bool {
		route.Value = change(route.Value)
		return true
	})
	for _, chain := range []*HandlersChain{&engine.noRoute, &engine.noMethod, &engine.allNoRoute, &engine.allNoMethod} {
		*chain = change(*chain)
	}
}

// observed returns the chain that runs for one that was registered.
func (engine *Engine) observed(chain HandlersChain) HandlersChain {
	n := len(chain)
	if engine.observers == nil || n == 0 {
		return chain
	}
	all := make(HandlersChain, 2*n)
	plain := all[n:]
	copy(plain, chain)
	if places, ok := engine.places[firstOf(chain)]; ok {
		delete(engine.places, firstOf(chain))
		engine.keepPlaces(plain, places)
	}
	for i, handler := range plain {
		for _, o := range engine.observers {
			inner := handler
			handler = func(c *Context) {
				c.unusual = true
				o.Handle(c, plain, i, inner)
			}
		}
		all[i] = handler
	}
	return all[: n : 2*n]
}

// plain returns the chain that was registered for one that runs.
func (engine *Engine) plain(chain HandlersChain) HandlersChain {
	if engine == nil || engine.observers == nil || len(chain) == 0 {
		return chain
	}
	return chain[len(chain):cap(chain)]
}

// watchesHeaders reports whether an observer is told when headers go out.
func (engine *Engine) watchesHeaders() bool {
	return slices.ContainsFunc(engine.observers, func(o observer) bool { _, ok := o.(headerObserver); return ok })
}

// headerGoesOut tells the observers that the header is sent, by these calls.
func (c *Context) headerGoesOut(calls caller.Calls) {
	for _, o := range c.engine.observers {
		if o, ok := o.(headerObserver); ok {
			o.Header(c, calls)
		}
	}
}

// bound returns the error of a binding, of which the observers are told.
func (c *Context) bound(err error) error {
	if err == nil || c.engine == nil {
		return err
	}
	for _, o := range c.engine.observers {
		if o, ok := o.(bindObserver); ok {
			o.NotBound(c, err)
		}
	}
	return err
}

// wasHijacked tells the observers that a handler has taken the connection over.
func (c *Context) wasHijacked() {
	for _, o := range c.engine.observers {
		if o, ok := o.(hijackObserver); ok {
			o.Hijacked(c)
		}
	}
}

// isOver tells the observers that the request is over, of which one has noted something.
func (c *Context) isOver() {
	for _, o := range c.engine.observers {
		if o, ok := o.(overObserver); ok {
			o.Over(c)
		}
	}
	c.note = nil
}
