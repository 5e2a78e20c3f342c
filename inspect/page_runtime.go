package inspect

import (
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"

	"github.com/dram-go/dram"
)

// This file is the page Runtime, and the profiles that it leads to.

// runtimeData is what it shows.
type runtimeData struct {
	Facts     []keyValue
	Leaks     bool // the Go release has the profile
	Slow      time.Duration
	Failed    error // why slow requests are not traced
	SlowTaken []slowTrace
}

// leakProfile is that of goroutines that nothing can wake, since Go 1.27.
const leakProfile = "goroutineleak"

func (m *inspector) runtimePage(*dram.Context) any {
	data := runtimeData{Facts: m.facts(), Leaks: pprof.Lookup(leakProfile) != nil, Slow: m.Slow, SlowTaken: m.flight.kept()}
	if m.flight != nil {
		data.Failed = m.flight.failed
	}
	return data
}

func (m *inspector) facts() []keyValue {
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	last := "none so far"
	if mem.NumGC > 0 {
		last = fmt.Sprintf("%s ago, it stopped the program for %s", time.Since(time.Unix(0, int64(mem.LastGC))).Round(time.Millisecond), micros(mem.PauseNs[(mem.NumGC+255)%256]))
	}
	seen, _, _, _ := m.ring.counts()
	facts := []keyValue{
		{"Program", fmt.Sprintf("%s, %s/%s, %d CPUs", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0))},
		{"Since", m.since.Format("2006-01-02 15:04:05") + ", " + time.Since(m.since).Round(time.Second).String()},
		{"Goroutines", strconv.Itoa(runtime.NumGoroutine())},
		{"Heap", fmt.Sprintf("%s in use, %s of the system", size(mem.HeapAlloc), size(mem.Sys))},
		{"Allocated", fmt.Sprintf("%s, %d objects alive", size(mem.TotalAlloc), mem.HeapObjects)},
		{"Garbage collections", fmt.Sprintf("%d, %.2f %% of the CPU", mem.NumGC, 100*mem.GCCPUFraction)},
		{"Last collection", last},
		{"Connections", m.conns.String()},
		{"Requests", fmt.Sprintf("%d running, %d seen", m.recorder.inFlight.Load(), seen)},
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Path != "" {
		facts[0].Value = info.Main.Path + ", " + facts[0].Value
	}
	return facts
}

// size is "1.5 MiB".
func size(bytes uint64) string {
	const units = "KMGT"
	if bytes < 1024 {
		return fmt.Sprintf("%d B", bytes)
	}
	n, unit := float64(bytes)/1024, 0
	for ; n >= 1024 && unit < len(units)-1; unit++ {
		n /= 1024
	}
	return fmt.Sprintf("%.1f %ciB", n, units[unit])
}

// profile answers with a profile as text, or with a trace, "trace/17".
func (m *inspector) profile(c *dram.Context, name string) {
	if id, ok := strings.CutPrefix(name, "trace/"); ok {
		for _, t := range m.flight.kept() {
			if strconv.FormatUint(t.ID, 10) == id {
				download(c, "request-"+id+".trace", "application/octet-stream", t.Data)
				return
			}
		}
	}
	title := map[string]string{"goroutines": "Where goroutines stand", "leaks": "Goroutines that nothing can wake"}[name]
	found := pprof.Lookup(map[string]string{"goroutines": "goroutine", "leaks": leakProfile}[name])
	if found == nil {
		m.sorry(c, http.StatusNotFound, "There is no such profile, or the trace is not there any more.")
		return
	}
	var text strings.Builder
	_ = found.WriteTo(&text, 1) // it writes to memory
	m.show(c, "profile", "runtime", title, text.String())
}
