package router_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/router"
)

func TestAddRefusesMalformedPatterns(t *testing.T) {
	for _, row := range []struct{ pattern, phrase string }{
		{"", "path must begin with '/'"},
		{"a", "path must begin with '/'"},
		{":a", "path must begin with '/'"},
		{"/a/:b:c", "only one wildcard per path segment is allowed, has: ':b:c' in path '/a/:b:c'"},
		{"/a/:b*c", "only one wildcard per path segment is allowed, has: ':b*c' in path '/a/:b*c'"},
		{"/a/*b:c", "only one wildcard per path segment is allowed, has: '*b:c' in path '/a/*b:c'"},
		{`/a/:b\:c`, `only one wildcard per path segment is allowed, has: ':b\:c' in path '/a/:b\:c'`},
		{"/a/**", "a catch-all is one '*' and a name, has: '**' in path '/a/**'"},
		{"/a/**b", "a catch-all is one '*' and a name, has: '**b' in path '/a/**b'"},
		{"/::", "only one wildcard per path segment is allowed"},
		{"/a/:", "wildcards must be named with a non-empty name in path '/a/:'"},
		{"/a/:/b", "wildcards must be named with a non-empty name in path '/a/:/b'"},
		{"/a/*", "wildcards must be named with a non-empty name in path '/a/*'"},
		{"/a/*b/c", "catch-all routes are only allowed at the end of the path in path '/a/*b/c'"},
		{"/a/*b/", "catch-all routes are only allowed at the end of the path in path '/a/*b/'"},
		{"/a/b*c/d", "catch-all routes are only allowed at the end of the path in path '/a/b*c/d'"},
		{"/a*b", "no / before catch-all in path '/a*b'"},
		{`/a\:*b`, `no / before catch-all in path '/a\:*b'`},
		{`/a\*b`, `invalid escape string in path '/a\*b'`},
		{`/a\b`, `invalid escape string in path '/a\b'`},
		{`/a\`, `invalid escape string in path '/a\'`},
		{`/:a\b`, `invalid escape string in path '/:a\b'`},
	} {
		t.Run(row.pattern, func(t *testing.T) {
			tree := treeOf(t, "/a")
			before := tree.Dump()
			err := tree.Add(row.pattern, "", "main.go:12")
			require.ErrorIs(t, err, router.ErrPattern)
			assert.ErrorContains(t, err, "dram: ")
			assert.ErrorContains(t, err, row.phrase)
			assert.ErrorContains(t, err, "(registered at main.go:12)")
			var wrong *router.PatternError
			require.ErrorAs(t, err, &wrong)
			assert.Equal(t, row.pattern, wrong.Pattern)
			assert.Equal(t, before, tree.Dump(), "the tree is as it was")
			assert.Equal(t, 1, tree.Len())
			assert.Equal(t, 0, tree.MaxParams())
		})
	}
}

func TestPatternErrorWithoutSource(t *testing.T) {
	err := new(router.Tree[int]).Add("/a*b", 0, "")
	assert.EqualError(t, err, "dram: no / before catch-all in path '/a*b': let the catch-all begin its segment")
}

func TestAddRefusesDuplicates(t *testing.T) {
	for _, row := range []struct{ first, second, path string }{
		{"/", "/", "/"},
		{"/a/b", "/a/b", "/a/b"},
		{"/u/:id", "/u/:name", "/u/name"},
		{"/v:a/x", "/v:b/x", "/vb/x"},
		{"/s/*a", "/s/*b", "/s/b"},
		{`/a\:b`, `/a\:b`, "/a:b"},
		{"/:a/:b/*c", "/:x/:y/*z", "/x/y/z"},
	} {
		t.Run(row.first, func(t *testing.T) {
			tree := treeOf(t, "/other", row.first)
			before := tree.Dump()
			err := tree.Add(row.second, "", "b.go:7")
			require.ErrorIs(t, err, router.ErrDuplicate)
			var conflict *router.ConflictError
			require.ErrorAs(t, err, &conflict)
			assert.Equal(t, router.ConflictError{
				Pattern: plain(row.second), Source: "b.go:7", Existing: plain(row.first), Previous: "routes.go:2", Path: row.path,
			}, *conflict)
			assert.Equal(t, before, tree.Dump(), "the tree is as it was")
			assert.Equal(t, row.first, tree.Lookup(row.path, new(router.Params)).Value, "both match the path")
			assert.Equal(t, 2, tree.Len())
		})
	}
}

// plain is a pattern as people are shown it.
func plain(pattern string) string { return strings.ReplaceAll(pattern, `\:`, ":") }

func TestConflictErrorText(t *testing.T) {
	tree := treeOf(t, "/users/:id")
	assert.EqualError(t, tree.Add("/users/:name", "", "b.go:7"),
		"dram: handlers are already registered for path '/users/:name' (registered at b.go:7): "+
			"'/users/:id' (registered at routes.go:1) matches the same paths, such as /users/name; remove one of the two")
}

// TestAddAcceptsNeighbours lists what stands side by side, though much of it
// looks like a conflict.
func TestAddAcceptsNeighbours(t *testing.T) {
	treeOf(t, "/u/:id", "/u/:name/posts", "/u/new", "/u/*rest", "/u/", "/u", "/u/:id/", "/u/:x/*y", "/u/v:w", "/u/:id/posts/:p", "/*all")
}
