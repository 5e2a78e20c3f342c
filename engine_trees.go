package dram

import (
	"net/http"

	"github.com/dram-go/dram/router"
)

// This file holds the routes: one radix tree for each method. The tree itself
// is the package router's.
// See docs/internals/05-addroute.md.

// Param is one param of a path, its key and its value. It is the Param of
// httprouter.
type Param = router.Param

// Params are the params of a path in the order of the pattern.
type Params = router.Params

// routeTree is the radix tree of one method; its values are chains.
type routeTree = router.Tree[HandlersChain]

// methodTree is a tree with its method's name, and with the Allow header of a
// path that only this method serves.
type methodTree struct {
	method string
	allow  []string
	tree   *routeTree
}

// methodTrees are the trees of an Engine in the order in which their methods
// were first registered. The common methods have a place of their own as
// well: a switch over the name finds it in a nanosecond, a map takes six.
type methodTrees struct {
	list      []methodTree
	common    [commonMethods]*routeTree
	maxParams int
}

const (
	commonMethods = 10
	methodHead    = 5 // the place of HEAD among them
)

// methodIndex is the place of a common method, or -1.
func methodIndex(method string) int {
	switch method {
	case http.MethodGet:
		return 0
	case http.MethodPost:
		return 1
	case http.MethodPut:
		return 2
	case http.MethodPatch:
		return 3
	case http.MethodDelete:
		return 4
	case http.MethodHead:
		return methodHead
	case http.MethodOptions:
		return 6
	case http.MethodConnect:
		return 7
	case http.MethodTrace:
		return 8
	case MethodQuery:
		return 9
	}
	return -1
}

// get is the tree of a method, nil when it has no routes. It is inlined where it
// is called, so that the most frequent method costs one comparison.
func (trees *methodTrees) get(method string) *routeTree {
	if method == http.MethodGet {
		return trees.common[0]
	}
	return trees.search(method)
}

// search is get for all methods.
//
//go:noinline
func (trees *methodTrees) search(method string) *routeTree {
	if i := methodIndex(method); i >= 0 {
		return trees.common[i]
	}
	for _, entry := range trees.list {
		if entry.method == method {
			return entry.tree
		}
	}
	return nil
}

// add registers a route. On error the trees are as they were.
func (trees *methodTrees) add(method, pattern string, chain HandlersChain, source string) error {
	tree := trees.get(method)
	isNew := tree == nil
	if isNew {
		tree = new(routeTree)
	}
	if err := tree.Add(pattern, chain, source); err != nil {
		return err
	}
	trees.maxParams = max(trees.maxParams, tree.MaxParams())
	if isNew {
		allow := method
		if method == http.MethodGet {
			allow += ", " + http.MethodHead
		}
		trees.list = append(trees.list, methodTree{method, []string{allow}, tree})
		if i := methodIndex(method); i >= 0 {
			trees.common[i] = tree
		}
	}
	return nil
}

// slashVariant is path with one slash more or less at its end, if the method has
// a route for that; GET's routes are HEAD's as well.
func (trees *methodTrees) slashVariant(method, path string) (target string, ok bool) {
	if tree := trees.get(method); tree != nil {
		target, ok = tree.FindTrailingSlash(path)
	}
	if !ok && method == http.MethodHead {
		if tree := trees.get(http.MethodGet); tree != nil {
			target, ok = tree.FindTrailingSlash(path)
		}
	}
	return target, ok
}

// fixedPath is path in the case of the method's route, with or without a slash
// at its end; GET's routes are HEAD's as well.
func (trees *methodTrees) fixedPath(method, path string) (target string, ok bool) {
	if tree := trees.get(method); tree != nil {
		target, ok = tree.FindCaseInsensitive(path, true)
	}
	if !ok && method == http.MethodHead {
		return trees.fixedPath(http.MethodGet, path)
	}
	return target, ok
}
