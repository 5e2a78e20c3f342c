package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"runtime"

	"github.com/dram-go/dram/benchmarks/growth"
	"github.com/dram-go/dram/benchmarks/measure"
	"github.com/dram-go/dram/benchmarks/rows"
	"github.com/dram-go/dram/benchmarks/typedrows"
)

// This file is the parts that run in one process on one processor.

// spawn starts this program again for a part, and reads its figures.
func (o options) spawn(part string, figures any) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, "-part", part, "-passes", fmt.Sprint(o.passes), "-pass", o.pass.String(),
		"-row", o.row.String(), fmt.Sprintf("-quick=%t", o.quick))
	// As many threads of Go as there are processors for them, from the start.
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return err
	}
	return json.Unmarshal(out, figures)
}

// pinned measures a part.
func (o options) pinned() (any, error) {
	runtime.GOMAXPROCS(1)
	cpu, _ := processors()
	if err := pin(cpu); err != nil {
		return nil, err
	}
	plan := measure.Plan{Passes: o.passes, Pass: o.pass}
	switch o.part {
	case "rows":
		return o.rows(plan)
	case "typed":
		return typedrows.Run(plan, o.row.MatchString)
	case "growth":
		return o.growth(plan)
	}
	return nil, fmt.Errorf("the part %q is not one of a process of its own", o.part)
}

func (o options) rows(plan measure.Plan) ([]rows.Result, error) {
	var figures []rows.Result
	for _, row := range rows.All() {
		if !o.row.MatchString(row.Name) {
			continue
		}
		log.Print("row: ", row.Name)
		figure, err := rows.Run(row, plan)
		if err != nil {
			return nil, err
		}
		figures = append(figures, figure)
	}
	if len(figures) == 0 {
		return nil, errors.New("no row has such a name")
	}
	return figures, nil
}

func (o options) growth(plan measure.Plan) ([]growth.Point, error) {
	// A point needs fewer passes than a row: it is its order of size that counts.
	plan.Passes = max(1, plan.Passes/4)
	routes := []int{10, 100, 1_000, 10_000, 100_000}
	bodies := []int{1 << 10, 10 << 10, 100 << 10, 1 << 20, 10 << 20}
	depths := []int{2, 4, 6, 8, 10, 12}
	if o.quick {
		routes, bodies, depths = routes[:3], bodies[:3], depths[:3]
	}
	log.Print("growth: routes")
	points := growth.Lookups(routes, plan)
	log.Print("growth: hostile paths")
	points = append(points, growth.Hostile(depths, plan)...)
	log.Print("growth: bodies")
	sizes, err := growth.Bodies(bodies, plan)
	return append(points, sizes...), err
}

// processors are the two for the one who serves and the one who asks: the same
// where there is only one, -1 where none can be chosen.
func processors() (server, client int) {
	cpus := measure.CPUs()
	if len(cpus) == 0 {
		return -1, -1
	}
	return cpus[0], cpus[len(cpus)-1]
}

// pin keeps this process on a processor, unless there is none to choose.
func pin(cpu int) error {
	if cpu < 0 {
		return nil
	}
	return measure.Pin(cpu)
}
