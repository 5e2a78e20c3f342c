package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
	"time"
)

// This file measures what a process holds, and says at the end what did not hold.

// growth is how many bytes of the heap may be in use at the end beyond those of the beginning: what
// package runtime, and pools of others, keep for the next time.
const growth = 4 << 20

// memory is how many bytes an Engine may hold when its requests are over: the stores of its layers are
// bounded to less.
const memory = 64 << 20

// holdings is what a process holds while nothing is asked of it.
type holdings struct {
	goroutines, descriptors int
	files                   []string // temporary ones
	heap                    uint64   // bytes in use after the garbage was collected
	engines                 int      // that are ended and still there
}

func (w *world) holdings() (h holdings) {
	for range 3 { // a sync.Pool keeps what it has for one more
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	h.heap, h.goroutines = m.HeapAlloc, runtime.NumGoroutine()
	if open, err := os.ReadDir("/proc/self/fd"); err == nil { // Linux has it
		h.descriptors = len(open)
	}
	_ = filepath.WalkDir(w.temp, func(path string, _ os.DirEntry, err error) error {
		if err == nil && path != w.temp {
			h.files = append(h.files, path)
		}
		return nil
	})
	for _, engine := range w.engines {
		if engine.Value() != nil {
			h.engines++
		}
	}
	return h
}

// more says what h holds that before did not.
func (h holdings) more(before holdings) (all []string) {
	add := func(isMore bool, format string, args ...any) {
		if isMore {
			all = append(all, fmt.Sprintf(format, args...))
		}
	}
	add(h.goroutines > before.goroutines, "%d goroutines, %d before", h.goroutines, before.goroutines)
	add(h.descriptors > before.descriptors, "%d descriptors, %d before", h.descriptors, before.descriptors)
	add(len(h.files) > 0, "%d temporary files: %.300s", len(h.files), strings.Join(h.files, " "))
	add(h.heap > before.heap+growth, "%d bytes of heap in use, %d before", h.heap, before.heap)
	add(h.engines > 0, "%d engines that have ended are still referred to", h.engines)
	return all
}

// settled waits until there is nothing more than before, for 20 seconds at most; what there is before
// the first of them nobody knows, so that it waits until nothing changes.
func (w *world) settled(before holdings) holdings {
	w.late.Wait()
	last := w.holdings()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); {
		wait := 100 * time.Millisecond
		if before.goroutines == 0 {
			wait = time.Second
		}
		time.Sleep(wait)
		next := w.holdings()
		isQuiet := len(next.more(before)) == 0
		if before.goroutines == 0 {
			isQuiet = next.goroutines == last.goroutines && next.descriptors == last.descriptors
		}
		if last = next; isQuiet {
			break
		}
	}
	return last
}

// report prints what there was, and returns what did not hold.
func (w *world) report(out io.Writer, before, after holdings) error {
	left := after.more(before)
	for _, what := range left {
		w.fault(isRestless, "%s", what)
	}
	if w.alive > before.heap+memory {
		w.fault(isRestless, "%d bytes of heap in use before the last shutdown", w.alive)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts.print(out, protocolNames)
	fmt.Fprintf(out, "longest restart %s\n", w.restart.Round(time.Millisecond))
	fmt.Fprintf(out, "goroutines %d → %d, descriptors %d → %d, temporary files %d, heap in use %.1f → %.1f MiB, %.1f before the last shutdown\n",
		before.goroutines, after.goroutines, before.descriptors, after.descriptors, len(after.files),
		float64(before.heap)/(1<<20), float64(after.heap)/(1<<20), float64(w.alive)/(1<<20))
	fmt.Fprintf(out, "mixed %d, unexpected statuses %d, accepted and lost %d\n", len(w.faults[isMixed]), len(w.faults[isStatus]), len(w.faults[isLost]))
	if len(w.faults) == 0 {
		return nil
	}
	var text strings.Builder
	for kind, faults := range w.faults {
		fmt.Fprintf(&text, "%s: %d\n", kind, len(faults))
		for _, fault := range faults[:min(len(faults), 8)] {
			fmt.Fprintf(&text, "  %s\n", fault)
		}
	}
	if after.goroutines > before.goroutines {
		_ = pprof.Lookup("goroutine").WriteTo(&text, 1)
	}
	return errors.New(text.String())
}
