package router_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram/router"
)

func TestPrecedes(t *testing.T) {
	for _, row := range []struct{ more, less, path string }{
		{"/admin/*f", "/*f", "/admin/x"},
		{"/a", "/:x", "/a"},
		{"/a", "/*x", "/a"},
		{"/:x", "/*x", "/a"},
		{"/a/*f", "/:x/b", "/a/b"},
		{"/v:x", "/:x", "/v1"},
		{"/:x/b", "/:y/:z", "/a/b"},
		{"/:x/:y", "/:y/*z", "/a/b"},
		{`/a\:b/:c`, "/:a/:c", "/a:b/c"},
		{`/a\:b`, "/a:b", "/a:b"},
	} {
		more, less := routeOf(t, row.more, row.path), routeOf(t, row.less, row.path)
		assert.True(t, more.Precedes(less), "%s before %s", row.more, row.less)
		assert.False(t, less.Precedes(more), "%s not before %s", row.less, row.more)
		assert.False(t, more.Precedes(routeOf(t, row.more, row.path)), "none before itself")
	}
}

// Two trees agree with one that holds both routes.
func TestPrecedesAsOneTreeDoes(t *testing.T) {
	patterns := []string{"/", "/a", "/:x", "/*x", "/a/b", "/a/:x", "/a/*x", "/:x/b", "/:x/:y", "/:x/*y", "/a:x/b", "/ab/:x", `/a\:b/:c`}
	paths := []string{"/", "/a", "/a/b", "/ab/b", "/a:b/b", "/c/b", "/c/d/e"}
	for _, first := range patterns {
		for _, second := range patterns {
			for _, path := range paths {
				a, b := routeOf(t, first, path), routeOf(t, second, path)
				if first == second || a == nil || b == nil {
					continue
				}
				both := treeOf(t, first, second)
				winner := both.Lookup(path, new(router.Params))
				assert.Equal(t, winner.Value == first, a.Precedes(b), "%s and %s for %s", first, second, path)
			}
		}
	}
}

func routeOf(t *testing.T, pattern, path string) *router.Route[string] {
	t.Helper()
	return treeOf(t, pattern).Lookup(path, new(router.Params))
}

func TestPatternsAreShownWithoutEscapes(t *testing.T) {
	tree := treeOf(t, `/v1/items\:batch`, "/v1/:id", `/x\::y`)
	var shown []string
	tree.Walk(func(r *router.Route[string]) bool { shown = append(shown, r.Pattern); return true })
	assert.Equal(t, []string{"/v1/items:batch", "/v1/:id", "/x::y"}, shown)
	target, ok := tree.FindTrailingSlash("/v1/items:batch/")
	assert.True(t, ok)
	assert.Equal(t, "/v1/items:batch", target)
}
