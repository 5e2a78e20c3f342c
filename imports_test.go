// Which package may import which, and what may be imported from outside, as a
// test. Nothing is built for it, the files are only parsed.

package dram_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const modulePath = "github.com/dram-go/dram"

// mayImport holds the arrows between the parts: a part, and those that it may
// import. What is not named may not be imported, so no arrow ever points back.
// A part is a folder of the root with all below it; the root itself is "dram". Schemas of types,
// internal/schema, are a part of their own: they know the rules of binding; internal/guide is
// another: it runs what docs/internals shows. Tests of
// every part may import dramtest and internal/freeport as well.
var mayImport = map[string][]string{
	"internal":   {"internal"},
	"freeport":   {},
	"schema":     {"internal", "schema", "binding"},
	"router":     {"internal", "router"},
	"codec":      {"internal", "codec"},
	"binding":    {"internal", "binding", "codec"},
	"render":     {"internal", "render", "codec"},
	"h1":         {"internal", "h1"},
	"dram":       {"internal", "dram", "router", "codec", "binding", "render"},
	"middleware": {"internal", "middleware", "dram", "router", "codec", "binding", "render"},
	"dramtest":   {"internal", "dramtest", "dram", "router", "render"},
	"inspect":    {"internal", "inspect", "dram", "router", "binding", "render"},
	"pagination": {"internal", "pagination", "middleware", "dram", "binding"},
	"guide":      {"internal", "guide", "dram", "router", "binding", "render"},
	"typed":      {"internal", "schema", "typed", "dram", "router", "codec", "binding", "render"},
	"contrib":    {"internal", "schema", "freeport", "contrib", "h1", "typed", "inspect", "pagination", "middleware", "dram", "router", "codec", "binding", "render"},
	"cmd":        {"cmd"},
	"docs":       {},
	"examples":   {"examples", "docs", "contrib", "h1", "typed", "inspect", "pagination", "middleware", "dram", "router", "codec", "binding", "render"},
	"benchmarks": {"benchmarks", "contrib", "h1", "inspect", "typed", "middleware", "dram", "router", "codec", "binding", "render"},
}

// testsMayImport is what the tests of a part may import besides: layers to be found in a chain, and
// servers to be run.
var testsMayImport = map[string][]string{"inspect": {"middleware"}, "h1": {"dram"}, "contrib": {"h1"}}

// nested are the parts that are modules of their own: they may use what they
// like from outside, the others only what thirdParty names.
var nested = []string{"contrib", "examples", "benchmarks"}

// thirdParty maps each module that the core may use to whether only its tests may.
var thirdParty = map[string]struct{ testsOnly bool }{
	"github.com/julienschmidt/httprouter":    {},
	"github.com/go-playground/validator/v10": {},
	"github.com/stretchr/testify":            {testsOnly: true},
}

// arrow is one import: a file of a part, and the path that it names.
type arrow struct {
	file, path string
}

// fault says what is wrong with the arrow, "" when it is allowed.
func (a arrow) fault() string {
	from, test := partOf(path.Dir(a.file)), strings.HasSuffix(a.file, "_test.go")
	if rest, ours := within(a.path, modulePath); ours {
		to := partOf(rest)
		if slices.Contains(mayImport[from], to) || test && (to == "dramtest" || to == "freeport" || slices.Contains(testsMayImport[from], to)) {
			return ""
		}
		return from + " may not import " + to
	}
	if !strings.Contains(strings.Split(a.path, "/")[0], ".") || slices.Contains(nested, from) {
		return "" // the standard library, or a module with dependencies of its own
	}
	for module, rule := range thirdParty {
		if _, ok := within(a.path, module); ok {
			if rule.testsOnly && !test {
				return "only tests may import " + module
			}
			return ""
		}
	}
	return "the core may not depend on " + a.path
}

// partOf names the part of a slash-separated folder below the root.
func partOf(dir string) string {
	if dir == "." || dir == "" {
		return "dram"
	}
	for _, part := range []string{"schema", "guide", "freeport"} {
		if _, below := within(dir, "internal/"+part); below {
			return part
		}
	}
	part, _, _ := strings.Cut(dir, "/")
	return part
}

// within reports whether the import path is in the module, and where.
func within(importPath, module string) (rest string, ok bool) {
	if importPath == module {
		return "", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

// arrows reads every import below root, the nested modules' too.
func arrows(t *testing.T, root string) (found []arrow) {
	t.Helper()
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != root && (strings.ContainsAny(d.Name()[:1], "._") || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if d.IsDir() || filepath.Ext(name) != ".go" {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		for _, spec := range file.Imports {
			importPath, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			found = append(found, arrow{filepath.ToSlash(rel), importPath})
		}
		return nil
	})
	require.NoError(t, err)
	return found
}

func TestImportsPointOneWay(t *testing.T) {
	found := arrows(t, ".")
	require.Greater(t, len(found), 10, "the walk does not see the tree")
	for _, a := range found {
		assert.Empty(t, a.fault(), "%s imports %s", a.file, a.path)
	}
}

// TestEveryRoomHasARule fails when somebody adds a folder with Go code and no
// place in the plan.
func TestEveryRoomHasARule(t *testing.T) {
	for _, a := range arrows(t, ".") {
		part := partOf(path.Dir(a.file))
		assert.True(t, mayImport[part] != nil, "%s belongs to no part that mayImport names", a.file)
	}
}

// TestImportRulesCanFail keeps the test above honest.
func TestImportRulesCanFail(t *testing.T) {
	tests := []struct{ file, imports, fault string }{
		{"router/tree.go", modulePath, "router may not import dram"},
		{"router/tree.go", modulePath + "/codec", "router may not import codec"},
		{"codec/json/json.go", modulePath + "/binding", "codec may not import binding"},
		{"codec/json/json.go", modulePath + "/codec", ""},
		{"binding/form.go", modulePath + "/render", "binding may not import render"},
		{"binding/form.go", modulePath + "/codec/json", ""},
		{"engine.go", modulePath + "/router", ""},
		{"engine.go", modulePath + "/internal/serve", ""},
		{"internal/serve/life.go", modulePath, "internal may not import dram"},
		{"internal/serve/life.go", modulePath + "/render", "internal may not import render"},
		{"internal/schema/rules.go", modulePath + "/binding", ""},
		{"internal/guide/tree.go", modulePath + "/router", ""},
		{"router/tree.go", modulePath + "/internal/guide", "router may not import guide"},
		{"internal/schema/rules.go", modulePath, "schema may not import dram"},
		{"internal/lru/lru.go", modulePath + "/binding", "internal may not import binding"},
		{"binding/form.go", modulePath + "/internal/schema", "binding may not import schema"},
		{"contrib/http3/http3.go", modulePath + "/internal/serve", ""},
		{"contrib/http3/http3.go", modulePath + "/contrib/internal/layer", ""},
		{"examples/hello/main.go", modulePath + "/internal/serve", "examples may not import internal"},
		{"engine.go", modulePath + "/middleware", "dram may not import middleware"},
		{"engine_test.go", modulePath, ""},
		{"engine_test.go", modulePath + "/dramtest", ""},
		{"engine.go", modulePath + "/dramtest", "dram may not import dramtest"},
		{"middleware/cors.go", modulePath + "/dramtest", "middleware may not import dramtest"},
		{"dramtest/client.go", modulePath + "/middleware", "dramtest may not import middleware"},
		{"dramtest/client.go", "github.com/stretchr/testify/assert", "only tests may import github.com/stretchr/testify"},
		{"middleware/cors.go", modulePath, ""},
		{"middleware/cors.go", modulePath + "/contrib/redis", "middleware may not import contrib"},
		{"middleware/cors.go", modulePath + "/pagination", "middleware may not import pagination"},
		{"engine.go", modulePath + "/inspect", "dram may not import inspect"},
		{"inspect/mount.go", modulePath + "/middleware", "inspect may not import middleware"},
		{"inspect/lint_test.go", modulePath + "/middleware", ""},
		{"pagination/links.go", modulePath + "/middleware", ""},
		{"pagination/links.go", modulePath + "/contrib/redis", "pagination may not import contrib"},
		{"contrib/redis/redis.go", modulePath + "/middleware", ""},
		{"contrib/redis/redis.go", "github.com/redis/go-redis/v9", ""},
		{"contrib/redis/redis.go", modulePath + "/examples/crud", "contrib may not import examples"},
		{"examples/crud/main.go", modulePath + "/contrib/redis", ""},
		{"engine.go", "net/http", ""},
		{"engine.go", "golang.org/x/net/http2", "the core may not depend on golang.org/x/net/http2"},
		{"engine.go", "github.com/stretchr/testify/assert", "only tests may import github.com/stretchr/testify"},
		{"engine_test.go", "github.com/stretchr/testify/assert", ""},
		{"router/param.go", "github.com/julienschmidt/httprouter", ""},
		{"router/param.go", "github.com/julienschmidt/httprouter2", "the core may not depend on github.com/julienschmidt/httprouter2"},
	}
	for _, tt := range tests {
		t.Run(tt.file+" → "+tt.imports, func(t *testing.T) {
			assert.Equal(t, tt.fault, arrow{tt.file, tt.imports}.fault())
		})
	}
}

// TestDirectDependencies reads go.mod, which may require no more directly than
// what the files may import.
func TestDirectDependencies(t *testing.T) {
	text, err := os.ReadFile("go.mod")
	require.NoError(t, err)
	var direct []string
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require "))
		if len(fields) == 2 && strings.HasPrefix(fields[1], "v") {
			direct = append(direct, fields[0])
		}
	}
	for _, module := range direct {
		assert.Contains(t, thirdParty, module, "go.mod requires it directly")
	}
	for module := range thirdParty {
		assert.Contains(t, string(text), module+" v", "go.mod does not require it")
	}
}
