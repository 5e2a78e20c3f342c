package main

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"weak"

	"github.com/dram-go/dram"
)

// This file is what both sides of the soak share: where its files are, which requests have begun,
// what went wrong, and how much there was.

// world is one soak.
type world struct {
	files, temp string   // what handlers serve, and the system's directory of temporary files meanwhile
	begun       sync.Map // of each sending, how often a chain has begun with it: *atomic.Int32
	late        sync.WaitGroup
	jobs        atomic.Int64 // that Context.Go has begun and that have not ended
	engines     []weak.Pointer[dram.Engine]
	counts      counts
	alive       uint64        // bytes of heap in use when nothing was asked any more of the last Engine
	restart     time.Duration // how long the longest took
	restore     func()

	mu     sync.Mutex
	faults map[string][]string // by their kind
}

// newWorld also has the whole process write its temporary files and its logs where they are looked at.
func newWorld(cfg config) (*world, error) {
	dir, err := os.MkdirTemp("", "soak")
	if err != nil {
		return nil, err
	}
	w := &world{files: filepath.Join(dir, "files"), temp: filepath.Join(dir, "temp"), faults: map[string][]string{}}
	mode, temp, out, errs := dram.Mode(), os.Getenv("TMPDIR"), dram.DefaultWriter, dram.DefaultErrorWriter
	w.restore = func() {
		dram.SetMode(mode)
		dram.DefaultWriter, dram.DefaultErrorWriter = out, errs
		log.SetOutput(os.Stderr)
		os.Setenv("TMPDIR", temp)
		os.RemoveAll(dir)
	}
	dram.SetMode(cfg.mode)
	dram.DefaultWriter, dram.DefaultErrorWriter = io.Discard, io.Discard
	log.SetOutput(serverLog{w})
	err = os.Setenv("TMPDIR", w.temp)
	for _, sub := range []string{w.files, w.temp} {
		if err == nil {
			err = os.Mkdir(sub, 0o700)
		}
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(w.files, "page.txt"), []byte("the same for all"), 0o600)
	}
	if err == nil {
		err = w.writeTemplate(0)
	}
	if err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *world) close() { w.restore() }

// writeTemplate replaces the template by another version of it, in one step.
func (w *world) writeTemplate(version int) error {
	next := filepath.Join(w.files, "page.next")
	if err := os.WriteFile(next, fmt.Appendf(nil, "<p>version %d of the page for {{.}}%s</p>", version, strings.Repeat("!", version%7)), 0o600); err != nil {
		return err
	}
	return os.Rename(next, filepath.Join(w.files, "page.tmpl"))
}

// reloads replaces the template until done is closed.
func (w *world) reloads(done <-chan struct{}) {
	for version := 1; ; version++ {
		select {
		case <-done:
			return
		case <-time.After(20 * time.Millisecond):
			if err := w.writeTemplate(version); err != nil {
				w.fault("template", "%v", err)
			}
		}
	}
}

// The kinds of faults that have a line in the report.
const (
	isMixed    = "mixed"
	isStatus   = "unexpected status"
	isLost     = "lost"
	isRestless = "left over"
)

// fault notes what went wrong.
func (w *world) fault(kind, format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults[kind] = append(w.faults[kind], fmt.Sprintf(format, args...))
}

// serverLog is where servers write: panics that are not the soak's, and headers that are sent twice.
type serverLog struct{ w *world }

func (l serverLog) Write(p []byte) (int, error) {
	foreign := bytes.Contains(p, []byte("panic")) && !bytes.Contains(p, []byte(ownPanic))
	if foreign || bytes.Contains(p, []byte("superfluous")) && !bytes.Contains(p, []byte("timeoutWriter")) {
		l.w.fault("server log", "%.2000s", p)
	}
	return len(p), nil
}

// counts is how many answers there were, by what was asked for, and over which protocol.
type counts struct {
	mu  sync.Mutex
	all map[string]map[string]int
}

func (n *counts) clear() { n.all = nil }

func (n *counts) add(protocol string, names ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.all == nil {
		n.all = map[string]map[string]int{}
	}
	for _, name := range append(names, "all") {
		if n.all[name] == nil {
			n.all[name] = map[string]int{}
		}
		n.all[name][protocol]++
	}
}

// print writes a row for each name.
func (n *counts) print(out io.Writer, protocols []string) {
	fmt.Fprintf(out, "%-32s", "answers")
	for _, p := range protocols {
		fmt.Fprintf(out, "%10s", p)
	}
	for _, name := range slices.Sorted(maps.Keys(n.all)) {
		fmt.Fprintf(out, "\n%-32s", name)
		for _, p := range protocols {
			fmt.Fprintf(out, "%10d", n.all[name][p])
		}
	}
	fmt.Fprintln(out)
}
