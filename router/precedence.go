// Inside one tree the lookup decides between routes. Between two trees, of
// HEAD and of GET say, it is decided here, by the same rule: at the first place
// where the patterns differ, literal text comes before a param, and a param
// before a catch-all.
// See docs/internals/11-misses.md.

package router

// Precedes reports whether r is more specific than other, where both match the
// same path.
func (r *Route[T]) Precedes(other *Route[T]) bool {
	a, b := differ(r.Given(), other.Given())
	if a == "" || b == "" {
		return a == "" && b != "" // the catch-all that is left took nothing
	}
	return kindAt(a) < kindAt(b)
}

// differ returns what is left of two patterns from where they differ in kind, or one of them
// ends.
func differ(a, b string) (restA, restB string) {
	for a != "" && b != "" {
		kind := kindAt(a)
		if kind != kindAt(b) {
			break
		}
		if kind == static {
			a, b = a[literalSize(a):], b[literalSize(b):]
		} else {
			a, b = a[segmentEnd(a, 0):], b[segmentEnd(b, 0):]
		}
	}
	return a, b
}

// kindAt is what a pattern, or the rest of one, begins with.
func kindAt(pattern string) nType {
	switch pattern[0] {
	case ':':
		return param
	case '*':
		return catchAll
	}
	return static
}

// literalSize is the length of the first literal byte with its escape.
func literalSize(pattern string) int {
	if pattern[0] == '\\' {
		return 2
	}
	return 1
}
