// What is changed in a file: its imports, as text, so that all else stays as it is.

package main

import (
	"bytes"
	"cmp"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strconv"
	"strings"
)

const (
	gin  = "github.com/gin-gonic/gin"
	dram = "github.com/dram-go/dram"
)

// moved maps Gin's packages to dram's.
var moved = map[string]string{
	gin:                 dram,
	gin + "/binding":    dram + "/binding",
	gin + "/render":     dram + "/render",
	gin + "/codec/json": dram + "/codec/json",
}

// source is one file.
type source struct {
	name string
	text []byte
	fset *token.FileSet
	file *ast.File
	info *types.Info // of check
	// codecs are those that the file imports once it is rewritten.
	codecs map[string]bool
}

func parse(fset *token.FileSet, name string, text []byte) (*source, error) {
	file, err := parser.ParseFile(fset, name, text, parser.SkipObjectResolution|parser.ParseComments)
	if err != nil {
		return nil, err
	}
	return &source{name: name, text: text, fset: fset, file: file}, nil
}

// importPath is the path of an import, unquoted.
func importPath(spec *ast.ImportSpec) string {
	path, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return "" // the parser has checked it
	}
	return path
}

// edit replaces the bytes of the text from start to end.
type edit struct {
	start, end int
	text       string
}

// importsGin reports whether the file imports one of Gin's packages that dram has.
func (s *source) importsGin() bool {
	return slices.ContainsFunc(s.file.Imports, func(spec *ast.ImportSpec) bool {
		_, ok := moved[importPath(spec)]
		return ok
	})
}

// rewrite changes the imports in the text of a file that imports Gin; the syntax tree
// stays what was parsed.
func (s *source) rewrite() {
	var edits []edit
	var last *ast.ImportSpec
	missing := s.formats()
	s.codecs = maps.Clone(missing)
	for _, spec := range s.file.Imports {
		path := importPath(spec)
		codec, _ := strings.CutPrefix(path, dram+"/contrib/")
		s.codecs[codec] = true
		delete(missing, codec)
		if to, ok := moved[path]; ok {
			name := ""
			if path == gin && spec.Name == nil {
				name = "gin "
			}
			edits = append(edits, edit{s.offset(spec.Path.Pos()), s.offset(spec.Path.End()), name + strconv.Quote(to)})
			path = to
		}
		if path == dram || strings.HasPrefix(path, dram+"/") {
			last = spec
		}
	}
	if last != nil && len(missing) > 0 {
		edits = append(edits, s.blankImports(last, slices.Sorted(maps.Keys(missing))))
	}
	s.apply(edits)
}

// blankImports adds the imports of formats: in the line below spec, or, when more than
// a comment is behind spec in its line, behind the declaration that it stands in.
func (s *source) blankImports(spec *ast.ImportSpec, formats []string) edit {
	decl := s.declaration(spec)
	before := "import _ "
	if decl.Lparen.IsValid() {
		before = "\t_ "
	}
	at := s.offset(spec.Path.End())
	rest, _, _ := bytes.Cut(s.text[at:], []byte("\n"))
	lineEnd := "\n"
	if bytes.HasSuffix(rest, []byte("\r")) {
		rest, lineEnd = rest[:len(rest)-1], "\r\n"
	}
	if behind := bytes.TrimSpace(rest); len(behind) == 0 || bytes.HasPrefix(behind, []byte("//")) {
		at += len(rest)
	} else {
		at, lineEnd, before = s.offset(decl.End()), "; ", "import _ "
	}
	text := ""
	for _, name := range formats {
		text += lineEnd + before + strconv.Quote(dram+"/contrib/"+name)
	}
	return edit{at, at, text}
}

// declaration is the one that an import stands in.
func (s *source) declaration(spec *ast.ImportSpec) *ast.GenDecl {
	i := slices.IndexFunc(s.file.Decls, func(d ast.Decl) bool { return spec.Pos() < d.End() })
	return s.file.Decls[i].(*ast.GenDecl)
}

// apply makes the edits. A file that was formatted is so afterwards: the order of its
// imports may be another one.
func (s *source) apply(edits []edit) {
	if len(edits) == 0 {
		return
	}
	formatted, err := format.Source(s.text)
	wasFormatted := err == nil && bytes.Equal(formatted, s.text)
	slices.SortStableFunc(edits, func(a, b edit) int { return cmp.Compare(b.start, a.start) })
	for _, e := range edits {
		s.text = slices.Concat(s.text[:e.start], []byte(e.text), s.text[e.end:])
	}
	if !wasFormatted {
		return
	}
	if formatted, err = format.Source(s.text); err == nil {
		s.text = formatted
	}
}

func (s *source) offset(p token.Pos) int { return s.fset.Position(p).Offset }
