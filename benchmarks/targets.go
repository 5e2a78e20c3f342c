package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/aclements/go-moremath/stats"
)

// target is a figure of dram's that is to be reached; got is 0, or not a number, if it was not measured.
type target struct {
	what      string
	want, got float64
}

// rowTargets are the ratios to gin of single rows.
var rowTargets = []target{
	{"5 middlewares", 0.75, 0}, {"String", 0.70, 0}, {"JSON small", 0.75, 0}, {"param + JSON", 0.75, 0}, {"JSON 10 KB", 0.75, 0},
	{"JSON 10 KB, sonic", 0.50, 0}, {"JSON 10 KB, gojson", 0.50, 0}, {"bind JSON", 0.58, 0}, {"bind query", 0.55, 0},
	{"bind form", 0.75, 0}, {"404", 0.85, 0}, {"405", 0.80, 0},
}

func (rs results) targets() []target {
	rows, typed := rs.of("rows", current, ""), rs.of("typed", current, "")
	routing, framework, toBest := rows.ratios()
	// part is a figure divided by another one of the same part.
	part := func(part, unit, row, peer, toRow, toPeer string) float64 {
		all := rs.of(part, current, "")
		return value(all.find(row, peer), unit) / value(all.find(toRow, toPeer), unit)
	}
	targets := []target{
		{"routing rows, geometric mean", 0.62, stats.GeoMean(routing)},
		{"routing rows, the worst", 0.85, slices.Max(append(routing, 0))},
		{"framework rows, geometric mean", 0.65, stats.GeoMean(framework)},
		{"framework rows, the worst", 0.92, slices.Max(append(framework, 0))},
		{"all rows, geometric mean to the best of the others", 0.93, stats.GeoMean(toBest)},
		{"Param, ns above a pool alone", 12, value(rows.find("Param", "dram"), processor) - value(rows.find("Param", "floor"), processor)},
	}
	for _, t := range rowTargets {
		row, engine, found := strings.Cut(t.what, ", ")
		if found {
			engine = "+" + engine
		}
		targets = append(targets, target{t.what, t.want, value(rows.find(row, "dram"+engine), "ratio")})
	}
	for _, row := range []string{"bind, validate, answer", "five broken rules"} {
		targets = append(targets,
			target{row + ", typed to dram, by hand", 1.05, 1 / value(typed.find(row, "dram, by hand"), "ratio")},
			target{row + ", typed to huma", 0.60, 1 / value(typed.find(row, "huma"), "ratio")})
	}
	return append(targets,
		target{"layers, the worst to its best twin", 1, rs.worstLayer()},
		target{"stripped size of a JSON server", 0.45, part("footprint", "stripped-B", "Hello", "dram", "Hello", "gin")},
		target{"packages of a JSON server", 0.34, part("footprint", "packages", "Hello", "dram", "Hello", "gin")},
		target{"a lookup among 100,000 routes, to one among 100 of dram's own", 3, part("growth", "lookup-ns", "100000", "dram", "100", "dram")},
		target{"memory of a route, of 10,000", 0.90, part("growth", "route-B", "10000", "dram", "10000", "gin")},
		target{"registration of 10,000 routes", 1, part("growth", "register-ns", "10000", "dram", "10000", "gin")})
}

// ratios are those of dram to gin, the rows of routes first, which end with the siblings, and to the best of the others.
func (rs results) ratios() (routing, framework, toBest []float64) {
	list := &routing
	for _, r := range rs {
		if peerOf(r) != "dram" {
			continue
		}
		best, own := math.Inf(1), value(r, "ratio")
		for _, other := range rs {
			if ratio, peer := value(other, "ratio"), peerOf(other); rowOf(other) == rowOf(r) && ratio > 0 && !strings.HasPrefix(peer, "dram") && peer != "floor" {
				best = min(best, ratio)
			}
		}
		*list, toBest = append(*list, own), append(toBest, own/best)
		if rowOf(r) == "siblings, all" {
			list = &framework
		}
	}
	return routing, framework, toBest
}

func (rs results) worstLayer() (worst float64) {
	layers := rs.of("layers", current, "")
	for _, r := range layers {
		worst = max(worst, layers.toTwin(r))
	}
	return worst
}

func (rs results) targetsTable() string {
	rows := [][]string{{"dram / gin", "to reach", "reached", ""}}
	for _, t := range rs.targets() {
		got, mark := fmt.Sprintf("%.2f", t.got), "✓"
		switch {
		case math.IsNaN(t.got) || t.got == 0:
			got, mark = "–", ""
		case math.Round(t.got*100) > math.Round(t.want*100):
			mark = "✗"
		}
		rows = append(rows, []string{t.what, fmt.Sprintf("≤ %.2f", t.want), got, mark})
	}
	return table(rows...)
}
