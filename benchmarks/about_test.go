package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const whole = "go: go1.26\ndate: 2026-11-28\nsystem: linux/amd64\ncpu: 2 × C\ncommit: aaa\nhow: 25 passes\n\n" +
	"BenchmarkRow/Param5/dram 1 0.5 ratio 0.03 spread\nBenchmarkRow/Param5/echo 1 0.5 ratio 0.125 spread\nBenchmarkRow/siblings,_all/dram 1 1 ratio\n" +
	"BenchmarkRow/String/dram 1 1 ratio\n"

func TestAboutNamesTheEnginesOfJSON(t *testing.T) {
	list, err := versions()
	require.NoError(t, err)
	assert.Regexp(t, `github.com/bytedance/sonic v1.*github.com/goccy/go-json v0.*github.com/gofiber/fiber/v3 v3`, strings.Join(list, " "))
}

func TestATableSaysWhereItsFiguresComeFrom(t *testing.T) {
	table := func(results string) string { return measured(passesOf(t, results)[0], "table\n") }
	const all = "table\n\n2026-11-28, go1.26, linux/amd64, 2 × C, dram at aaa, 25 passes; 95% intervals of the ratios: ± 12.5% at most, of dram's ± 3.0%"
	assert.Equal(t, all+".\n", table(whole))
	assert.NotContains(t, table(strings.ReplaceAll(whole, "spread", "other")), "95%")
	assert.Equal(t, "Not measured.\n", table(""))

	again := "commit: bbb\nhow: 3 passes\n\nBenchmarkRow/Param/dram 1 1 ratio\nBenchmarkRow/siblings,_one/dram 1 1 ratio\n"
	later := "date: 2026-11-29\n\nBenchmarkRow/404/dram 1 1 ratio\n"
	const other = ". But for Param; siblings, one: dram at bbb, 3 passes. But for 404: 2026-11-29, dram at bbb, 3 passes.\n"
	assert.Equal(t, all+other, table(whole+"\n"+again+"\n"+later))
	first := strings.SplitN(whole, "\n\n", 2)
	assert.Contains(t, table(first[0]+"\n"+again+"\n"+whole), "dram at aaa, 25 passes", "what most rows have, though others come first")
}
