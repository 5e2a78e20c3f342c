package main

import (
	"fmt"
	"strings"
	"sync"
)

// This file shows what no program can ask for: the trees of an Engine, and the plan that package
// binding compiles of a type. testdata/inside is compiled with a file more in either package.

func init() {
	blocks["method-trees"] = func() string {
		var out strings.Builder
		for _, tree := range inside().Trees {
			out.WriteString(tree.Method + "\n" + indented(tree.Dump))
		}
		return fenced("text", out.String())
	}
	blocks["binding-plan"] = func() string {
		var out strings.Builder
		fmt.Fprintf(&out, "%-8s%-24s%s\n", "key", "the way to the field", "converts to")
		for _, f := range inside().Plan {
			converts := f.Type
			if f.Nested {
				converts += ", from JSON, if there is a value"
			}
			if f.Skip > 0 {
				converts += fmt.Sprintf(", and then skips %d", f.Skip)
			}
			fmt.Fprintf(&out, "%-8s%-24s%s\n", f.Key, strings.Trim(fmt.Sprint(f.Index), "[]"), converts)
		}
		return fenced("text", out.String())
	}
}

// insides are the files that the packages have besides.
var insides = map[string]string{
	"inside.go": `package dram

type Tree struct{ Method, Dump string }

func (engine *Engine) Trees() (all []Tree) {
	for _, tree := range engine.trees.list {
		all = append(all, Tree{tree.method, tree.tree.Dump()})
	}
	return all
}
`,
	"binding/inside.go": `package binding

import "reflect"

type Planned struct {
	Key    string
	Index  []int
	Type   string
	Nested bool
	Skip   int
}

func PlanOf(obj any, tag string) (all []Planned, err error) {
	p, err := planFor(reflect.TypeOf(obj), request{tag: tag})
	if err != nil {
		return nil, err
	}
	for _, f := range p.fields {
		all = append(all, Planned{p.keys[f.number].lookup, f.index, f.typ.Name(), f.nested, f.skip})
	}
	return all, nil
}
`,
}

// told is what testdata/inside prints.
type told struct {
	Trees []struct{ Method, Dump string }
	Plan  []struct {
		Key    string
		Index  []int
		Type   string
		Nested bool
		Skip   int
	}
}

// inside runs it, once.
var inside = sync.OnceValue(func() (all told) {
	if err := runWith(insides, "./internal/guide/testdata/inside", nil, &all); err != nil {
		panic(err)
	}
	return all
})
