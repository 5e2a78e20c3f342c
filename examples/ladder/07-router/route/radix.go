package route

import "strings"

// Radix is a trie whose nodes read any number of bytes: one that has a single child is joined
// with it. A slash is a byte like the others, so there is nothing to cut, and no map: the
// children of a node begin with different bytes, so at most one of them can match.
//
// dram's is router/tree.go#Tree: the same, with catch-alls, an index of the children's first bytes
// (router/node.go#edge), the busiest child first (router/insert.go#node.promote), and a search
// without recursion (router/lookup.go#node.getValue).
type Radix[T any] struct{ root radixNode[T] }

type radixNode[T any] struct {
	path   string          // what the node reads; of a param nothing but the ":"
	static []*radixNode[T] // no two begin with the same byte
	param  *radixNode[T]   // reads up to the next slash
	entry  *entry[T]
}

// Add goes down as far as the pattern and the tree agree, and hangs the rest below.
func (t *Radix[T]) Add(pattern string, value T) error {
	shape, names, err := parse(pattern)
	if err != nil {
		return err
	}
	n := &t.root
	for shape != "" {
		literal, rest, isParam := strings.Cut(shape, ":")
		n = n.insert(literal)
		if isParam {
			if n.param == nil {
				n.param = &radixNode[T]{path: ":"}
			}
			n = n.param
		}
		shape = rest
	}
	return keep(&n.entry, entry[T]{value, pattern, names})
}

// insert returns the node below n at which the literal ends. A child that agrees with it in
// front only is split: /users and /up become /u with the children sers and p.
func (n *radixNode[T]) insert(literal string) *radixNode[T] {
	if literal == "" {
		return n
	}
	for i, child := range n.static {
		common := commonPrefix(child.path, literal)
		if common == 0 {
			continue
		}
		if common < len(child.path) {
			n.static[i] = &radixNode[T]{path: child.path[:common], static: []*radixNode[T]{child}}
			child.path = child.path[common:]
		}
		return n.static[i].insert(literal[common:])
	}
	child := &radixNode[T]{path: literal}
	n.static = append(n.static, child)
	return child
}

func commonPrefix(a, b string) int {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	return i
}

// Find returns the route of a path.
func (t *Radix[T]) Find(path string) (value T, params Params, ok bool) {
	found, values := t.root.find(path, nil)
	return found.result(values)
}

// find tries the one child that the path begins with, and if that is a dead end, the param.
// It comes to a node by one way only and with the same rest of the path each time, so a path
// costs at most as many steps as the tree has nodes, whoever made it up.
func (n *radixNode[T]) find(path string, values []string) (*entry[T], []string) {
	if path == "" && n.entry != nil {
		return n.entry, values
	}
	for _, child := range n.static {
		if rest, ok := strings.CutPrefix(path, child.path); ok {
			if found, values := child.find(rest, values); found != nil {
				return found, values
			}
		}
	}
	if segment, _, _ := strings.Cut(path, "/"); n.param != nil && segment != "" {
		return n.param.find(path[len(segment):], append(values, segment))
	}
	return nil, nil
}
