// The routes without wildcards, found in a map before the tree is asked. This is
// right because such a route is the most specific at every segment: whatever else
// matches its path, it wins. It costs about two fifths of the walk through the
// tree (10 ns against 26 in a table of 157 static files).
//
// All other paths must not pay for that. A bit per length and last byte tells
// in about 1 ns that the map cannot hold a path; few paths of routes with
// wildcards get past it.
// See docs/internals/10-tree.md.

package router

// maxStatic bounds the memory of the guard; longer paths are left to the tree.
const maxStatic = 256

// staticIndex holds routes by their pattern. The zero value is empty.
type staticIndex[T any] struct {
	ends   []uint64 // ends[n-1] has bit b if a path of n bytes ends in a byte with the low six bits b
	routes map[string]*Route[T]
}

// mayHold reports whether find is worth its cost.
func (s *staticIndex[T]) mayHold(path string) bool {
	last := len(path) - 1
	return uint(last) < uint(len(s.ends)) && s.ends[last]>>(path[last]&63)&1 != 0
}

// find returns the route of path or nil.
func (s *staticIndex[T]) find(path string) *Route[T] { return s.routes[path] }

// add enters a route without wildcards.
func (s *staticIndex[T]) add(route *Route[T]) {
	path := route.Pattern
	if len(path) > maxStatic {
		return
	}
	if s.routes == nil {
		s.routes = make(map[string]*Route[T])
	}
	for len(s.ends) < len(path) {
		s.ends = append(s.ends, 0)
	}
	last := len(path) - 1
	s.ends[last] |= 1 << (path[last] & 63)
	s.routes[path] = route
}
