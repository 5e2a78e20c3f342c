// Package route finds the route of a path, in three ways that follow from one another: a
// map, a trie of segments, a radix tree. They keep to one interface, and one test runs over
// all of them.
package route

import (
	"fmt"
	"strings"
)

// Router keeps a value for each pattern and finds it by a path.
type Router[T any] interface {
	// Add keeps a value for a pattern: a path whose segments may be params, as in
	// /hello/:name. The error names a pattern that cannot be kept.
	Add(pattern string, value T) error
	// Find returns the value of the pattern that matches the path, and the params. Where several
	// match, a literal goes before a param, from the left.
	Find(path string) (value T, params Params, ok bool)
	// Dump shows what is stored, a line for each thing.
	Dump() string
}

// Params are the values of a route's params, in the order of its pattern.
type Params []Param

// Param is one of them.
type Param struct{ Name, Value string }

// Get returns a param's value, "" if there is none.
func (ps Params) Get(name string) string {
	for _, p := range ps {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}

// entry is what a trie or a tree has at a pattern's end. The names belong to the pattern, not
// to the way there: /:id and /:name/posts share the way.
type entry[T any] struct {
	value   T
	pattern string
	names   []string
}

// keep puts the entry in its place, which has to be free.
func keep[T any](place **entry[T], e entry[T]) error {
	if *place != nil {
		return errDuplicate(e.pattern, (*place).pattern)
	}
	*place = &e
	return nil
}

// result is what Find returns of the entry that it has found; nil is none.
func (e *entry[T]) result(values []string) (value T, params Params, ok bool) {
	if e == nil {
		return value, nil, false
	}
	params = make(Params, len(values))
	for i, value := range values {
		params[i] = Param{e.names[i], value}
	}
	return e.value, params, true
}

// parse takes the names out of a pattern: /hello/:name is the shape "/hello/:" and a name.
func parse(pattern string) (shape string, names []string, err error) {
	if !strings.HasPrefix(pattern, "/") {
		return "", nil, fmt.Errorf("route: the pattern %q does not begin with a slash", pattern)
	}
	segments := strings.Split(pattern, "/")
	for i, segment := range segments {
		name, isParam := strings.CutPrefix(segment, ":")
		if strings.Contains(name, ":") || isParam && name == "" {
			return "", nil, fmt.Errorf("route: the pattern %q has a param that is not /:name", pattern)
		}
		if isParam {
			segments[i], names = ":", append(names, name)
		}
	}
	return strings.Join(segments, "/"), names, nil
}

func errDuplicate(pattern, other string) error {
	return fmt.Errorf("route: the pattern %q matches the same paths as %q", pattern, other)
}
