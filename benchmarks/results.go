package main

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"slices"
	"strings"

	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchmath"
)

// results are the figures, one for each row and peer, in the order of the tables. They are kept in the benchmark format of Go; its
// configuration lines say where figures come from.
type results []*benchfmt.Result

func read(text io.Reader) (found results, err error) {
	reader := benchfmt.NewReader(text, "results")
	for reader.Scan() {
		if r, ok := reader.Result().(*benchfmt.Result); ok {
			found = append(found, r.Clone())
		}
	}
	return found, reader.Err()
}

// load reads a file of results; one that is not there has none.
func load(path string) (results, error) {
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return read(bytes.NewReader(text))
}

func (rs results) save(path string) error {
	var text bytes.Buffer
	writer := benchfmt.NewWriter(&text)
	for _, r := range rs {
		if err := writer.Write(r); err != nil {
			return err
		}
	}
	return os.WriteFile(path, text.Bytes(), 0o644)
}

// replace puts the figures of a part in place of those before; if they are some rows of it only, or none, the others stay.
func (rs *results) replace(p part, toolchain string, some bool, new results) {
	same := func(r *benchfmt.Result) bool {
		return r.GetConfig("part") == p.name && r.GetConfig("toolchain") == toolchain
	}
	if !some && len(new) > 0 {
		*rs = slices.DeleteFunc(*rs, same)
	}
	for _, n := range new {
		i := slices.IndexFunc(*rs, func(r *benchfmt.Result) bool { return same(r) && bytes.Equal(r.Name, n.Name) })
		if i < 0 {
			*rs = append(*rs, n)
		} else {
			(*rs)[i] = n
		}
	}
	place := func(r *benchfmt.Result) int {
		return slices.IndexFunc(parts, func(p part) bool { return p.name == r.GetConfig("part") })
	}
	slices.SortStableFunc(*rs, func(a, b *benchfmt.Result) int {
		return cmp.Or(cmp.Compare(a.GetConfig("toolchain"), b.GetConfig("toolchain")), cmp.Compare(place(a), place(b)))
	})
}

// of are the results of a part, or of one benchmark of it.
func (rs results) of(part, toolchain, bench string) (found results) {
	for _, r := range rs {
		if r.GetConfig("part") == part && r.GetConfig("toolchain") == toolchain && (bench == "" || string(r.Name.Base()) == bench) {
			found = append(found, r)
		}
	}
	return found
}

// find is the result of a peer for a row, or nil.
func (rs results) find(row, peer string) *benchfmt.Result {
	for _, r := range rs {
		if rowOf(r) == row && peerOf(r) == peer {
			return r
		}
	}
	return nil
}

func rowOf(r *benchfmt.Result) string  { return word(r, 0) }
func peerOf(r *benchfmt.Result) string { return word(r, 1) }

func word(r *benchfmt.Result, i int) string {
	_, words := r.Name.Parts()
	return strings.ReplaceAll(strings.TrimPrefix(string(words[i]), "/"), "_", " ")
}

// value is a figure, in the unit that the benchmark has given it; not a number if there is none.
func value(r *benchfmt.Result, unit string) float64 {
	if r == nil {
		return math.NaN()
	}
	for _, v := range r.Values {
		if v.OrigUnit == unit {
			return v.OrigValue
		}
		if v.Unit == unit {
			return v.Value
		}
	}
	return math.NaN()
}

// missing says why a peer has no figure, and is "" if it has one.
func missing(r *benchfmt.Result) string {
	switch {
	case value(r, "refuses") > 0:
		return "refuses"
	case value(r, "gives-up") > 0:
		return "gives up"
	}
	return ""
}

// summary makes one result of all passes: the least of what is compared and of other times of the processor, the median of all
// else, and the median over the passes of the ratio to the base in the same pass. A machine that slows down slows both. A pass
// without a figure does not count; a peer that gives up in one pass has none.
func (p part) summary(passes [][]*benchfmt.Result, config []benchfmt.Config) (summed results) {
	if len(passes) == 0 {
		return nil
	}
	for _, model := range passes[0] {
		for _, pass := range passes {
			if r := named(pass, model.Name); missing(r) != "" {
				model = r
			}
		}
		sum := &benchfmt.Result{Name: model.Name, Iters: len(passes), Config: config}
		add := func(unit string, value float64) {
			sum.Values = append(sum.Values, benchfmt.Value{Value: value, Unit: unit})
		}
		series := func(figure func(pass results, r *benchfmt.Result) float64) *benchmath.Sample {
			var values []float64
			for _, pass := range passes {
				if v := figure(pass, named(pass, model.Name)); !math.IsNaN(v) {
					values = append(values, v)
				}
			}
			return benchmath.NewSample(values, &benchmath.DefaultThresholds)
		}
		for _, v := range model.Values {
			unit := cmp.Or(v.OrigUnit, v.Unit)
			sample := series(func(_ results, r *benchfmt.Result) float64 { return value(r, unit) })
			switch {
			case unit == p.unit && unit != answers, strings.HasSuffix(unit, "-ns"):
				add(unit, sample.Values[0])
			case unit != wall || p.unit != processor:
				add(unit, center(sample))
			}
		}
		ratios := series(func(pass results, r *benchfmt.Result) float64 {
			return value(r, p.unit) / value(pass.find(rowOf(model), p.base), p.unit)
		})
		if n := len(ratios.Values); n > 0 {
			ratio := benchmath.AssumeNothing.Summary(ratios, 0.95)
			add("ratio", ratio.Center)
			if n > 5 { // fewer have no such interval
				add("spread", (ratio.Hi-ratio.Lo)/2/ratio.Center)
			}
		}
		if p.name == "layers" {
			add("layer-ns", center(series(func(pass results, r *benchfmt.Result) float64 {
				return value(r, p.unit) - value(pass.find("none", peerOf(model)), p.unit)
			})))
		}
		summed = append(summed, sum)
	}
	return summed
}

func named(pass results, name benchfmt.Name) *benchfmt.Result {
	for _, r := range pass {
		if bytes.Equal(r.Name, name) {
			return r
		}
	}
	return nil
}

func center(sample *benchmath.Sample) float64 {
	return benchmath.AssumeNothing.Summary(sample, 0.95).Center
}
