// The node of the radix tree, and what always holds for it.
//
// A node is reached by reading its path; what may follow are literal bytes
// (children), a param (wildChild) or the rest of the path (catchAll). The four
// routes /users, /users/new, /users/:id and /up make this tree, where the
// number is the priority:
//
//	/ [4]
//	  u [4]
//	    sers [3] = /users
//	      / [2]
//	        new [1] = /users/new
//	        : [1] = /users/:id
//	    p [1] = /up
//
// Invariants:
//   - a static node has at least one byte of path, and no two children of a
//     node begin with the same byte;
//   - a static node without route and wildcards has two children or more, so
//     the tree does not depend on the order of registration;
//   - an edge holds the beginning of its node's path; the children stand by
//     priority, highest first, then by index;
//   - priority is the number of routes at and below the node;
//   - retry is what canRetry says;
//   - the path of a wildcard is the name that it had first; a route ends at a node
//     that renames if it calls one of its params otherwise;
//   - what follows a param begins with '/'; a catch-all follows a '/' and has
//     a route but no children.
// See docs/internals/10-tree.md.

package router

type nType uint8

const (
	root nType = iota // the zero value, so that an empty Tree has a root
	static
	param
	catchAll
)

// node is kept to 80 bytes, a size class of the allocator; the next one has 96. What the descent
// reads on every step comes first.
type node[T any] struct {
	children  []edge[T]
	path      string
	route     *Route[T] // of the paths that end here, or nil
	wildChild *node[T]  // reads one segment, or its remainder; or nil
	catchAll  *node[T]  // reads all that is left; or nil
	parent    *node[T]  // nil for the root
	priority  uint32
	nType     nType
	retry     bool // a lookup that is stuck here or below has another way to try: see canRetry
	renames   bool // the names of route are not those of the wildcards on the way
}

// text is what the node reads, in the language of patterns.
func (n *node[T]) text() string {
	switch n.nType {
	case param:
		return ":"
	case catchAll:
		return "*"
	}
	return n.path
}

// canRetry reports whether a lookup that is stuck at n may have left out a way, there or
// on the way down: a catch-all, or the param beside a literal that it has read. To know it saves a
// miss among the routes of the GitHub API a sixth of its time.
func (n *node[T]) canRetry() bool {
	if n.catchAll != nil || n.parent == nil {
		return n.catchAll != nil
	}
	return n.parent.retry || n.nType == static && n.parent.wildChild != nil
}

// edge leads to a static child. The article keeps the indices of all children
// in one string; here the first eight bytes of a child's path stand beside it, as a number, so
// that the child is found without reading anything but the edges: by the paths of the nodes, all of the GitHub
// API takes 1.18 of the time.
type edge[T any] struct {
	node  *node[T]
	word  uint64 // the first eight bytes of node.path, the first one lowest
	size  int32  // len(node.path)
	shift uint32 // the bits of word that node.path does not fill
}

// edgeTo makes the edge to n as its path is now.
func edgeTo[T any](n *node[T]) edge[T] {
	filled := min(len(n.path), 8)
	e := edge[T]{node: n, size: int32(len(n.path)), shift: uint32(64 - 8*filled)}
	for k := range filled {
		e.word |= uint64(n.path[k]) << (8 * k)
	}
	return e
}

// staticChild returns the child that begins with index, or nil.
func (n *node[T]) staticChild(index byte) *node[T] {
	for k := range n.children {
		if byte(n.children[k].word) == index {
			return n.children[k].node
		}
	}
	return nil
}

// word reads the first eight bytes of s.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}
