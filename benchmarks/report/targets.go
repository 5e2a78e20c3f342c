package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/dram-go/dram/benchmarks/growth"
	"github.com/dram-go/dram/benchmarks/measure"
	"github.com/dram-go/dram/benchmarks/rows"
	"github.com/dram-go/dram/benchmarks/typedrows"
)

// target is a ratio of dram to gin that is to be reached.
type target struct {
	what string
	want float64
	got  float64
}

// rowTargets are the targets of single rows; "+" names a JSON engine.
var rowTargets = []struct {
	row, peer string
	want      float64
}{
	{"5 middlewares", "dram", 0.70},
	{"String", "dram", 0.70},
	{"JSON small", "dram", 0.80},
	{"JSON 10 KB", "dram", 0.75},
	{"JSON 10 KB", "dram+sonic", 0.50},
	{"JSON 10 KB", "dram+gojson", 0.50},
	{"bind JSON", "dram", 0.85},
	{"bind query", "dram", 0.55},
	{"bind form", "dram", 0.75},
	{"404", "dram", 1.00},
	{"405", "dram", 0.80},
}

func (r *Report) targets() []target {
	routing := r.ratios("dram", rows.Routing)
	if len(routing) == 0 {
		return nil
	}
	targets := []target{
		{"routing rows, geometric mean", 0.65, measure.GeoMean(routing)},
		{"routing rows, the worst", 0.90, slices.Max(routing)},
		{"all rows, geometric mean to the best of the others", 0.95, measure.GeoMean(r.toBest())},
	}
	for _, t := range rowTargets {
		for _, row := range r.Rows {
			for _, cell := range row.Cells {
				if row.Row == t.row && cell.Peer == t.peer {
					targets = append(targets, target{t.row + ", " + t.peer, t.want, cell.Ratio})
				}
			}
		}
	}
	return slices.Concat(targets, r.typedTargets(), r.footprintTargets(), r.growthTargets())
}

// typedTargets compare a typed handler with the same one by hand, and with huma's.
func (r *Report) typedTargets() (targets []target) {
	for _, row := range r.Typed {
		for _, cell := range row.Cells {
			if want := map[string]float64{typedrows.ByHand: 1.05, typedrows.Huma: 0.6}[cell.Subject]; want > 0 {
				targets = append(targets, target{row.Row + ", typed to " + cell.Subject, want, cell.Ratio})
			}
		}
	}
	return targets
}

// toBest divides dram's ratio by that of the fastest other framework of each row.
func (r *Report) toBest() []float64 {
	var ratios []float64
	for _, row := range r.Rows {
		own, best := 0.0, math.Inf(1)
		for _, cell := range row.Cells {
			switch {
			case cell.Refuses != "" || strings.Contains(cell.Peer, "+"):
			case cell.Peer == "dram":
				own = cell.Ratio
			default:
				best = min(best, cell.Ratio)
			}
		}
		if own > 0 {
			ratios = append(ratios, own/best)
		}
	}
	return ratios
}

func (r *Report) footprintTargets() []target {
	sizes, packages := map[string]float64{}, map[string]float64{}
	for _, p := range r.Footprint {
		if p.Error == "" {
			sizes[p.Program], packages[p.Program] = float64(p.Bytes), float64(p.Packages)
		}
	}
	if sizes["dram"] == 0 || sizes["gin"] == 0 {
		return nil
	}
	return []target{
		{"stripped size of a JSON server", 0.45, sizes["dram"] / sizes["gin"]},
		{"packages of a JSON server", 0.34, packages["dram"] / packages["gin"]},
	}
}

// growthTargets compare many routes with few, and their memory with gin's.
func (r *Report) growthTargets() []target {
	points := map[string]map[int]growth.Point{"dram": {}, "gin": {}}
	for _, p := range r.Growth {
		if sizes := points[p.Peer]; p.Curve == "routes" && sizes != nil {
			sizes[p.Size] = p
		}
	}
	few, many, gin := points["dram"][100], points["dram"][100_000], points["gin"][100_000]
	if few.Ns == 0 || many.Ns == 0 || gin.Bytes == 0 {
		return nil
	}
	return []target{
		{"a lookup among 100,000 routes, to one among 100 of dram's own", 3, many.Ns / few.Ns},
		{"memory of a route", 1, many.Bytes / gin.Bytes},
	}
}

func (r *Report) targetsTable() string {
	targets := r.targets()
	if targets == nil {
		return r.missing("rows")
	}
	t := newTable("dram / gin", "to reach", "reached", "")
	for _, target := range targets {
		mark := "✓"
		if math.Round(target.got*100) > math.Round(target.want*100) {
			mark = "✗"
		}
		t.row(target.what, fmt.Sprintf("≤ %.2f", target.want), fmt.Sprintf("%.2f", target.got), mark)
	}
	return t.String()
}

// summaryRows are those of the README's table.
var summaryRows = []string{
	"Param", "GithubAll", "StaticAll", "siblings, all", "5 middlewares", "String", "JSON small", "bind JSON", "bind query", "404",
}

// Summary is a short table of ratios for the README.
func (r *Report) Summary() string {
	if len(r.Rows) == 0 {
		return r.missing("rows")
	}
	names := []string{"dram", "gin", "echo", "chi", "httprouter", "bunrouter", "ServeMux"}
	t := newTable(append([]string{"time, gin = 1"}, names...)...)
	for _, row := range r.Rows {
		if !slices.Contains(summaryRows, row.Row) {
			continue
		}
		cells := []string{row.Row}
		for _, name := range names {
			text := "–"
			for _, cell := range row.Cells {
				if cell.Peer == name && cell.Refuses == "" {
					text = fmt.Sprintf("%.2f", cell.Ratio)
				}
			}
			if name == "dram" {
				text = "**" + text + "**"
			}
			cells = append(cells, text)
		}
		t.row(cells...)
	}
	return t.String()
}
