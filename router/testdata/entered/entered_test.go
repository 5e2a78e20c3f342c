// Compiled into package router by entered_test.go, where enter is called with each
// node that getValue enters.

package router

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEachNodeOnce(t *testing.T) {
	for _, set := range []struct {
		name     string
		segments []string
		path     string
		entered  int // the nodes of the tree that the path leads through
	}{
		// The root; "a/", the param and the "/" behind it for each way to read the
		// segments before; of the last segment only the params, since "a/end" and
		// "/end" differ from the path.
		{"static and param siblings", []string{"a", ":p"}, "/a/a/a/a/a/miss", 1 + 3*(1+2+4+8) + 16},
		// Three of the four ways match, two of them behind one node "a".
		{"literal prefixes", []string{"aa", ":p", "a:q", "b:r"}, "/aa/aa/aa/aa/aa/miss", 1 + 6*(1+3+9+27) + 3*81},
		{"empty segments", []string{"", ":p"}, "//////miss", 1 + 3*(1+2+4+8) + 16},
	} {
		tree := new(Tree[string])
		for _, pattern := range product(set.segments, 5) {
			require.NoError(t, tree.Add(pattern+"/end", "", ""))
		}
		assert.Equal(t, set.entered, entered(t, tree, set.path), set.name)
	}
	rng := rand.New(rand.NewPCG(7, 8))
	for range 300 {
		tree := new(Tree[string])
		segments := []string{"a", "aa", "", ":x", "a:y", "aa:z", "*w"}
		for range 40 {
			pattern := ""
			for range 1 + rng.IntN(5) {
				pattern += "/" + segments[rng.IntN(len(segments))]
			}
			_ = tree.Add(pattern, "", "") // what collides is of no interest
		}
		for range 20 {
			path := ""
			for range 1 + rng.IntN(6) {
				path += "/" + []string{"a", "aa", "", "aaa"}[rng.IntN(4)]
			}
			if path != "/" { // whose route is at the root, and needs no walk
				entered(t, tree, path)
			}
		}
	}
}

// entered looks path up, and returns how many nodes that entered: those that Trace says, in
// its order.
func entered(t *testing.T, tree *Tree[string], path string) int {
	t.Helper()
	seen := map[*node[string]]bool{}
	var order []*node[string]
	enter = func(n any) {
		if n := n.(*node[string]); n != nil {
			require.False(t, seen[n], "%q: a node was entered twice\n%s", path, tree)
			seen[n] = true
			order = append(order, n)
		}
	}
	tree.static = staticIndex[string]{} // all of it by the tree
	var ps Params
	tree.Lookup(path, &ps)
	var traced []*node[string]
	for _, step := range tree.Trace(path).Steps {
		if step.Back == "" {
			traced = append(traced, step.Node.node)
		}
	}
	require.Equal(t, len(order), len(traced), path)
	for i := range order {
		require.Same(t, order[i], traced[i], "%q: node %d that Trace enters\n%s", path, i, tree)
	}
	return len(seen)
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
