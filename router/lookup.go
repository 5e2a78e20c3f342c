// Lookup: from a path to its route, which every request goes through. Routes without
// wildcards are found in the static index, all others by the tree.
//
// getValue descends by the most specific way at each node (literal bytes, then the
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

// Lookup returns the route of path, or nil if none matches. On a match *ps
// holds exactly the params of the route; it is overwritten in place, and grown
// only if its capacity is below [Tree.MaxParams]. Without a match *ps is
// unspecified. ps must not be nil. The values are substrings of path.
func (t *Tree[T]) Lookup(path string, ps *Params) *Route[T] {
	if path == "/" && t.root.route != nil {
		*ps = (*ps)[:0]
		return t.root.route // the way that the static index would take, without the hash
	}
	if t.static.mayHold(path) {
		if route := t.static.find(path); route != nil {
			*ps = (*ps)[:0]
			return route
		}
	}
	if path == "" || path[0] != '/' {
		return nil
	}
	if cap(*ps) < t.maxParams {
		*ps = make(Params, t.maxParams)
	}
	values := (*ps)[:t.maxParams]
	n, i, np := t.root.getValue(path, 1, values, 0)
	for i < len(path) || n.route == nil {
		if !n.retry {
			return nil
		}
		if n, i, np = n.backtrack(path, i, values, np); n == nil {
			return nil
		}
		n, i, np = n.getValue(path, i, values, np)
	}
	*ps = (*ps)[:np]
	if n.renames {
		n.route.nameParams(*ps)
	}
	return n.route
}

// getValue descends from n until path is read or nothing below matches, and returns the node
// that it has reached. At each node path[:i] is read by those from the root to n, and values[:np] are
// the params among them. Short segments and literals are found without a call, so that all of it
// stays in registers: with a call for each, a request among the routes of the GitHub API takes a fifth longer.
func (n *node[T]) getValue(path string, i int, values Params, np int) (*node[T], int, int) {
walk:
	for uint(i) < uint(len(path)) {
		var ahead uint64 // the next eight bytes of path, zero behind its end
		switch {
		case i+8 <= len(path):
			ahead = word(path[i : i+8])
		case len(path) >= 8:
			ahead = word(path[len(path)-8:]) >> (uint(i+8-len(path)) * 8 & 63)
		default:
			for k := len(path) - 1; k >= i; k-- {
				ahead = ahead<<8 | uint64(path[k])
			}
		}
	children:
		for k := range n.children {
			edge := &n.children[k]
			differ := ahead ^ edge.word
			if byte(differ) != 0 {
				continue // most children differ in their first byte
			}
			end := i + int(edge.size)
			if differ<<(edge.shift&63) != 0 || end > len(path) {
				break
			}
			if edge.size > 8 {
				literal := edge.node.path
				for k := 8; k < len(literal); k++ {
					if path[i+k] != literal[k] {
						break children
					}
				}
			}
			n, i = edge.node, end
			continue walk
		}
		if n.wildChild == nil {
			break
		}
		end := len(path)
		if at := slashes(ahead); at != 0 {
			end = i + bits.TrailingZeros64(at)/8
		} else if i+8 < len(path) {
			end = segmentEnd(path, i+8)
		}
		values[np] = Param{Key: n.wildChild.path, Value: path[i:end]}
		n, i, np = n.wildChild, end, np+1
	}
	return n, i, np
}

// nameParams writes the names of a route that calls its params otherwise than the first one that
// came this way.
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
			values[np] = Param{Key: n.catchAll.path, Value: path[i-1:]}
			return n.catchAll, len(path), np + 1
		}
		switch n.nType {
		case root:
			return nil, 0, 0
		case static:
			n, i = n.parent, i-len(n.path)
			if n.wildChild != nil {
				end := segmentEnd(path, i)
				values[np] = Param{Key: n.wildChild.path, Value: path[i:end]}
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
// reach back before i, and what they have there is shifted out. strings.IndexByte in its place
// costs the GitHub API three per cent, and is ahead from segments of 16 bytes on.
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
