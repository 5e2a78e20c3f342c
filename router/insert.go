// How a parsed pattern becomes nodes. Nodes are only split or appended, and the
// priorities are raised from the leaf upwards once the route has its place; a
// duplicate finds all its nodes there, so refusing it changes nothing.
// See docs/internals/10-tree.md.

package router

import "slices"

// addRoute puts route at the end of parts, unless another one stands there,
// which it returns.
func (t *Tree[T]) addRoute(parts []part, route *Route[T]) (existing *Route[T]) {
	t.root.path = "/"
	n := &t.root
	for _, p := range parts {
		if p.nType == static {
			n = n.insertStatic(p.text)
		} else {
			n = n.insertChild(p.nType, p.text)
		}
	}
	if n.route != nil {
		return n.route
	}
	n.route, n.renames = route, !n.hasNames(route.names())
	n.raisePriority()
	return nil
}

// hasNames reports whether the wildcards from the root to n have these names.
func (n *node[T]) hasNames(names []string) bool {
	for ; n != nil; n = n.parent {
		if n.nType == param || n.nType == catchAll {
			last := len(names) - 1
			if n.path != names[last] {
				return false
			}
			names = names[:last]
		}
	}
	return true
}

// insertChild returns the wildcard below n, a new one of that name if need be.
func (n *node[T]) insertChild(kind nType, name string) *node[T] {
	child := &n.wildChild
	if kind == catchAll {
		child = &n.catchAll
	}
	if *child == nil {
		*child = &node[T]{path: name, parent: n, nType: kind}
		n.updateRetry()
		(*child).retry = (*child).canRetry()
	}
	return *child
}

// updateRetry sets retry at n and below, where a way more has made it true. It never becomes
// false, so that all routes together set it once for each node.
func (n *node[T]) updateRetry() {
	n.retry = n.canRetry()
	for _, e := range n.children {
		if !e.node.retry && e.node.canRetry() {
			e.node.updateRetry()
		}
	}
	if n.wildChild != nil && !n.wildChild.retry && n.wildChild.canRetry() {
		n.wildChild.updateRetry()
	}
}

// insertStatic returns the node that is reached from n by reading literal. It
// appends a node for what is not there yet, and splits the node in the middle
// of which literal ends or leaves.
func (n *node[T]) insertStatic(literal string) *node[T] {
	for literal != "" {
		child := n.staticChild(literal[0])
		if child == nil {
			child = &node[T]{path: literal, parent: n, nType: static}
			child.retry = child.canRetry()
			n.adopt(child)
			return child
		}
		common := commonPrefix(literal, child.path)
		if common < len(child.path) {
			child = child.split(common)
		}
		n, literal = child, literal[common:]
	}
	return n
}

// adopt appends child to the children of n, without the room for more that append makes: few
// nodes get more, and none has more than there are bytes.
func (n *node[T]) adopt(child *node[T]) {
	children := make([]edge[T], len(n.children)+1)
	children[copy(children, n.children)] = edgeTo(child)
	n.children = children
}

// split puts a new node in n's place that takes the first at bytes of its path,
// and returns it; n hangs below.
func (n *node[T]) split(at int) *node[T] {
	upper := &node[T]{path: n.path[:at], parent: n.parent, priority: n.priority, nType: static}
	upper.retry = upper.canRetry()
	n.parent.children[n.parent.position(n)] = edgeTo(upper)
	n.path, n.parent = n.path[at:], upper
	upper.children = []edge[T]{edgeTo(n)}
	return upper
}

// position returns where child stands among the children of n.
func (n *node[T]) position(child *node[T]) int {
	return slices.IndexFunc(n.children, func(e edge[T]) bool { return e.node == child })
}

// raisePriority counts one route more at n and all nodes above it.
func (n *node[T]) raisePriority() {
	for ; n != nil; n = n.parent {
		n.priority++
		if n.nType == static {
			n.parent.promote(n)
		}
	}
}

// promote moves child, whose priority has grown, forward to its place.
func (n *node[T]) promote(child *node[T]) {
	to := n.position(child)
	moved := n.children[to]
	for to > 0 && child.precedes(n.children[to-1].node) {
		n.children[to] = n.children[to-1]
		to--
	}
	n.children[to] = moved
}

// precedes is the order of siblings.
func (n *node[T]) precedes(other *node[T]) bool {
	if n.priority != other.priority {
		return n.priority > other.priority
	}
	return n.path[0] < other.path[0]
}

func commonPrefix(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
