// getValue: from a path to its route, the part of the tree that every request
// with a wildcard goes through.
//
// It descends by the most specific way at each node (literal bytes, then the
// param, then the catch-all) and keeps no record of the ways it left out. Only
// when it is stuck does backtrack climb from node to parent, and finds them
// again: the length of a node's path, and of a param's value, tell where in the
// path the parent was entered. So backtracking needs no stack and no copies,
// and costs nothing where it is not needed.
//
// Why the worst case is linear in the size of the tree: a literal reads as many
// bytes as it has, and a param reads up to the next '/', so for a given path
// each node can be entered at one offset only, the one that follows from the
// nodes above it. The search goes through a tree depth first and never tries
// the same branch of a node twice; hence it enters each node at most once,
// however often it has to turn back.
// See docs/internals/10-tree.md.

package router

import "math/bits"

// getValue finds the route of path by the tree alone and fills ps.
func (t *Tree[T]) getValue(path string, ps *Params) *Route[T] {
	if path == "" || path[0] != '/' {
		return nil
	}
	if cap(*ps) < t.maxParams {
		*ps = make(Params, t.maxParams)
	}
	// Invariant: path[:i] is read by the nodes from the root to n, and
	// values[:np] are the params among them.
	values := (*ps)[:t.maxParams]
	n, i, np := &t.root, 1, 0
walk:
	for n != nil {
		if i < len(path) {
			c := path[i]
		children:
			for k := range n.children {
				edge := &n.children[k]
				if edge.index != c {
					continue
				}
				end := i + int(edge.size)
				switch { // edge.leads, written out: a call would cost a tenth of the lookup
				case edge.size == 1:
				case edge.size <= 8 && i+8 <= len(path):
					if (word(path[i:])^edge.word)<<edge.shift != 0 {
						break children
					}
				case end > len(path) || path[i:end] != edge.node.path:
					break children
				}
				n, i = edge.node, end
				continue walk
			}
			if n.wildChild != nil {
				end := segmentEnd(path, i)
				values[np].Value = path[i:end]
				n, i, np = n.wildChild, end, np+1
				// A param has one child at most, and that begins with '/': no need
				// to look for it.
				if i < len(path) && len(n.children) > 0 {
					if edge := &n.children[0]; edge.size == 1 || edge.leads(path, i) {
						n, i = edge.node, i+int(edge.size)
					}
				}
				continue walk
			}
		} else if n.route != nil {
			*ps = (*ps)[:np]
			n.route.nameParams(*ps)
			return n.route
		}
		if !n.retry {
			return nil
		}
		n, i, np = n.backtrack(path, i, values, np)
	}
	return nil
}

// nameParams writes the names: each route has its own, so they are known only
// when the route is.
func (r *Route[T]) nameParams(ps Params) {
	for i, name := range r.names() {
		ps[i].Key = name
	}
}

// backtrack is called at a node n below which no literal and no param matches
// path[i:]. It returns the node to go on from, after having read the param or
// catch-all that leads there, or nil if there is none.
func (n *node[T]) backtrack(path string, i int, values Params, np int) (*node[T], int, int) {
	for {
		if n.catchAll != nil {
			values[np].Value = path[i-1:]
			return n.catchAll, len(path), np + 1
		}
		switch n.nType {
		case root:
			return nil, 0, 0
		case static:
			n, i = n.parent, i-len(n.path)
			if n.wildChild != nil {
				end := segmentEnd(path, i)
				values[np].Value = path[i:end]
				return n.wildChild, end, np + 1
			}
		case param:
			np--
			n, i = n.parent, i-len(values[np].Value)
		}
	}
}

// segmentEnd returns the offset of the first '/' in path at or after i, or the
// length of path. It looks at eight bytes at a time; the last eight of the path may
// reach back before i, and what they have there is shifted out.
func segmentEnd(path string, i int) int {
	for ; i+8 <= len(path); i += 8 {
		if at := slashes(word(path[i:])); at != 0 {
			return i + bits.TrailingZeros64(at)/8
		}
	}
	if i < len(path) {
		if len(path) < 8 {
			for i < len(path) && path[i] != '/' {
				i++
			}
			return i
		}
		if at := slashes(word(path[len(path)-8:]) >> (uint(i+8-len(path)) * 8)); at != 0 {
			return i + bits.TrailingZeros64(at)/8
		}
	}
	return len(path)
}

// slashes has the high bit of each byte that is a '/' in w set, at least of the lowest one.
func slashes(w uint64) uint64 {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	w ^= ones * '/'
	return (w - ones) &^ w & highs
}
