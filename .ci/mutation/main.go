// Command mutation measures how much the tests of a package notice: it changes the code in
// small ways, the mutants, and runs the tests on each. A mutant that no test fails on survives:
// a test is missing, or the code is not needed, or the change makes no difference.
//
// All mutants of a package are compiled into one test program, each behind a condition, and an
// environment variable chooses the one that acts; see mutants.go. So a package is built once, and
// a mutant costs the time of the tests that reach it; see run.go.
//
// Printed are the survivors, and for each package
//
//	score = killed / (all − explained)
//
// where the explained are survivors that the file accepted names with a reason. Mutants that no
// test reaches count as survivors.
package main

import (
	_ "embed"
	"flag"
	"fmt"
	"log"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A line of accepted is empty, a reason behind "# ", or the key of a mutant, for which the
// reason above it holds.
//
//go:embed accepted
var accepted string

func main() {
	log.SetFlags(0)
	sample := flag.Int("n", 0, "run only so many mutants of each package (0: all)")
	seed := flag.Uint64("seed", 1, "draws the sample")
	end := flag.Duration("for", 24*time.Hour, "begin no mutant after that time in each package")
	only := flag.String("only", "", "run only mutants whose key matches this regular expression")
	skip := flag.String("skip", "^$", "leave out tests whose names match this regular expression")
	killers := flag.Bool("v", false, "print the killed mutants as well, with the test that failed")
	flag.Parse()

	reasons := explanations(accepted)
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	for _, path := range flag.Args() {
		p, err := load(path, dir)
		if err == nil {
			err = p.build()
		}
		if err == nil {
			err = p.survey(regexp.MustCompile(*skip))
		}
		if err != nil {
			log.Fatal(err)
		}
		orphans(p.mutants, reasons)
		p.mutants = draw(p.mutants, *sample, *seed, regexp.MustCompile(*only))
		report(p, reasons, *killers, time.Now().Add(*end))
	}
}

// orphans prints the keys of the package's folder that are not mutants any more: the code has changed.
func orphans(all []*mutant, reasons map[string]string) {
	here, known := map[string]bool{}, map[string]bool{}
	for _, m := range all {
		here[filepath.Dir(m.file.name)], known[m.key()] = true, true
	}
	for _, key := range slices.Sorted(maps.Keys(reasons)) {
		if name, _, _ := strings.Cut(key, " "); here[filepath.Dir(name)] && !known[key] {
			fmt.Printf("explained, and not a change any more: %s\n", key)
		}
	}
}

// draw returns the mutants to run: those that match, and n of them unless n is 0. Their order is
// drawn as well, so that those of a run that ends early are a sample too.
func draw(all []*mutant, n int, seed uint64, only *regexp.Regexp) []*mutant {
	all = slices.DeleteFunc(all, func(m *mutant) bool { return !only.MatchString(m.key()) })
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	if n > 0 && n < len(all) {
		all = all[:n]
	}
	return all
}

// report runs the mutants of p and prints what became of them.
func report(p *pack, reasons map[string]string, killers bool, end time.Time) {
	all, counts := 0, map[string]int{}
	p.run(end, func(m *mutant) {
		state := m.state
		if _, ok := reasons[m.key()]; ok && state == killed {
			fmt.Printf("explained, and yet killed: %s\n", m.key())
		} else if ok {
			state = explained
		}
		if state != explained && (state != killed || killers) {
			fmt.Printf("%s:%d: %s: %s %s\n%s", m.file.name, m.line, m.fn, state, m.killer, m.diff())
			fmt.Printf("\t%s\n", m.key())
		}
		counts[state]++
		all++
	})
	fmt.Printf("%s: score %.1f %%: %d mutants, %d killed, %d survived, %d not covered, %d explained\n",
		p.path, 100*float64(counts[killed])/float64(max(all-counts[explained], 1)),
		all, counts[killed], counts[survived], counts[uncovered], counts[explained])
}

// explanations returns the reason for each key.
func explanations(text string) map[string]string {
	reasons, reason := map[string]string{}, ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if after, ok := strings.CutPrefix(line, "# "); ok {
			reason = after
		} else if line != "" {
			reasons[line] = reason
		}
	}
	return reasons
}
