// Package layername names handlers for people, and finds out which layer one is. The runtime's
// name of a function without a name depends on what the compiler has inlined: middleware.CSRF.func1,
// or main.newRouter.CSRF.func1 without the race detector. So it is looked up in the source in which
// function it stands. It is for packages that look at a program, in tests or at work, since it links
// go/parser. See docs/internals/03-use.md.
package layername

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"sync"
	"unicode"
)

// Of returns "middleware.CSRF", "main.Store.create" for a function, by the runtime's name of it and its file:line.
func Of(name, position string) string {
	at := strings.LastIndexByte(position, ':')
	if line, err := strconv.Atoi(position[at+1:]); at > 0 && err == nil && isLiteral(name) {
		if short := enclosing(position[:at], line); short != "" {
			return short
		}
	}
	return Short(name)
}

// Short is the runtime's name of a function without the path of its package, and without what the compiler has
// added for a function in a function, a method or type arguments: "middleware.CSRF" for
// "github.com/dram-go/dram/middleware.CSRF.func1".
func Short(name string) string {
	name = strings.ReplaceAll(name, "[...]", "")
	name = name[strings.LastIndexByte(name, '/')+1:]
	name = strings.TrimSuffix(name, "-fm")
	for isLiteral(name) {
		name = name[:strings.LastIndexByte(name, '.')]
	}
	return strings.NewReplacer("(*", "", ")", "").Replace(name)
}

// isLiteral reports whether the runtime's name is that of a function without a name: "….func1", "….func1.2".
func isLiteral(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	number := strings.TrimPrefix(strings.TrimPrefix(last, "func"), "gowrap")
	return last != name && number != "" && number[0] <= '9' && strings.Trim(number, "0123456789-range") == ""
}

// sources are the files that were looked into, by their names; nil for those that are not there.
var sources sync.Map

// source is a file.
type source struct {
	*ast.File
	set *token.FileSet
}

// enclosing returns the name of the function, or of the variable, that a line of a file belongs to; "" if the file is not
// there.
func enclosing(file string, line int) string {
	known, ok := sources.Load(file)
	if !ok {
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, onDisk(file), nil, parser.SkipObjectResolution)
		if err != nil {
			parsed = nil
		}
		known, _ = sources.LoadOrStore(file, source{parsed, set})
	}
	src := known.(source)
	if src.File == nil {
		return ""
	}
	holds := func(node ast.Node) bool {
		return src.set.Position(node.Pos()).Line <= line && line <= src.set.Position(node.End()).Line
	}
	for _, decl := range src.Decls {
		if holds(decl) {
			return declared(src.Name.Name, decl, holds)
		}
	}
	return ""
}

// declared is the name of what is declared.
func declared(pkg string, decl ast.Decl, holds func(ast.Node) bool) string {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		if decl.Recv == nil {
			return pkg + "." + decl.Name.Name
		}
		kind := decl.Recv.List[0].Type
		for {
			switch of := kind.(type) {
			case *ast.StarExpr:
				kind = of.X
			case *ast.IndexExpr:
				kind = of.X
			case *ast.IndexListExpr:
				kind = of.X
			case *ast.Ident:
				return pkg + "." + of.Name + "." + decl.Name.Name
			default:
				return pkg + "." + decl.Name.Name
			}
		}
	case *ast.GenDecl:
		for _, spec := range decl.Specs {
			if value, ok := spec.(*ast.ValueSpec); ok && holds(spec) {
				return pkg + "." + value.Names[0].Name
			}
		}
	}
	return ""
}

// Is reports whether a layer is meant: "dram.LoggerWithConfig" by that, by "LoggerWithConfig", and by what it is a
// form of, "Logger" and "dram.Logger". Case does not matter: BasicAuth's is basicAuth.
func Is(short, wanted string) bool {
	at := strings.LastIndexByte(short, '.') + 1
	for _, name := range []string{short, short[:at] + formOf(short[at:])} {
		if strings.EqualFold(name, wanted) || len(name) > len(wanted) && strings.EqualFold(name[len(name)-len(wanted)-1:], "."+wanted) {
			return true
		}
	}
	return false
}

// formOf is "Recovery" for "CustomRecoveryWithWriter", "BasicAuth" for "BasicAuthForRealm": so are the constructors of Gin called
// that the plain ones lead to.
func formOf(name string) string {
	name = strings.TrimPrefix(name, "Custom")
	for _, word := range []string{"With", "For"} {
		before, after, found := strings.Cut(name, word)
		if found && before != "" && (after == "" || unicode.IsUpper(rune(after[0]))) {
			name = before
		}
	}
	return name
}
