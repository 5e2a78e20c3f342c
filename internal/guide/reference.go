package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// A reference names what a file declares: engine.go#Engine.ServeHTTP is a method,
// engine.go#Engine.pool a field, net/http/server.go#conn.serve is Go's own. The file is one of
// this repository, or else one below src of Go's own source.
type reference struct{ file, symbol string }

var references = regexp.MustCompile(`\b[\w./-]+\.go#\w+(?:\.\w+)*`)

// findReferences returns those of a text, in their order.
func findReferences(text string) (found []reference) {
	for _, name := range references.FindAllString(text, -1) {
		found = append(found, parseReference(name))
	}
	return found
}

func parseReference(name string) reference {
	file, symbol, _ := strings.Cut(name, "#")
	return reference{file, symbol}
}

func (r reference) String() string { return r.file + "#" + r.symbol }

// goSource is Go's own source.
func goSource() fs.FS { return os.DirFS(filepath.Join(build.Default.GOROOT, "src")) }

// sourceIn returns how the reference is declared in the first of the trees that has its file.
func (r reference) sourceIn(trees ...fs.FS) (string, error) {
	for _, tree := range trees {
		text, err := r.source(tree)
		if !errors.Is(err, fs.ErrNotExist) {
			return text, err
		}
	}
	return "", fmt.Errorf("%s: %w", r, fs.ErrNotExist)
}

// source returns how the reference is declared, without its comment.
func (r reference) source(tree fs.FS) (string, error) {
	text, err := fs.ReadFile(tree, r.file)
	if err != nil {
		return "", err
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, r.file, text, parser.SkipObjectResolution)
	if err != nil {
		return "", err
	}
	for _, decl := range file.Decls {
		if node := declares(decl, r.symbol); node != nil {
			return string(text[fset.Position(node.Pos()).Offset:fset.Position(node.End()).Offset]), nil
		}
	}
	return "", fmt.Errorf("%s declares no %s", r.file, r.symbol)
}

// declares returns the part of a declaration that declares the symbol, or nil.
func declares(decl ast.Decl, symbol string) ast.Node {
	if function, ok := decl.(*ast.FuncDecl); ok {
		name := function.Name.Name
		if function.Recv != nil {
			name = typeName(function.Recv.List[0].Type) + "." + name
		}
		if name == symbol {
			return function
		}
		return nil
	}
	for _, spec := range decl.(*ast.GenDecl).Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if spec.Name.Name == symbol {
				return decl
			}
			if member, found := strings.CutPrefix(symbol, spec.Name.Name+"."); found {
				if field := memberOf(spec.Type, member); field != nil {
					return field
				}
			}
		case *ast.ValueSpec:
			for _, name := range spec.Names {
				if name.Name == symbol {
					return spec
				}
			}
		}
	}
	return nil
}

// memberOf returns the field of a struct, or the method of an interface, that has a name.
func memberOf(t ast.Expr, name string) ast.Node {
	var fields *ast.FieldList
	switch t := t.(type) {
	case *ast.StructType:
		fields = t.Fields
	case *ast.InterfaceType:
		fields = t.Methods
	default:
		return nil
	}
	for _, field := range fields.List {
		if len(field.Names) == 0 && typeName(field.Type) == name {
			return field
		}
		for _, ident := range field.Names {
			if ident.Name == name {
				return field
			}
		}
	}
	return nil
}

// typeName is the name of a type, without pointers, type parameters and its package.
func typeName(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.Ident:
		return t.Name
	case *ast.StarExpr:
		return typeName(t.X)
	case *ast.IndexExpr:
		return typeName(t.X)
	case *ast.IndexListExpr:
		return typeName(t.X)
	case *ast.SelectorExpr:
		return t.Sel.Name
	}
	return ""
}
