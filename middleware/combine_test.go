package middleware_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

func ExampleOnly() {
	r := dram.New()
	r.Use(middleware.Only(middleware.MethodIs("POST"), middleware.RateLimit(middleware.RateLimitConfig{Limit: 1})))
	r.Any("/", func(c *dram.Context) { c.String(http.StatusOK, "ok") })
	for _, method := range []string{"POST", "POST", "GET"} {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest(method, "/", nil))
		fmt.Println(method, w.Code)
	}
	// Output:
	// POST 200
	// POST 429
	// GET 200
}

func ExampleSkip() {
	theirs := dram.BasicAuth(dram.Accounts{"ada": "lovelace"}) // any layer, ours or not
	r := dram.New()
	r.Use(middleware.Skip(middleware.RouteIs("/login"), theirs))
	r.GET("/login", func(c *dram.Context) { c.String(http.StatusOK, "who are you?") })
	r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "hello") })
	for _, path := range []string{"/login", "/"} {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		fmt.Println(path, w.Code)
	}
	// Output:
	// /login 200
	// / 401
}

// A condition that is never true is a guard that never runs.
func TestMethodIsTakesMethodsOnly(t *testing.T) {
	for _, method := range []string{"post", "Post", "", "GET,POST", "GET "} {
		assert.Panics(t, func() { middleware.MethodIs("DELETE", method) }, "%q", method)
	}
	assert.NotPanics(t, func() { middleware.MethodIs("M-SEARCH") })
}

func TestConditions(t *testing.T) {
	cases := []struct {
		name string
		when func(*dram.Context) bool
		hits []string
	}{
		{"RouteIs", middleware.RouteIs("/api/users/:id", "/apis"), []string{"GET /api/users/7", "GET /apis"}},
		{"RoutePrefix", middleware.RoutePrefix("/api"), []string{"GET /api/users/7", "POST /api"}},
		{"RoutePrefix with slash", middleware.RoutePrefix("/api/"), []string{"GET /api/users/7"}},
		{"MethodIs", middleware.MethodIs("POST", "PUT"), []string{"POST /api"}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			var hits, misses []string
			r := dram.New()
			note := func(list *[]string) dram.HandlerFunc {
				return func(c *dram.Context) { *list = append(*list, c.Request.Method+" "+c.Request.URL.Path) }
			}
			r.Use(middleware.Only(tc.when, note(&hits)), middleware.Skip(tc.when, note(&misses)))
			handler := func(c *dram.Context) {}
			r.GET("/api/users/:id", handler)
			r.GET("/apis", handler)
			r.POST("/api", handler)
			for _, req := range [][2]string{{"GET", "/api/users/7"}, {"GET", "/apis"}, {"POST", "/api"}, {"GET", "/api/none"}} {
				send(r, req[0], req[1], "")
			}
			assert.ElementsMatch(t, tc.hits, hits)
			assert.Len(t, misses, 4-len(tc.hits), "what is not one is the other")
		})
	}
	layer := func(*dram.Context) {}
	assert.Panics(t, func() { middleware.Skip(nil, layer) })
	assert.Panics(t, func() { middleware.Only(always, nil) })
}

func TestConditionsOfHosts(t *testing.T) {
	for name, tc := range map[string]struct {
		when func(*dram.Context) bool
		hits []string
	}{
		"a route of any host":    {middleware.RouteIs("/users/:id"), []string{"shop.example.com/users/7", "other/users/7"}},
		"a route of one host":    {middleware.RouteIs("{tenant}.example.com/users/:id"), []string{"shop.example.com/users/7"}},
		"a prefix of any host":   {middleware.RoutePrefix("/users"), []string{"shop.example.com/users/7", "other/users/7"}},
		"a prefix of one host":   {middleware.RoutePrefix("{tenant}.example.com/users"), []string{"shop.example.com/users/7"}},
		"a host":                 {middleware.RoutePrefix("{tenant}.example.com"), []string{"shop.example.com/users/7"}},
		"a host without its end": {middleware.RoutePrefix("{tenant}.example"), nil},
		"another host":           {middleware.RouteIs("www.example.com/users/:id"), nil},
	} {
		var hits []string
		r := dram.New()
		r.Use(middleware.Only(tc.when, func(c *dram.Context) { hits = append(hits, c.Request.Host+c.Request.URL.Path) }))
		r.GET("/users/:id", func(*dram.Context) {})
		r.Host("{tenant}.example.com").GET("/users/:id", func(*dram.Context) {})
		for _, url := range []string{"shop.example.com/users/7", "other/users/7", "shop.example.com/none"} {
			get(r, "http://"+url)
		}
		assert.Equal(t, tc.hits, hits, name)
	}
}

// A route with an escaped colon and one with a param have one FullPath, and are two.
func TestRouteIsTellsAColonFromAParam(t *testing.T) {
	for pattern, want := range map[string]string{`/v1/items\:batch`: "POST /v1/items:batch", "/v1/items:batch": "POST /v1/items7"} {
		for name, when := range map[string]func(*dram.Context) bool{"RouteIs": middleware.RouteIs(pattern), "RoutePrefix": middleware.RoutePrefix(pattern)} {
			r := dram.New()
			r.Use(middleware.Only(when, func(c *dram.Context) { c.AbortWithStatus(http.StatusUnauthorized) }))
			ok := func(c *dram.Context) { c.Status(http.StatusOK) }
			r.POST(`/v1/items\:batch`, ok)
			r.POST("/v1/items:batch", ok)
			for _, request := range []string{"POST /v1/items:batch", "POST /v1/items7"} {
				method, path, _ := strings.Cut(request, " ")
				w := httptest.NewRecorder()
				r.ServeHTTP(w, httptest.NewRequest(method, path, nil))
				assert.Equal(t, map[bool]int{true: http.StatusUnauthorized, false: http.StatusOK}[request == want], w.Code, "%s(%q): %s", name, pattern, request)
			}
		}
	}
}
