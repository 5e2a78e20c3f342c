package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAboutNamesTheEnginesOfJSON(t *testing.T) {
	list, err := versions()
	require.NoError(t, err)
	assert.Regexp(t, `github.com/bytedance/sonic v1.*github.com/goccy/go-json v0.*github.com/gofiber/fiber/v3 v3`, strings.Join(list, " "))
}

func TestATableSaysWhereItsFiguresComeFrom(t *testing.T) {
	const (
		config = "go: go1.26\ndate: 2026-11-28\nsystem: linux/amd64\ncpu: 2 × C\ncommit: aaa\nhow: 25 passes\n\n"
		rows   = "BenchmarkRow/A/dram 1 0.03 spread\nBenchmarkRow/A/echo 1 0.125 spread\nBenchmarkRow/B/dram 1 1 ratio\nBenchmarkRow/C/dram 1 1 ratio\n\n"
		again  = "commit: bbb\nhow: 3 passes\n\nBenchmarkRow/D/dram 1 1 ratio\nBenchmarkRow/E,_F/dram 1 1 ratio\n\n"
		later  = "date: 2026-11-29\n\nBenchmarkRow/404/dram 1 1 ratio\n"
		all    = "table\n\n2026-11-28, go1.26, linux/amd64, 2 × C, dram at aaa, 25 passes"
		widths = ". 95% intervals of the ratios: ± 12.5% at most, of dram's ± 3.0%.\n"
	)
	table := func(results string) string { return measured(passesOf(t, results)[0], "table\n") }
	assert.Equal(t, all+widths, table(config+rows))
	assert.Equal(t, all+".\n", table(strings.ReplaceAll(config+rows, "spread", "other")))
	assert.Equal(t, "Not measured.\n", table(""))
	assert.Equal(t, all+". But for D; E, F: dram at bbb, 3 passes. But for 404: 2026-11-29, dram at bbb, 3 passes"+widths, table(config+rows+again+later))
	assert.Contains(t, table(config+"BenchmarkRow/D/dram 1 1 ratio\n\n"+again), "dram at bbb, 3 passes. But for D: dram at aaa, 25 passes.", "most rows come first")
}
