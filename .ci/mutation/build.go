// The package of the mutants: read, and compiled with all of them into one test program.

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// pack is a package, and its mutants.
type pack struct {
	path, dir, temp string // how it was named, where it stands, where files may be put
	fset            *token.FileSet
	files           []*source
	info            *types.Info
	types           *types.Package
	mutants         []*mutant
	broken          map[int]bool // those that do not compile
	tests           []*test
}

// switches is what the code with the mutants calls. mutantAt also writes down, for survey, that it
// was called.
const switches = `package %s

import (
	"os"
	"strconv"
)

var mutantActs, _ = strconv.Atoi(os.Getenv("MUTANT"))

var mutantLog, _ = os.OpenFile(os.Getenv("MUTANT_LOG"), os.O_WRONLY, 0)

var mutantSeen [%d]bool

func mutantAt(id int) bool { return id == mutantActs || mutantLog != nil && mutantNote(id) }

//go:noinline
func mutantNote(id int) bool {
	if !mutantSeen[id] {
		mutantSeen[id] = true
		mutantLog.WriteAt([]byte{1}, int64(id))
	}
	return false
}

func mutantOr[T any](id int, was, is func() T) T {
	if mutantAt(id) {
		return is()
	}
	return was()
}
`

// load reads the package in the directory path, and finds its mutants.
func load(path, temp string) (*pack, error) {
	dir, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	p := &pack{path: path, dir: dir, temp: temp, fset: token.NewFileSet(), broken: map[int]bool{}}
	list := exec.Command("go", "list", "-deps", "-export", "-json=Dir,ImportPath,Export,GoFiles", ".")
	list.Dir, list.Stderr = dir, os.Stderr
	out, err := list.Output()
	if err != nil {
		return nil, err
	}
	exports := map[string]string{}
	var names []string
	for decoder := json.NewDecoder(bytes.NewReader(out)); decoder.More(); {
		var listed struct {
			Dir, ImportPath, Export string
			GoFiles                 []string
		}
		if err := decoder.Decode(&listed); err != nil {
			return nil, err
		}
		exports[listed.ImportPath] = listed.Export
		names = listed.GoFiles // of the package itself at last
	}
	return p, p.parse(names, exports)
}

func (p *pack) parse(names []string, exports map[string]string) error {
	var trees []*ast.File
	for _, name := range names {
		file := filepath.Join(p.dir, name)
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		tree, err := parser.ParseFile(p.fset, file, text, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		trees = append(trees, tree)
		p.files = append(p.files, &source{name: filepath.Join(p.path, name), text: string(text), tree: tree,
			base: tree.FileStart, wraps: map[ast.Node][]func(string) string{}})
	}
	imports := importer.ForCompiler(p.fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	p.info = &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}}
	var err error
	if p.types, err = (&types.Config{Importer: imports}).Check("p", p.fset, trees, p.info); err != nil {
		return err
	}
	for _, file := range p.files {
		(&finder{pack: p, file: file}).find(file.tree)
	}
	return nil
}

func (p *pack) program() string { return filepath.Join(p.temp, "mutants.test") }

var (
	errorAt = regexp.MustCompile(`(?m)^\S*?([^/\s]+\.go):(\d+):\d+: `)
	switchy = regexp.MustCompile(`mutant(?:At|Or)\((\d+)`)
)

// build compiles the test program. Mutants on lines that do not compile are left out.
func (p *pack) build() error {
	for range 20 {
		overlay := map[string]string{}
		texts := map[string][]string{}
		put := func(name, text string) error {
			at := filepath.Join(p.temp, "src_"+name)
			overlay[filepath.Join(p.dir, name)] = at
			texts[name] = strings.Split(text, "\n")
			return os.WriteFile(at, []byte(text), 0o600)
		}
		errs := []error{put("zz_mutants.go", fmt.Sprintf(switches, p.types.Name(), len(p.mutants)+1))}
		for _, file := range p.files {
			errs = append(errs, put(filepath.Base(file.name), file.all()))
		}
		list := filepath.Join(p.temp, "overlay.json")
		text, _ := json.Marshal(map[string]any{"Replace": overlay})
		if err := errors.Join(append(errs, os.WriteFile(list, text, 0o600))...); err != nil {
			return err
		}
		build := exec.Command("go", "test", "-c", "-vet=off", "-gcflags=-e", "-overlay", list, "-o", p.program(), ".")
		build.Dir = p.dir
		out, err := build.CombinedOutput()
		if err == nil {
			p.mutants = deleteBroken(p.mutants, p.broken)
			return nil
		}
		before := len(p.broken)
		for _, at := range errorAt.FindAllSubmatch(out, -1) {
			lines := texts[strings.TrimPrefix(string(at[1]), "src_")]
			n, _ := strconv.Atoi(string(at[2]))
			p.leaveOut(lines[:min(n, len(lines))])
		}
		if len(p.broken) == before {
			return fmt.Errorf("%s: %w\n%s", p.path, err, out)
		}
	}
	return fmt.Errorf("%s: the mutants do not compile", p.path)
}

// leaveOut marks the mutants of the last of lines that has any.
func (p *pack) leaveOut(lines []string) {
	for i := len(lines) - 1; i >= 0; i-- {
		found := switchy.FindAllStringSubmatch(lines[i], -1)
		for _, m := range found {
			id, _ := strconv.Atoi(m[1])
			p.broken[id] = true
		}
		if found != nil {
			return
		}
	}
}

func deleteBroken(all []*mutant, broken map[int]bool) (kept []*mutant) {
	for _, m := range all {
		if !broken[m.id] {
			kept = append(kept, m)
		} else {
			fmt.Fprintf(os.Stderr, "left out, it does not compile: %s\n", m.key())
		}
	}
	return kept
}
