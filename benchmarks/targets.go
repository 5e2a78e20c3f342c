package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/aclements/go-moremath/stats"
)

// target is a figure of dram's that is to be reached; got is NaN if it was not measured.
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
	rows, growth := rs.of("rows", current, ""), rs.of("growth", current, "Routes")
	routing, framework, toBest := rows.ratios()
	routes := func(size, peer, unit string) float64 { return value(growth.find(size, peer), unit) }
	footprint := func(unit string) float64 {
		parts := rs.of("footprint", current, "")
		return value(parts.find("Hello", "dram"), unit) / value(parts.find("Hello", "gin"), unit)
	}
	targets := []target{
		{"routing rows, geometric mean", 0.62, stats.GeoMean(routing)},
		{"routing rows, the worst", 0.85, worst(routing)},
		{"framework rows, geometric mean", 0.65, stats.GeoMean(framework)},
		{"framework rows, the worst", 0.92, worst(framework)},
		{"all rows, geometric mean to the best of the others", 0.93, stats.GeoMean(toBest)},
		{"Param, ns above a pool alone", 12, value(rows.find("Param", "dram"), processor) - floor(rows)},
	}
	for _, t := range rowTargets {
		row, engine, ok := strings.Cut(t.what, ", ")
		peer := "dram"
		if ok {
			peer += "+" + engine
		}
		targets = append(targets, target{t.what, t.want, missing(value(rows.find(row, peer), "ratio"))})
	}
	for _, row := range []string{"bind, validate, answer", "five broken rules"} {
		typed := rs.of("typed", current, "")
		targets = append(targets,
			target{row + ", typed to dram, by hand", 1.05, 1 / value(typed.find(row, "dram, by hand"), "ratio")},
			target{row + ", typed to huma", 0.60, 1 / value(typed.find(row, "huma"), "ratio")})
	}
	return append(targets,
		target{"layers, the worst to its best twin", 1, rs.worstLayer()},
		target{"stripped size of a JSON server", 0.45, footprint("stripped-B")},
		target{"packages of a JSON server", 0.34, footprint("packages")},
		target{"a lookup among 100,000 routes, to one among 100 of dram's own", 3, routes("100000", "dram", "lookup-ns") / routes("100", "dram", "lookup-ns")},
		target{"memory of a route, of 10,000", 0.90, routes("10000", "dram", "route-B") / routes("10000", "gin", "route-B")},
		target{"registration of 10,000 routes", 1, routes("10000", "dram", "register-ns") / routes("10000", "gin", "register-ns")})
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

func (rs results) worstLayer() float64 {
	var ratios []float64
	layers := rs.of("layers", current, "")
	for _, r := range layers {
		if best := layers.bestTwin(rowOf(r)); peerOf(r) == "dram" && best > 0 {
			ratios = append(ratios, value(r, "layer-ns")/best)
		}
	}
	return worst(ratios)
}

func floor(rows results) float64 { return missing(value(rows.find("Param", "floor"), processor)) }

func worst(ratios []float64) float64 {
	if len(ratios) == 0 {
		return math.NaN()
	}
	return slices.Max(ratios)
}

func missing(v float64) float64 {
	if v == 0 {
		return math.NaN()
	}
	return v
}

func (rs results) targetsTable() string {
	rows := [][]string{{"dram / gin", "to reach", "reached", ""}}
	for _, t := range rs.targets() {
		got, mark := fmt.Sprintf("%.2f", t.got), "✓"
		switch {
		case math.IsNaN(t.got) || math.IsInf(t.got, 0) || t.got == 0:
			got, mark = "–", ""
		case math.Round(t.got*100) > math.Round(t.want*100):
			mark = "✗"
		}
		rows = append(rows, []string{t.what, fmt.Sprintf("≤ %.2f", t.want), got, mark})
	}
	return table(rows...)
}
