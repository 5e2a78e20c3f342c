package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// This file compares the two languages where neither can be made of the other.

var (
	headingLine = regexp.MustCompile(`(?m)^#+ .*$`)
	numbered    = regexp.MustCompile(`^# (\d+)\. `)
)

// testdata/headings.txt has each heading in both languages, in the order of the pages: who
// changes one changes it there, and looks at the other.
func TestHeadings(t *testing.T) {
	var got strings.Builder
	pages := guide(t)
	for _, p := range pages {
		titles := headingLine.FindAllString(fences.ReplaceAllString(p.text, ""), -1)
		if !p.isIndex() {
			number := numbered.FindStringSubmatch(titles[0])
			if assert.NotNil(t, number, "%s has no number", p.name) {
				assert.Equal(t, path.Base(p.name)[:2], fmt.Sprintf("%02s", number[1]), p.name)
			}
		}
		if p.isChinese() {
			continue
		}
		other, _ := p.other()
		text, err := fs.ReadFile(repo, other)
		require.NoError(t, err)
		theirs := headingLine.FindAllString(fences.ReplaceAllString(string(text), ""), -1)
		require.Len(t, theirs, len(titles), p.name)
		for i, title := range titles {
			fmt.Fprintf(&got, "%s | %s\n", title, theirs[i])
		}
	}
	want, err := os.ReadFile("testdata/headings.txt")
	require.NoError(t, err)
	assert.Equal(t, string(want), got.String())
}

// kinds are what a page consists of: headings, paragraphs, items of lists, rows of tables, blocks.
func kinds(p page) (all []string) {
	text := fences.ReplaceAllStringFunc(block.ReplaceAllString(p.text, "~block\n"), func(string) string { return "~code" })
	last := ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		kind := "paragraph"
		switch {
		case line == "":
			last = ""
			continue
		case strings.HasPrefix(line, "#"):
			kind = "heading"
		case strings.HasPrefix(line, "|"):
			kind = "row"
		case strings.HasPrefix(line, "~"):
			kind = line
		case listItem.MatchString(line):
			kind = "item"
		case strings.HasPrefix(line, "  ") || last == "paragraph":
			continue // the line before goes on
		}
		all, last = append(all, kind), kind
	}
	return all
}

var listItem = regexp.MustCompile(`^(?:[-*]|\d+\.) `)

func TestBothLanguagesConsistOfTheSame(t *testing.T) {
	for _, p := range guide(t) {
		if p.isChinese() {
			continue
		}
		other, _ := p.other()
		text, err := fs.ReadFile(repo, other)
		require.NoError(t, err)
		assert.Equal(t, kinds(p), kinds(page{other, string(text)}), p.name)
	}
}

// code is the Go that a page has by hand, without comments, which are in its language.
func code(p page) (all []string) {
	for _, fence := range fences.FindAllStringSubmatch(byHand(p), -1) {
		if fence[1] != "go" {
			continue
		}
		var s scanner.Scanner
		text := goText(fence[0])
		s.Init(token.NewFileSet().AddFile(p.name, -1, len(text)), []byte(text), nil, 0)
		for {
			_, tok, lit := s.Scan()
			if tok == token.EOF {
				break
			}
			all = append(all, tok.String()+" "+lit)
		}
	}
	return all
}

// goText is a fence without its marks.
func goText(fence string) string {
	return strings.TrimSuffix(strings.TrimPrefix(fence, "```go\n"), "```")
}

func TestBothLanguagesHaveTheSameCode(t *testing.T) {
	for _, p := range guide(t) {
		other, _ := p.other()
		text, err := fs.ReadFile(repo, other)
		require.NoError(t, err)
		assert.Equal(t, code(p), code(page{other, string(text)}), p.name)
	}
}

// Page 7 says of each field of a Context where it is made new.
func TestEachFieldOfAContextHasItsPlace(t *testing.T) {
	text, err := fs.ReadFile(repo, "context.go")
	require.NoError(t, err)
	file, err := parser.ParseFile(token.NewFileSet(), "context.go", text, parser.SkipObjectResolution)
	require.NoError(t, err)
	names := fieldsOf(file, "Context")
	assert.Greater(t, len(names), 30)
	for _, p := range guide(t) {
		if path.Base(p.name) != "07-servehttp.md" {
			continue
		}
		var table strings.Builder
		for line := range strings.Lines(p.text) {
			if strings.HasPrefix(line, "| ") {
				first, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), "|")
				table.WriteString(first)
			}
		}
		for _, name := range names {
			assert.Equal(t, 1, strings.Count(table.String(), "`"+name+"`"), "%s: where is %s made new?", p.name, name)
		}
	}
}

// What page 9 says of Gin's index has been measured on Gin, by TestDifference of contrib/gin.
func TestGinsIndexIsWhatWasMeasured(t *testing.T) {
	tried, err := fs.ReadFile(repo, "contrib/gin/differ_tries_test.go")
	require.NoError(t, err)
	rows := regexp.MustCompile(`(?m)^\| [^|]+ \| (\d+) \| (true|false)`)
	for _, p := range guide(t) {
		if path.Base(p.name) != "09-onion.md" {
			continue
		}
		var said []string
		for _, row := range rows.FindAllStringSubmatch(p.text, -1) {
			said = append(said, row[1]+" "+row[2])
		}
		assert.Contains(t, string(tried), `{"returning", "`+strings.Join(said, ", ")+`"`, p.name)
	}
}

// fieldsOf are the names of the fields of a struct.
func fieldsOf(file *ast.File, name string) (names []string) {
	for _, decl := range file.Decls {
		if decl, ok := declares(decl, name).(*ast.GenDecl); ok {
			for _, field := range decl.Specs[0].(*ast.TypeSpec).Type.(*ast.StructType).Fields.List {
				for _, ident := range field.Names {
					names = append(names, ident.Name)
				}
			}
		}
	}
	return names
}
