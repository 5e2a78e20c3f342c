// What is not changed, and printed instead: calls whose behaviour differs, and imports
// of libraries. Little is known of types, so some lines will turn out to be right.

package main

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// program is what was seen in all files.
type program struct {
	notes     []string
	clientIP  string // where the client's address is asked for first
	proxies   bool   // whether proxies are named
	libraries bool   // whether a library imports Gin
	formats   bool   // whether there is an import of contrib
}

// calls maps names of methods and functions to what differs.
var calls = map[string]string{
	"RunQUIC":     "there is no RunQUIC: write http3.Run(engine, addr, cert, key), of " + dram + "/contrib/http3",
	"JSONP":       "the callback may be a name, or names joined by dots; all else is a 400",
	"StripPrefix": "an Engine below StripPrefix answers the empty path with 404, where Gin redirects",
	"Namespace":   "a validation error's Namespace is the client's (json.name); StructNamespace is Go's",
	"Field":       "a validation error's Field is the client's name; StructField is Go's",
	"ShouldBind":  "clients may send YAML, TOML, ProtoBuf, MsgPack or BSON here; import the codecs of those that you serve",
	"Bind":        "clients may send YAML, TOML, ProtoBuf, MsgPack or BSON here; import the codecs of those that you serve",
}

// validatorOnly are names that differ only where the validator is spoken of.
var validatorOnly = []string{"Namespace", "Field"}

// errorTypes end the names of those that Gin's bindings return as they are.
var errorTypes = []string{".UnmarshalTypeError", ".SyntaxError", ".NumError", "time.ParseError", ".MaxBytesError"}

// texts maps parts of string literals to what differs.
var texts = map[string]string{
	"[GIN":            "dram's lines begin with [DRAM] and [DRAM-debug]",
	"_gin-gonic/gin/": "the values of BindKey, BodyBytesKey and ContextKey are dram's: use the constants",
}

// look notes what of a file needs a look.
func (p *program) look(s *source) {
	validator := false
	if ast.IsGenerated(s.file) && s.importsGin() {
		p.note(s, s.file.Name, "the file is generated, and its generator writes Gin's import again: run port behind it, or keep the replace line")
	}
	for _, spec := range s.file.Imports {
		path := importPath(spec)
		validator = validator || strings.HasPrefix(path, "github.com/go-playground/validator")
		p.formats = p.formats || strings.Contains(string(s.text), dram+"/contrib/")
		p.lookAtImport(s, spec, path)
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			p.lookAtCall(s, n, validator)
		case *ast.BinaryExpr:
			if n.Op == token.EQL || n.Op == token.NEQ {
				p.lookAtComparison(s, n)
			}
		case *ast.TypeAssertExpr:
			p.lookAtErrorType(s, n.Type)
		case *ast.TypeSwitchStmt:
			p.lookAtCases(s, n.Body, p.lookAtErrorType)
		case *ast.SwitchStmt:
			if n.Tag != nil {
				p.lookAtCases(s, n.Body, p.lookAtEOF)
			}
		case *ast.InterfaceType:
			p.lookAtInterface(s, n)
		case *ast.BasicLit:
			p.lookAtMediaTypes(s, n)
			for part, note := range texts {
				if n.Kind == token.STRING && strings.Contains(n.Value, part) {
					p.note(s, n, note)
				}
			}
		case *ast.Field:
			p.lookAtTag(s, n)
		case *ast.SelectorExpr:
			p.proxies = p.proxies || n.Sel.Name == "SetTrustedProxies" || n.Sel.Name == "TrustedPlatform"
			if codec := s.unknownFormat(n); codec != "" {
				p.noteCodec(s, n.Sel, codec, "if this is a Context's "+n.Sel.Name)
			}
		}
		return true
	})
}

func (p *program) note(s *source, n ast.Node, text string) {
	position := s.fset.Position(n.Pos())
	p.notes = append(p.notes, fmt.Sprintf("%s:%d: %s", position.Filename, position.Line, text))
}

// lookAtLinks notes links to files that are not among the sources: what they lead to still imports Gin.
func (p *program) lookAtLinks(links []string, sources []*source) {
	for _, link := range links {
		if slices.ContainsFunc(sources, func(s *source) bool { return isSame(link, s.name) }) {
			continue
		}
		to, _ := filepath.EvalSymlinks(link)
		p.notes = append(p.notes, fmt.Sprintf("%s: it is a link to %s, which imports Gin: port that, too", link, to))
	}
}

// lookAtImport notes Gin's packages that dram does not have, and libraries for Gin.
func (p *program) lookAtImport(s *source, spec *ast.ImportSpec, path string) {
	_, done := moved[path]
	switch {
	case path == gin+"/ginS":
		p.libraries = true
		p.note(s, spec, "ginS is in contrib/gin only: call the methods of an Engine of your own, or keep the replace line")
	case done && spec.Name != nil && spec.Name.Name == ".":
		p.note(s, spec, "dram has more names than Gin, and one that the package declares as well does not compile: write gin. in place of the dot import")
	case !done && strings.HasPrefix(path, gin+"/"):
		p.note(s, spec, "dram has no package in the place of "+path)
	case !done && forGin(path):
		p.libraries = true
		p.note(s, spec, path+" imports Gin itself: keep the replace line, or take a layer of dram")
	}
}

// forGin reports whether a path looks like that of a library for Gin.
func forGin(path string) bool {
	return slices.ContainsFunc(strings.Split(path, "/"), func(part string) bool {
		return part == "gin" || part == "otelgin" || strings.HasPrefix(part, "gin-")
	})
}

func (p *program) lookAtCall(s *source, call *ast.CallExpr, validator bool) {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return
	}
	name := selector.Sel.Name
	if text, ok := calls[name]; ok && (validator || !slices.Contains(validatorOnly, name)) {
		p.note(s, selector.Sel, text)
	}
	switch {
	case name == "ClientIP" && p.clientIP == "":
		position := s.fset.Position(selector.Sel.Pos())
		p.clientIP = fmt.Sprintf("%s:%d", position.Filename, position.Line)
	case name == "As" && len(call.Args) == 2 && validator:
		p.note(s, selector.Sel, "errors.As finds validator.ValidationErrors in the error of a slice as well; ask for binding.SliceValidationError first")
	case name == "Default" && len(call.Args) == 2:
		p.note(s, selector.Sel, "binding.Default takes a Content-Type with parameters and in any case")
	case name == "FileFromFS" && len(call.Args) > 0 && strings.HasPrefix(literal(call.Args[0]), "./"):
		p.note(s, call.Args[0], "FileFromFS takes names of io/fs, without ./")
	case name == "CustomRecovery" || name == "CustomRecoveryWithWriter":
		p.note(s, selector.Sel, "it is called for a panic with ECONNRESET or EPIPE as well, unless the client is gone")
	case slices.Contains(registering, name):
		for _, arg := range call.Args {
			if id, ok := arg.(*ast.Ident); ok && id.Name == "nil" {
				p.note(s, arg, "a nil handler panics when it is registered; Gin skips it")
			}
		}
	}
}

// lookAtComparison notes errors of JSON bodies that are compared as they were in Gin.
func (p *program) lookAtComparison(s *source, n *ast.BinaryExpr) {
	p.lookAtEOF(s, n.X)
	p.lookAtEOF(s, n.Y)
}

func (p *program) lookAtEOF(s *source, e ast.Expr) {
	for _, name := range []string{"EOF", "ErrUnexpectedEOF"} {
		if isSelector(e, name) {
			p.note(s, e, "the error of a body that is empty or cut off unwraps to io."+name+": write errors.Is")
		}
	}
}

// lookAtErrorType notes a type that an error is asserted to be of.
func (p *program) lookAtErrorType(s *source, typ ast.Expr) {
	star, ok := typ.(*ast.StarExpr)
	if ok && slices.ContainsFunc(errorTypes, func(name string) bool { return strings.HasSuffix(types.ExprString(star.X), name) }) {
		p.note(s, typ, "errors of a body, and of values, are binding.Errors: write errors.As")
	}
}

// lookAtCases looks at each expression of the cases of a switch.
func (p *program) lookAtCases(s *source, body *ast.BlockStmt, look func(*source, ast.Expr)) {
	for _, stmt := range body.List {
		for _, e := range stmt.(*ast.CaseClause).List {
			look(s, e)
		}
	}
}

// lookAtInterface notes methods that a Context may be behind.
func (p *program) lookAtInterface(s *source, n *ast.InterfaceType) {
	for _, method := range n.Methods.List {
		for _, name := range method.Names {
			if codec, ok := formatNames[name.Name]; ok {
				p.noteCodec(s, name, codec, "if a Context is behind this interface")
			}
		}
	}
}

// mediaTypes maps those that stand in literals to the codec.
var mediaTypes = map[string]string{
	"application/yaml": "yaml", "application/x-yaml": "yaml", "application/toml": "toml", "application/bson": "bson",
	"application/protobuf": "protobuf", "application/x-protobuf": "protobuf", "application/vnd.google.protobuf": "protobuf",
	"application/msgpack": "msgpack", "application/x-msgpack": "msgpack", "application/vnd.msgpack": "msgpack",
}

// lookAtMediaTypes notes text that may be offered, or bound.
func (p *program) lookAtMediaTypes(s *source, lit *ast.BasicLit) {
	text := strings.ToLower(literal(lit))
	for _, name := range slices.Sorted(maps.Keys(mediaTypes)) {
		if strings.Contains(text, name) {
			p.noteCodec(s, lit, mediaTypes[name], "if "+name+" is offered or bound")
		}
	}
}

// lookAtFormats notes the codecs of a file that only uses what another one has of Gin's.
func (p *program) lookAtFormats(s *source) {
	for _, codec := range slices.Sorted(maps.Keys(s.formats())) {
		p.note(s, s.file.Name, fmt.Sprintf("this file uses %s and does not import Gin; unless another one does, import _ %q", codec, dram+"/contrib/"+codec))
	}
}

// noteCodec notes a codec that a file may need, unless it is among the file's imports.
func (p *program) noteCodec(s *source, n ast.Node, codec, when string) {
	if s.importsGin() && !s.codecs[codec] {
		p.note(s, n, fmt.Sprintf("%s, import _ %q", when, dram+"/contrib/"+codec))
	}
}

// registering are the methods that take handlers.
var registering = []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "Any", "Handle", "Match", "Use", "Group", "NoRoute", "NoMethod"}

// lookAtTag notes options of a field that are an error for each request.
func (p *program) lookAtTag(s *source, field *ast.Field) {
	if field.Tag == nil {
		return
	}
	tag := reflect.StructTag(literal(field.Tag))
	for _, key := range []string{"form", "uri", "header"} {
		for option := range strings.SplitSeq(tag.Get(key), ",") {
			if name, ok := strings.CutPrefix(option, "parser="); ok && name != "encoding.TextUnmarshaler" {
				p.note(s, field.Tag, fmt.Sprintf("parser=%s is an error for every request; there is encoding.TextUnmarshaler alone", name))
			}
		}
	}
	if format := tag.Get("collection_format"); !slices.Contains([]string{"", "multi", "csv", "ssv", "tsv", "pipes"}, format) {
		p.note(s, field.Tag, fmt.Sprintf("collection_format %q is an error for every request; there are multi, csv, ssv, tsv and pipes", format))
	}
	if utc := tag.Get("time_utc"); utc != "" {
		if _, err := strconv.ParseBool(utc); err != nil {
			p.note(s, field.Tag, fmt.Sprintf("time_utc %q is an error for every request; write 1 or 0", utc))
		}
	}
}

// print writes the notes, and what is left to do by hand.
func (p *program) print(out io.Writer, modules []string) {
	if p.clientIP != "" && !p.proxies {
		p.notes = append(p.notes, p.clientIP+": no proxy is trusted until SetTrustedProxies names it, so ClientIP is the peer's address")
	}
	for _, note := range p.notes {
		fmt.Fprintln(out, "look:", note)
	}
	get := "go get " + dram
	if p.formats {
		get += " " + dram + "/contrib"
	}
	here, _ := os.Getwd()
	for _, root := range modules {
		where, then := "", ""
		if root != "" && root != here {
			where = " in " + root
		}
		if root != "" && isThere(root, "vendor/modules.txt") {
			then = " && go mod vendor"
		}
		fmt.Fprintf(out, "next%s: %s && go mod tidy%s\n", where, get, then)
	}
	if p.libraries && len(modules) > 0 {
		fmt.Fprintln(out, "next: the replace line for the libraries that import Gin, docs/migration.md")
	}
}

func isSelector(e ast.Expr, name string) bool {
	selector, ok := e.(*ast.SelectorExpr)
	return ok && selector.Sel.Name == name
}

// literal is the text of a string literal, "" for another expression.
func literal(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	text, err := strconv.Unquote(lit.Value)
	if err != nil {
		return "" // the parser has checked it
	}
	return text
}
