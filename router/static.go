// The routes without wildcards, found by one probe of a hash table before the
// tree is asked. This is right because such a route is the most specific at
// every segment: whatever else matches its path, it wins. A probe costs about
// a third to a quarter of the walk through the tree (8 ns against 28 among the
// routes of the GitHub API, 11 against 41 in a table of 157 static files).
//
// All other paths must not pay for that. A bit per length and last byte tells
// in about 1 ns that the table cannot hold a path; few paths of routes with
// wildcards get past it.
//
// The table holds what the program registered and nothing else. A client can
// choose paths that fall into the same slot, and gains one comparison of hashes.
// See docs/internals/10-tree.md.

package router

import "math/bits"

// maxStatic bounds the memory of the guard; longer paths are left to the tree.
const maxStatic = 256

// staticIndex is an open-addressed hash table of routes by their pattern. The zero
// value is empty.
type staticIndex[T any] struct {
	ends  []uint64  // ends[n-1] has bit b if a path of n bytes ends in a byte with the low six bits b
	slots []slot[T] // a power of two, at most half of them taken
	count int
}

type slot[T any] struct {
	hash  uint64    // of the route's pattern
	route *Route[T] // nil if the slot is free
}

// mayHold reports whether find is worth its cost.
func (s *staticIndex[T]) mayHold(path string) bool {
	last := len(path) - 1
	return uint(last) < uint(len(s.ends)) && s.ends[last]>>(path[last]&63)&1 != 0
}

// find returns the route of path or nil. Something must have been added.
func (s *staticIndex[T]) find(path string) *Route[T] {
	h := hash(path)
	for i := h; ; i++ {
		slot := &s.slots[i&uint64(len(s.slots)-1)]
		if slot.route == nil || slot.hash == h && slot.route.Pattern == path {
			return slot.route
		}
	}
}

// add enters a route without wildcards.
func (s *staticIndex[T]) add(route *Route[T]) {
	path := route.Pattern
	if len(path) > maxStatic {
		return
	}
	if s.count*2 >= len(s.slots) {
		s.grow()
	}
	for len(s.ends) < len(path) {
		s.ends = append(s.ends, 0)
	}
	last := len(path) - 1
	s.ends[last] |= 1 << (path[last] & 63)
	s.put(slot[T]{hash: hash(path), route: route})
	s.count++
}

func (s *staticIndex[T]) put(entry slot[T]) {
	mask := uint64(len(s.slots) - 1)
	i := entry.hash & mask
	for s.slots[i].route != nil {
		i = (i + 1) & mask
	}
	s.slots[i] = entry
}

func (s *staticIndex[T]) grow() {
	old := s.slots
	s.slots = make([]slot[T], max(8, 2*len(old)))
	for _, entry := range old {
		if entry.route != nil {
			s.put(entry)
		}
	}
}

// hash reads sixteen bytes at a time; the last sixteen may overlap those before.
func hash(s string) uint64 {
	const golden, pi = 0x9E3779B97F4A7C15, 0x243F6A8885A308D3 // any odd-looking bits would do
	h := uint64(len(s)) * golden
	switch {
	case len(s) < 8:
		var few uint64
		for i := 0; i < len(s); i++ {
			few = few<<8 | uint64(s[i])
		}
		return mix(few^golden, h^pi)
	case len(s) > 16:
		tail := s[len(s)-16:]
		for ; len(s) > 16; s = s[16:] {
			h = mix(word(s)^golden, word(s[8:])^h)
		}
		s = tail
	}
	return mix(word(s)^golden, word(s[len(s)-8:])^h^pi)
}

// word reads the first eight bytes of s.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

func mix(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high ^ low
}
