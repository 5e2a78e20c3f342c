package main

import (
	"fmt"
	"strings"

	"github.com/dram-go/dram/router"
)

// This file shows the tree: as a trie and as a radix tree, growing by one route after the
// other, and while paths are looked up in it.

func init() {
	blocks["trie"] = func() string { return fenced("text", trieOf(treeOf(fourRoutes).Dump())) }
	blocks["tree"] = func() string { return fenced("text", treeOf(fourRoutes).Dump()) }
	blocks["insert-trace"] = insertTrace
	blocks["lookup-trace"] = func() string {
		return lookups(append(fourRoutes, "/users/:id/posts"), "/users/7", "/users/new/posts")
	}
	blocks["backtracking"] = func() string { return lookups([]string{"/users/:id/posts", "/:a/:b"}, "/users/7") }
	blocks["worst-case"] = worstCase
}

// fourRoutes are those of the example in router/node.go.
var fourRoutes = []string{"/up", "/users", "/users/new", "/users/:id"}

func treeOf(patterns []string) *router.Tree[string] {
	tree := new(router.Tree[string])
	for _, pattern := range patterns {
		if err := tree.Add(pattern, pattern, ""); err != nil {
			panic(err)
		}
	}
	return tree
}

// trieOf makes of a tree's dump what it would be with one byte for each node.
func trieOf(dump string) string {
	var out strings.Builder
	ends := []int{0} // by the depth of a node, the depth in the trie at which its children begin
	for line := range strings.Lines(dump) {
		text := strings.TrimLeft(line, " ")
		depth := (len(line) - len(text)) / 2
		path, rest, _ := strings.Cut(text, " [")
		_, route, _ := strings.Cut(strings.TrimSuffix(rest, "\n"), "]")
		at := ends[depth]
		for i, b := range []byte(path) {
			fmt.Fprintf(&out, "%*s%c", 2*(at+i), "", b)
			if i == len(path)-1 {
				out.WriteString(route)
			}
			out.WriteByte('\n')
		}
		ends = append(ends[:depth+1], at+len(path))
	}
	return out.String()
}

// insertTrace shows the tree after each of its routes.
func insertTrace() string {
	var out strings.Builder
	for i, pattern := range fourRoutes {
		fmt.Fprintf(&out, "Add(%q)\n", pattern)
		for line := range strings.Lines(treeOf(fourRoutes[:i+1]).Dump()) {
			out.WriteString("    " + line)
		}
		out.WriteByte('\n')
	}
	return fenced("text", strings.TrimSpace(out.String()))
}

// lookups shows the steps by which paths are looked up.
func lookups(patterns []string, paths ...string) string {
	var out strings.Builder
	for i, l := range traced(question{patterns, paths})[0] {
		fmt.Fprintf(&out, "Lookup(%q)\n", paths[i])
		for _, s := range l.Steps {
			line := fmt.Sprintf("    %s  %-8s read %-18s", s.Does, s.Node, s.Read)
			if len(s.Params) > 0 {
				line += "values " + strings.Join(s.Params, ", ")
			}
			out.WriteString(strings.TrimRight(line, " ") + "\n")
		}
		found := "no route"
		switch {
		case l.Route != "" && len(l.Steps) == 0:
			found = "found  " + l.Route + ", by the map"
		case l.Route != "":
			found = "found  " + l.Route
			last := l.Steps[len(l.Steps)-1]
			for i, name := range l.Names {
				found += fmt.Sprintf(", %s = %s", name, last.Params[i])
			}
		}
		out.WriteString("    " + found + "\n\n")
	}
	return fenced("text", strings.TrimSpace(out.String()))
}

// worstCase counts the steps for paths that fit everywhere but at their end, among routes that
// have a literal and a param at each segment.
func worstCase() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%-20s%8s%8s%10s\n", "path", "routes", "nodes", "entered")
	var questions []question
	patterns, path := []string{""}, ""
	for range 6 {
		var longer, routes []string
		for _, pattern := range patterns {
			longer = append(longer, pattern+"/a", pattern+"/:p")
		}
		patterns, path = longer, path+"/a"
		for _, pattern := range patterns {
			routes = append(routes, pattern+"/end")
		}
		questions = append(questions, question{routes, []string{path + "/miss"}})
	}
	for i, found := range traced(questions...) {
		entered := 0
		for _, s := range found[0].Steps {
			if s.Does == "enter" {
				entered++
			}
		}
		q := questions[i]
		nodes := strings.Count(treeOf(q.Patterns).Dump(), "\n")
		fmt.Fprintf(&out, "%-20s%8d%8d%10d\n", q.Paths[0], len(q.Patterns), nodes, entered)
	}
	return fenced("text", out.String())
}
