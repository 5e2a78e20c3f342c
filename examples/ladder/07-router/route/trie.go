package route

import "strings"

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
	return keep(&n.entry, entry[T]{value, pattern, names})
}

// Find goes down again.
func (t *Trie[T]) Find(path string) (value T, params Params, ok bool) {
	rest, ok := strings.CutPrefix(path, "/")
	if !ok {
		return value, nil, false
	}
	found, values := t.root.find(rest, nil)
	return found.result(values)
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
