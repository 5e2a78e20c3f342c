package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// This file lists what a page goes through: the files whose heads name it, and the packages whose
// docs do. It is the block "files" of each page.

// byFile are the packages whose files each name their page; in all others the package does.
var byFile = []string{".", "router", "binding", "render"}

// walkSource does something with the Markdown and the Go of all modules, but for what tests hold
// as data and for this generator, whose tests name what there is not.
func walkSource(repo fs.FS, do func(name, text string) error) error {
	return fs.WalkDir(repo, ".", func(name string, d fs.DirEntry, err error) error {
		switch ext := path.Ext(name); {
		case err != nil:
			return err
		case d.IsDir() && (len(name) > 1 && strings.ContainsAny(d.Name()[:1], "._") || d.Name() == "testdata" || name == "internal/guide"):
			return fs.SkipDir
		case d.IsDir() || ext != ".md" && ext != ".go":
			return nil
		}
		text, err := fs.ReadFile(repo, name)
		if err != nil {
			return err
		}
		return do(name, string(text))
	})
}

// files is the list of the page, a line for each directory.
func (p page) files(repo fs.FS) (string, error) {
	english := path.Join(dir, path.Base(p.name))
	lines := map[string][]string{}
	link := func(line, to string) {
		up := strings.Repeat("../", strings.Count(p.name, "/"))
		lines[line] = append(lines[line], fmt.Sprintf("[%s](%s%s)", to, up, to))
	}
	err := walkSource(repo, func(name, text string) error {
		if path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go") || !strings.Contains(text, english) {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
		switch in := path.Dir(name); {
		case err != nil:
			return err
		case slices.Contains(byFile, in) && strings.Contains(head(file), english):
			link(in, name)
		case strings.Contains(file.Doc.Text(), english):
			link("packages", in)
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	colon, comma := ": ", ", "
	names := map[string]string{".": "Files", "router": "In `router`", "binding": "In `binding`", "render": "In `render`", "packages": "Packages"}
	if p.isChinese() {
		colon, comma = "：", "、"
		names = map[string]string{".": "文件", "router": "`router` 中", "binding": "`binding` 中", "render": "`render` 中", "packages": "包"}
	}
	var out []string
	for _, line := range append(slices.Clone(byFile), "packages") {
		if len(lines[line]) > 0 {
			out = append(out, "- "+names[line]+colon+strings.Join(lines[line], comma))
		}
	}
	return strings.Join(out, "\n"), nil
}

// head is what a file says before it declares anything, without the doc of what it declares first.
func head(file *ast.File) (text string) {
	first, doc := firstDeclaration(file)
	for _, comment := range file.Comments {
		if comment != doc && (first == token.NoPos || comment.End() < first) {
			text += comment.Text()
		}
	}
	return text
}

// firstDeclaration is where the first one begins that is not an import, and its doc.
func firstDeclaration(file *ast.File) (token.Pos, *ast.CommentGroup) {
	for _, decl := range file.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			return decl.Pos(), decl.Doc
		case *ast.GenDecl:
			if decl.Tok != token.IMPORT {
				return decl.Pos(), decl.Doc
			}
		}
	}
	return token.NoPos, nil
}
