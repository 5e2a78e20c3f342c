package dram_test

// This file reads docs/reliability.md.

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// advisory is a row of the tables of advisories.
type advisory struct {
	identifiers []string
	fixed       string // what it says of dram, or in which versions it is fixed
	tests       []string
}

// byVersion is the test of advisories about code that dram only calls.
const byVersion = "TestAdvisoriesFixedByVersions"

var identifier = regexp.MustCompile(`\b(GO-\d{4}-\d+|CVE-\d{4}-\d+|GHSA(-\w{4}){3})\b`)

// advisories are the rows of a section of docs/reliability.md.
func advisories(t *testing.T) (rows []advisory) {
	t.Helper()
	text, err := os.ReadFile("docs/reliability.md")
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(line, "| \n"), " | ")
		if len(cells) != 4 || !strings.HasPrefix(cells[0], "GO-") {
			continue
		}
		row := advisory{identifiers: identifier.FindAllString(cells[0], -1), fixed: cells[2]}
		for _, name := range strings.Fields(cells[3]) {
			row.tests = append(row.tests, strings.Trim(name, "`"))
		}
		rows = append(rows, row)
	}
	return rows
}

// Each advisory with a counterpart has a test, which carries one of its identifiers in its name,
// its comment or its text.
func TestEachAdvisoryNamesItsTests(t *testing.T) {
	assert.Greater(t, assertRowsNameTests(t, "docs/reliability.md", "Advisories"), 150)
	rows := advisories(t)
	assert.Greater(t, len(rows), 150)
	texts, seen := testTexts(t), make(map[string]bool)
	for _, row := range rows {
		assert.NotEmpty(t, row.identifiers)
		for _, id := range row.identifiers {
			assert.False(t, seen[id], "%s is there twice", id)
			seen[id] = true
		}
		for _, name := range row.tests {
			carried := slices.ContainsFunc(texts[name], func(text string) bool {
				return slices.ContainsFunc(row.identifiers, func(id string) bool {
					return strings.Contains(text, id) || strings.Contains(text, strings.ReplaceAll(id, "-", "_"))
				})
			})
			assert.True(t, carried || name == byVersion, "%s carries none of %s", name, row.identifiers)
		}
	}
}

// testTexts are the texts of all tests below this directory, with their comments.
func testTexts(t *testing.T) map[string][]string {
	t.Helper()
	found := make(map[string][]string)
	require.NoError(t, filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		if err != nil || !identifierInName.Match(source) {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, source, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil {
				begin := f.Pos()
				if f.Doc != nil {
					begin = f.Doc.Pos()
				}
				found[f.Name.Name] = append(found[f.Name.Name], string(source[set.Position(begin).Offset:set.Position(f.End()).Offset]))
			}
		}
		return nil
	}))
	return found
}

var identifierInName = regexp.MustCompile(`(GO|CVE|GHSA)[-_]\w`)

// What only the standard library or a dependency can mend is mended by the versions in the
// go.mod files, or the row says that it is newer than they are.
func TestAdvisoriesFixedByVersions(t *testing.T) {
	const newer = ", newer than go.mod"
	modules := requirements(t)
	version := regexp.MustCompile("`([^`]+)` ([^;]+)")
	checked := 0
	for _, row := range advisories(t) {
		if !slices.Contains(row.tests, byVersion) {
			continue
		}
		checked++
		t.Run(strings.Join(row.identifiers, " "), func(t *testing.T) {
			text, isNewer := strings.CutSuffix(row.fixed, newer)
			parts := version.FindAllStringSubmatch(text, -1)
			require.NotEmpty(t, parts, "write `module` version: %s", row.fixed)
			mended := true
			for _, part := range parts {
				module, fixes := part[1], strings.Split(strings.ReplaceAll(part[2], " ", ""), ",")
				assert.Contains(t, modules, module, "no go.mod requires it")
				for path, version := range modules[module] {
					if !isFixed(version, fixes) {
						mended = false
						assert.True(t, isNewer, "%s has %s %s, which is fixed in %s", path, module, version, part[2])
					}
				}
			}
			assert.NotEqual(t, isNewer, mended, "the versions in go.mod have the fix: drop %q", newer)
		})
	}
	assert.Greater(t, checked, 60)
}

// requirements are the versions of each module, "go" among them, by the go.mod file that has it.
func requirements(t *testing.T) map[string]map[string]string {
	t.Helper()
	line := regexp.MustCompile(`(?m)^\t?(?:require )?(\S+) v?(\d\S*)`)
	found := make(map[string]map[string]string)
	for _, path := range []string{"go.mod", "contrib/go.mod", "examples/go.mod", "examples/gateway/go.mod"} {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		for _, match := range line.FindAllStringSubmatch(string(text), -1) {
			if found[match[1]] == nil {
				found[match[1]] = make(map[string]string)
			}
			found[match[1]][path] = match[2]
		}
	}
	return found
}

// isFixed reports whether a version has one of the fixes: that of its own series (1.26.5 has that
// of 1.26.3), or of one before (1.25.12 has that of 1.24.2, the last one of which it is said).
func isFixed(version string, fixes []string) bool {
	own := series(version)
	newest := series(fixes[0])
	for _, fix := range fixes {
		of := series(fix)
		if slices.Equal(of[:2], own[:2]) {
			return slices.Compare(own, of) >= 0
		}
		if slices.Compare(of, newest) > 0 {
			newest = of
		}
	}
	return slices.Compare(own, newest) >= 0
}

// series are the three numbers of a version; what follows them does not count.
func series(version string) []int {
	three := make([]int, 3)
	for i, part := range strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3) {
		digits, _, _ := strings.Cut(part, "-")
		three[i], _ = strconv.Atoi(digits)
	}
	return three
}

func TestWhichVersionsAreFixed(t *testing.T) {
	for version, fixed := range map[string]bool{
		"1.25.10": true, "1.25.9": false, "1.26.3": true, "1.26.2": false, "1.27.0": true, "1.24.20": false,
	} {
		assert.Equal(t, fixed, isFixed(version, []string{"1.25.10", "1.26.3"}), version)
	}
	assert.True(t, isFixed("1.25.12", []string{"1.23.8", "1.24.2"}))
	assert.False(t, isFixed("0.61.0", []string{"0.62.0"}))
}
