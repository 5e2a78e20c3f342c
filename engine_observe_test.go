package dram_test

import (
	"fmt"
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

// living is an observer that notes requests, and writes down what it finds noted.
type living struct{ *notes }

func (l living) write(what string, c *dram.Context) {
	*l.lines = append(*l.lines, fmt.Sprint(what, " ", *observe.Note(c), " ", c.Writer.Written()))
}

func (l living) Handle(c *dram.Context, _ dram.HandlersChain, index int, handler dram.HandlerFunc) {
	note := observe.Note(c)
	if *note == nil {
		*note = c.Request.URL.Path
	}
	l.write(fmt.Sprint(index), c)
	handler(c)
}

func (l living) Hijacked(c *dram.Context) { l.write("hijacked", c) }
func (l living) Over(c *dram.Context)     { l.write("over", c) }

func TestAnObserverIsToldWhenARequestIsOver(t *testing.T) {
	defer dram.SetMode(dram.TestMode)
	for _, mode := range []string{dram.ReleaseMode, dram.TestMode} {
		dram.SetMode(mode)
		r, l := dram.New(), living{&notes{new([]string)}}
		r.GET("/in", saysNothing)
		serve(r, "GET", "/in") // its Context is used again
		observe.Handlers(r, l)
		r.GET("/wrapped", dram.WrapMiddleware(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { next.ServeHTTP(struct{ http.ResponseWriter }{w}, req) })
		}), saysOK)
		r.GET("/fork", func(c *dram.Context) {
			c.Fork()(httptest.NewRecorder(), c.Request.Clone(c.Request.Context()), passesOn)
			c.Abort()
		}, saysNothing)
		r.GET("/panic", func(*dram.Context) { panic("no luck") })
		inner := dram.New()
		inner.GET("/around", func(c *dram.Context) { observe.Around(c, func(note any) { l.write(fmt.Sprint("around ", note), c) }) })
		r.GET("/around", dram.WrapH(inner))
		r.GET("/hijack", func(c *dram.Context) {
			if conn, _, err := c.Writer.Hijack(); assert.NoError(t, err) {
				_ = conn.Close()
			}
		})
		for target, want := range map[string][]string{
			"GET /in":      {"0 /in false", "over /in true"},
			"HEAD /in":     {"0 /in false", "over /in true"},
			"GET /wrapped": {"0 /wrapped false", "1 /wrapped false", "over /wrapped true"},
			"GET /fork":    {"0 /fork false", "1 {/fork} false", "over /fork true"},
			"GET /panic":   {"0 /panic false"},
			"GET /around":  {"0 /around false", "around /around <nil> false", "over /around true"},
		} {
			*l.lines = nil
			func() {
				defer func() { _ = recover() }()
				method, path, _ := strings.Cut(target, " ")
				serve(r, method, path)
			}()
			assert.Equal(t, want, *l.lines, target)
		}
		*l.lines = nil
		done := make(chan struct{})
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			r.ServeHTTP(w, req)
			close(done)
		}))
		_, err := http.Get(server.URL + "/hijack")
		assert.Error(t, err)
		<-done
		server.Close()
		assert.Equal(t, []string{"0 /hijack false", "hijacked /hijack true", "over /hijack true"}, *l.lines)
	}
}
