// Command benchmarks measures dram beside its peers, on the same work.
//
//	export GOWORK=off                               this module is not one of the workspace
//	go run .                                        all parts
//	go run . -only rows                             one part of them
//	go run . -row '^Param' -n                       the rows whose names match; nothing is written
//	go test -bench '^BenchmarkRow$/^Param$' .       one by hand: BenchmarkRow/ROW/PEER
//	./instructions.sh Param dram                    how many instructions its request takes
//
// It compiles the benchmarks of this module once, has their tests check every answer, and runs them many times for a short while
// each. It prints tables, and writes testdata/results.txt, the tables of ../docs and ../README.md, and ../docs/benchmarks.svg.
// A part that is left out keeps its figures of the run before.
package main

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"
)

// part is a group of benchmarks that are measured together.
type part struct {
	name   string
	dir    string // of the package
	bench  string // the benchmarks, a regular expression
	unit   string // what is compared: see summary
	base   string // the peer that the others are compared with
	passes func(o options) int
	procs  int  // processors of Go; one is pinned
	both   bool // with the newest toolchain as well
	apart  bool // measured only if it is named
	free   bool // it pins what it starts, or is in no hurry
}

const processor, wall, answers = "cpu-ns/op", "ns/op", "req/s"

// parts are in the order of a run. Footprint comes first: a build warms the machine, and nothing after it takes long pauses.
var parts = []part{
	{name: "footprint", dir: "footprint", bench: "Footprint", passes: once, free: true},
	{name: "rows", dir: ".", bench: "Row", unit: processor, base: "gin", passes: all, procs: 1, both: true},
	{name: "parallel", dir: ".", bench: "Parallel", unit: wall, base: "gin", passes: all, procs: 2, free: true},
	{name: "layers", dir: ".", bench: "Layer", unit: processor, passes: all, procs: 1},
	{name: "typed", dir: ".", bench: "Typed", unit: processor, base: "dram, typed", passes: all, procs: 1},
	{name: "growth", dir: ".", bench: "(Routes|Hostile|Render|Bind)", unit: processor, passes: func(o options) int { return max(1, o.passes/8) }, procs: 1},
	{name: "e2e", dir: "e2e", bench: "EndToEnd", unit: answers, base: "gin", passes: func(o options) int { return o.rounds }, free: true},
	{name: "h1", dir: "e2e", bench: "Site", unit: answers, base: "dram", passes: func(o options) int { return max(1, o.rounds/2) }, free: true, apart: true},
	{name: "overload", dir: "overload", bench: "Overload", passes: once, free: true, apart: true},
}

func all(o options) int { return o.passes }
func once(options) int  { return 1 }

// options are the flags.
type options struct {
	passes, rounds     int
	pass               time.Duration
	only, row          string
	newest             string
	named              bool // newest was
	quick, dry, tables bool
}

// quickly is what -quick sets, unless it is given.
var quickly = map[string]string{"passes": "3", "pass": "5ms", "rounds": "1"}

func main() {
	log.SetFlags(0)
	o, err := parse(flag.CommandLine, os.Args[1:])
	if err == nil {
		err = o.run()
	}
	if err != nil {
		log.Fatal(err)
	}
}

// parse reads the command line.
func parse(flags *flag.FlagSet, args []string) (o options, err error) {
	flags.IntVar(&o.passes, "passes", 25, "how often each cell of the rows is measured")
	flags.DurationVar(&o.pass, "pass", 20*time.Millisecond, "how long each time")
	flags.IntVar(&o.rounds, "rounds", 8, "how often each server is loaded for a second; half as often in h1")
	flags.StringVar(&o.only, "only", "", "the parts to measure, with commas: "+names()+" (all but h1 and overload)")
	flags.StringVar(&o.row, "row", "", "a regular expression: the rows to measure (all)")
	flags.StringVar(&o.newest, "newest", "go1.27.3", `the toolchain that measures the rows a second time, if it can be had; "" for none`)
	flags.BoolVar(&o.quick, "quick", false, "three short passes, without cold builds and the largest sizes")
	flags.BoolVar(&o.tables, "tables", false, "measure nothing: write the tables of what was measured before")
	flags.BoolVar(&o.dry, "n", false, "write no files")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	given := map[string]bool{}
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	o.named = given["newest"]
	for name, value := range quickly {
		if o.quick && !given[name] {
			err = errors.Join(err, flags.Set(name, value))
		}
	}
	return o, errors.Join(err, o.check(flags.Args()))
}

// check says what is wrong with the command line.
func (o options) check(args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s: there are no arguments, only flags: see -h", args[0])
	}
	if o.passes < 1 || o.rounds < 1 || o.pass <= 0 {
		return errors.New("-passes and -rounds are at least 1, and -pass is longer than 0")
	}
	if _, err := regexp.Compile(o.row); err != nil {
		return fmt.Errorf("-row: %w", err)
	}
	if o.named && o.newest != "" && !o.tables { // it would be missed only when all else is measured
		cmd := exec.Command("go", "version")
		cmd.Env = append(os.Environ(), "GOTOOLCHAIN="+o.newest)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("-newest %s: %w\n%s", o.newest, err, out)
		}
	}
	return nil
}

func names() string {
	var names []string
	for _, p := range parts {
		names = append(names, p.name)
	}
	return strings.Join(names, ", ")
}

// wanted are the parts to measure.
func (o options) wanted() (wanted []part, err error) {
	only := strings.FieldsFunc(o.only, func(c rune) bool { return c == ',' })
	for _, name := range only {
		if !slices.ContainsFunc(parts, func(p part) bool { return p.name == name }) {
			return nil, fmt.Errorf("-only %s: there are %s", name, names())
		}
	}
	for _, p := range parts {
		if slices.Contains(only, p.name) || len(only) == 0 && !p.apart {
			wanted = append(wanted, p)
		}
	}
	return wanted, nil
}

const kept = "testdata/results.txt"

// run measures the parts, prints their tables and writes them down.
func (o options) run() error {
	wanted, err := o.wanted()
	if err != nil {
		return err
	}
	found, err := load(kept)
	if err != nil {
		return err
	}
	if !o.tables {
		if err := o.measure(wanted, &found); err != nil {
			return err
		}
	}
	sections := found.sections()
	for _, s := range sections {
		fmt.Printf("## %s\n\n%s\n\n", s.name, strings.TrimSpace(s.text))
	}
	if o.dry {
		return nil
	}
	for _, page := range []string{"../docs/benchmarks.md", "../docs/middleware.md", "../README.md"} {
		if err := fill(page, sections); err != nil {
			return err
		}
	}
	if err := os.WriteFile("../docs/benchmarks.svg", []byte(found.chart()), 0o644); err != nil {
		return err
	}
	return found.save(kept)
}
