// Gin's API as a table, testdata/api.tsv (package.Name, signature, kind): each row
// becomes a line of Go that uses the name as the signature allows, and go/types says
// which of the lines do not compile.

package gin_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin/internal/exports"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// cannotBe holds the rows that differ from Gin's; the package's doc and the migration
// guide give the reason of each.
var cannotBe = []string{
	"gin.BindKey",
	"gin.BodyBytesKey",
	"gin.ContextKey",
	"gin.Engine.RunQUIC",
	"gin.IRoutes", // has QUERY as well
}

// packages maps the qualifiers in the table to import paths.
var packages = map[string]string{
	"binding":   "github.com/gin-gonic/gin/binding",
	"gin":       "github.com/gin-gonic/gin",
	"http":      "net/http",
	"io":        "io",
	"multipart": "mime/multipart",
	"net":       "net",
	"render":    "github.com/gin-gonic/gin/render",
	"template":  "html/template",
	"time":      "time",
	"fs":        "io/fs",
	"xml":       "encoding/xml",
}

func TestEveryNameOfGinIsThereAsGinHasIt(t *testing.T) {
	rows := append(readRows(t, "testdata/api.tsv"), readRows(t, "testdata/gins.tsv")...)
	require.Len(t, rows, 555+25)
	fset := token.NewFileSet()
	imports, err := exports.Importer(fset, "./...")
	require.NoError(t, err)

	var failed []string
	for path, rows := range byPackage(rows) {
		failed = append(failed, check(t, fset, imports, path, rows)...)
	}
	slices.Sort(failed)
	assert.Equal(t, cannotBe, failed)
}

func TestWhatCannotBeThereIsExplained(t *testing.T) {
	for _, file := range []string{"doc.go", "../../docs/migration.md"} {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, name := range cannotBe {
			assert.Contains(t, string(text), name[strings.LastIndex(name, ".")+1:], file)
		}
	}
}

// row is one line of the table. Its name has the package's path without the host and
// the owner.
type row struct{ pkg, name, signature, kind string }

func readRows(t *testing.T, file string) (rows []row) {
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		column := strings.Split(strings.TrimSpace(line), "\t")
		require.Len(t, column, 3, line)
		pkg, name, _ := strings.Cut(column[0], ".")
		rows = append(rows, row{pkg, name, column[1], column[2]})
	}
	return rows
}

func byPackage(rows []row) map[string][]row {
	all := map[string][]row{}
	for _, r := range rows {
		all[r.pkg] = append(all[r.pkg], r)
	}
	return all
}

// check returns the names of the rows that a package does not fulfil.
func check(t *testing.T, fset *token.FileSet, imports types.Importer, pkg string, rows []row) (failed []string) {
	path := "github.com/gin-gonic/" + pkg
	imported, err := imports.Import(path)
	require.NoError(t, err)

	var body strings.Builder
	for _, r := range rows {
		if r.kind == "const" && r.signature != constant(imported, r.name) {
			failed = append(failed, pkg+"."+r.name)
		}
		fmt.Fprintf(&body, "%s\n", r.use(rows))
	}
	head := fmt.Sprintf("package p; import . %q", path)
	for name, path := range packages {
		if regexp.MustCompile(`\b` + name + `\.`).MatchString(body.String()) {
			head += fmt.Sprintf("; import %q", path)
		}
	}
	file, err := parser.ParseFile(fset, pkg, head+"\n"+body.String(), 0)
	require.NoError(t, err)
	config := types.Config{Importer: imports, Error: func(err error) {
		line := fset.Position(err.(types.Error).Pos).Line
		require.Greater(t, line, 1, err)
		failed = append(failed, pkg+"."+rows[line-2].name)
	}}
	_, _ = config.Check("p", fset, []*ast.File{file}, nil) // Error has heard of it
	slices.Sort(failed)
	return slices.Compact(failed)
}

// constant is the signature of a constant as the table has it.
func constant(pkg *types.Package, name string) string {
	c, ok := pkg.Scope().Lookup(name).(*types.Const)
	if !ok {
		return ""
	}
	short := types.TypeString(c.Type(), func(*types.Package) string { return "" })
	return short + " = " + c.Val().ExactString()
}

var method = regexp.MustCompile(`^func \((.*?)\) \w+(.*)$`)

// use is a declaration on one line that compiles if the row holds.
func (r row) use(rows []row) string {
	owner, name, _ := strings.Cut(r.name, ".")
	switch r.kind {
	case "const":
		return "const _ = " + r.name
	case "var":
		return fmt.Sprintf("var _ *%s = &%s", r.signature, r.name)
	case "func":
		return fmt.Sprintf("var _ %s = %s", r.signature, r.name)
	case "method", "promoted-method":
		part := method.FindStringSubmatch(r.signature)
		return fmt.Sprintf("var _ = func(v %s) func%s { return v.%s }", part[1], part[2], name)
	case "method-of-unexported": // those of the type of Context.Errors
		part := method.FindStringSubmatch(r.signature)
		if strings.Contains(part[2], "errorMsgs") {
			return "var _ = new(Context).Errors." + name
		}
		return fmt.Sprintf("var _ func%s = new(Context).Errors.%s", part[2], name)
	case "ifacemethod":
		return fmt.Sprintf("var _ = func(v %s) %s { return v.%s }", owner, r.signature, name)
	case "field", "embedded-field":
		if r.signature == "errorMsgs" {
			return fmt.Sprintf("var _ = new(%s).%s", owner, name)
		}
		return fmt.Sprintf("var _ = func(v *%s) *%s { return &v.%s }", owner, r.signature, name)
	case "type":
		return r.useType(rows)
	}
	return "unknown kind " + r.kind
}

// useType says of a struct that it is one, of an interface that what implements Gin's
// implements this one, and of another type that its underlying type is Gin's.
func (r row) useType(rows []row) string {
	embedded, isInterface := strings.CutPrefix(r.signature, "interface{")
	switch {
	case r.signature == "struct":
		return fmt.Sprintf("var _ = %s{}", r.name)
	case isInterface:
		methods := strings.TrimSuffix(embedded, "}")
		for _, m := range rows {
			if owner, name, _ := strings.Cut(m.name, "."); m.kind == "ifacemethod" && owner == r.name {
				methods += "; " + name + strings.TrimPrefix(m.signature, "func")
			}
		}
		return fmt.Sprintf("var _ = func(v interface{%s}) %s { return v }", strings.TrimPrefix(methods, "; "), r.name)
	}
	return fmt.Sprintf("var _ = func(v %s) *%s { return (*%s)(&v) }", r.name, r.signature, r.signature)
}
