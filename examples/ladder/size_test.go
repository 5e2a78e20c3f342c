package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What is said of how long the rungs are is what they are.
func TestSizes(t *testing.T) {
	readme := read(t, "README.md")
	for _, f := range facts(t) {
		row := fmt.Sprintf("| [%[1]s](%[1]s) | %d |", f.name(), linesOfCode(t, f.name()))
		assert.Contains(t, readme, "\n"+row, "README.md: the row of the rung begins otherwise")
	}
	about := regexp.MustCompile(`(?:Gin (?:in|of) about|joined:|约) (\d+) (?:lines|行)`)
	for file, counted := range map[string]string{
		"07-router/main.go":                 "07-router/route/radix.go",
		"09-framework/README.md":            "09-framework/framework",
		"09-framework/main.go":              "09-framework/framework",
		"09-framework/framework/engine.go":  "09-framework/framework",
		"../../docs/internals/00-map.md":    "09-framework/framework",
		"../../docs/internals/zh/00-map.md": "09-framework/framework",
	} {
		said := about.FindStringSubmatch(strings.ReplaceAll(read(t, file), "\n", " "))
		require.NotNil(t, said, file)
		n, err := strconv.Atoi(said[1])
		require.NoError(t, err)
		assert.InDelta(t, linesOfCode(t, counted), n, 5, "%s, of %s", file, counted)
	}
}

func read(t *testing.T, file string) string {
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return string(text)
}

// linesOfCode counts the lines of the Go files in a folder, or of one file, without tests, comments,
// imports and empty lines.
func linesOfCode(t *testing.T, root string) (lines int) {
	require.NoError(t, filepath.WalkDir(root, func(name string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		head := fset.Position(file.Name.End()).Line
		if len(file.Decls) > 0 {
			head = fset.Position(file.Decls[len(file.Decls)-1].End()).Line
		}
		lines++ // package
		for i, line := range strings.Split(read(t, name), "\n") {
			if line = strings.TrimSpace(line); i >= head && line != "" && !strings.HasPrefix(line, "//") {
				lines++
			}
		}
		return nil
	}))
	return lines
}
