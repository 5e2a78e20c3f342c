// Soak puts mixed traffic on one Engine with every kind of route, layer, binding and rendering, over
// HTTP/1.1 on net/http and on package h1, HTTP/2 over TLS and without, and HTTP/3, while clients
// leave in the middle, handlers panic, abort, hijack and leave goroutines behind, templates change,
// and the servers are shut down and started again. Every request has a token of its own, which its
// answer has to carry, and no other; at the end nothing may be left. See docs/reliability.md.
//
//	go run ./contrib/internal/soak                             # a minute
//	go run -race ./contrib/internal/soak -for 10m -restarts 9  # with the race detector
package main

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"time"

	"github.com/dram-go/dram"
)

// config is what the flags say.
type config struct {
	length   time.Duration
	conns    int
	mode     string
	seed     uint64
	restarts int
}

func main() {
	var cfg config
	flag.DurationVar(&cfg.length, "for", time.Minute, "how `long` there is traffic")
	flag.IntVar(&cfg.conns, "conns", 32, "how many clients there are at once")
	flag.StringVar(&cfg.mode, "mode", dram.DebugMode, "the mode of the Engine: debug or release")
	flag.Uint64Var(&cfg.seed, "seed", rand.Uint64(), "what the choice of the requests depends on, client by client")
	flag.IntVar(&cfg.restarts, "restarts", 1, "how often the servers are shut down and started again")
	flag.Parse()
	if cfg.mode != dram.DebugMode && cfg.mode != dram.ReleaseMode || cfg.conns < 1 || cfg.restarts < 0 || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(cfg, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

// run is the whole of it; its error says what did not hold. A short round before the first
// measurement has everything made that a process makes once.
func run(cfg config, out io.Writer) error {
	fmt.Fprintf(out, "soak: -for %s -conns %d -mode %s -seed %d -restarts %d\n", cfg.length, cfg.conns, cfg.mode, cfg.seed, cfg.restarts)
	w, err := newWorld(cfg)
	if err != nil {
		return err
	}
	defer w.close()
	warm := cfg
	warm.length, warm.restarts, warm.seed = min(2*time.Second, cfg.length/3), 0, ^cfg.seed
	if err := w.soak(warm); err != nil {
		return err
	}
	before := w.settled(holdings{})
	w.counts.clear()
	if err := w.soak(cfg); err != nil {
		return err
	}
	return w.report(out, before, w.settled(before))
}
