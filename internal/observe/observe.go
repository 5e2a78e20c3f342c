// Package observe is the door through which package dramtest, and whatever shows a program
// at work, look at the handlers of an Engine while they run. It is not for users, since the core
// promises nothing about when an observer is called. See docs/internals/03-use.md.
package observe

// Handlers has an observer look at each handler that an Engine runs from now on. Package dram
// sets it. The engine is a *dram.Engine, the observer a comparable value with the method
//
//	Handle(c *dram.Context, chain dram.HandlersChain, index int, handler dram.HandlerFunc)
//
// which is called in place of the handler at that index of the chain, which is as it was registered,
// and has to call handler. It may have
//
//	Header(c *dram.Context, calls caller.Calls)
//	NotBound(c *dram.Context, err error)
//
// as well, which are told that the header goes out, with the calls that send it, and that a ShouldBind method, or one
// around it, returns an error; and
//
//	Hijacked(c *dram.Context)
//	Over(c *dram.Context)
//
// which are told that a handler has taken the connection over, and, of a Context with a Note, that its request is over:
// the header is out, and the Context is about to be released. Over is not called when a panic leaves all handlers.
// All are called on the Context's goroutine, for several requests at once. An observer that
// the Engine has is not added again. While the Engine serves its first requests, none may be added.
var Handlers func(engine, observer any)

// Note is a place in a *dram.Context for what an observer knows of its request. A Context of their own that handlers of
// the same chain are given begins with what the other one has: inside a net/http middleware with another writer that itself, and
// by Context.Fork a Forked. When the request is over, it is empty.
var Note func(c any) *any

// Forked is the Note of the Context that Context.Fork makes. Nothing that happens to it becomes the other one's.
type Forked struct{ Note any }

// Around calls visit for the Notes of the Contexts of other Engines that a request has come through.
var Around func(c any, visit func(note any))
