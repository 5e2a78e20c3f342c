package main

import (
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// This file reads what Go packages say of themselves: the first sentences of their
// comments. The files are only parsed, so it does not matter what they import.

// pkg is a package with its place in the repository.
type pkg struct {
	*doc.Package
	dir, file string // the file with the package's comment
	fset      *token.FileSet
}

type pkgs []pkg

// packages are those that a user can import or run, in the order of their directories.
func packages(repo fs.FS) (all pkgs, err error) {
	files, err := goFiles(repo)
	if err != nil {
		return nil, err
	}
	for _, dir := range slices.Sorted(maps.Keys(files)) {
		fset := token.NewFileSet()
		var parsed []*ast.File
		var commented string
		for _, name := range files[dir] {
			text, err := fs.ReadFile(repo, name)
			if err != nil {
				return nil, err
			}
			file, err := parser.ParseFile(fset, name, text, parser.ParseComments)
			if err != nil {
				return nil, err
			}
			if commented == "" && file.Doc != nil && !strings.HasSuffix(name, "_test.go") {
				commented = name
			}
			parsed = append(parsed, file)
		}
		importPath, err := importPath(repo, dir)
		if err != nil {
			return nil, err
		}
		p, err := doc.NewFromFiles(fset, parsed, importPath)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", dir, err)
		}
		if commented != "" { // not a directory of tests alone
			all = append(all, pkg{p, dir, commented, fset})
		}
	}
	return all, nil
}

// goFiles are the Go files by their directories.
func goFiles(repo fs.FS) (map[string][]string, error) {
	files := map[string][]string{}
	err := fs.WalkDir(repo, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (slices.Contains([]string{"internal", "testdata", "benchmarks"}, d.Name()) || len(name) > 1 && strings.ContainsAny(d.Name()[:1], "._")):
			return fs.SkipDir
		case !d.IsDir() && path.Ext(name) == ".go":
			files[path.Dir(name)] = append(files[path.Dir(name)], name)
		}
		return nil
	})
	return files, err
}

// importPath is the path of the module around a directory, and the way from there.
func importPath(repo fs.FS, dir string) (string, error) {
	for module := dir; ; module = path.Dir(module) {
		text, err := fs.ReadFile(repo, path.Join(module, "go.mod"))
		if err != nil && module == "." {
			return "", err
		} else if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			if name, found := strings.CutPrefix(line, "module "); found {
				below := strings.TrimPrefix(dir, module)
				if module == "." && dir != "." {
					below = dir
				}
				return path.Join(strings.TrimSpace(name), below), nil
			}
		}
		return "", fmt.Errorf("%s/go.mod names no module", module)
	}
}

// split parts the packages of the core, those of contrib, and the examples' programs.
func (all pkgs) split() (core, contrib, programs pkgs) {
	for _, p := range all {
		switch part, _, _ := strings.Cut(p.dir, "/"); part {
		case "contrib":
			contrib = append(contrib, p)
		case "examples":
			programs = append(programs, p)
		default:
			core = append(core, p)
		}
	}
	return core, contrib, programs
}

// synopses have the first sentence of each package.
func (all pkgs) synopses() (entries []entry) {
	for _, p := range all {
		name := p.ImportPath
		if p.Name == "main" {
			name = p.dir
		}
		entries = append(entries, entry{name, p.file, p.Synopsis(p.Doc)})
	}
	return entries
}

// layers are the functions that return a HandlerFunc, with their examples.
func (all pkgs) layers() (entries []entry) {
	for _, item := range all.items() {
		if !item.isLayer {
			continue
		}
		for _, example := range item.examples {
			item.note += " ([example](" + item.pkg.fileOf(example.Code) + "))"
		}
		entries = append(entries, entry{item.name, item.file, item.note})
	}
	return entries
}

// examples are those that go test runs and pkg.go.dev shows, but for those of layers. What
// is said of one is its own comment, or that of what it shows.
func (all pkgs) examples() (entries []entry) {
	for _, item := range all.items() {
		if item.isLayer {
			continue
		}
		for _, example := range item.examples {
			name, note := item.name, item.note
			if example.Suffix != "" {
				name += " (" + example.Suffix + ")"
			}
			if example.Doc != "" {
				note = item.pkg.Synopsis(example.Doc)
			}
			entries = append(entries, entry{name, item.pkg.fileOf(example.Code), note})
		}
	}
	return entries
}

// item is something exported.
type item struct {
	pkg              pkg
	name, file, note string
	isLayer          bool
	examples         []*doc.Example
}

// items are the packages, functions, types and methods.
func (all pkgs) items() (items []item) {
	for _, p := range all {
		items = append(items, item{pkg: p, name: p.Name, note: p.Synopsis(p.Doc), examples: p.Examples})
		add := func(f *doc.Func, receiver string) {
			name := p.Name + "." + receiver + f.Name
			items = append(items, item{p, name, p.fileOf(f.Decl), p.Synopsis(f.Doc), receiver == "" && returnsHandlerFunc(f.Decl), f.Examples})
		}
		for _, f := range p.Funcs {
			add(f, "")
		}
		for _, t := range p.Types {
			items = append(items, item{pkg: p, name: p.Name + "." + t.Name, note: p.Synopsis(t.Doc), examples: t.Examples})
			for _, f := range t.Funcs {
				add(f, "")
			}
			for _, m := range t.Methods {
				add(m, t.Name+".")
			}
		}
	}
	return items
}

// fileOf is the name of the file in which something stands.
func (p pkg) fileOf(node ast.Node) string { return p.fset.Position(node.Pos()).Filename }

// returnsHandlerFunc reports whether a function makes a layer, or a handler of something
// else, and nothing besides.
func returnsHandlerFunc(f *ast.FuncDecl) bool {
	if f.Type.Results == nil || len(f.Type.Results.List) != 1 {
		return false
	}
	switch result := f.Type.Results.List[0].Type.(type) {
	case *ast.Ident:
		return result.Name == "HandlerFunc"
	case *ast.SelectorExpr:
		return result.Sel.Name == "HandlerFunc"
	}
	return false
}
