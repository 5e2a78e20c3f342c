package dramtest

import (
	"net/http"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/caller"
	"github.com/dram-go/dram/internal/layername"
	"github.com/dram-go/dram/internal/observe"
)

// This file is the handler's side of a request: the route that it came to, the layers that ran,
// and what these have left in the Context. The observer stands in front of every handler of
// every chain of the Engine.

type exchangeKey struct{}

// step is one handler that ran.
type step struct {
	name    string // the runtime's, or for Try that of what is inside
	handler dram.HandlerFunc
}

// short is "middleware.CSRF", "main.Store.create".
func (s *step) short() string { return layername.Of(s.name, caller.Defined(s.handler)) }

// exchange is one request, as the server has seen it.
type exchange struct {
	id     string // the label of its goroutines
	engine *dram.Engine
	peer   string // RemoteAddr, "" for what it is
	secure bool   // as over TLS
	done   chan struct{}

	mu       sync.Mutex // net/http's TimeoutHandler runs handlers in a goroutine of their own
	route    string     // the pattern with its host, "" without one
	method   string
	chain    []string // the names of its layers
	ran      []*step
	open     []*step // those that have not returned, innermost last
	answered *step   // the one that has sent the header
	aborted  *step   // the one that has called Abort
	errors   []string
	panicked any
	stack    string   // of the panic
	stands   []string // the stacks of its goroutines, if the answer was late
}

// note notes where the goroutines of the request stand, of all that the server's requests have started.
func (x *exchange) note(stacks []string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.stands = stacks
}

// watch has the recorder look at an engine.
func watch(engine *dram.Engine) { observe.Handlers(engine, recorder{}) }

// recorder is the observer. It has no state: that is in the request's context.
type recorder struct{}

// Handle runs a handler, and notes what it does.
func (recorder) Handle(c *dram.Context, chain dram.HandlersChain, index int, handler dram.HandlerFunc) {
	x, ok := c.Request.Context().Value(exchangeKey{}).(*exchange)
	if !ok {
		handler(c)
		return
	}
	x.enter(c, index, chain[index])
	returned := false
	defer func() { x.leave(c, returned) }()
	handler(c)
	returned = true
}

func (x *exchange) enter(c *dram.Context, index int, handler dram.HandlerFunc) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.look(c)
	names := c.HandlerNames()
	if index == 0 || len(x.ran) == 0 { // a chain begins, the last one counts: a layer may have rerouted
		x.route, x.method, x.chain = c.FullHost()+c.FullPath(), c.Request.Method, names
	}
	s := &step{names[index], handler}
	x.ran, x.open = append(x.ran, s), append(x.open, s)
}

func (x *exchange) leave(c *dram.Context, returned bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !returned && x.stack == "" { // a panic passes, and Recovery may be outside
		x.stack = tidied(string(debug.Stack()))
	}
	x.look(c)
	x.errors = c.Errors.Errors()
	x.open = x.open[:len(x.open)-1]
}

// look notes what the innermost handler that runs has done since it was asked last.
func (x *exchange) look(c *dram.Context) {
	if len(x.open) == 0 {
		return
	}
	running := x.open[len(x.open)-1]
	if x.answered == nil && c.Writer.Written() {
		x.answered = running
	}
	if x.aborted == nil && c.IsAborted() {
		x.aborted = running
	}
}

// source returns where the route was registered.
func (x *exchange) source() string {
	if x.engine == nil || x.route == "" {
		return ""
	}
	get := ""
	for _, route := range x.engine.Routes() {
		switch {
		case route.Host+route.Path != x.route:
		case route.Method == x.method:
			return route.Source
		case route.Method == http.MethodGet:
			get = route.Source
		}
	}
	return get // which answers HEAD as well
}

// names returns the short names of the layers that ran.
func (x *exchange) names() (names []string) {
	for _, s := range x.ran {
		names = append(names, s.short())
	}
	return names
}

// skipped returns the layers of the chain that did not run.
func (x *exchange) skipped() (names []string) {
	for _, name := range x.chain {
		if !slices.ContainsFunc(x.ran, func(s *step) bool { return s.name == name }) {
			names = append(names, layername.Short(name))
		}
	}
	return names
}
