package dram_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A promise is one that a test holds: each line names tests, and all of them are there.
func TestEachPromiseNamesItsTests(t *testing.T) {
	for section, least := range map[string]int{"Promises": 20, "Soak": 4, "The wire": 6, "Faults": 10, "Misuse": 20} {
		assert.GreaterOrEqual(t, assertRowsNameTests(t, "docs/reliability.md", section), least, section)
	}
}

// Each difference from Gin has a reason and a test.
func TestEachDifferenceNamesItsTests(t *testing.T) {
	assert.Greater(t, assertRowsNameTests(t, "docs/migration.md", "What changes"), 80)
}

// What the layers of contrib are said to stop, a test has tried.
func TestEachThingThatContribStopsNamesItsTests(t *testing.T) {
	assert.Greater(t, assertRowsNameTests(t, "docs/contrib.md", "What they stop"), 20)
}

// Each line of OpenTelemetry's conventions has a test.
func TestEachConventionNamesItsTests(t *testing.T) {
	for section, least := range map[string]int{"Spans": 30, "Metrics": 4, "Outcomes": 5} {
		assert.GreaterOrEqual(t, assertRowsNameTests(t, "contrib/otel/CONVENTIONS.md", section), least, section)
	}
}

// assertRowsNameTests looks at the tables of one section of a page: no cell is empty, and
// the last one of each row names tests, and nothing but tests that are there. It returns
// the number of rows.
func assertRowsNameTests(t *testing.T, page, section string) (rows int) {
	t.Helper()
	text, err := os.ReadFile(page)
	require.NoError(t, err)
	_, tables, found := strings.Cut(string(text), "\n## "+section+"\n")
	require.True(t, found, "%s has no section %q", page, section)
	tables, _, _ = strings.Cut(tables, "\n## ")
	tests := testFunctions(t)
	header := true
	for line := range strings.SplitSeq(tables, "\n") {
		if !strings.HasPrefix(line, "|") {
			header = true
			continue
		}
		if header || strings.HasPrefix(line, "|---") {
			header = false
			continue
		}
		rows++
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for _, cell := range cells {
			assert.NotContains(t, []string{"", "–"}, strings.TrimSpace(cell), "an empty cell: %s", line)
		}
		names := strings.Fields(cells[len(cells)-1])
		assert.NotEmpty(t, names, "no test holds: %s", line)
		for _, name := range names {
			assert.True(t, isThere(tests, name), "%s names %s, which is not a test: %s", page, name, line)
		}
	}
	return rows
}

// isThere reports whether a name in backquotes is that of a test, or, behind a slash, of a
// row of a test's table.
func isThere(tests map[string]string, quoted string) bool {
	parts := regexp.MustCompile("^`(\\w+)(?:/(\\w+))?`$").FindStringSubmatch(quoted)
	if parts == nil {
		return false
	}
	text, found := tests[parts[1]]
	return found && (parts[2] == "" || strings.Contains(text, `"`+parts[2]+`"`))
}

// testFunctions are all tests and fuzz targets below this directory, with the text of the
// files in which they stand.
func testFunctions(t *testing.T) map[string]string {
	t.Helper()
	found := make(map[string]string)
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9_]+)\(`)
	require.NoError(t, filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, match := range function.FindAllSubmatch(text, -1) {
			found[string(match[1])] += string(text)
		}
		return err
	}))
	return found
}
