package dram_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// docs/compare.md says what dram has: each name in its column is there.
func TestTheComparisonNamesWhatIsThere(t *testing.T) {
	page := comparison(t)
	known := exportedNames(t)
	quoted := regexp.MustCompile("`([^`]+)`")
	names, compares := 0, false
	for line := range strings.SplitSeq(page, "\n") {
		compares = strings.HasPrefix(line, "| | dram |") || compares && strings.HasPrefix(line, "|")
		if !compares {
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		require.Len(t, cells, 6, "a row is one feature and five frameworks: %s", line)
		for _, cell := range cells[1:] {
			assert.NotEmpty(t, strings.TrimSpace(cell), "an empty cell: %s", line)
		}
		for _, match := range quoted.FindAllStringSubmatch(cells[1], -1) {
			names++
			assert.True(t, known[match[1]] || isFolder(match[1]), "docs/compare.md names %s, which is not there: %s", match[1], line)
		}
	}
	assert.Greater(t, names, 80)
}

// TestTheComparisonsNamesCanBeMissed: names that are not there are noticed.
func TestTheComparisonsNamesCanBeMissed(t *testing.T) {
	known := exportedNames(t)
	for _, name := range []string{"Engine.Hosts", "CORS", "middleware.cors", "Context.CORS", "contrib/cors", "docs/compare.md"} {
		assert.False(t, known[name] || isFolder(name), name)
	}
	for _, name := range []string{"Try", "Engine.Host", "Engine.BareMisses", "middleware.CORS", "middleware.StaticConfig.Precompressed", "binding.Optional", "contrib/jwt"} {
		assert.True(t, known[name] || isFolder(name), name)
	}
}

// The notes below a table are those that its cells name, and a link leads somewhere.
func TestTheComparisonsNotesAndLinks(t *testing.T) {
	page := comparison(t)
	for _, section := range strings.Split(page, "\n## ")[1:] {
		title, _, _ := strings.Cut(section, "\n")
		var named, written []string
		for line := range strings.SplitSeq(section, "\n") {
			if note, found := strings.CutPrefix(line, "* "); found {
				written = append(written, string([]rune(note)[:1]))
			} else if strings.HasPrefix(line, "|") {
				named = append(named, regexp.MustCompile("[¹²³⁴⁵⁶⁷⁸⁹]").FindAllString(line, -1)...)
			}
		}
		assert.Subset(t, written, named, "%s: a note that is not written", title)
		assert.Subset(t, named, written, "%s: a note that no cell names", title)
	}
	links := regexp.MustCompile(`\]\(([^)#]*)(#[^)]*)?\)`).FindAllStringSubmatch(page, -1)
	assert.Greater(t, len(links), 15)
	for _, link := range links {
		target := filepath.Join("docs", link[1])
		if link[1] == "" {
			target = "docs/compare.md"
		}
		text, err := os.ReadFile(target)
		if assert.NoError(t, err) && link[2] != "" {
			assert.Contains(t, anchors(string(text)), link[2])
		}
	}
}

func comparison(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("docs/compare.md")
	require.NoError(t, err)
	return string(page)
}

// anchors are the links to a page's headings, as GitHub makes them.
func anchors(page string) (found []string) {
	dropped := regexp.MustCompile(`[^\p{L}\p{N} _-]`)
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(page, -1) {
		text := dropped.ReplaceAllString(strings.ToLower(heading[1]), "")
		found = append(found, "#"+strings.ReplaceAll(text, " ", "-"))
	}
	return found
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// exportedNames are the exported functions, types, methods and fields of the packages
// beside this test: "Try", "Engine.Host", and of another package "middleware.CORS".
func exportedNames(t *testing.T) map[string]bool {
	t.Helper()
	names := make(map[string]bool)
	for _, folder := range []string{".", "binding", "render", "router", "codec", "middleware"} {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		require.NoError(t, err)
		prefix := ""
		if folder != "." {
			prefix = folder + "."
		}
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			require.NoError(t, err)
			ast.FileExports(file)
			for _, decl := range file.Decls {
				for _, name := range declared(decl) {
					names[prefix+name] = true
				}
			}
		}
	}
	return names
}

// declared are the names of a declaration: "Try", "Engine", "Engine.Host".
func declared(decl ast.Decl) (names []string) {
	if function, found := decl.(*ast.FuncDecl); found {
		return []string{receiver(function) + function.Name.Name}
	}
	for _, spec := range decl.(*ast.GenDecl).Specs {
		spec, isType := spec.(*ast.TypeSpec)
		if !isType {
			continue
		}
		names = append(names, spec.Name.Name)
		if fields, isStruct := spec.Type.(*ast.StructType); isStruct {
			for _, field := range fields.Fields.List {
				for _, name := range field.Names {
					names = append(names, spec.Name.Name+"."+name.Name)
				}
			}
		}
	}
	return names
}

// receiver is the type of a method, with a dot, or "" for a function.
func receiver(function *ast.FuncDecl) (name string) {
	if function.Recv == nil {
		return ""
	}
	ast.Inspect(function.Recv.List[0].Type, func(n ast.Node) bool {
		if ident, found := n.(*ast.Ident); found && name == "" {
			name = ident.Name + "."
		}
		return true
	})
	return name
}
