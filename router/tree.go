// The tree as the engine sees it: one Tree for each HTTP method. Add is the
// way in (pattern.go, insert.go), Lookup the way out (static.go, lookup.go).
// See docs/internals/05-addroute.md and docs/internals/10-tree.md.

package router

import "strings"

// Tree finds the route of a path. The zero value is an empty tree. Add routes
// first, from one goroutine; after that any number of goroutines may look up
// at the same time. A Tree must not be copied after its first Add.
type Tree[T any] struct {
	root      node[T]              // stands for the '/' that every pattern begins with
	static    staticIndex[T]       // the routes without wildcards, a second time
	routes    []*Route[T]          // in the order of their registration
	spellings map[string]*spelling // what routes share; see spell
	maxParams int
	slashEnds bool // some route but "/" may match a path that ends in '/'
}

// Route is what a lookup finds. Its fields are not to be changed, except for
// Value as long as no lookup runs. With a slice for a value it has 64 bytes, a size class
// of the allocator.
type Route[T any] struct {
	Pattern  string // with its escapes resolved: "/a:b" for "/a\\:b"
	Value    T
	Source   string    // where it was registered, such as "main.go:12"; may be ""
	spelling *spelling // nil for a route without wildcards and escapes
}

// spelling is what only some patterns have. Most routes of an API name the same few
// params, so they share it.
type spelling struct {
	names []string // of the params
	given string   // the pattern as it was given to Add if it has escapes, or else ""
}

// Given returns the pattern as it was given to Add, with its escapes.
func (r *Route[T]) Given() string {
	if r.spelling != nil && r.spelling.given != "" {
		return r.spelling.given
	}
	return r.Pattern
}

// names returns what the params are called.
func (r *Route[T]) names() []string {
	if r.spelling == nil {
		return nil
	}
	return r.spelling.names
}

// Add registers value for all paths that match pattern. source says where the
// caller did so, for the errors of later calls; it may be "". The error is a
// [*PatternError] if the pattern is malformed, or a [*ConflictError] if the
// tree holds an equal one; then the tree is as it was before.
func (t *Tree[T]) Add(pattern string, value T, source string) error {
	parts, wrong := parse(pattern)
	if wrong != nil {
		return &PatternError{Pattern: pattern, Source: source, Reason: wrong.reason, Fix: wrong.fix}
	}
	route := &Route[T]{Pattern: resolve(pattern), Value: value, Source: source}
	route.spelling = t.spell(pattern, route.Pattern, names(parts))
	if existing := t.addRoute(parts, route); existing != nil {
		return &ConflictError{
			Pattern:  route.Pattern,
			Source:   source,
			Existing: existing.Pattern,
			Previous: existing.Source,
			Path:     examplePath(parts),
		}
	}
	t.routes = append(t.routes, route)
	t.maxParams = max(t.maxParams, len(route.names()))
	t.slashEnds = t.slashEnds || endsInSlash(parts)
	if len(route.names()) == 0 {
		t.static.add(route)
	}
	return nil
}

// endsInSlash reports whether a path of the pattern but "/" may end in '/'.
func endsInSlash(parts []part) bool {
	if len(parts) == 0 {
		return false
	}
	last := parts[len(parts)-1]
	return last.nType == catchAll || last.nType == static && strings.HasSuffix(last.text, "/")
}

// names collects what the wildcards are called; nil if there are none.
func names(parts []part) []string {
	n := 0
	for _, p := range parts {
		if p.nType != static {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	names := make([]string, 0, n)
	for _, p := range parts {
		if p.nType != static {
			names = append(names, p.text)
		}
	}
	return names
}

// spell returns the spelling of a pattern, that of an earlier route if it is the same.
func (t *Tree[T]) spell(given, resolved string, names []string) *spelling {
	if given != resolved {
		return &spelling{names, given}
	}
	if names == nil {
		return nil
	}
	key := strings.Join(names, "/") // which no name contains
	if shared, ok := t.spellings[key]; ok {
		return shared
	}
	if t.spellings == nil {
		t.spellings = make(map[string]*spelling)
	}
	made := &spelling{names: names}
	t.spellings[key] = made
	return made
}

// Len returns the number of routes.
func (t *Tree[T]) Len() int { return len(t.routes) }

// MaxParams returns the largest number of params that a route has: the
// capacity with which no Lookup allocates.
func (t *Tree[T]) MaxParams() int { return t.maxParams }

// Walk calls visit for each route in the order of registration, until visit
// returns false.
func (t *Tree[T]) Walk(visit func(*Route[T]) bool) {
	for _, route := range t.routes {
		if !visit(route) {
			return
		}
	}
}
