package inspect

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"runtime/trace"
	"slices"
	"sync"
	"time"
)

// This file is what the page Runtime shows beside the runtime's own numbers: connections, and the
// traces of slow requests.

// connections are those of the engine's servers, by their state.
type connections struct {
	mu     sync.Mutex
	states map[net.Conn]http.ConnState
}

// note is an http.Server's ConnState.
func (c *connections) note(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if state == http.StateClosed || state == http.StateHijacked {
		delete(c.states, conn)
		return
	}
	if c.states == nil {
		c.states = map[net.Conn]http.ConnState{}
	}
	c.states[conn] = state
}

// String is "1 active, 2 idle, 0 new".
func (c *connections) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.states == nil {
		return "not known: those of servers that a Run method has started are"
	}
	n := map[http.ConnState]int{}
	for _, state := range c.states {
		n[state]++
	}
	return fmt.Sprintf("%d active, %d idle, %d new", n[http.StateActive], n[http.StateIdle], n[http.StateNew])
}

// The bounds of what a flight holds.
const (
	flightTime   = 5 * time.Second  // how long a trace goes back
	flightBytes  = 4 << 20          // what the runtime may keep of it
	flightPause  = 10 * time.Second // between two traces
	flightTraces = 3
)

// slowTrace is the execution trace of the last seconds before a request ended.
type slowTrace struct {
	ID   uint64 // of the request
	At   time.Time
	Took time.Duration
	Data []byte
}

// flight keeps traces of slow requests; nil keeps none.
type flight struct {
	slow     time.Duration
	recorder *trace.FlightRecorder
	failed   error

	mu     sync.Mutex
	last   time.Time
	traces []slowTrace
}

func newFlight(slow time.Duration) *flight {
	if slow == 0 {
		return nil
	}
	f := &flight{slow: slow, recorder: trace.NewFlightRecorder(trace.FlightRecorderConfig{MinAge: flightTime, MaxBytes: flightBytes})}
	f.failed = f.recorder.Start() // another one may run in the program
	return f
}

func (f *flight) stop() {
	if f != nil && f.failed == nil {
		f.recorder.Stop()
	}
}

// look takes a trace if a request was slow, while others run on.
func (f *flight) look(rec *request) {
	if f == nil || rec.took < f.slow || f.failed != nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.last) < flightPause {
		return
	}
	f.last = time.Now()
	go f.take(slowTrace{ID: rec.id, At: rec.at, Took: rec.took})
}

func (f *flight) take(t slowTrace) {
	var out bytes.Buffer
	if _, err := f.recorder.WriteTo(&out); err != nil {
		return // it was stopped
	}
	t.Data = out.Bytes()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.traces = append(f.traces, t)
	f.traces = f.traces[max(0, len(f.traces)-flightTraces):]
}

// kept returns the traces.
func (f *flight) kept() []slowTrace {
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.traces)
}
