// Trace looks paths up in trees and prints the steps. tree_trace.go compiles it with a package router
// that tells them.
package main

import (
	"encoding/json"
	"log"
	"os"

	"github.com/dram-go/dram/router"
)

type step struct {
	Does, Node, Read string
	Params           []string
}

type lookup struct {
	Route string
	Names []string
	Steps []step
}

func main() {
	var questions []struct{ Patterns, Paths []string }
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		log.Fatal(err)
	}
	var answers [][]lookup
	for _, q := range questions {
		var tree router.Tree[string]
		for _, pattern := range q.Patterns {
			if err := tree.Add(pattern, pattern, ""); err != nil {
				log.Fatal(err)
			}
		}
		var found []lookup
		for _, path := range q.Paths {
			found = append(found, traced(&tree, path))
		}
		answers = append(answers, found)
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		log.Fatal(err)
	}
}

func traced(tree *router.Tree[string], path string) (l lookup) {
	router.OnStep = func(does, node, read string, ps router.Params) {
		s := step{Does: does, Node: node, Read: read}
		for _, p := range ps {
			s.Params = append(s.Params, p.Value)
		}
		l.Steps = append(l.Steps, s)
	}
	var ps router.Params
	if route := tree.Lookup(path, &ps); route != nil {
		l.Route = route.Pattern
		for _, p := range ps {
			l.Names = append(l.Names, p.Key)
		}
	}
	return l
}
