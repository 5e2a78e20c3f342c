package route

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// This file shows what a router has stored; no router needs it.

// Dump has a line for each path.
func (m *Map[T]) Dump() string {
	return strings.Join(append(slices.Sorted(maps.Keys(m.values)), ""), "\n")
}

// Dump has a line for each node, its children one step to the right.
func (t *Trie[T]) Dump() string {
	var out strings.Builder
	t.root.dump(&out, "/", 0)
	return out.String()
}

func (n *trieNode[T]) dump(out *strings.Builder, segment string, depth int) {
	dumpLine(out, depth, segment, n.entry)
	for _, segment := range slices.Sorted(maps.Keys(n.children)) {
		n.children[segment].dump(out, segment, depth+1)
	}
}

// Dump has a line for each node, its children one step to the right.
func (t *Radix[T]) Dump() string {
	var out strings.Builder
	for _, child := range t.root.static {
		child.dump(&out, 0)
	}
	return out.String()
}

func (n *radixNode[T]) dump(out *strings.Builder, depth int) {
	dumpLine(out, depth, n.path, n.entry)
	for _, child := range n.static {
		child.dump(out, depth+1)
	}
	if n.param != nil {
		n.param.dump(out, depth+1)
	}
}

// dumpLine writes what a node reads and the pattern that ends there.
func dumpLine[T any](out *strings.Builder, depth int, reads string, end *entry[T]) {
	fmt.Fprintf(out, "%*s%s", 2*depth, "", reads)
	if end != nil {
		fmt.Fprintf(out, " = %s", end.pattern)
	}
	out.WriteByte('\n')
}
