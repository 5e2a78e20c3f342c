// The mutants of a package: where its code can be changed, and the code that contains all
// changes. A condition a < b becomes
//
//	(mutantAt(7) && (a <= b) || !mutantAt(7) && (a < b))
//
// and a statement x = y becomes if !mutantAt(8) { x = y }, on the lines where they stand.

package main

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"strings"
)

// source is a file of the package, and what is put around its nodes.
type source struct {
	name  string // below the root of the checkout
	text  string
	tree  *ast.File
	base  token.Pos
	wraps map[ast.Node][]func(inner string) string
}

// mutant is a change.
type mutant struct {
	id         int
	file       *source
	fn         string
	line       int
	start, end int // in the text of the file
	with       string
	state      string
	killer     string // the output that names the test that failed
}

var spaces = regexp.MustCompile(`\s+`)

// key names the change without its line, so that it stays the same while others move.
func (m *mutant) key() string {
	was := m.file.text[m.start:m.end]
	key := fmt.Sprintf("%s %s: %s => %s", m.file.name, m.fn, was, cmp.Or(m.with, "nothing"))
	return spaces.ReplaceAllString(key, " ")
}

// diff shows the lines of the change.
func (m *mutant) diff() string {
	text := m.file.text
	begin := strings.LastIndexByte(text[:m.start], '\n') + 1
	rest, _, _ := strings.Cut(text[m.end:], "\n")
	var b strings.Builder
	for line := range strings.SplitSeq(text[begin:m.end]+rest, "\n") {
		b.WriteString("\t-" + line + "\n")
	}
	for line := range strings.SplitSeq(text[begin:m.start]+m.with+rest, "\n") {
		b.WriteString("\t+" + line + "\n")
	}
	return b.String()
}

// finder collects the mutants of a file.
type finder struct {
	*pack
	file    *source
	fn      string
	results []string // the types of the function's results
}

func (f *finder) original(n ast.Node) string {
	return f.file.text[n.Pos()-f.file.base : n.End()-f.file.base]
}

// add enters the change of n into with; wrap makes the code that holds both.
func (f *finder) add(n ast.Node, with string, wrap func(id int, inner string) string) {
	m := &mutant{id: len(f.mutants) + 1, file: f.file, fn: f.fn, line: f.fset.Position(n.Pos()).Line, with: with}
	m.start, m.end = int(n.Pos()-f.file.base), int(n.End()-f.file.base)
	f.mutants = append(f.mutants, m)
	f.file.wraps[n] = append(f.file.wraps[n], func(inner string) string {
		if f.broken[m.id] {
			return inner
		}
		return wrap(m.id, inner)
	})
}

// find walks through what a declaration or function holds.
func (f *finder) find(root ast.Node) {
	ast.Inspect(root, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			f.enter(funcName(n), n.Type, n.Body)
			return false
		case *ast.FuncLit:
			f.enter(f.fn, n.Type, n.Body)
			return false
		case *ast.GenDecl:
			return n.Tok == token.VAR
		case *ast.ArrayType:
			return false
		case *ast.BlockStmt:
			f.statements(n.List)
		case *ast.CaseClause:
			f.statements(n.Body)
		case *ast.CommClause:
			f.statements(n.Body)
		case *ast.IfStmt:
			f.condition(n.Cond)
		case *ast.ForStmt:
			f.condition(n.Cond)
		case *ast.UnaryExpr:
			if n.Op == token.NOT {
				f.condition(n.X)
			}
		case *ast.BinaryExpr:
			f.binary(n)
		case *ast.Ident:
			if tv := f.info.Types[n]; tv.IsValue() && (n.Name == "true" || n.Name == "false") {
				f.negate(n, map[string]string{"true": "false", "false": "true"}[n.Name])
			}
		}
		return true
	})
}

func (f *finder) enter(name string, typ *ast.FuncType, body *ast.BlockStmt) {
	if body == nil {
		return
	}
	inside := &finder{pack: f.pack, file: f.file, fn: name}
	if typ.Results != nil {
		for _, field := range typ.Results.List {
			for range max(len(field.Names), 1) {
				inside.results = append(inside.results, f.original(field.Type))
			}
		}
	}
	inside.find(body)
}

func (f *finder) negate(n ast.Expr, with string) {
	f.add(n, with, func(id int, inner string) string { return fmt.Sprintf("(mutantAt(%d) != (%s))", id, inner) })
}

// condition negates what decides by itself; comparisons are negated wherever they stand.
func (f *finder) condition(e ast.Expr) {
	switch e.(type) {
	case *ast.CallExpr, *ast.Ident, *ast.SelectorExpr, *ast.IndexExpr:
		if f.info.Types[e].Value == nil {
			f.negate(e, "!"+f.original(e))
		}
	}
}

var (
	opposite = map[token.Token]token.Token{token.EQL: token.NEQ, token.NEQ: token.EQL,
		token.LSS: token.GEQ, token.GEQ: token.LSS, token.GTR: token.LEQ, token.LEQ: token.GTR}
	boundary = map[token.Token]token.Token{token.LSS: token.LEQ, token.LEQ: token.LSS,
		token.GTR: token.GEQ, token.GEQ: token.GTR, token.LAND: token.LOR, token.LOR: token.LAND}
	// No result of these panics where the other does not.
	arithmetic = map[token.Token]token.Token{token.ADD: token.SUB, token.SUB: token.ADD,
		token.MUL: token.ADD, token.QUO: token.MUL, token.REM: token.MUL, token.AND: token.OR, token.OR: token.AND,
		token.XOR: token.AND, token.SHL: token.SHR, token.SHR: token.SHL, token.AND_NOT: token.AND}
	assigned = map[token.Token]token.Token{token.ADD_ASSIGN: token.SUB_ASSIGN, token.SUB_ASSIGN: token.ADD_ASSIGN,
		token.MUL_ASSIGN: token.ADD_ASSIGN, token.OR_ASSIGN: token.AND_ASSIGN, token.AND_ASSIGN: token.OR_ASSIGN,
		token.SHL_ASSIGN: token.SHR_ASSIGN, token.SHR_ASSIGN: token.SHL_ASSIGN, token.INC: token.DEC, token.DEC: token.INC}
)

func (f *finder) binary(n *ast.BinaryExpr) {
	if f.info.Types[n].Value != nil {
		return
	}
	swapped := func(op token.Token) string {
		return f.original(n.X) + " " + op.String() + " " + f.original(n.Y)
	}
	if n.Op == token.LAND || n.Op == token.LOR {
		f.condition(n.X)
		f.condition(n.Y)
	}
	if op, ok := boundary[n.Op]; ok {
		f.add(n, swapped(op), func(id int, inner string) string {
			return fmt.Sprintf("(mutantAt(%d) && (%s) || !mutantAt(%[1]d) && (%[3]s))", id, swapped(op), inner)
		})
	}
	if op, ok := opposite[n.Op]; ok {
		f.negate(n, swapped(op))
	}
	if op, ok := arithmetic[n.Op]; ok && f.numeric(n) {
		f.add(n, swapped(op), func(id int, inner string) string {
			return fmt.Sprintf("mutantOr(%d, func() %s { return %s }, func() %[2]s { return %[4]s })", id, f.typeName(n), inner, swapped(op))
		})
	}
}

func (f *finder) numeric(e ast.Expr) bool {
	typ := f.info.TypeOf(e)
	if typ == nil {
		return false
	}
	basic, ok := typ.Underlying().(*types.Basic)
	return ok && basic.Info()&types.IsNumeric != 0
}

// typeName is how the file can call the type of e.
func (f *finder) typeName(e ast.Expr) string {
	return types.TypeString(f.info.TypeOf(e), func(p *types.Package) string {
		if p == f.types {
			return ""
		}
		return p.Name()
	})
}

// statements removes each statement that does something, and changes what assigns or returns.
func (f *finder) statements(list []ast.Stmt) {
	for _, s := range list {
		switch s := s.(type) {
		case *ast.ExprStmt:
			if !strings.HasPrefix(f.original(s), "panic(") {
				f.remove(s)
			}
		case *ast.DeferStmt, *ast.GoStmt, *ast.SendStmt:
			f.remove(s)
		case *ast.BranchStmt:
			if s.Tok == token.BREAK || s.Tok == token.CONTINUE {
				f.remove(s)
			}
		case *ast.IncDecStmt:
			f.reassign(s, s.Tok)
			f.remove(s)
		case *ast.AssignStmt:
			if f.numeric(s.Lhs[0]) {
				f.reassign(s, s.Tok)
			}
			if s.Tok != token.DEFINE && !strings.HasPrefix(f.original(s), "_ =") {
				f.remove(s)
			}
		case *ast.ReturnStmt:
			f.returns(s)
		}
	}
}

func (f *finder) remove(s ast.Stmt) {
	f.add(s, "", func(id int, inner string) string { return fmt.Sprintf("if !mutantAt(%d) { %s }", id, inner) })
}

func (f *finder) reassign(s ast.Stmt, tok token.Token) {
	op, ok := assigned[tok]
	if !ok {
		return
	}
	with := strings.Replace(f.original(s), tok.String(), op.String(), 1)
	f.add(s, with, func(id int, inner string) string {
		return fmt.Sprintf("if mutantAt(%d) { %s } else { %s }", id, with, inner)
	})
}

var zeros = regexp.MustCompile(`^(nil|false|0|""|true|[\w.\[\]]+\{\})$`)

// returns makes a function return zero values.
func (f *finder) returns(s *ast.ReturnStmt) {
	same := true
	for _, e := range s.Results {
		same = same && zeros.MatchString(f.original(e))
	}
	if same || len(f.results) == 0 {
		return
	}
	var values []string
	for _, typ := range f.results {
		values = append(values, "*new("+typ+")")
	}
	with := "return " + strings.Join(values, ", ")
	f.add(s, with, func(id int, inner string) string { return fmt.Sprintf("if mutantAt(%d) { %s }; %s", id, with, inner) })
}

// all returns the text of the file with all mutants in it.
func (s *source) all() string {
	return s.text[:s.tree.Pos()-s.base] + s.render(s.tree) + s.text[s.tree.End()-s.base:]
}

func funcName(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return d.Name.Name
	}
	return strings.TrimLeft(receiver.FindString(types.ExprString(d.Recv.List[0].Type)), "*") + "." + d.Name.Name
}

var receiver = regexp.MustCompile(`^\*?\w+`)

// render returns the code of n with all mutants in it.
func (s *source) render(n ast.Node) string {
	var b strings.Builder
	at := n.Pos()
	ast.Inspect(n, func(m ast.Node) bool {
		if m == nil || m == n || s.wraps[m] == nil {
			return true
		}
		b.WriteString(s.text[at-s.base : m.Pos()-s.base])
		b.WriteString(s.render(m))
		at = m.End()
		return false
	})
	b.WriteString(s.text[at-s.base : n.End()-s.base])
	inner := b.String()
	for _, wrap := range s.wraps[n] {
		inner = wrap(inner)
	}
	return inner
}
