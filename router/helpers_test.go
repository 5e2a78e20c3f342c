// What several tests need: the route tables of the field, and patterns by size.

package router_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

type tableRow struct{ method, pattern string }

// fieldTable reads testdata/name, one "METHOD /pattern" a line.
func fieldTable(tb testing.TB, name string) []tableRow {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	require.NoError(tb, err)
	var rows []tableRow
	for line := range strings.Lines(string(text)) {
		method, pattern, ok := strings.Cut(strings.TrimSpace(line), " ")
		require.True(tb, ok, line)
		rows = append(rows, tableRow{method, pattern})
	}
	require.NotEmpty(tb, rows)
	return rows
}

// patternsOf returns the different patterns of rows.
func patternsOf(rows []tableRow) []string {
	var patterns []string
	seen := map[string]bool{}
	for _, row := range rows {
		if !seen[row.pattern] {
			seen[row.pattern] = true
			patterns = append(patterns, row.pattern)
		}
	}
	return patterns
}

// wildcards returns a pattern of n params.
func wildcards(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "/:p%d", i)
	}
	return b.String()
}
