package main

import (
	"encoding/xml"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/perf/benchfmt"
)

// passesOf are passes as their benchmarks print them.
func passesOf(t *testing.T, texts ...string) (passes [][]*benchfmt.Result) {
	for _, text := range texts {
		pass, err := read(strings.NewReader(text))
		require.NoError(t, err)
		passes = append(passes, pass)
	}
	return passes
}

// The machine was twice as slow in the second pass, for both: a ratio by pass does not see that, a ratio of means would.
func TestRatiosCompareWithinAPass(t *testing.T) {
	passes := passesOf(t,
		"BenchmarkRow/Param/dram 9 90 ns/op 5 cpu-ns/op 1 allocs/op\nBenchmarkRow/Param/gin 9 10 cpu-ns/op\n",
		"BenchmarkRow/Param/gin 9 20 cpu-ns/op\nBenchmarkRow/Param/dram 9 90 ns/op 10 cpu-ns/op 1 allocs/op\n",
		"BenchmarkRow/Param/dram 9 90 ns/op 9 cpu-ns/op 1 allocs/op\nBenchmarkRow/Param/gin 9 10 cpu-ns/op\n")
	p := part{name: "rows", unit: processor, base: "gin"}
	config := []benchfmt.Config{{Key: "part", Value: []byte("rows"), File: true}, {Key: "toolchain", Value: []byte(current), File: true}}
	found := results{}
	found.replace(p, current, false, p.summary(passes, config))

	path := filepath.Join(t.TempDir(), "results.txt")
	require.NoError(t, found.save(path))
	found, err := load(path)
	require.NoError(t, err)
	dram := found.find("Param", "dram")
	assert.Equal(t, []float64{0.5, 5, 1}, []float64{value(dram, "ratio"), value(dram, processor), value(dram, "allocs/op")})
	assert.True(t, math.IsNaN(value(dram, wall)), "there is none beside the processor's")
	assert.Equal(t, "| row | dram | gin |\n|---|---:|---:|\n| Param | 5 · **0.50** · 1 | 10 · **1.00** |\n",
		pivot("row", found.of("rows", current, "Row"), rowCell(processor)))
}

func TestWhatAPassDoesNotHaveIsNotZero(t *testing.T) {
	passes := passesOf(t,
		"BenchmarkRow/A/dram 9 8 cpu-ns/op 30 first-ns 3 B/op\nBenchmarkRow/A/gin 9 10 cpu-ns/op\nBenchmarkRow/A/echo 9 7 cpu-ns/op\n",
		"BenchmarkRow/A/dram 9 9 cpu-ns/op\nBenchmarkRow/A/gin 9 1 other\nBenchmarkRow/A/echo 1 1 gives-up\n",
		"BenchmarkRow/A/dram 9 6 cpu-ns/op 40 first-ns 4 B/op\nBenchmarkRow/A/gin 9 12 cpu-ns/op\nBenchmarkRow/A/echo 9 7 cpu-ns/op\n")
	sums := part{name: "rows", unit: processor, base: "gin"}.summary(passes, nil)
	dram := results(sums).find("A", "dram")
	assert.Equal(t, []float64{6, 30, 3.5, 0.65}, []float64{
		value(dram, processor), value(dram, "first-ns"), value(dram, "B/op"), value(dram, "ratio"),
	})
	assert.Equal(t, "| row | dram | gin | echo |\n|---|---:|---:|---:|\n| A | 6 · **0.65** | 10 · **1.00** | gives up |\n", pivot("row", sums, rowCell(processor)))

	passes = passesOf(t,
		"BenchmarkLayer/none/dram 9 8 cpu-ns/op\nBenchmarkLayer/gzip/dram 9 30 cpu-ns/op\n",
		"BenchmarkLayer/none/dram 1 1 gives-up\nBenchmarkLayer/gzip/dram 9 30 cpu-ns/op\n")
	sums = part{name: "layers", unit: processor}.summary(passes, nil)
	assert.Equal(t, 22.0, value(results(sums).find("gzip", "dram"), "layer-ns"))
}

func TestEveryTableOfWhatIsKeptHasItsFigures(t *testing.T) {
	found, err := load(kept)
	require.NoError(t, err)
	require.NotEmpty(t, found.of("rows", current, ""))
	for _, target := range found.targets() {
		if _, ok := map[string]bool{"routing rows, geometric mean": true, "memory of a route, of 10,000": true, "bind query": true}[target.what]; ok {
			assert.InDelta(t, 0.6, target.got, 0.5, target.what)
		}
	}
	for _, s := range found.sections() {
		assert.NotContains(t, s.text, "NaN", s.name)
	}
	decoder := xml.NewDecoder(strings.NewReader(found.chart()))
	bars := 0
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "rect" {
			bars++
		}
	}
	assert.Equal(t, 7+7*len(summaryRows)-1, bars, "the legend, and each peer of each row but for httprouter, which refuses the siblings")
}

func TestFill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.md")
	sections := []section{{"rows", "| new |\n"}, {"other", "x"}}
	require.NoError(t, os.WriteFile(path, []byte("# T\n<!-- benchmarks:rows -->\nold\n<!-- /benchmarks:rows -->\nend\n"), 0o644))
	for range 2 { // a second time changes nothing
		require.NoError(t, fill(path, sections))
		page, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, "# T\n<!-- benchmarks:rows -->\n\n| new |\n\n<!-- /benchmarks:rows -->\nend\n", string(page))
	}
	require.NoError(t, os.WriteFile(path, []byte("<!-- benchmarks:rows -->"), 0o644))
	assert.ErrorContains(t, fill(path, sections), "benchmarks:rows")
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 7: "7", 12.34: "12.3", 951: "951", -951: "−951", -0.26: "−0.3", 1234567: "1,234,567", -23720: "−23,720"} {
		assert.Equal(t, want, number(v))
	}
	assert.Equal(t, "–", number(math.NaN()))
}

func TestWrongFlagsAreNamed(t *testing.T) {
	parsed := func(args ...string) (options, error) {
		return parse(flag.NewFlagSet("", flag.ContinueOnError), args)
	}
	for part, args := range map[string][]string{
		"stray": {"stray"}, "-passes": {"-passes=0"}, "-rounds": {"-rounds=0"}, "-pass ": {"-pass=0"}, "-row": {"-row=("},
	} {
		_, err := parsed(args...)
		assert.ErrorContains(t, err, part)
	}
	_, err := options{only: "rows,nothing"}.wanted()
	assert.ErrorContains(t, err, "-only nothing")
	twice, err := options{only: "rows,rows"}.wanted()
	require.NoError(t, err)
	assert.Len(t, twice, 1)
}

func TestQuickLeavesWhatIsGiven(t *testing.T) {
	for args, want := range map[string][3]int{
		"": {25, 20, 8}, "-quick": {3, 5, 1}, "-passes 7 -quick": {7, 5, 1}, "-quick -pass 9ms -rounds 2": {3, 9, 2},
	} {
		o, err := parse(flag.NewFlagSet("", flag.ContinueOnError), strings.Fields(args))
		require.NoError(t, err)
		assert.Equal(t, want, [3]int{o.passes, int(o.pass.Milliseconds()), o.rounds}, args)
	}
}
