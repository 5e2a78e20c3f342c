// The lookup behind RedirectFixedPath: a path typed in the wrong case finds the
// spelling that has a route. Literal bytes take the case of the route, the
// values of wildcards keep theirs.
//
// A rune and its other cases may differ in length (K and the Kelvin sign), and
// the tree may be split in the middle of a rune. So the search does not compare
// runes with the tree; for each spelling of the next rune of the path it steps
// through the tree by that spelling's bytes. Different spellings lead to
// different places, so no node is entered twice here either.
// See docs/internals/11-misses.md.

package router

import (
	"unicode"
	"unicode/utf8"
	"unsafe"
)

// FindCaseInsensitive returns the path that has a route and equals path but for
// the case of its literal parts. With fixTrailingSlash a '/' may be added or
// removed at the end as well, if nothing matches otherwise. If routes differ in
// nothing but case, it is the tree that chooses one of them, always the same.
// It does not allocate on a miss.
func (t *Tree[T]) FindCaseInsensitive(path string, fixTrailingSlash bool) (string, bool) {
	if path == "" || path[0] != '/' {
		return "", false
	}
	start := cursor[T]{n: &t.root, read: len(t.root.path)}
	found := start.find(path, 1, 1, false)
	if found == nil && fixTrailingSlash {
		if last := len(path) - 1; path[last] == '/' {
			found = start.find(path[:last], 1, 1, false)
		} else {
			found = start.find(path, 1, 1, true)
		}
	}
	if found == nil {
		return "", false
	}
	found[0] = '/'
	return unsafe.String(&found[0], len(found)), true // nobody else has the buffer
}

// A cursor is a place in the tree: n, and how many bytes of its path are read.
type cursor[T any] struct {
	n    *node[T]
	read int
}

// find looks for path[i:], with slash for one '/' more, from c on; size is the
// length of the spelling up to here. The buffer of a match is made at its end,
// and filled on the way back; nil means that there is none.
func (c cursor[T]) find(path string, i, size int, slash bool) []byte {
	atEnd := c.read == len(c.n.path)
	if i > len(path) || i == len(path) && !slash {
		if atEnd && c.n.route != nil {
			return make([]byte, size)
		}
	} else if found := c.findFolded(path, i, size, slash); found != nil {
		return found
	} else if wild := c.n.wildChild; atEnd && wild != nil {
		end := segmentEnd(path, i)
		found := cursor[T]{wild, len(wild.path)}.find(path, end, size+end-i, slash)
		if found != nil {
			copy(found[size:], path[i:end])
			return found
		}
	}
	if atEnd && c.n.catchAll != nil {
		rest := path[min(i, len(path)):]
		found := make([]byte, size+len(rest))
		copy(found[size:], rest)
		return found
	}
	return nil
}

// findFolded tries the rune at path[i] in the case it has, then in its others.
func (c cursor[T]) findFolded(path string, i, size int, slash bool) []byte {
	rest := path[i:]
	if rest == "" {
		rest = "/" // the one that slash stands for
	}
	r, width := utf8.DecodeRuneInString(rest)
	var buf [utf8.UTFMax]byte
	spelling := buf[:copy(buf[:], rest[:width])]
	for folded := r; ; {
		if next, ok := c.step(spelling); ok {
			if found := next.find(path, i+width, size+len(spelling), slash); found != nil {
				copy(found[size:], spelling)
				return found
			}
		}
		folded = unicode.SimpleFold(folded)
		if folded == r {
			return nil
		}
		spelling = utf8.AppendRune(buf[:0], folded)
	}
}

// step reads literal from c on. Invalid UTF-8 comes here byte by byte, and has
// no other case.
func (c cursor[T]) step(literal []byte) (cursor[T], bool) {
	for _, b := range literal {
		if c.read == len(c.n.path) {
			child := c.n.staticChild(b)
			if child == nil {
				return cursor[T]{}, false
			}
			c = cursor[T]{n: child}
		}
		if c.n.path[c.read] != b {
			return cursor[T]{}, false
		}
		c.read++
	}
	return c, true
}
