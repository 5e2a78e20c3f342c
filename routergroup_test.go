package dram_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

func TestGroupPaths(t *testing.T) {
	tests := []struct{ base, relative, want string }{
		{"/", "", "/"},
		{"/", "/", "/"},
		{"/", "x", "/x"},
		{"/api", "", "/api"},
		{"/api", "/", "/api/"},
		{"/api", "users", "/api/users"},
		{"/api", "/users/", "/api/users/"},
		{"/api/", "/users", "/api/users"},
		{"/api", "//users//:id", "/api/users/:id"},
		{"/api", "../x", "/x"},
	}
	for _, tt := range tests {
		r := dram.New()
		group := r.Group(tt.base)
		group.GET(tt.relative, ok)
		assert.Equal(t, tt.want, r.Routes()[0].Path, "%q below %q", tt.relative, tt.base)
		assert.Equal(t, tt.want, group.Group(tt.relative).BasePath())
	}
}

func TestChainedCallsReturnTheReceiver(t *testing.T) {
	r := dram.New()
	assert.Same(t, r, r.GET("/a", ok).POST("/a", ok).Any("/b", ok).Match([]string{"GET"}, "/c", ok).
		Static("/s", ".").StaticFile("/f", "x").Use(ok))
	g := r.Group("/g")
	assert.Same(t, g, g.PUT("/a", ok).PATCH("/a", ok).DELETE("/a", ok).OPTIONS("/a", ok).HEAD("/a", ok).
		QUERY("/a", ok).Handle("GET", "/a", ok).Use(ok))
}

func TestAGroupTakesASnapshotOfItsParent(t *testing.T) {
	r := dram.New()
	mark := func(name string) dram.HandlerFunc {
		return func(c *dram.Context) { c.Header("X-"+name, "yes") }
	}
	r.Use(mark("First"))
	one := r.Group("/one", mark("One"))
	r.Use(mark("Later"))
	one.Use(mark("Used"))
	one.GET("/x", ok)
	two := one.Group("/two")
	two.GET("/x", ok)
	three := one.Group("/three", mark("Three"))
	two.Use(mark("Two"))
	three.GET("/x", ok)

	got := serve(r, "GET", "/one/x").Header()
	assert.Contains(t, got, "X-First")
	assert.Contains(t, got, "X-Used")
	assert.NotContains(t, got, "X-Later")
	got = serve(r, "GET", "/one/three/x").Header()
	assert.Contains(t, got, "X-Three")
	assert.NotContains(t, got, "X-Two", "groups share no memory")
}

func TestAnyRegistersNineMethodsInOrder(t *testing.T) {
	r := dram.New()
	r.Any("/x", ok)
	var methods []string
	for _, route := range r.Routes() {
		methods = append(methods, route.Method)
	}
	assert.Equal(t, []string{"GET", "POST", "PUT", "PATCH", "HEAD", "OPTIONS", "DELETE", "CONNECT", "TRACE"}, methods)
}

func TestChainLength(t *testing.T) {
	chain := func(n int) []dram.HandlerFunc {
		handlers := make([]dram.HandlerFunc, n)
		for i := range handlers {
			handlers[i] = func(*dram.Context) {}
		}
		return handlers
	}
	r := dram.New()
	assert.NotPanics(t, func() { r.GET("/62", chain(62)...) })
	assertPanics(t, "too many handlers", func() { r.GET("/63", chain(63)...) })
	assertPanics(t, "too many handlers", func() { r.Group("/g", chain(63)...) })
}

// assertPanics checks that f panics with a message that contains each part.
func assertPanics(t *testing.T, part string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		value := recover()
		require.NotNil(t, value, "must panic")
		assert.Contains(t, fmt.Sprint(value), part)
	}()
	f()
}

func TestRegistrationErrors(t *testing.T) {
	tests := []struct {
		name, want string
		register   func(r *dram.Engine)
	}{
		{"no handler", "there must be at least one handler", func(r *dram.Engine) { r.GET("/") }},
		{"method in lower case", "http method get is not valid", func(r *dram.Engine) { r.Handle("get", "/", ok) }},
		{"no method", "is not valid", func(r *dram.Engine) { r.Handle("", "/", ok) }},
		{"duplicate", "handlers are already registered for path '/a'", func(r *dram.Engine) { r.GET("/a", ok); r.GET("/a", ok) }},
		{"duplicate tells where", "routergroup_test.go:", func(r *dram.Engine) { r.GET("/a", ok); r.GET("/a", ok) }},
		{"the same but for names", "/u/:id", func(r *dram.Engine) { r.GET("/u/:id", ok); r.GET("/u/:name", ok) }},
		{"two wildcards", "only one wildcard per path segment is allowed", func(r *dram.Engine) { r.GET("/a/:b:c", ok) }},
		{"unnamed", "wildcards must be named", func(r *dram.Engine) { r.GET("/a/:", ok) }},
		{"catch-all inside", "catch-all routes are only allowed at the end", func(r *dram.Engine) { r.GET("/a/*b/c", ok) }},
		{"catch-all without slash", "no / before catch-all", func(r *dram.Engine) { r.GET("/a*b", ok) }},
		{"escape", "invalid escape string", func(r *dram.Engine) { r.GET(`/a\x`, ok) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assertPanics(t, tt.want, func() { tt.register(dram.New()) })
		})
	}
}

func TestMatchTakesMethodsAsTheyAre(t *testing.T) {
	r := dram.New()
	r.Match([]string{"GET", "brew"}, "/pot", ok)
	assert.Equal(t, 200, serve(r, "brew", "/pot").Code)
	assert.Equal(t, 200, serve(r, "GET", "/pot").Code)
}

func TestWhatTheTreeAllows(t *testing.T) {
	r := dram.New()
	for _, pattern := range []string{
		"/users/new", "/users/:id", "/users/:id/posts", "/users/:name/likes", "/users/*rest",
		"/:a/:b", "/api/v1", "/*any", "/v:ver/x", `/a\:b`,
	} {
		r.GET(pattern, func(c *dram.Context) { c.String(http.StatusOK, "%s %v", c.FullPath(), c.Params) })
	}
	tests := []struct{ path, want string }{
		{"/users/new", "/users/new []"},
		{"/users/7", "/users/:id [{id 7}]"},
		{"/users/7/posts", "/users/:id/posts [{id 7}]"},
		{"/users/7/likes", "/users/:name/likes [{name 7}]"},
		{"/users/7/x", "/users/*rest [{rest /7/x}]"},
		{"/x/y", "/:a/:b [{a x} {b y}]"},
		{"/x/y/z", "/*any [{any /x/y/z}]"},
		{"/v2/x", "/v:ver/x [{ver 2}]"},
		{"/a:b", "/a:b []"},
		{"/api/v1", "/api/v1 []"},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.want, serve(r, "GET", tt.path).Body.String(), tt.path)
	}
}

func TestWalkStopsAtAnError(t *testing.T) {
	r := dram.New()
	r.GET("/b", ok)
	r.GET("/a", ok)
	r.POST("/c", ok)
	var seen []string
	err := r.Walk(func(route dram.RouteInfo) error {
		seen = append(seen, route.Method+" "+route.Path)
		if len(seen) == 2 {
			return http.ErrAbortHandler
		}
		return nil
	})
	assert.ErrorIs(t, err, http.ErrAbortHandler)
	assert.Equal(t, []string{"GET /b", "GET /a"}, seen)
	assert.Len(t, r.Routes(), 3)
	assert.NotNil(t, dram.New().Routes())
}

func TestEscapedColonsAreShownResolved(t *testing.T) {
	r := dram.New()
	var inside string
	r.Group(`/v1`).GET(`/items\:batch`, func(c *dram.Context) { inside = c.FullPath() })
	r.GET(`/x\:y/:id/`, ok)
	assert.Equal(t, "/v1/items:batch", r.Routes()[0].Path)
	assert.Equal(t, "/x:y/:id/", r.Routes()[1].Path)
	assert.Equal(t, 200, serve(r, "GET", "/v1/items:batch").Code)
	assert.Equal(t, "/v1/items:batch", inside)
	assert.Equal(t, 404, serve(r, "GET", "/v1/itemsXbatch").Code)
	assert.Equal(t, "/v1/items:batch", serve(r, "GET", "/v1/items:batch/").Header().Get("Location"))
	assert.Equal(t, "/x:y/7/", serve(r, "GET", "/x:y/7").Header().Get("Location"))
	assertPanics(t, "for path '/v1/items:batch'", func() { r.GET(`/v1/items\:batch`, ok) })
}
