package main

import (
	"bytes"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/perf/benchfmt"

	"github.com/dram-go/dram/benchmarks/pin"
)

// This file runs the benchmarks.

// The toolchains, as results name them: the one that runs this program, and the newest.
const (
	current = "current"
	newest  = "newest"
)

// measure measures the parts, and puts what it finds in place of what was found before.
func (o options) measure(wanted []part, found *results) error {
	temp, err := os.MkdirTemp("", "dram-benchmarks-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	built, rows := map[string]bool{}, 0
	for _, toolchain := range []string{current, newest} {
		for _, p := range wanted {
			if toolchain == newest && (!p.both || o.newest == "") {
				continue
			}
			began := time.Now()
			version, binary := runtime.Version(), filepath.Join(temp, toolchain+"-"+filepath.Base(p.dir)+".test")
			if toolchain == newest {
				version = o.newest
			}
			if !built[binary] {
				if err := o.build(p.dir, version, binary); toolchain == newest && err != nil && !o.named {
					log.Printf("%s is left out: %v", version, err)
					continue
				} else if err != nil {
					return err
				}
				built[binary] = true
			}
			passes, err := o.passesOf(p, binary)
			if err != nil {
				return fmt.Errorf("%s: %w", p.name, err)
			}
			for _, pass := range passes {
				rows += len(pass)
			}
			found.replace(p, toolchain, o.row != "", p.summary(passes, o.config(p, toolchain, version)))
			log.Printf("%s with %s took %s", p.name, version, time.Since(began).Round(time.Second))
		}
	}
	if rows == 0 && o.row != "" {
		return fmt.Errorf("-row %s: no row of these parts has such a name", o.row)
	}
	return nil
}

// build compiles the benchmarks of a package, and runs their tests: what answers wrongly is not measured.
func (o options) build(dir, version, binary string) error {
	cmd := exec.Command("go", "test", "-c", "-vet=off", "-o", binary, "./"+dir)
	cmd.Env = append(os.Environ(), "GOWORK=off")
	if version != runtime.Version() {
		cmd.Env = append(cmd.Env, "GOTOOLCHAIN="+version)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go test -c ./%s: %w\n%s", dir, err, out)
	}
	test := exec.Command(binary, "-test.short")
	test.Dir = dir
	if out, err := test.CombinedOutput(); err != nil {
		return fmt.Errorf("not measured, since a test fails: %w\n%s", err, out)
	}
	return nil
}

// passesOf runs the benchmarks of a part again and again.
func (o options) passesOf(p part, binary string) (passes [][]*benchfmt.Result, err error) {
	server, _ := pin.Two()
	if p.free {
		server = -1
	}
	row := strings.ReplaceAll(o.row, "/", ".")
	if p.name == "layers" && row != "" {
		row += "|^none$" // what a layer costs is measured from there
	}
	turn := "1x"
	if p.procs > 0 {
		turn = o.pass.String()
	}
	for n := range p.passes(o) {
		cmd := exec.Command(binary, "-test.run=^$", fmt.Sprintf("-test.bench=^Benchmark%s$/(%s)", p.bench, row),
			"-test.timeout=1h", "-test.benchtime="+turn, "-pass", fmt.Sprint(n), fmt.Sprint("-quick=", o.quick))
		cmd.Dir = p.dir
		if p.procs > 0 {
			cmd.Env = append(os.Environ(), fmt.Sprint("GOMAXPROCS=", p.procs))
		}
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, os.Stderr
		if err := pin.Start(cmd, server); err != nil {
			return nil, err
		}
		if err := cmd.Wait(); err != nil {
			return nil, fmt.Errorf("%w\n%s", err, &out)
		}
		pass, err := read(&out)
		if err != nil {
			return nil, err
		}
		if len(pass) == 0 {
			log.Printf("%s: nothing was measured: %s", p.name, strings.TrimSpace(out.String()))
		}
		passes = append(passes, pass)
	}
	return passes, nil
}
