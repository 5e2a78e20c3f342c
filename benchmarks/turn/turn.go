// Package turn has the flags of all benchmarks here.
package turn

import (
	"flag"
	"testing"
)

// The flags say which pass of a run it is, and how large.
var (
	pass  = flag.Int("pass", 0, "the number of the pass: it rotates the order of peers")
	Quick = flag.Bool("quick", false, "leave out cold builds and the largest sizes")
)

// Each runs a benchmark for each of all, beginning with another one in each pass: what follows what is not the same.
func Each[P any](b *testing.B, all []P, name func(P) string, do func(b *testing.B, p P)) {
	for i := range all {
		p := all[(i+*pass)%len(all)]
		b.Run(name(p), func(b *testing.B) { do(b, p) })
	}
}
