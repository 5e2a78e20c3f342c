package route

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Trie has a node for each segment. What paths have in common in front is stored once, and a
// node may have a child for "whatever stands here", which is a param. Each step cuts a segment
// off and looks into a map; and a long common path of which nothing branches off costs a node and a
// map for each of its segments.
type Trie[T any] struct{ root trieNode[T] }

type trieNode[T any] struct {
	children map[string]*trieNode[T] // by segment; ":" is the param
	entry    *entry[T]
}

// Add goes down along the segments and makes the nodes that are missing.
func (t *Trie[T]) Add(pattern string, value T) error {
	shape, names, err := parse(pattern)
	if err != nil {
		return err
	}
	n := &t.root
	for segment := range strings.SplitSeq(shape[1:], "/") {
		child := n.children[segment]
		if child == nil {
			child = new(trieNode[T])
			if n.children == nil {
				n.children = map[string]*trieNode[T]{}
			}
			n.children[segment] = child
		}
		n = child
	}
	if n.entry != nil {
		return errDuplicate(pattern, n.entry.pattern)
	}
	n.entry = &entry[T]{value, pattern, names}
	return nil
}

// Find goes down again.
func (t *Trie[T]) Find(path string) (value T, params Params, ok bool) {
	rest, ok := strings.CutPrefix(path, "/")
	if !ok {
		return value, nil, false
	}
	found, values := t.root.find(rest, nil)
	if found == nil {
		return value, nil, false
	}
	return found.value, found.params(values), true
}

// find tries the literal, and if that is a dead end, the param.
func (n *trieNode[T]) find(path string, values []string) (*entry[T], []string) {
	segment, rest, hasMore := strings.Cut(path, "/")
	next := func(child *trieNode[T], values []string) (*entry[T], []string) {
		if hasMore {
			return child.find(rest, values)
		}
		return child.entry, values
	}
	if child := n.children[segment]; child != nil && segment != ":" {
		if found, values := next(child, values); found != nil {
			return found, values
		}
	}
	if child := n.children[":"]; child != nil && segment != "" {
		return next(child, append(values, segment))
	}
	return nil, nil
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

// dumpLine writes what a node reads and the pattern that ends there.
func dumpLine[T any](out *strings.Builder, depth int, reads string, end *entry[T]) {
	fmt.Fprintf(out, "%*s%s", 2*depth, "", reads)
	if end != nil {
		fmt.Fprintf(out, " = %s", end.pattern)
	}
	out.WriteByte('\n')
}
