// Package hook puts calls into the source of a function, so that a copy of the package which
// is compiled with it (go build -overlay) tells what the function does. Tests verify by it what no
// result shows, and the guide in docs/internals shows by it the steps of a lookup.
// See docs/internals/10-tree.md.
package hook

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
)

// Begin returns the source of a Go file with call at the beginning of one of its functions, and
// whether there is that function.
func Begin(source []byte, function, call string) (hooked []byte, found bool, err error) {
	files, functions, err := named(source, function)
	if len(functions) == 0 {
		return source, false, err
	}
	at := files.Position(functions[0].Body.Lbrace).Offset + 1
	return slices.Insert(slices.Clone(source), at, []byte(call+"; ")...), true, nil
}

// Behind returns the source of a Go file with call behind each assignment to a variable in one
// of its functions, and how many there are. It is an error if the variable's address is
// taken there, since it could be changed without an assignment.
func Behind(source []byte, function, variable, call string) (hooked []byte, count int, err error) {
	files, functions, err := named(source, function)
	is := func(e ast.Expr) bool {
		name, ok := e.(*ast.Ident)
		return ok && name.Name == variable
	}
	var ends []int
	for _, f := range functions {
		ast.Inspect(f, func(node ast.Node) bool {
			if assign, ok := node.(*ast.AssignStmt); ok && slices.ContainsFunc(assign.Lhs, is) {
				ends = append(ends, files.Position(assign.End()).Offset)
			}
			if unary, ok := node.(*ast.UnaryExpr); ok && unary.Op == token.AND && is(unary.X) {
				err = fmt.Errorf("hook: %s takes the address of %s: what changes it cannot be seen", function, variable)
			}
			return true
		})
	}
	hooked = slices.Clone(source)
	for _, end := range slices.Backward(ends) {
		hooked = slices.Insert(hooked, end, []byte("; "+call)...)
	}
	return hooked, len(ends), err
}

// named returns the functions and methods of a Go file that have a name.
func named(source []byte, name string) (files *token.FileSet, functions []*ast.FuncDecl, err error) {
	files = token.NewFileSet()
	parsed, err := parser.ParseFile(files, "", source, parser.SkipObjectResolution)
	if err != nil {
		return nil, nil, err
	}
	for _, decl := range parsed.Decls {
		if f, ok := decl.(*ast.FuncDecl); ok && f.Name.Name == name {
			functions = append(functions, f)
		}
	}
	return files, functions, nil
}
