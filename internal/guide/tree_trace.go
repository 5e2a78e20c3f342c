package main

import (
	"fmt"
	"io/fs"

	"github.com/dram-go/dram/internal/hook"
)

// This file has the tree tell the steps of a lookup: testdata/trace is compiled with a copy of
// router/lookup.go that has a call behind each assignment by which a lookup goes on. The
// tree that is used everywhere else has none of it.

// question is a tree, and what is looked up in it.
type question struct{ Patterns, Paths []string }

// lookup is what testdata/trace prints of one path.
type lookup struct {
	Route string // "" if there is none
	Names []string
	Steps []step
}

// step is a node that the lookup enters, or to which it climbs back.
type step struct {
	Does, Node, Read string
	Params           []string // the values up to here
}

// traceHooks is what the copy of lookup.go has besides.
const traceHooks = `
var OnStep func(does, node, read string, params Params)

func trace[T any](does string, n *node[T], read string, params Params) {
	if n != nil {
		OnStep(does, n.text(), read, params)
	}
}
`

// traced returns the lookups of each question.
func traced(questions ...question) (found [][]lookup) {
	source, err := hooked("router/lookup.go")
	if err == nil {
		err = runWith(map[string]string{"router/lookup.go": source + traceHooks}, "./internal/guide/testdata/trace", questions, &found)
	}
	if err != nil {
		panic(err)
	}
	return found
}

// hooked is lookup.go with its calls.
func hooked(name string) (string, error) {
	source, err := fs.ReadFile(root(), name)
	if err != nil {
		return "", err
	}
	const call = "trace(%q, n, path[:i], values[:np])"
	for function, does := range map[string]string{"getValue": "enter", "backtrack": "climb"} {
		var count int
		source, count, err = hook.Behind(source, function, "n", fmt.Sprintf(call, does))
		if err != nil || count == 0 {
			return "", fmt.Errorf("%s of %s cannot be traced: %w", function, name, err)
		}
	}
	source, _, err = hook.Begin(source, "getValue", fmt.Sprintf(call, "enter"))
	return string(source), err
}
