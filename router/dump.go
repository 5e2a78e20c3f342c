// The tree as text, for a person who wants to see why a path goes where it
// goes, and for tests.
// See docs/internals/10-tree.md.

package router

import (
	"fmt"
	"strings"
)

// Dump returns the tree as text: a line for each node, indented by depth, with
// its path, its priority in brackets and the pattern of its route. ':' is a
// param and '*' a catch-all. It does not depend on the order of registration.
func (t *Tree[T]) Dump() string {
	var b strings.Builder
	if len(t.routes) > 0 {
		t.root.dump(&b, 0)
	}
	return b.String()
}

// String returns the same text as Dump.
func (t *Tree[T]) String() string { return t.Dump() }

func (n *node[T]) dump(b *strings.Builder, depth int) {
	fmt.Fprintf(b, "%*s%s [%d]", 2*depth, "", n.text(), n.priority)
	if n.route != nil {
		b.WriteString(" = " + n.route.Pattern)
	}
	b.WriteByte('\n')
	for _, child := range n.children {
		child.node.dump(b, depth+1)
	}
	for _, wild := range []*node[T]{n.wildChild, n.catchAll} {
		if wild != nil {
			wild.dump(b, depth+1)
		}
	}
}
