package main

import (
	"path"
	"regexp"
	"runtime"
	"strings"
)

// This file reads call stacks as references: what calls what, outermost first.

const modulePath = "github.com/dram-go/dram"

// goroutines returns the stacks of all goroutines, as the runtime prints them.
func goroutines() []string {
	for buf := make([]byte, 1<<16); ; buf = make([]byte, 2*len(buf)) {
		if n := runtime.Stack(buf, true); n < len(buf) {
			return strings.Split(strings.TrimSpace(string(buf[:n])), "\n\n")
		}
	}
}

// ownStack returns the stack of the function that calls it.
func ownStack() string {
	buf := make([]byte, 1<<16)
	stack := string(buf[:runtime.Stack(buf, false)])
	_, caller, _ := strings.Cut(stack, ".ownStack()\n")
	_, caller, _ = strings.Cut(caller, "\n")
	return caller
}

// call is one frame of a stack.
type call struct {
	reference
	isGo bool // it has started the goroutine, by a go statement
}

var frame = regexp.MustCompile(`(?m)^(created by )?(\S+?)(?:\([^()]*\)| in goroutine \d+)?\n\t(\S+?):\d+`)

// calls reads a stack, outermost first.
func calls(stack string) (all []call) {
	for _, match := range frame.FindAllStringSubmatch(stack, -1) {
		all = append(all, call{referenceOf(match[2], match[3]), match[1] != ""})
	}
	for i, j := 0, len(all)-1; i < j; i, j = i+1, j-1 {
		all[i], all[j] = all[j], all[i]
	}
	return all
}

// unnamed matches what the runtime adds to the names of functions: numbers of closures, and
// type parameters.
var unnamed = regexp.MustCompile(`(\.func\d+|\.gowrap\d+|\.\d+|\.deferwrap\d+)+$|\[\.\.\.\]|[()*]`)

// referenceOf is how pages name a function that a stack names, like net/http.(*conn).serve.
func referenceOf(function, file string) reference {
	slash := strings.LastIndexByte(function, '/') + 1
	name, symbol, _ := strings.Cut(function[slash:], ".")
	in := function[:slash] + name
	if below, ours := strings.CutPrefix(in, modulePath); ours {
		file = strings.TrimPrefix(path.Join(below, path.Base(file)), "/")
	} else if in == "main" {
		file = "internal/guide/" + path.Base(file)
	} else if i := strings.LastIndex(file, "/src/"); i >= 0 {
		file = file[i+len("/src/"):]
	}
	if in == "internal/poll" && path.Dir(file) == "runtime" {
		symbol = "poll_" + symbol // which the runtime links to it
	}
	return reference{file, unnamed.ReplaceAllString(symbol, "")}
}

// listed writes calls as lines, outermost first. Those of this program itself are the
// reader's, who calls them by other names.
func listed(all []call, own ...string) string {
	var text strings.Builder
	for i, c := range all {
		line := c.String()
		switch {
		case path.Dir(c.file) == "internal/guide" && len(own) > 0:
			line, own = own[0], own[1:]
		case i > 0 && all[i-1] == (call{c.reference, true}):
			continue // the function that a go statement has in place
		case c.isGo:
			line += "   go"
		}
		text.WriteString(line + "\n")
	}
	return text.String()
}

// between is a stack from a function on, to another one or to the end.
func between(all []call, first, last string) []call {
	for i, c := range all {
		if c.symbol == first {
			all = all[i:]
			first = ""
			break
		}
	}
	if first != "" {
		panic("no call of " + first + " in the stack")
	}
	for i, c := range all {
		if c.symbol == last {
			return all[:i+1]
		}
	}
	return all
}

func indented(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n  ") + "\n"
}
