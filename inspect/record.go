package inspect

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/caller"
	"github.com/dram-go/dram/internal/observe"
)

// This file looks at requests while they run. The recorder stands in front of every handler of every
// chain (internal/observe), and notes when each begins and ends; strand.go says what it has done in between.
// Nothing is written out here, and no secret is
// masked: that is done for who looks, in show.go.
//
//	chain     Recovery  CSRF  list
//	          ├───────────────────────┤   0
//	            ├──────────────────┤      1
//	                 ├────────┤           2   what is in it is not its own time

// exchange is a request that runs.
type exchange struct {
	mu      sync.Mutex // net/http's TimeoutHandler runs handlers in a goroutine of their own
	request *request
	first   strand // of the Context that the engine has given the request
	done    bool
	hidden  bool // it is one of the pages of an engine inside this one

	noted    []*dram.Error // as far as there is room for their events
	unbound  string        // the error of a binding that was noted
	panicked int           // the event of the last panic, -1 without one
	calls    string        // that have led to it
	passing  bool          // it has not been recovered from yet
	passed   time.Duration // when it left a layer last

	paused time.Duration // what looking has taken that is not a part of the request
	latest time.Duration // the last time that was asked
}

// recorder is the observer of an engine.
type recorder struct {
	places   func(dram.HandlersChain) []string
	secrets  func() *secrets
	own      string // the path of the pages, whose requests are left out
	room     string // the segment that only they have
	isOn     func() bool
	begins   func(*dram.Context)
	ends     func(*dram.Context, *request)
	inFlight atomic.Int64
}

// Handle runs a handler; see observe.Handlers.
func (r *recorder) Handle(c *dram.Context, chain dram.HandlersChain, index int, handler dram.HandlerFunc) {
	s := r.strand(c, chain, index)
	if s == nil {
		handler(c)
		return
	}
	at := s.enter(c, chain, index)
	returned := false
	defer func() {
		if s.leave(c, at, returned) { // by a panic: the engine does not get the Context back
			r.end(c, s.exchange)
		}
	}()
	handler(c)
	returned = true
}

// strand returns that of a Context, nil if it is not recorded.
func (r *recorder) strand(c *dram.Context, chain dram.HandlersChain, index int) *strand {
	note := observe.Note(c)
	switch known := (*note).(type) {
	case *strand:
		if known.c == c {
			return known
		}
		return keep(note, known.fork(c, chain, index, false))
	case observe.Forked:
		if from, ok := known.Note.(*strand); ok {
			return keep(note, from.fork(c, chain, index, true))
		}
		return nil
	}
	if index != 0 || isBelow(c.FullPath(), r.own) || strings.Contains(c.Request.URL.Path, r.room) || !r.isOn() {
		return nil
	}
	r.begins(c)
	r.inFlight.Add(1)
	return keep(note, r.begin(c, chain))
}

// keep makes a strand the note of a Context; without one the Context is not recorded.
func keep(note *any, s *strand) *strand {
	if *note = s; s == nil {
		*note = nil
	}
	return s
}

// isBelow reports whether a path is one or below it.
func isBelow(path, above string) bool {
	rest, ok := strings.CutPrefix(path, above)
	return ok && (rest == "" || rest[0] == '/')
}

func (r *recorder) begin(c *dram.Context, chain dram.HandlersChain) *strand {
	req := c.Request
	path := req.URL.EscapedPath()
	if path == "" { // of CONNECT
		path = req.RequestURI
	}
	x := &exchange{
		request: &request{
			at: time.Now(), method: req.Method, scheme: c.Scheme(), host: req.Host, path: path, query: req.URL.RawQuery, proto: req.Proto,
			client: c.ClientIP(), header: flat(req.Header), pattern: c.FullPath(), patternHost: c.FullHost(), params: slices.Clone(c.Params),
			received: req.ContentLength, began: c.Writer.Status(), chain: chain, layers: make([]layer, 0, len(chain)), events: make([]event, 0, 2),
			places: r.places, secrets: r.secrets,
		},
		panicked: -1,
	}
	x.first = strand{exchange: x, c: c, under: -1, began: c.Writer.Status(), status: c.Writer.Status()}
	return &x.first
}

// now is the time of the request, which does not go back where another goroutine has paused it.
func (x *exchange) now() time.Duration {
	x.latest = max(x.latest, time.Since(x.request.at)-x.paused)
	return x.latest
}

// pause stops the time of the request until resume is called: what takes long in looking at it takes the time of no layer.
func (x *exchange) pause() (resume func()) {
	from := time.Now()
	return func() { x.paused += time.Since(from) }
}

// Header notes that the header goes out; see observe.Handlers.
func (r *recorder) Header(c *dram.Context, calls caller.Calls) {
	with(c, func(s *strand, now time.Duration) {
		if s.sent = calls; s.parent != nil {
			return // it goes to the writer of a middleware, which may send another one
		}
		if by := s.sender(); by.innermost() >= 0 {
			by.add(event{at: now, kind: kindHeader, status: c.Writer.Status(), calls: calls})
		}
	})
}

// NotBound notes that a binding fails; see observe.Handlers.
func (r *recorder) NotBound(c *dram.Context, err error) {
	s := strandOf(c)
	if s == nil {
		return
	}
	calls, says := caller.Note(), s.tell(err)
	with(c, func(s *strand, now time.Duration) {
		s.unbound = says.text
		s.add(event{at: now, kind: kindNotBound, text: says.text, fields: says.fields, calls: calls})
	})
}

// Hijacked notes that a handler has taken the connection over; see observe.Handlers.
func (r *recorder) Hijacked(c *dram.Context) {
	with(c, func(s *strand, _ time.Duration) { s.request.hijacked = true })
}

// strandOf returns the strand of a Context, nil if it has none of its own.
func strandOf(c *dram.Context) *strand {
	if s, ok := (*observe.Note(c)).(*strand); ok && s.c == c {
		return s
	}
	return nil
}

// with looks at a Context that runs, and does something with its strand.
func with(c *dram.Context, do func(s *strand, now time.Duration)) {
	s := strandOf(c)
	if s == nil {
		return
	}
	news := s.news(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.done && !s.isGone() {
		now := s.now()
		s.look(c, now, news)
		do(s, now)
	}
}

// Over notes that a request is over; see observe.Handlers.
func (r *recorder) Over(c *dram.Context) {
	isOver := false
	with(c, func(s *strand, _ time.Duration) { s.done, isOver = true, true })
	if isOver {
		r.end(c, (*observe.Note(c)).(*strand).exchange)
	}
}

// hide leaves a request out that is one of the pages of an engine inside.
func hide(note any) {
	if s, ok := note.(*strand); ok {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.hidden = true
	}
}

// end hands the request on, which is done.
func (r *recorder) end(c *dram.Context, x *exchange) {
	r.inFlight.Add(-1)
	rec := x.request
	x.mu.Lock() // layers that still run may leave
	rec.took, rec.status, rec.size, rec.cut = x.now(), c.Writer.Status(), max(0, c.Writer.Size()), x.passing
	hidden := x.hidden
	x.mu.Unlock()
	if hidden {
		return
	}
	rec.keys = keysOf(c)
	rec.pack()
	r.ends(c, rec)
}
