package matrixtest

import (
	"fmt"
	"io"
	"net/http"
	slashpath "path"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	prometheusclient "github.com/prometheus/client_golang/prometheus"

	"github.com/dram-go/dram"
)

// This file is one engine with one chain of layers: a layer of marks between each
// two, a recording writer around all.

// stack is an engine with layers. Its requests come one after the other.
type stack struct {
	chain      []layer
	engine     *dram.Engine
	misses     *dram.Engine  // the same layers, around the answers that routes do not give
	limit      time.Duration // of layers with a deadline
	open       atomic.Int64  // things that layers have to give back
	registries []*prometheusclient.Registry
	arrived    chan struct{} // a handler whose client is to leave
	waiting    sync.WaitGroup
	ran        atomic.Int64 // handlers that have begun
	running    atomic.Int64 // handlers that have not ended
	last       atomic.Pointer[wire]

	mu     sync.Mutex
	faults []string
}

// modes is held while an engine is made: its mode is a global's.
var modes sync.Mutex

func newStack(chain []layer, mode string) *stack {
	modes.Lock()
	defer modes.Unlock()
	defer dram.SetMode(dram.Mode())
	dram.SetMode(mode)
	s := &stack{chain: chain, engine: dram.New(), arrived: make(chan struct{}), limit: time.Minute}
	s.misses = s.engine
	s.use(s.misses)
	s.misses.HandleMethodNotAllowed = true
	s.misses.NoRoute(s.handle)
	s.misses.NoMethod(s.handle)
	for i, b := range behaviours {
		if b.miss && b.alone.status == http.StatusMethodNotAllowed {
			s.misses.PUT("/miss/"+strconv.Itoa(i), s.handle)
		}
	}
	s.engine = dram.New()
	for prefix, limit := range map[string]time.Duration{"/usual": time.Minute, "/late": 3 * time.Millisecond} {
		s.limit = limit
		group := s.engine.Group(prefix)
		s.use(group)
		group.Match([]string{http.MethodGet, http.MethodPost}, "/:name", s.handle)
	}
	keepMode(s.engine)
	keepMode(s.misses)
	return s
}

// keepMode ends the time in which an engine follows the mode of the program.
func keepMode(engine *dram.Engine) { dram.CreateTestContextOnly(nil, engine) }

// use puts the chain around the routes of a group, or of an engine.
func (s *stack) use(group dram.IRoutes) {
	group.Use(s.marks(0))
	for i, l := range s.chain {
		group.Use(l.of(s)...)
		group.Use(s.marks(i + 1))
	}
}

func marker(i int) string { return "X-Mark-" + strconv.Itoa(i) }

// marks returns a layer that sets a header, and looks whether it gets its writer and its
// request back.
func (s *stack) marks(i int) dram.HandlerFunc {
	replacing := false
	for _, l := range s.chain[min(i, len(s.chain)):] {
		replacing = replacing || strings.HasPrefix(l.name, "embedded") // as Gin's layers do, they leave theirs
		if l.reroutes {
			return func(c *dram.Context) { c.Header(marker(i), "1") }
		}
	}
	name := marker(i)
	return func(c *dram.Context) {
		c.Header(name, "1")
		c.Writer.Header().Add("Vary", name)
		writer, request := c.Writer, c.Request
		c.Next()
		if c.Request != request {
			s.fault("a layer outside has lost its request")
		}
		if c.Writer != writer && !replacing {
			s.fault("a layer outside has lost its writer")
		}
	}
}

func (s *stack) handle(c *dram.Context) {
	s.ran.Add(1)
	s.running.Add(1)
	defer s.running.Add(-1)
	index, _ := strconv.Atoi(slashpath.Base(c.Request.URL.Path))
	behaviours[index].handle(c, s)
}

func (s *stack) fault(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, fmt.Sprintf(format, args...))
}

// take returns the faults that were found since it was called last.
func (s *stack) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	faults := s.faults
	s.faults = nil
	return faults
}

// ServeHTTP records what the engine does to the server's writer.
func (s *stack) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rec := &wire{ResponseWriter: w, done: make(chan struct{})}
	s.last.Store(rec)
	defer close(rec.done)
	defer rec.ended.Store(true)
	if strings.HasPrefix(r.URL.Path, "/miss/") {
		s.misses.ServeHTTP(rec, r)
		return
	}
	s.engine.ServeHTTP(rec, r)
}

// wire is the server's writer, and what was done to it.
type wire struct {
	http.ResponseWriter
	headers  atomic.Int32 // that were sent, informational ones not counted
	implicit atomic.Bool  // a body was written without a header
	late     atomic.Bool  // it was used when the engine had returned
	ended    atomic.Bool
	done     chan struct{}
}

func (w *wire) used() { w.late.CompareAndSwap(false, w.ended.Load()) }

func (w *wire) WriteHeader(status int) {
	w.used()
	if status >= 200 {
		w.headers.Add(1)
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *wire) Write(p []byte) (int, error) {
	w.used()
	if n, err := w.ResponseWriter.Write(p); w.headers.Load() > 0 || err == http.ErrHijacked {
		return n, err
	}
	w.implicit.Store(true)
	return len(p), nil
}

func (w *wire) ReadFrom(src io.Reader) (int64, error) {
	w.used()
	return io.Copy(w.ResponseWriter, src)
}

func (w *wire) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// left waits until all has been given back, and returns what was not.
func (s *stack) left() (what string) {
	within(10*time.Second, func() bool {
		what = s.missing() // a handler that http.TimeoutHandler gave up may be returning yet
		return what == ""
	})
	s.waiting.Wait()
	return what
}

// missing returns what has not been given back.
func (s *stack) missing() string {
	if s.open.Load() != 0 || s.running.Load() != 0 {
		return fmt.Sprintf("%d things were not given back, %d handlers run", s.open.Load(), s.running.Load())
	}
	for _, registry := range s.registries {
		families, err := registry.Gather()
		if err != nil {
			return err.Error()
		}
		for _, family := range families {
			for _, metric := range family.GetMetric() {
				if n := metric.GetGauge().GetValue(); n != 0 {
					return fmt.Sprintf("%s is %v", family.GetName(), n)
				}
			}
		}
	}
	return ""
}

// within waits until ok, and reports whether it was so in time.
func within(limit time.Duration, ok func() bool) bool {
	for end := time.Now().Add(limit); ; time.Sleep(time.Millisecond) {
		if ok() {
			return true
		}
		if time.Now().After(end) {
			return false
		}
	}
}
