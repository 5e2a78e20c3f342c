package router_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram/router"
)

func TestLookupAllocatesNothing(t *testing.T) {
	tree := treeOf(t,
		"/static/route", "/user/:id", wildcards(20), "/files/*path", "/users/me", "/users/:id/posts", "/:a/:b",
		"/users/me/:x/edit", "/v:ver/x", "/Größe/:k", "/static/*rest",
	)
	ps := make(router.Params, 0, tree.MaxParams())
	for _, row := range []struct {
		name, path string
		want       string
	}{
		{"static", "/static/route", "/static/route"},
		{"param", "/user/7", "/user/:id"},
		{"20 params", strings.Repeat("/test", 20), wildcards(20)},
		{"catch-all", "/files/a/b/c", "/files/*path"},
		{"literal prefix", "/v1/x", "/v:ver/x"},
		{"siblings", "/users/me", "/users/me"},
		{"siblings with backtracking", "/users/me/posts", "/users/:id/posts"},
		{"backtracking to a catch-all", "/static/rout", "/static/*rest"},
		{"miss", "/no/such/route", ""},
		{"miss after backtracking", "/users/me/7/no", ""},
		{"miss without a slash", "users", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			found := ""
			if route := tree.Lookup(row.path, &ps); route != nil {
				found = route.Pattern
			}
			assert.Equal(t, row.want, found)
			assert.Zero(t, testing.AllocsPerRun(100, func() { tree.Lookup(row.path, &ps) }))
		})
	}
}

func TestMissesBehindRedirectsAllocateNothing(t *testing.T) {
	tree := treeOf(t, "/users/:id/posts", "/Größe/:k/x", "/users/new")
	for _, path := range []string{"/users/7/none", "/USERS/7/NONE", "/grÖSSe/ſ/y", "/users/NEWER", "/\xff"} {
		assert.Zero(t, testing.AllocsPerRun(100, func() {
			if _, ok := tree.FindTrailingSlash(path); ok {
				panic(path)
			}
		}), path)
		assert.Zero(t, testing.AllocsPerRun(100, func() {
			if _, ok := tree.FindCaseInsensitive(path, true); ok {
				panic(path)
			}
		}), path)
	}
	for _, path := range []string{"/", "/a/clean/path", "/a/clean/path/"} {
		assert.Zero(t, testing.AllocsPerRun(100, func() { router.CleanPath(path) }), path)
	}
}
