package main

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	// pageName is a page that explains code, docNamed all that a comment names below docs: a
	// page, or a decision by its number.
	pageName = regexp.MustCompile(`\b(?:docs/[\w/-]+|CONTRIBUTING)\.md\b`)
	docNamed = regexp.MustCompile(`\bdocs/(?:[\w/-]+\.md|adr/\d{4})\b`)
)

// pkg is what the go command says of a package.
type pkg struct {
	ImportPath, Dir string
	GoFiles         []string
}

// packagesOf are the packages of a module of this repository.
func packagesOf(t *testing.T, module string) (all []pkg) {
	cmd := exec.Command("go", "list", "-find", "-json=ImportPath,Dir,GoFiles", "./...")
	cmd.Dir, cmd.Env = filepath.Join("../..", module), append(os.Environ(), "GOWORK=off")
	text, err := output(cmd, nil)
	require.NoError(t, err)
	for list := json.NewDecoder(strings.NewReader(text)); ; {
		var p pkg
		if err := list.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			require.NoError(t, err)
		}
		all = append(all, p)
	}
}

// parsed are the files of a package that people have written, by their names.
func (p pkg) parsed(t *testing.T) map[string]*ast.File {
	files := map[string]*ast.File{}
	for _, name := range p.GoFiles {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.ParseComments)
		require.NoError(t, err)
		if !ast.IsGenerated(file) {
			files[name] = file
		}
	}
	return files
}

// Whoever reads the doc of a package finds the page that explains it: go doc has it, of all
// packages that a program may import and of those that only dram does.
func TestEveryPackageNamesItsPage(t *testing.T) {
	seen, modules := 0, []string{"."}
	if slices.Contains(build.Default.ReleaseTags, "go1.26") { // which these ask for
		modules = append(modules, "contrib", "contrib/gin")
	}
	for _, module := range modules {
		for _, p := range packagesOf(t, module) {
			files := p.parsed(t)
			if len(files) == 0 {
				continue
			}
			seen++
			var doc string
			for _, file := range files {
				doc += file.Doc.Text()
			}
			assert.Regexp(t, pageName, doc, "the doc of %s", p.ImportPath)
		}
	}
	assert.Greater(t, seen, 30)
}

// Whoever opens a file of the root, router, binding or render finds its page at the head, and the page names the file.
func TestEveryFileNamesItsPage(t *testing.T) {
	pages := guide(t)
	seen := 0
	for _, dir := range byFile {
		names, err := fs.Glob(repo, path.Join(dir, "*.go"))
		require.NoError(t, err)
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			text, err := fs.ReadFile(repo, name)
			require.NoError(t, err)
			file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments)
			require.NoError(t, err)
			seen++
			named := pageName.FindAllString(head(file), -1)
			assert.NotEmpty(t, named, "the head of %s names no page", name)
			for _, to := range named {
				i := slices.IndexFunc(pages, func(p page) bool { return p.name == to })
				if assert.GreaterOrEqual(t, i, 0, "%s names %s", name, to) {
					assert.True(t, strings.Contains(pages[i].text, name), "%s does not name %s, whose head names it", to, name)
				}
			}
		}
	}
	assert.Greater(t, seen, 130)
}

// What a comment names below docs is there, in all modules.
func TestCommentsNamePagesThatAreThere(t *testing.T) {
	seen := 0
	err := walkSource(repo, func(name, text string) error {
		if path.Ext(name) != ".go" {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, comment := range file.Comments {
			for _, named := range docNamed.FindAllString(comment.Text(), -1) {
				seen++
				found, err := fs.Glob(repo, strings.TrimSuffix(named, ".md")+"*.md")
				assert.NoError(t, err)
				assert.True(t, slices.Contains(found, named) || len(found) > 0 && path.Ext(named) == "", "%s: there is no %s", name, named)
			}
		}
		return nil
	})
	require.NoError(t, err)
	assert.Greater(t, seen, 200)
}
