package report_test

import (
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/benchmarks/e2e"
	"github.com/dram-go/dram/benchmarks/footprint"
	"github.com/dram-go/dram/benchmarks/growth"
	"github.com/dram-go/dram/benchmarks/report"
	"github.com/dram-go/dram/benchmarks/rows"
	"github.com/dram-go/dram/benchmarks/typedrows"
)

func example() *report.Report {
	return &report.Report{
		About: report.About{
			Date: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), Go: "go1.26", System: "linux/amd64", CPU: "A <fast> one",
			Cores: 2, Commit: "abc1234", Versions: map[string]string{"m/b": "v2.0.0", "m/a": "v1.0.0"}, Method: "3 passes.",
		},
		Rows: []rows.Result{
			{Row: "Param", Group: rows.Routing, Cells: []rows.Cell{
				{Peer: "dram", Ns: 20, Ratio: 0.5}, {Peer: "gin", Ns: 40, Ratio: 1}, {Peer: "httprouter", Ns: 32, Ratio: 0.8, Allocs: 1},
			}},
			{Row: "siblings, all", Group: rows.Routing, Cells: []rows.Cell{
				{Peer: "dram", Ns: 1234.5, Ratio: 0.8}, {Peer: "gin", Ns: 1543, Ratio: 1, Allocs: 14}, {Peer: "httprouter", Refuses: "no"},
			}},
			{Row: "JSON 10 KB", Group: rows.Render, Cells: []rows.Cell{
				{Peer: "dram", Ns: 8000, Ratio: 0.8}, {Peer: "gin", Ns: 10000, Ratio: 1},
				{Peer: "httprouter", Ns: 9000, Ratio: 0.9, ByHand: true}, {Peer: "dram+sonic", Ns: 3000, Ratio: 0.3},
			}},
		},
		Typed: []typedrows.Result{{Row: "bind", Cells: []typedrows.Cell{
			{Subject: typedrows.ByType, Ns: 3000, Ratio: 1, Allocs: 20, Bytes: 1024}, {Subject: typedrows.ByHand, Ns: 2900, Ratio: 1.04, Allocs: 20, Bytes: 1000},
			{Subject: typedrows.Huma, Ns: 5000, Ratio: 0.61, Allocs: 60, Bytes: 4000},
		}}},
		EndToEnd: []e2e.Result{{Row: "text", Cells: []e2e.Cell{{Server: "dram", PerSecond: 50000, Ratio: 1.1, P99: 1.5, CPU: 18}}}},
		Footprint: []footprint.Result{
			{Program: "dram", Modules: 12, Packages: 20, Bytes: 6_300_000}, {Program: "gin", Modules: 55, Packages: 100, Bytes: 13_900_000, Build: 60},
			{Program: "hertz", Error: "does not build"},
		},
		Growth: []growth.Point{
			{Curve: "routes", Peer: "dram", Size: 10, Ns: 30, Bytes: 400}, {Curve: "routes", Peer: "dram", Size: 100000, Ns: 60, Bytes: 350},
			{Curve: "routes", Peer: "dram", Size: 100, Ns: 40, Bytes: 380}, {Curve: "routes", Peer: "gin", Size: 100000, Ns: 90, Bytes: 280},
			{Curve: "routes", Peer: "echo", Size: 100000, Note: "too slow"},
		},
	}
}

func TestSections(t *testing.T) {
	sections := example().Sections()
	for _, row := range []struct{ name, want string }{
		{"rows", `| row | dram | gin | httprouter |
|---|---:|---:|---:|
| Param | 20 · **0.50** | 40 · **1.00** | 32 · **0.80** · 1 |
| siblings, all | 1,234 · **0.80** | 1,543 · **1.00** · 14 | refuses |
| JSON 10 KB | 8,000 · **0.80** | 10,000 · **1.00** | 9,000 · **0.90** ✎ |
| JSON 10 KB, sonic | 3,000 · **0.30** | – | – |
`},
		{"typed", `| bind | ns | typed / this | allocations | bytes |
|---|---:|---:|---:|---:|
| dram, typed | 3,000 | **1.00** | 20 | 1,024 |
| dram, by hand | 2,900 | **1.04** | 20 | 1,000 |
| huma | 5,000 | **0.61** | 60 | 4,000 |
`},
		{"e2e", `| text | requests/s | to gin | p99, ms | server CPU, µs/request |
|---|---:|---:|---:|---:|
| dram | 50,000 | **1.10** | 1.50 | 18.0 |
`},
		{"footprint", `| program | modules | linked packages | stripped, MB | cold build, s |
|---|---:|---:|---:|---:|
| dram | 12 | 20 | 6.30 | – |
| gin | 55 | 100 | 13.90 | 60 |
| hertz | – | – | – | – |
`},
		{"routes", `| routes | dram | gin | echo |
|---|---:|---:|---:|
| 10 | 30 · 400 B | – | – |
| 100 | 40 · 380 B | – | – |
| 100,000 | 60 · 350 B | 90 · 280 B | gives up |
`},
		{"targets", `| dram / gin | to reach | reached |  |
|---|---:|---:|---:|
| routing rows, geometric mean | ≤ 0.65 | 0.63 | ✓ |
| routing rows, the worst | ≤ 0.90 | 0.80 | ✓ |
| all rows, geometric mean to the best of the others | ≤ 0.95 | 0.76 | ✓ |
| JSON 10 KB, dram | ≤ 0.75 | 0.80 | ✗ |
| JSON 10 KB, dram+sonic | ≤ 0.50 | 0.30 | ✓ |
| bind, typed to dram, by hand | ≤ 1.05 | 1.04 | ✓ |
| bind, typed to huma | ≤ 0.60 | 0.61 | ✗ |
| stripped size of a JSON server | ≤ 0.45 | 0.45 | ✓ |
| packages of a JSON server | ≤ 0.34 | 0.20 | ✓ |
| a lookup among 100,000 routes, to one among 100 of dram's own | ≤ 3.00 | 1.50 | ✓ |
| memory of a route | ≤ 1.00 | 1.25 | ✗ |
`},
		{"about", "2026-11-22, go1.26, linux/amd64, 2 × A <fast> one, dram at abc1234. 3 passes.\n\nBeside it: m/a v1.0.0, m/b v2.0.0.\n"},
	} {
		t.Run(row.name, func(t *testing.T) { assert.Equal(t, row.want, sections[row.name]) })
	}
}

func TestAnEmptyReportSaysSo(t *testing.T) {
	r := &report.Report{Missing: map[string]string{"e2e": "wrk is not there"}}
	sections := r.Sections()
	assert.Equal(t, "Not measured: wrk is not there\n", sections["e2e"])
	assert.Equal(t, "Not measured yet.\n", sections["rows"])
	assert.Empty(t, r.SVG())
}

func TestSVGIsWellFormedAndHasEachBar(t *testing.T) {
	svg := example().SVG()
	bars := 0
	for decoder := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := decoder.Token()
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "rect" {
			bars++
		}
	}
	const legend, inRows = 7, 5 // Param has three, the siblings two
	assert.Equal(t, legend+inRows, bars)
	assert.Contains(t, svg, "httprouter refuses the routes")
	assert.Contains(t, svg, "A &lt;fast&gt; one")
}

func TestFill(t *testing.T) {
	page := "# Title\n<!-- benchmarks:rows -->\nold\n<!-- /benchmarks:rows -->\nend\n"
	filled, err := report.Fill(page, map[string]string{"rows": "| new |\n", "other": "x"})
	require.NoError(t, err)
	assert.Equal(t, "# Title\n<!-- benchmarks:rows -->\n\n| new |\n\n<!-- /benchmarks:rows -->\nend\n", filled)

	again, err := report.Fill(filled, map[string]string{"rows": "| new |\n"})
	require.NoError(t, err)
	assert.Equal(t, filled, again, "a second run changes nothing")

	_, err = report.Fill("<!-- benchmarks:rows -->", map[string]string{"rows": ""})
	assert.ErrorContains(t, err, "benchmarks:rows")
}

func TestFillFileLeavesOutWhatIsNotThere(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "README.md")
	require.NoError(t, report.FillFile(missing, nil))
	assert.NoFileExists(t, missing)
}

func TestReportIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results.json")
	empty, err := report.Load(path)
	require.NoError(t, err)
	assert.Equal(t, &report.Report{}, empty)

	require.NoError(t, example().Save(path))
	loaded, err := report.Load(path)
	require.NoError(t, err)
	assert.Equal(t, example(), loaded)

	require.NoError(t, os.WriteFile(path, []byte("{"), 0o644))
	_, err = report.Load(path)
	assert.Error(t, err)
}
