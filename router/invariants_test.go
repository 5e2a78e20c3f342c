// What node.go promises, verified after each insert; and the promise of
// lookup.go that no node is entered twice. This test looks inside the package.

package router

import (
	"fmt"
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
		require.Equal(t, ":", n.path)
		require.Contains(t, []string{"", "/"}, indices)
		require.Nil(t, n.wildChild)
		require.Nil(t, n.catchAll)
		require.True(t, n.route != nil || len(n.children) == 1)
	case catchAll:
		require.Equal(t, "*", n.path)
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
		}
	}
}

// turns looks path up as getValue does, and returns the nodes that backtrack
// resumed from. Each descent begins at one of them (or at the root) and goes
// down only; so if they are all different, no node was entered twice.
func turns(t *testing.T, tree *Tree[string], path string) (resumed []*node[string]) {
	t.Helper()
	n, i, values, np := &tree.root, 1, make(Params, tree.maxParams), 0
	for {
		for stuck := false; !stuck; {
			stuck = true
			if i == len(path) {
				if n.route != nil {
					return resumed
				}
			} else if child := n.staticChild(path[i]); child != nil && strings.HasPrefix(path[i:], child.path) {
				n, stuck = child, false
				i += len(n.path)
			} else if n.wildChild != nil {
				end := segmentEnd(path, i)
				values[np].Value = path[i:end]
				n, i, np, stuck = n.wildChild, end, np+1, false
			}
		}
		n, i, np = n.backtrack(path, i, values, np)
		if n == nil {
			return resumed
		}
		require.NotContains(t, resumed, n, "%q: a node was entered twice\n%s", path, tree)
		resumed = append(resumed, n)
	}
}

func TestNoNodeIsEnteredTwice(t *testing.T) {
	for _, set := range []struct {
		name     string
		segments []string
		path     string
		resumed  int // how often the search has to turn back
	}{
		// 32 patterns of five segments: one turn for each of the nodes with
		// siblings above the last segment, where the literals "a/end" differ
		// from the path and are not entered.
		{"static and param siblings", []string{"a", ":p"}, "/a/a/a/a/a/miss", 1 + 2 + 4 + 8},
		// Three of the four ways match: two turns for each node above the last
		// segment, and one there.
		{"literal prefixes", []string{"aa", ":p", "a:q", "b:r"}, "/aa/aa/aa/aa/aa/miss", 2*(1+3+9+27) + 81},
		{"empty segments", []string{"", ":p"}, "//////miss", 1 + 2 + 4 + 8},
	} {
		t.Run(set.name, func(t *testing.T) {
			tree := new(Tree[string])
			for _, pattern := range product(set.segments, 5) {
				require.NoError(t, tree.Add(pattern+"/end", "", ""))
			}
			var ps Params
			require.Nil(t, tree.Lookup(set.path, &ps))
			assert.Len(t, turns(t, tree, set.path), set.resumed)
		})
	}
	rng := rand.New(rand.NewPCG(7, 8))
	for range 300 {
		tree := new(Tree[string])
		segments := []string{"a", "aa", "", ":x", "a:y", "aa:z"}
		for range 40 {
			pattern := ""
			for range 1 + rng.IntN(5) {
				pattern += "/" + segments[rng.IntN(len(segments))]
			}
			_ = tree.Add(pattern, "", "") // duplicates are of no interest
		}
		for range 20 {
			path := ""
			for range 1 + rng.IntN(6) {
				path += "/" + []string{"a", "aa", "", "aaa"}[rng.IntN(4)]
			}
			turns(t, tree, path)
		}
	}
}

// product returns all patterns of n segments.
func product(segments []string, n int) []string {
	patterns := []string{""}
	for range n {
		var longer []string
		for _, pattern := range patterns {
			for _, segment := range segments {
				longer = append(longer, pattern+"/"+segment)
			}
		}
		patterns = longer
	}
	return patterns
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
			require.Same(t, route, index.find(path))
		}
	}
	assert.Equal(t, 41*42/2, index.count)
	assert.Less(t, index.count*2, 2*len(index.slots))
	for length := 1; length <= len(base); length++ {
		assert.Nil(t, index.find(base[:length]))
	}
	index.add(&Route[int]{Pattern: "/" + strings.Repeat("c", maxStatic)})
	assert.Equal(t, 41*42/2, index.count, "a path too long is left to the tree")
}

func TestHashSpreads(t *testing.T) {
	seen := map[uint64]int{}
	for i := range 1 << 14 {
		seen[hash(fmt.Sprintf("/api/v1/resource%05d/action", i))&(1<<15-1)]++
	}
	longest := 0
	for _, n := range seen {
		longest = max(longest, n)
	}
	assert.LessOrEqual(t, longest, 10, "16384 paths over 32768 slots")
}
