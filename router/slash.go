// The question behind the trailing-slash redirect: would the path have a route
// with one '/' more, or one less, at its end? It is asked on the way to a 404,
// so it allocates nothing unless the answer is yes, and it looks for no params.
// See docs/internals/11-misses.md.

package router

import "strings"

// FindTrailingSlash returns path without its trailing slash, or with one if it
// has none, and true if that path has a route. It does not allocate otherwise.
// "" and "/" have no such path.
func (t *Tree[T]) FindTrailingSlash(path string) (string, bool) {
	if len(path) < 2 || !t.slashEnds && path[len(path)-1] != '/' {
		return "", false
	}
	return t.findTrailingSlash(path)
}

// findTrailingSlash is apart, so that a path of which it is known at once costs no call.
func (t *Tree[T]) findTrailingSlash(path string) (string, bool) {
	if path[0] != '/' {
		return "", false
	}
	if shorter, ok := strings.CutSuffix(path, "/"); ok {
		if t.root.matches(shorter, 1, false) {
			return shorter, true
		}
	} else if t.root.matches(path, 1, true) {
		return path + "/", true
	}
	return "", false
}

// matches reports whether path[i:] leads from n to a route. With slash a '/' is
// thought at the end of path: then the end is at len(path)+1.
func (n *node[T]) matches(path string, i int, slash bool) bool {
	if i > len(path) || i == len(path) && !slash {
		return n.route != nil || n.catchAll != nil
	}
	next := byte('/')
	if i < len(path) {
		next = path[i]
	}
	if child := n.staticChild(next); child != nil && hasPrefix(path[i:], child.path, slash) &&
		child.matches(path, i+len(child.path), slash) {
		return true
	}
	if n.catchAll != nil {
		return true
	}
	// At the end of path the param is empty, and the thought slash follows it.
	return n.wildChild != nil && n.wildChild.matches(path, segmentEnd(path, i), slash)
}

// hasPrefix reports whether literal begins path, or path with a slash behind it.
func hasPrefix(path, literal string, slash bool) bool {
	if slash && len(literal) == len(path)+1 {
		return literal[len(path)] == '/' && literal[:len(path)] == path
	}
	return strings.HasPrefix(path, literal)
}
