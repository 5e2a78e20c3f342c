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
//   - the index of an edge is the first byte of its node's path; the children
//     stand by priority, highest first, then by index;
//   - priority is the number of routes at and below the node;
//   - a param's path is ":", a catch-all's is "*": names belong to the route;
//   - what follows a param begins with '/'; a catch-all follows a '/' and has
//     a route but no children.

package router

type nType uint8

const (
	root nType = iota // the zero value, so that an empty Tree has a root
	static
	param
	catchAll
)

// node is kept to 80 bytes, a size class of the allocator. What the descent
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
}

// edge leads to a static child. The article keeps the indices of all children
// in one string; here each stands beside its node, so that they are found with
// one access to memory instead of two.
type edge[T any] struct {
	node  *node[T]
	index byte // the first byte of node.path
}

// staticChild returns the child that begins with index, or nil.
func (n *node[T]) staticChild(index byte) *node[T] {
	for k := range n.children {
		if n.children[k].index == index {
			return n.children[k].node
		}
	}
	return nil
}
