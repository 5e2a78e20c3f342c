package onion

import (
	"net/http"
	"slices"
	"sync"

	"github.com/dram-go/dram/examples/ladder/07-router/route"
)

// Engine is an http.Handler made of routes, each with a chain.
type Engine struct {
	middleware []Handler
	get, post  route.Radix[[]Handler]
	missing    Handler
	missed     []Handler // the chain of what has no route

	// A Context is needed for each request and for nothing else, so the garbage collector would
	// have one more thing to find per request. A sync.Pool hands the same ones out again: it
	// has a list for each processor, so that there is nothing to wait for, and the collector
	// may empty it.
	pool sync.Pool
}

// New returns an Engine that answers what has no route with missing.
func New(missing Handler) *Engine {
	e := &Engine{missing: missing, missed: []Handler{missing}}
	e.pool.New = func() any { return new(Context) }
	return e
}

// Use puts middleware around the routes that are registered from now on, and around missing.
func (e *Engine) Use(middleware ...Handler) {
	e.middleware = append(e.middleware, middleware...)
	e.missed = e.chain(e.missing)
}

// chain is a slice of its own: were it appended to e.middleware, two routes could share the
// memory behind it, and the second would write its handler over the first's.
func (e *Engine) chain(handlers ...Handler) []Handler {
	return slices.Concat(e.middleware, handlers)
}

// GET registers a chain; it panics on a pattern that is wrong or there already.
func (e *Engine) GET(pattern string, handlers ...Handler) { e.add(&e.get, pattern, handlers) }

// POST is GET for POST.
func (e *Engine) POST(pattern string, handlers ...Handler) { e.add(&e.post, pattern, handlers) }

func (e *Engine) add(router *route.Radix[[]Handler], pattern string, handlers []Handler) {
	if err := router.Add(pattern, e.chain(handlers...)); err != nil {
		panic(err) // a mistake in the program, which should not start
	}
}

// ServeHTTP is the whole life of a Context: out of the pool, through the chain, back. If a
// handler panics it does not go back: nobody knows who still holds it.
func (e *Engine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := e.pool.Get().(*Context)
	c.reset(w, r)
	c.handlers, c.Params = e.find(r)
	c.Next()
	e.pool.Put(c)
}

func (e *Engine) find(r *http.Request) ([]Handler, route.Params) {
	var router *route.Radix[[]Handler]
	switch r.Method {
	case "GET", "HEAD":
		router = &e.get
	case "POST":
		router = &e.post
	default:
		return e.missed, nil
	}
	if chain, params, ok := router.Find(r.URL.Path); ok {
		return chain, params
	}
	return e.missed, nil
}
