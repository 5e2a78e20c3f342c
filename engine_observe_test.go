package dram_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/caller"
	"github.com/dram-go/dram/internal/observe"
)

// notes is an observer that writes down what runs.
type notes struct{ lines *[]string }

func (n notes) Handle(c *dram.Context, _ dram.HandlersChain, index int, handler dram.HandlerFunc) {
	names := c.HandlerNames()
	name := names[index][strings.LastIndexByte(names[index], '.')+1:]
	*n.lines = append(*n.lines, "> "+name)
	defer func() { *n.lines = append(*n.lines, "< "+name) }()
	handler(c)
}

func passesOn(c *dram.Context)  { c.Next() }
func saysOK(c *dram.Context)    { c.String(http.StatusOK, "ok") }
func saysNothing(*dram.Context) {}

// observable is an engine with a route and handlers for what has none.
func observable() *dram.Engine {
	r := dram.New()
	r.HandleMethodNotAllowed = true
	r.Use(passesOn)
	r.NoRoute(saysNothing)
	r.NoMethod(saysNothing)
	r.GET("/in", saysOK)
	r.Host("{any}.example.org").GET("/in", saysOK)
	return r
}

func TestAnObserverSeesEveryHandler(t *testing.T) {
	r, lines := observable(), new([]string)
	observe.Handlers(r, notes{lines})
	observe.Handlers(r, notes{lines}) // which it has
	r.GET("/later", saysOK)
	for target, want := range map[string][]string{
		"/in":                     {"> passesOn", "> saysOK", "< saysOK", "< passesOn"},
		"/later":                  {"> passesOn", "> saysOK", "< saysOK", "< passesOn"},
		"http://a.example.org/in": {"> passesOn", "> saysOK", "< saysOK", "< passesOn"},
		"/none":                   {"> passesOn", "> saysNothing", "< saysNothing", "< passesOn"},
		"/in/":                    {"> passesOn", "> func1", "< func1", "< passesOn"},
	} {
		*lines = nil
		serve(r, "GET", target)
		assert.Equal(t, want, *lines, target)
	}
	*lines = nil
	assert.Equal(t, http.StatusMethodNotAllowed, serve(r, "POST", "/in").Code)
	assert.Equal(t, []string{"> passesOn", "> saysNothing", "< saysNothing", "< passesOn"}, *lines)
}

func TestSeveralObserversSeeTheSameChain(t *testing.T) {
	r, first, second := observable(), new([]string), new([]string)
	observe.Handlers(r, notes{first})
	observe.Handlers(r, notes{second})
	serve(r, "GET", "/in")
	assert.Len(t, *first, 4)
	assert.Equal(t, *first, *second)
}

// What a program asks about its chains is what it has registered.
func TestAnObserverIsNotSeen(t *testing.T) {
	ask := func(r *dram.Engine) (seen []any) {
		r.GET("/ask", func(c *dram.Context) {
			seen = append(seen, c.HandlerName(), c.HandlerNames())
			c.Handler()(&dram.Context{}) // the route's own: it would call itself otherwise
		}, func(c *dram.Context) {})
		for _, route := range r.Routes() {
			route.HandlerFunc = nil // which cannot be compared
			seen = append(seen, route)
		}
		serve(r, "GET", "/ask")
		return seen
	}
	watched := observable()
	observe.Handlers(watched, notes{new([]string)})
	watched.Use(saysNothing) // the chains of misses are made anew
	watched.NoRoute(saysNothing)
	plain := observable()
	plain.Use(saysNothing)
	assert.Equal(t, ask(plain), ask(watched))
	assert.True(t, slices.ContainsFunc(watched.Routes(), func(route dram.RouteInfo) bool { return route.HandlerFunc != nil }))
}

func TestServingAnObservedNotFoundKeepsTheChain(t *testing.T) {
	r, lines := dram.New(), new([]string)
	r.StaticFS("/files", http.Dir(t.TempDir()))
	r.NoRoute(saysOK)
	observe.Handlers(r, notes{lines})
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest("GET", "/files/none", nil))
	assert.Equal(t, "ok", w.Body.String())
	assert.Contains(t, *lines, "> saysOK")
}

// ends is an observer that writes down where headers go out, and what does not bind.
type ends struct {
	notes
	sent, unbound *[]string
}

func (e ends) Header(_ *dram.Context, calls caller.Calls) { *e.sent = append(*e.sent, calls.Program()) }
func (e ends) NotBound(_ *dram.Context, err error)        { *e.unbound = append(*e.unbound, err.Error()) }

func TestAnObserverIsToldOfHeadersAndBindings(t *testing.T) {
	r, e := dram.New(), ends{notes{new([]string)}, new([]string), new([]string)}
	observe.Handlers(r, e)
	type form struct {
		Age int `form:"age" uri:"age" json:"age"`
	}
	r.GET("/:age", func(c *dram.Context) {
		assert.Error(t, c.ShouldBindUri(new(form)))
		assert.Error(t, c.ShouldBindQuery(new(form)))
		assert.Error(t, c.ShouldBindAll(new(form)))
		assert.NoError(t, c.ShouldBindHeader(new(form)))
		c.String(http.StatusBadRequest, "no")
	})
	r.POST("/", func(c *dram.Context) {
		assert.Error(t, c.ShouldBindBodyWithJSON(new(form)))
		assert.Error(t, c.BindJSON(new(form)))
	})
	serve(r, "GET", "/x?age=y")
	assert.Len(t, *e.unbound, 3)
	if assert.Len(t, *e.sent, 1) {
		assert.Contains(t, (*e.sent)[0], "engine_observe_test.go:")
	}
	serve(r, "POST", "/")
	assert.Len(t, *e.unbound, 5)
	assert.Len(t, *e.sent, 2)
}
