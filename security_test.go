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

// A promise of SECURITY.md is one that a test holds: each line names tests, and
// all of them are there.
func TestEachPromiseNamesItsTests(t *testing.T) {
	page, err := os.ReadFile("SECURITY.md")
	require.NoError(t, err)
	tests := testFunctions(t)
	promises := 0
	for line := range strings.SplitSeq(string(page), "\n") {
		cells := strings.Split(line, "|")
		if len(cells) != 4 || strings.HasPrefix(cells[1], "---") || cells[2] == " tests " {
			continue
		}
		promises++
		names := regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9_]+)`").FindAllStringSubmatch(cells[2], -1)
		assert.NotEmpty(t, names, "no test holds: %s", cells[1])
		for _, name := range names {
			assert.True(t, tests[name[1]], "SECURITY.md names %s, which is not there", name[1])
		}
	}
	assert.Greater(t, promises, 10)
}

// testFunctions are the names of all tests and fuzz targets below this directory.
func testFunctions(t *testing.T) map[string]bool {
	t.Helper()
	found := make(map[string]bool)
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9_]+)\(`)
	require.NoError(t, filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, match := range function.FindAllSubmatch(text, -1) {
			found[string(match[1])] = true
		}
		return err
	}))
	return found
}
