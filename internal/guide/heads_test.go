package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var pageName = regexp.MustCompile(`docs/internals/\w[\w-]*\.md`)

// Whoever opens a file finds the page that goes through it: the head of each file of the root
// and of the router names one, and so does the comment of each package that users import.
func TestCodeLeadsToItsPage(t *testing.T) {
	heads := 0
	for _, dir := range []string{".", "router", "binding", "render", "codec", "codec/json", "middleware", "typed", "dramtest", "pagination"} {
		names, err := fs.Glob(repo, path.Join(dir, "*.go"))
		require.NoError(t, err)
		var packageDoc string
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			text, err := fs.ReadFile(repo, name)
			require.NoError(t, err)
			file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments)
			require.NoError(t, err)
			packageDoc += file.Doc.Text()
			if dir == "." || dir == "router" {
				heads++
				assert.Regexp(t, pageName, head(file), name)
			}
			for _, named := range pageName.FindAllString(string(text), -1) {
				_, err := fs.Stat(repo, named)
				assert.NoError(t, err, name)
			}
		}
		assert.Regexp(t, pageName, packageDoc, "the comment of the package in %s", dir)
	}
	assert.Greater(t, heads, 60)
}

// head is what a file says before it declares anything.
func head(file *ast.File) string {
	var text string
	for _, comment := range file.Comments {
		if i := firstDeclaration(file); i == token.NoPos || comment.End() < i {
			text += comment.Text()
		}
	}
	return text
}

// firstDeclaration is where the first one begins that is not an import.
func firstDeclaration(file *ast.File) token.Pos {
	for _, decl := range file.Decls {
		if imports, ok := decl.(*ast.GenDecl); !ok || imports.Tok != token.IMPORT {
			return decl.Pos()
		}
	}
	return token.NoPos
}
