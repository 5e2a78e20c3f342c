// A lookup as somebody sees it who asks why a path goes where it goes: the nodes that it
// enters, where it turns back, and the routes that would have matched as well.
//
// Trace is the lookup written plainly, as a walk that reads a path from the root on. It is
// not what requests go through: one function for both would cost each of them up to a tenth of
// getValue's time, even if nobody looks. Tests hold one against the other: the same nodes in the
// same order, the same route, the same params.
// See docs/internals/10-tree.md.

package router

import (
	"fmt"
	"strings"
)

// Trace is how the lookup of a path went.
type Trace[T any] struct {
	Path   string
	Route  *Route[T] // that was found, or nil
	Params Params    // of Route
	// Direct says that Route has no wildcards and was found before the tree was asked; the
	// steps are those by which the tree finds it.
	Direct bool
	Steps  []Step[T]
	// Others are the routes that match as well, the most specific first: the first one is
	// found where Route is not there.
	Others []*Route[T]
}

// Step is a node that a lookup enters, or turns back from.
type Step[T any] struct {
	Node Node[T]
	// From and To bound what the node reads of the path. What a catch-all reads includes the
	// '/' that the node before it has read.
	From, To int
	// Back is why the lookup leaves the node again; "" where it enters it.
	Back string
}

// Trace looks path up as Lookup does, and returns how that went. It allocates.
func (t *Tree[T]) Trace(path string) *Trace[T] {
	w := tracer[T]{trace: &Trace[T]{Path: path}}
	if path != "" && path[0] == '/' {
		w.walk(&t.root, 0, 1)
	}
	route := w.trace.Route
	w.trace.Direct = route != nil && len(route.names()) == 0 && len(path) <= maxStatic
	return w.trace
}

// tracer goes through a tree and writes down what it sees, up to the first route; the others it
// finds behind that.
type tracer[T any] struct {
	trace  *Trace[T]
	values Params // of the wildcards up to here
}

// walk enters n, which reads path[from:to], and all below it that goes on with the path.
func (w *tracer[T]) walk(n *node[T], from, to int) {
	w.note(Step[T]{Node: Node[T]{n}, From: from, To: to})
	path := w.trace.Path
	if n.nType == param || n.nType == catchAll {
		w.values = append(w.values, Param{Value: path[from:to]})
		defer func() { w.values = w.values[:len(w.values)-1] }()
	}
	tried := len(w.trace.Steps)
	if to < len(path) {
		child := n.staticChild(path[to])
		if child != nil && strings.HasPrefix(path[to:], child.path) {
			w.walk(child, to, to+len(child.path))
		}
		if n.wildChild != nil {
			w.walk(n.wildChild, to, segmentEnd(path, to))
		}
	} else if n.route != nil {
		w.found(n.route)
	}
	if n.catchAll != nil {
		w.walk(n.catchAll, to-1, len(path))
	}
	back := "all ways from here lead nowhere"
	if len(w.trace.Steps) == tried {
		back = n.deadEnd(path[to:])
	}
	w.note(Step[T]{Node: Node[T]{n}, From: from, To: to, Back: back})
}

func (w *tracer[T]) note(step Step[T]) {
	if w.trace.Route == nil {
		w.trace.Steps = append(w.trace.Steps, step)
	}
}

func (w *tracer[T]) found(route *Route[T]) {
	if w.trace.Route != nil {
		w.trace.Others = append(w.trace.Others, route)
		return
	}
	w.trace.Route, w.trace.Params = route, append(Params{}, w.values...)
	route.nameParams(w.trace.Params)
}

// deadEnd says why no way leads on from n, where rest is left of the path.
func (n *node[T]) deadEnd(rest string) string {
	switch {
	case rest == "" && n.wildChild != nil:
		return "the path ends here, where a param may not be empty"
	case rest == "":
		return "the path ends here, and no route does"
	}
	if child := n.staticChild(rest[0]); child != nil {
		return fmt.Sprintf("%q goes on otherwise than %q", rest, child.path)
	}
	return fmt.Sprintf("nothing here begins as %q", rest)
}

// Over returns why r is found where other matches as well: at the first place where their
// patterns differ, the more specific one wins. It is "" if r does not precede other.
func (r *Route[T]) Over(other *Route[T]) string {
	if !r.Precedes(other) {
		return ""
	}
	ours, theirs := differ(r.Given(), other.Given())
	if ours == "" {
		return "it ends where " + theirs + " takes the rest"
	}
	return describe(ours) + " comes before " + describe(theirs)
}

// describe names what a pattern, or the rest of one, begins with.
func describe(pattern string) string {
	switch name := pattern[:segmentEnd(pattern, 0)]; kindAt(pattern) {
	case param:
		return "the param " + name
	case catchAll:
		return "the catch-all " + name
	}
	literal, _, _ := parseLiteral(pattern)
	return fmt.Sprintf("the text %q", literal.text[:1+segmentEnd(literal.text[1:], 0)])
}

// Node is a node of a tree, to look at: for drawing the tree. Two are equal if they are the
// same node.
type Node[T any] struct{ node *node[T] }

// Root returns the node that every lookup begins at.
func (t *Tree[T]) Root() Node[T] { return Node[T]{&t.root} }

// Path returns what the node reads: literal bytes, ":" for a param or "*" for a catch-all.
func (n Node[T]) Path() string { return n.node.text() }

// IsWildcard reports whether the node is a param or a catch-all.
func (n Node[T]) IsWildcard() bool { return n.node.nType == param || n.node.nType == catchAll }

// Priority returns the number of routes at and below the node: of the children that are
// literal, those with the highest one come first.
func (n Node[T]) Priority() int { return int(n.node.priority) }

// Route returns the route of the paths that end at the node, or nil.
func (n Node[T]) Route() *Route[T] { return n.node.route }

// Children returns the nodes below, in the order in which a lookup tries them.
func (n Node[T]) Children() (below []Node[T]) {
	for _, edge := range n.node.children {
		below = append(below, Node[T]{edge.node})
	}
	for _, wild := range []*node[T]{n.node.wildChild, n.node.catchAll} {
		if wild != nil {
			below = append(below, Node[T]{wild})
		}
	}
	return below
}
