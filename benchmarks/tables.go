package main

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/perf/benchfmt"
)

// This file writes tables in Markdown, and puts them between the markers of pages.

// section is the text between the markers of a name.
type section struct{ name, text string }

// sections are all tables, in the order of the page.
func (rs results) sections() []section {
	rows := rs.of("rows", current, "")
	growth := func(bench, head string, cell func(*benchfmt.Result) string) string {
		return measured(rs.of("growth", current, bench), pivot(head, rs.of("growth", current, bench), cell))
	}
	return []section{
		{"about", rs.about()},
		{"targets", rs.targetsTable()},
		{"summary", rs.summaryTable()},
		{"rows", rows.rowsTable()},
		{"newest", rs.of("rows", newest, "").rowsTable()},
		{"parallel", measured(rs.of("parallel", current, ""), pivot("row", rs.of("parallel", current, ""), rowCell(wall)))},
		{"layers", rs.of("layers", current, "").layersTable()},
		{"typed", each(rs.of("typed", current, ""), []string{"ns", "typed / this", "allocations", "bytes"}, func(r *benchfmt.Result) []string {
			return []string{
				number(value(r, processor)), fmt.Sprintf("**%.2f**", 1/value(r, "ratio")), number(value(r, "allocs/op")), number(value(r, "B/op")),
			}
		})},
		{"e2e", each(rs.of("e2e", current, ""), []string{"requests/s", "to gin", "p99, ms", "server CPU, µs/request"}, func(r *benchfmt.Result) []string {
			return []string{
				number(value(r, "req/s")), fmt.Sprintf("**%.2f**", value(r, "ratio")),
				fmt.Sprintf("%.2f", value(r, "p99-ms")), fmt.Sprintf("%.1f", value(r, "cpu-us/req")),
			}
		})},
		{"h1", rs.of("h1", current, "").siteTables()},
		{"footprint", each(rs.of("footprint", current, ""), []string{"modules", "linked packages", "stripped, MB", "cold build, s"}, func(r *benchfmt.Result) []string {
			return []string{
				number(value(r, "modules")), number(value(r, "packages")),
				fmt.Sprintf("%.2f", value(r, "stripped-B")/1e6), number(math.Round(value(r, "cold-s"))),
			}
		})},
		{"routes", growth("Routes", "routes", func(r *benchfmt.Result) string {
			return fmt.Sprintf("%s · %s B", number(value(r, "lookup-ns")), number(math.Round(value(r, "route-B"))))
		})},
		{"startup", growth("Routes", "routes", func(r *benchfmt.Result) string {
			return fmt.Sprintf("%s · %s", number(value(r, "register-ns")), number(value(r, "first-ns")/1000))
		})},
		{"hostile", growth("Hostile", "routes", nanoseconds)},
		{"render", growth("Render", "bytes", nanoseconds)},
		{"bind", growth("Bind", "bytes", nanoseconds)},
		{"overload", pivot("Limit", rs.of("overload", current, ""), func(r *benchfmt.Result) string {
			if value(r, "good/s") == 0 {
				return "0"
			}
			return fmt.Sprintf("%.0f; %.0f%%; %.0f ms", value(r, "good/s"), value(r, "critical-%"), value(r, "p99-ms"))
		})},
	}
}

// table has a head, and rows whose cells but for the first are figures.
func table(rows ...[]string) string {
	var b strings.Builder
	for i, cells := range rows {
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
		if i == 0 {
			b.WriteString("|---" + strings.Repeat("|---:", len(cells)-1) + "|\n")
		}
	}
	return b.String()
}

// pivot has a row for each row of the results and a column for each peer. A peer "dram+x" has a row of its own below.
func pivot(head string, rs results, cell func(*benchfmt.Result) string) string {
	var names []string
	peers := []string{head}
	for _, r := range rs {
		row, peer := rowOf(r), peerOf(r)
		if base, engine, ok := strings.Cut(peer, "+"); ok {
			row, peer = row+", "+engine, base
		}
		if !slices.Contains(names, row) {
			names = append(names, row)
		}
		if !slices.Contains(peers, peer) {
			peers = append(peers, peer)
		}
	}
	if len(names) == 0 {
		return "Not measured.\n"
	}
	rows := [][]string{peers}
	for _, name := range names {
		cells := []string{name}
		if size, err := strconv.Atoi(name); err == nil {
			cells[0] = number(float64(size))
		}
		for _, peer := range peers[1:] {
			r := rs.find(name, peer)
			if row, engine, ok := strings.Cut(name, ", "); ok && r == nil {
				r = rs.find(row, peer+"+"+engine)
			}
			cells = append(cells, marked(r, cell))
		}
		rows = append(rows, cells)
	}
	return table(rows...)
}

func marked(r *benchfmt.Result, cell func(*benchfmt.Result) string) string {
	if r == nil {
		return "–"
	}
	return cmp.Or(missing(r), cell(r))
}

// each has a table for each row of the results, with a row for each peer.
func each(rs results, heads []string, cells func(*benchfmt.Result) []string) string {
	var b strings.Builder
	for rest := rs; len(rest) > 0; {
		name := rowOf(rest[0])
		n := slices.IndexFunc(rest, func(r *benchfmt.Result) bool { return rowOf(r) != name })
		if n < 0 {
			n = len(rest)
		}
		rows := [][]string{append([]string{name}, heads...)}
		for _, r := range rest[:n] {
			rows = append(rows, append([]string{peerOf(r)}, cells(r)...))
		}
		b.WriteString(table(rows...) + "\n")
		rest = rest[n:]
	}
	return measured(rs, strings.TrimSpace(b.String())+"\n")
}

// siteTables are a table for each figure of the servers of one site, beside the ratio to dram on net/http: of requests/s that of
// each round, which is kept, of the others that of the medians.
func (rs results) siteTables() string {
	var b strings.Builder
	for _, figure := range []struct {
		head, unit string
		scale      float64
	}{
		{"requests/s", answers, 1}, {"server CPU, µs/request · of medians", "cpu-us/req", 1}, {"p50, ms · of medians", "p50-ms", 1},
		{"p99, ms · of medians", "p99-ms", 1}, {"peak memory, MB · of medians", "peak-B", 1e-6},
	} {
		b.WriteString(pivot(figure.head, rs, func(r *benchfmt.Result) string {
			v, ratio := value(r, figure.unit), value(r, "ratio")
			if figure.unit != answers {
				ratio = v / value(rs.find(rowOf(r), "dram"), figure.unit)
			}
			text := fmt.Sprintf("%.2f", v*figure.scale)
			if v*figure.scale >= 100 {
				text = number(v * figure.scale)
			}
			return fmt.Sprintf("%s · **%.2f**", text, ratio)
		}) + "\n")
	}
	return measured(rs, b.String())
}

func nanoseconds(r *benchfmt.Result) string { return number(value(r, processor)) }

func rowCell(unit string) func(*benchfmt.Result) string {
	return func(r *benchfmt.Result) string {
		text := fmt.Sprintf("%s · **%.2f**", number(value(r, unit)), value(r, "ratio"))
		if allocs := math.Round(value(r, "allocs/op")); allocs > 0 {
			text += " · " + number(allocs)
		}
		if value(r, "by-hand") > 0 {
			text += " ✎"
		}
		return text
	}
}

// rowsTable has ns and the ratio to gin in each cell; below the floor stands by how many ns dram is above it.
func (rs results) rowsTable() string {
	if len(rs) == 0 {
		return "Not measured.\n"
	}
	return measured(rs, pivot("row", rs, func(r *benchfmt.Result) string {
		if peerOf(r) == "floor" {
			above := number(value(rs.find(rowOf(r), "dram"), processor) - value(r, processor))
			if !strings.HasPrefix(above, "−") {
				above = "+" + above
			}
			return nanoseconds(r) + " · " + above
		}
		return rowCell(processor)(r)
	}))
}

// layersTable has what a layer costs, and in dram's cell the ratio to the best of its twins.
func (rs results) layersTable() string {
	layers := slices.DeleteFunc(slices.Clone(rs), func(r *benchfmt.Result) bool { return rowOf(r) == "none" })
	return measured(rs, pivot("layer, ns", layers, func(r *benchfmt.Result) string {
		text := number(value(r, "layer-ns"))
		if ratio := rs.toTwin(r); ratio > 0 {
			text += fmt.Sprintf(" · **%.2f**", ratio)
		}
		if allocs := math.Round(value(r, "allocs/op") - value(rs.find("none", peerOf(r)), "allocs/op")); allocs > 0 {
			text += " · " + number(allocs)
		}
		return text
	}))
}

// toTwin is what a layer of dram costs beside the cheapest other one of its row; 0 if there is none.
func (rs results) toTwin(own *benchfmt.Result) float64 {
	best := math.Inf(1)
	for _, r := range rs {
		if cost := value(r, "layer-ns"); rowOf(r) == rowOf(own) && peerOf(r) != "dram" && cost < best {
			best = cost
		}
	}
	if peerOf(own) != "dram" || best <= 0 { // beside nothing, or less than it in the noise, there is no ratio
		return 0
	}
	return value(own, "layer-ns") / best
}

// summaryRows are those of the README's table and of the chart.
var summaryRows = []string{
	"Param", "GithubAll", "StaticAll", "siblings, all", "5 middlewares", "String", "JSON small", "bind JSON", "bind query", "404",
}

func (rs results) summary() results {
	return slices.DeleteFunc(rs.of("rows", current, ""), func(r *benchfmt.Result) bool {
		return !slices.Contains(summaryRows, rowOf(r)) || peerOf(r) == "floor" || strings.Contains(peerOf(r), "+")
	})
}

func (rs results) summaryTable() string {
	return pivot("time, gin = 1", rs.summary(), func(r *benchfmt.Result) string {
		if peerOf(r) == "dram" {
			return fmt.Sprintf("**%.2f**", value(r, "ratio"))
		}
		return fmt.Sprintf("%.2f", value(r, "ratio"))
	})
}

// number writes a small figure with one decimal, unless it is whole, and a large one with a comma before each three digits.
func number(v float64) string {
	if math.IsNaN(v) {
		return "–"
	}
	if v < 0 {
		return "−" + number(-v)
	}
	if v < 99.95 && v != math.Trunc(v) {
		return fmt.Sprintf("%.1f", v)
	}
	digits := fmt.Sprintf("%.0f", v)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// fill puts each section between its markers in a page. Those for which it has no markers are left out:
//
//	<!-- benchmarks:NAME -->
//	…
//	<!-- /benchmarks:NAME -->
func fill(path string, sections []section) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	page := string(text)
	for _, s := range sections {
		begin, end := "<!-- benchmarks:"+s.name+" -->", "<!-- /benchmarks:"+s.name+" -->"
		before, rest, found := strings.Cut(page, begin)
		if !found {
			continue
		}
		_, after, found := strings.Cut(rest, end)
		if !found {
			return fmt.Errorf("%s: the marker %s has no %s behind it", path, begin, end)
		}
		page = before + begin + "\n\n" + strings.TrimSpace(s.text) + "\n\n" + end + after
	}
	return os.WriteFile(path, []byte(page), 0o644)
}
