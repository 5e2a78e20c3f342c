package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

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
var Trace func(does, node, read string, params Params)

func trace[T any](does string, n *node[T], read string, params Params) {
	if n != nil {
		Trace(does, n.path, read, params)
	}
}
`

// traced returns the lookups of each question.
func traced(questions ...question) [][]lookup {
	found, err := trace(questions)
	if err != nil {
		panic(err)
	}
	return found
}

func trace(questions []question) (found [][]lookup, err error) {
	dir, err := os.MkdirTemp("", "guide")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	overlay, err := writeOverlay(dir, filepath.Join(rootDir(), "router", "lookup.go"))
	if err != nil {
		return nil, err
	}
	asked, err := json.Marshal(questions)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("go", "run", "-overlay", overlay, "./internal/guide/testdata/trace")
	cmd.Dir = rootDir()
	text, err := output(cmd, asked)
	if err != nil {
		return nil, err
	}
	return found, json.Unmarshal([]byte(text), &found)
}

// writeOverlay writes a file of lookup.go with its calls, and the one that has the compiler take
// it in the other's place; it returns the latter's name.
func writeOverlay(dir, lookupFile string) (string, error) {
	source, err := os.ReadFile(lookupFile)
	if err != nil {
		return "", err
	}
	for function, does := range map[string]string{"getValue": "enter", "backtrack": "climb"} {
		var count int
		source, count, err = hook.Behind(source, function, "n", fmt.Sprintf("trace(%q, n, path[:i], values[:np])", does))
		if err != nil || count == 0 {
			return "", fmt.Errorf("%s of %s cannot be traced: %w", function, lookupFile, err)
		}
	}
	copied := filepath.Join(dir, "lookup.go")
	if err := os.WriteFile(copied, append(source, traceHooks...), 0o600); err != nil {
		return "", err
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {lookupFile: copied}})
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "overlay.json")
	return name, os.WriteFile(name, overlay, 0o600)
}

// output runs a command and returns what it prints; the error has what it says besides.
func output(cmd *exec.Cmd, input []byte) (string, error) {
	var errors bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(input), &errors
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, &errors)
	}
	return string(out), nil
}
