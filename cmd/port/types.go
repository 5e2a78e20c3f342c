// What a file's names are. All that is known of types is what the program writes down
// and what is called to use a format: of Gin's packages there is a stub, of others nothing.

package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// formatNames maps what programs call to the codec that it needs.
var formatNames = map[string]string{
	"YAML": "yaml", "BindYAML": "yaml", "ShouldBindYAML": "yaml", "ShouldBindBodyWithYAML": "yaml", "MIMEYAML": "yaml", "MIMEYAML2": "yaml", "YAMLData": "yaml",
	"TOML": "toml", "BindTOML": "toml", "ShouldBindTOML": "toml", "ShouldBindBodyWithTOML": "toml", "MIMETOML": "toml", "TOMLData": "toml",
	"ProtoBuf": "protobuf", "MIMEPROTOBUF": "protobuf", "PROTOBUFData": "protobuf",
	"MsgPack": "msgpack", "WriteMsgPack": "msgpack", "MIMEMSGPACK": "msgpack", "MIMEMSGPACK2": "msgpack",
	"BSON": "bson", "MIMEBSON": "bson", "BSONData": "bson",
}

// check finds what the names in a package's files are; faults are many, since most
// packages are not known, and all are ignored.
func check(fset *token.FileSet, sources []*source) {
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	var files []*ast.File
	for _, s := range sources {
		files = append(files, s.file)
		s.info = info
	}
	defer assertAnything(files)()
	cfg := types.Config{Error: func(error) {}, Importer: stubs{}}
	_, _ = cfg.Check("", fset, files, info) // the first of those faults
}

// assertAnything has each x.(T) be of type T, though nothing is known of x, until undo.
func assertAnything(files []*ast.File) (undo func()) {
	asserted := map[*ast.TypeAssertExpr]ast.Expr{}
	anything := ast.NewIdent("any")
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			if n, ok := n.(*ast.TypeAssertExpr); ok && n.Type != nil {
				asserted[n] = n.X
				n.X = &ast.CallExpr{Args: []ast.Expr{n.X}, Fun: &ast.FuncLit{Body: &ast.BlockStmt{}, Type: &ast.FuncType{
					Params:  &ast.FieldList{List: []*ast.Field{{Type: &ast.Ellipsis{Elt: anything}}}},
					Results: &ast.FieldList{List: []*ast.Field{{Type: anything}}},
				}}}
			}
			return true
		})
	}
	return func() {
		for n, x := range asserted {
			n.X = x
		}
	}
}

// stubs imports Gin's packages as far as formats go.
type stubs struct{}

var errUnknown = errors.New("nothing is known of this package")

func (stubs) Import(path string) (*types.Package, error) {
	name := path[strings.LastIndex(path, "/")+1:]
	if _, ok := moved[path]; !ok || name == "json" {
		return nil, errUnknown
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, stub(name), 0)
	if err != nil {
		return nil, err
	}
	cfg := types.Config{Error: func(error) {}} // functions have no bodies
	pkg, _ := cfg.Check(path, fset, []*ast.File{file}, nil)
	return pkg, nil
}

// stub is the source of one of Gin's packages.
func stub(name string) string {
	text := "package " + name + "\n"
	if name == "gin" {
		text += `
type Context struct{}
func (Context) Copy() *Context
type Engine struct{}
type HandlerFunc func(*Context)
type HandlersChain []HandlerFunc
func CreateTestContext(any) (*Context, *Engine)
func CreateTestContextOnly(any, *Engine) *Context
type Negotiate struct {
	Offered []string
	HTMLName string
	HTMLData, JSONData, XMLData, YAMLData, TOMLData, PROTOBUFData, BSONData, Data any
}
`
	}
	for _, f := range slices.Sorted(maps.Keys(formatNames)) {
		switch {
		case strings.HasSuffix(f, "Data"):
		case strings.HasPrefix(f, "MIME"):
			text += fmt.Sprintf("const %s = %q\n", f, "")
		case name == "gin":
			text += fmt.Sprintf("func (Context) %s(...any) error\n", f)
		case name == "binding":
			text += fmt.Sprintf("var %s any\n", f)
		case strings.HasPrefix(f, "Write"):
			text += fmt.Sprintf("func %s(...any) error\n", f)
		default:
			text += fmt.Sprintf("type %s struct{ Data any }\n", f)
		}
	}
	return text
}

// formats are the codecs that the file uses: by names that are Gin's.
func (s *source) formats() map[string]bool {
	found := map[string]bool{}
	ast.Inspect(s.file, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		obj := s.info.Uses[id]
		if obj == nil || obj.Pkg() == nil {
			return true
		}
		_, isGin := moved[obj.Pkg().Path()]
		if codec, ok := formatNames[obj.Name()]; ok && isGin {
			found[codec] = true
		}
		return true
	})
	return found
}

// unknownFormat is the codec that a selector would need on a Context; "" if it is known
// what it selects.
func (s *source) unknownFormat(n *ast.SelectorExpr) (codec string) {
	if id, ok := n.X.(*ast.Ident); ok {
		if _, isPackage := s.info.Uses[id].(*types.PkgName); isPackage {
			return ""
		}
	}
	if s.info.Uses[n.Sel] != nil {
		return ""
	}
	return formatNames[n.Sel.Name]
}
