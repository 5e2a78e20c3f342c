// What node.go and static.go promise, verified after each insert. These tests look
// inside the package; what lookup.go promises is verified in entered_test.go.

package router

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// checkPriorities verifies n and all below it, and returns the routes there.
func checkPriorities(t *testing.T, n *node[string]) (routes uint32) {
	t.Helper()
	if n.route != nil {
		routes++
	}
	var indices string
	var below []*node[string]
	for i, edge := range n.children {
		require.Equal(t, static, edge.node.nType)
		require.NotEmpty(t, edge.node.path)
		require.Equal(t, edgeTo(edge.node), edge, "an edge is made anew when its node is split")
		require.NotContains(t, indices, edge.node.path[:1])
		if i > 0 {
			require.True(t, n.children[i-1].node.precedes(edge.node), "order of siblings")
		}
		indices += edge.node.path[:1]
		below = append(below, edge.node)
	}
	switch n.nType {
	case root:
		require.Equal(t, "/", n.path)
		require.Nil(t, n.parent)
	case static:
		require.True(t, n.route != nil || n.wildChild != nil || n.catchAll != nil || len(n.children) > 1, "a node that joins nothing")
	case param:
		require.NotEmpty(t, n.path)
		require.Contains(t, []string{"", "/"}, indices)
		require.Nil(t, n.wildChild)
		require.Nil(t, n.catchAll)
		require.True(t, n.route != nil || len(n.children) == 1)
	case catchAll:
		require.NotEmpty(t, n.path)
		require.NotNil(t, n.route)
		require.Empty(t, n.children)
		require.True(t, strings.HasSuffix(n.parent.path, "/"))
	}
	for _, child := range append(below, n.wildChild, n.catchAll) {
		if child != nil {
			require.Same(t, n, child.parent)
			routes += checkPriorities(t, child)
		}
	}
	require.Equal(t, routes, n.priority)
	require.Equal(t, n.canRetry(), n.retry)
	require.Equal(t, n.route != nil && !n.hasNames(n.route.names()), n.renames)
	return routes
}

func TestInvariantsHoldAfterEachInsert(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	segments := []string{"a", "ab", "abc", "b", "ba", "", ":x", "a:y", "ab:z", "c", "d", "ö", "ü", "*w"}
	for range 100 {
		tree := new(Tree[string])
		for range 30 {
			var pattern strings.Builder
			for range 1 + rng.IntN(4) {
				pattern.WriteString("/" + segments[rng.IntN(len(segments))])
			}
			before := tree.Dump()
			if err := tree.Add(pattern.String(), "", ""); err != nil {
				require.Equal(t, before, tree.Dump(), "a failed Add leaves the tree as it was")
			}
			if tree.Len() == 0 {
				continue
			}
			checkPriorities(t, &tree.root)
			require.EqualValues(t, tree.Len(), tree.root.priority)
			for _, route := range tree.routes {
				if len(route.names()) == 0 {
					require.Same(t, route, tree.static.find(route.Pattern))
				}
			}
		}
	}
}

// TestStaticIndexHoldsOnlyRoutes guards that no client can make it grow, and
// that it finds paths which differ in one byte, wherever that stands.
func TestStaticIndexHoldsOnlyRoutes(t *testing.T) {
	var index staticIndex[int]
	assert.False(t, index.mayHold(""))
	assert.False(t, index.mayHold("/"))
	base := "/" + strings.Repeat("a", 40)
	for length := 1; length <= len(base); length++ {
		for at := range length {
			path := base[:at] + "b" + base[at+1:length]
			route := &Route[int]{Pattern: path}
			index.add(route)
			require.True(t, index.mayHold(path))
			require.Same(t, route, index.find(path))
		}
	}
	assert.False(t, index.mayHold(base+"b"), "another length")
	assert.False(t, index.mayHold(base[:len(base)-1]+"c"), "another last byte")
	for length := 1; length <= len(base); length++ {
		assert.Nil(t, index.find(base[:length]))
	}
	longest := &Route[int]{Pattern: "/" + strings.Repeat("c", maxStatic-1)}
	index.add(longest)
	assert.Same(t, longest, index.find(longest.Pattern))
	index.add(&Route[int]{Pattern: longest.Pattern + "c"})
	assert.Len(t, index.routes, 41*42/2+1, "a path too long is left to the tree")
	assert.Len(t, index.ends, maxStatic)
}

// TestLookupGivesUpWhereNoWayWasLeftOut: a node is marked to be retried only if a catch-all, or a
// param beside a literal, may still match.
func TestLookupGivesUpWhereNoWayWasLeftOut(t *testing.T) {
	for _, row := range []struct{ patterns, retried []string }{
		{[]string{"/a", "/ab", "/b/c"}, nil},
		{[]string{"/users/:id", "/users/:id/posts", "/up"}, nil},
		{[]string{"/users/:id", "/users/new", "/up"}, []string{"new"}},
		{[]string{"/users/new/a", "/users/new/b", "/users/:id"}, []string{"new/", "a", "b"}},
		{[]string{"/a/*rest", "/a/:b/c", "/d"}, []string{"a/", ":", "/c", "*"}},
	} {
		tree := new(Tree[string])
		for _, pattern := range row.patterns {
			require.NoError(t, tree.Add(pattern, "", ""))
		}
		assert.Equal(t, row.retried, retried(&tree.root), row.patterns)
	}
}

func retried[T any](n *node[T]) (paths []string) {
	if n.retry {
		paths = append(paths, n.text())
	}
	for _, below := range (Node[T]{n}).Children() {
		paths = append(paths, retried(below.node)...)
	}
	return paths
}

func TestRoutesShareTheNamesOfTheirParams(t *testing.T) {
	tree := new(Tree[string])
	for _, pattern := range []string{"/a/:id/:x", "/b/:id/:x", "/c/:id", `/\:d/:id/:x`} {
		require.NoError(t, tree.Add(pattern, "", ""))
	}
	assert.Same(t, tree.routes[0].spelling, tree.routes[1].spelling)
	assert.NotSame(t, tree.routes[0].spelling, tree.routes[2].spelling)
	assert.NotSame(t, tree.routes[0].spelling, tree.routes[3].spelling, "it has a text of its own")
}
