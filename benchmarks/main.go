// Command benchmarks measures dram beside its peers, on the same work.
//
//	export GOWORK=off            this module is not one of the workspace
//	go run .                     all parts, in less than 20 minutes
//	go run . -only rows          one part: rows, typed, e2e, footprint or growth
//	go run . -row '^Param' -n    the rows whose names match; nothing is written
//
// It prints tables, and writes results.json here, the tables of
// ../docs/benchmarks.md and ../README.md, and ../docs/benchmarks.svg. A part
// that is left out keeps its figures of the run before.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/dram-go/dram/benchmarks/e2e"
	"github.com/dram-go/dram/benchmarks/footprint"
	"github.com/dram-go/dram/benchmarks/report"
)

// options are the flags.
type options struct {
	passes int
	pass   time.Duration
	rounds int
	round  time.Duration
	only   string
	row    *regexp.Regexp
	quick  bool
	dry    bool
	part   string
}

// parts are what can be measured, in the order of a run. Footprint comes first:
// a build warms the machine, and nothing after it takes long pauses.
var parts = []string{"footprint", "rows", "typed", "growth", "e2e"}

func main() {
	log.SetFlags(0)
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		if err := serve(os.Args[2:]); err != nil {
			log.Fatal(err)
		}
		return
	}
	o, err := parse(os.Args[1:])
	if err == nil && o.part != "" {
		err = o.child(os.Stdout)
	} else if err == nil {
		err = o.run()
	}
	if err != nil {
		log.Fatal(err)
	}
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("benchmarks", flag.ExitOnError)
	flags.IntVar(&o.passes, "passes", 30, "how often each cell of the rows is measured")
	flags.DurationVar(&o.pass, "pass", 20*time.Millisecond, "how long each time")
	flags.IntVar(&o.rounds, "rounds", 5, "how often each server is loaded")
	flags.DurationVar(&o.round, "round", time.Second, "how long each time, in whole seconds")
	flags.StringVar(&o.only, "only", "", "the parts to measure, with commas: "+strings.Join(parts, ", ")+" (all)")
	row := flags.String("row", "", "a regular expression: the rows and the end-to-end rows to measure (all)")
	flags.BoolVar(&o.quick, "quick", false, "leave out cold builds and the largest sizes")
	flags.BoolVar(&o.dry, "n", false, "write no files")
	flags.StringVar(&o.part, "part", "", "for the program itself: measure one part and print its figures as JSON")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	for _, name := range o.parts() {
		if !slices.Contains(parts, name) {
			return o, fmt.Errorf("no part %q: there are %s", name, strings.Join(parts, ", "))
		}
	}
	var err error
	o.row, err = regexp.Compile(*row)
	return o, err
}

func (o options) parts() []string {
	if o.only == "" {
		return parts
	}
	return strings.Split(o.only, ",")
}

// results is where the report of each run is kept.
const results = "results.json"

// run measures the parts, prints their tables and writes them down.
func (o options) run() error {
	dram, versions, err := modules()
	if err != nil {
		return err
	}
	r, err := report.Load(results)
	if err != nil {
		return err
	}
	r.About = about(versions, dram)
	r.About.Method = fmt.Sprintf("%d passes of %s a cell, %d rounds of %s a server.", o.passes, o.pass, o.rounds, o.round)
	r.Missing = map[string]string{}
	for _, part := range o.parts() {
		start := time.Now()
		if err := o.measure(part, r, versions, dram); err != nil {
			return fmt.Errorf("%s: %w", part, err)
		}
		log.Printf("%s took %s", part, time.Since(start).Round(time.Second))
	}
	sections := r.Sections()
	for _, name := range []string{"about", "targets", "rows", "typed", "e2e", "footprint", "routes", "hostile", "render", "bind"} {
		fmt.Printf("## %s\n\n%s\n", name, sections[name])
	}
	if o.dry {
		return nil
	}
	return write(r, sections)
}

func write(r *report.Report, sections map[string]string) error {
	if err := r.Save(results); err != nil {
		return err
	}
	for _, page := range []string{"../docs/benchmarks.md", "../README.md"} {
		if err := report.FillFile(page, sections); err != nil {
			return err
		}
	}
	if chart := r.SVG(); chart != "" {
		return os.WriteFile("../docs/benchmarks.svg", []byte(chart), 0o644)
	}
	return nil
}

// measure has one part measured, most of them by a process of their own, so that
// none has the heap, or the processor, of another one.
func (o options) measure(part string, r *report.Report, versions map[string]string, dram string) (err error) {
	switch part {
	case "rows":
		return o.spawn(part, &r.Rows)
	case "typed":
		return o.spawn(part, &r.Typed)
	case "growth":
		return o.spawn(part, &r.Growth)
	case "footprint":
		r.Footprint, err = footprint.Run(versions, dram, !o.quick, os.Stderr)
	case "e2e":
		server, client := processors()
		r.EndToEnd, err = e2e.Run(e2e.Plan{Rounds: o.rounds, Round: o.round, ServerCPU: server, ClientCPU: client}, o.row, os.Stderr)
		if err == e2e.ErrNoWrk {
			log.Print(err)
			r.Missing[part], err = err.Error(), nil
		}
	}
	return err
}

// child is the process that measures one part.
func (o options) child(out io.Writer) error {
	figures, err := o.pinned()
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(figures)
}

func serve(args []string) error {
	flags := flag.NewFlagSet("serve", flag.ExitOnError)
	name := flags.String("server", "", "which one")
	dir := flags.String("dir", ".", "of the static files")
	cpu := flags.Int("cpu", -1, "the processor")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if err := pin(*cpu); err != nil {
		return err
	}
	return e2e.Serve(*name, *dir)
}
