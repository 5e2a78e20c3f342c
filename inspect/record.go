package inspect

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/internal/caller"
)

// This file looks at requests while they run. The recorder stands in front of every handler of every
// chain (internal/observe), and notes when each begins and ends, and what has changed since it was
// asked last: whoever runs innermost has done that. Nothing is written out here, and no secret is
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
	open    []int // the layers that have not returned, innermost last
	beyond  int   // further layers that have not returned, which are too many to be kept
	last    int   // the index of the last one of the chain that has begun
	done    bool

	status   int
	sent     bool // the header
	aborted  bool
	errors   int
	unbound  string        // the error of a binding that was noted
	panicked int           // the event of the panic, -1 without one
	passing  bool          // the panic has not been recovered from yet
	passed   time.Duration // when it left a layer last
}

// recorder is the observer of an engine.
type recorder struct {
	places   func(dram.HandlersChain) []string
	own      string // the path of the pages, whose requests are left out
	isOn     func() bool
	begins   func(*dram.Context)
	ends     func(*dram.Context, *request)
	open     sync.Map // *dram.Context → *exchange
	inFlight atomic.Int64
}

// Handle runs a handler; see observe.Handlers.
func (r *recorder) Handle(c *dram.Context, chain dram.HandlersChain, index int, handler dram.HandlerFunc) {
	x := r.exchange(c, chain, index)
	if x == nil {
		handler(c)
		return
	}
	at := x.enter(c, chain, index)
	returned := false
	defer func() {
		if x.leave(c, at, returned) {
			r.end(c, x)
		}
	}()
	handler(c)
	returned = true
}

// exchange returns that of a Context, nil if it is not recorded.
func (r *recorder) exchange(c *dram.Context, chain dram.HandlersChain, index int) *exchange {
	if known, ok := r.open.Load(c); ok {
		return known.(*exchange)
	}
	if index != 0 || isBelow(c.FullPath(), r.own) || !r.isOn() {
		return nil
	}
	r.begins(c)
	x := begin(c, chain)
	x.request.places = r.places
	r.open.Store(c, x)
	r.inFlight.Add(1)
	return x
}

// isBelow reports whether a path is one or below it.
func isBelow(path, above string) bool {
	rest, ok := strings.CutPrefix(path, above)
	return ok && (rest == "" || rest[0] == '/')
}

func begin(c *dram.Context, chain dram.HandlersChain) *exchange {
	req := c.Request
	return &exchange{
		request: &request{
			at: time.Now(), method: req.Method, scheme: c.Scheme(), host: req.Host, path: req.URL.EscapedPath(), query: req.URL.RawQuery, proto: req.Proto,
			client: c.ClientIP(), header: req.Header.Clone(), pattern: c.FullPath(), patternHost: c.FullHost(), params: slices.Clone(c.Params),
			received: req.ContentLength, began: c.Writer.Status(), chain: chain, layers: make([]layer, 0, len(chain)),
		},
		status: c.Writer.Status(), panicked: -1,
	}
}

func (x *exchange) now() time.Duration { return time.Since(x.request.at) }

// What enter returns of a layer that is not kept: the request is over, or it has too many.
const (
	tooLate = -1
	tooMany = -2
)

// enter notes that a handler begins, and returns which layer it is.
func (x *exchange) enter(c *dram.Context, chain dram.HandlersChain, index int) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.done {
		return tooLate
	}
	own := -1
	if &chain[0] == &x.request.chain[0] { // or the request was given to another route
		own, x.last = index, index
	}
	if len(x.request.layers) == maxLayers {
		x.beyond++
		return tooMany
	}
	now := x.now()
	x.look(c, now)
	at := len(x.request.layers)
	x.request.layers = append(x.request.layers, layer{chain: chain, at: index, index: own, parent: x.innermost(), start: now})
	x.open = append(x.open, at)
	return at
}

// innermost is the layer that runs.
func (x *exchange) innermost() int {
	if len(x.open) == 0 {
		return -1
	}
	return x.open[len(x.open)-1]
}

// leave notes that a layer ends, and reports whether the request does.
func (x *exchange) leave(c *dram.Context, at int, returned bool) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.done || at == tooLate {
		return false
	}
	now := x.now()
	if at == tooMany {
		x.beyond--
		if !returned {
			x.panics(x.innermost(), now)
		}
		return x.isOver(c, returned)
	}
	switch {
	case !returned:
		x.panics(at, now)
	case x.passing:
		x.passing = false
		x.add(event{at: x.passed, kind: kindRecovered})
	}
	x.look(c, now)
	l := &x.request.layers[at]
	l.end, l.returned, l.panicked = now, returned, !returned
	if i := slices.Index(x.open, at); i >= 0 {
		x.open = slices.Delete(x.open, i, i+1)
	}
	return x.isOver(c, returned)
}

// isOver reports whether the layer that ends is the last one of the request.
func (x *exchange) isOver(c *dram.Context, returned bool) bool {
	x.done = len(x.open) == 0 && x.beyond == 0 && (!returned || c.IsAborted() || x.last == len(x.request.chain)-1)
	return x.done
}

// panics notes that a panic passes a layer.
func (x *exchange) panics(at int, now time.Duration) {
	x.passed = now
	if x.passing {
		return
	}
	stack := caller.Stack()
	if own := strings.Index(stack, "github.com/dram-go/dram/inspect.(*recorder).Handle"); own >= 0 {
		stack = stack[:own]
	}
	x.passing, x.panicked, x.request.stack = true, len(x.request.events), stack
	where := ""
	if lines := strings.SplitN(stack, "\n", 3); len(lines) == 3 {
		where = strings.TrimSpace(lines[1])
	}
	x.request.events = append(x.request.events, event{layer: at, at: now, kind: kindPanic, where: where})
}

// add adds an event of the layer that runs, unless there are too many.
func (x *exchange) add(e event) {
	if len(x.request.events) == maxEvents {
		x.request.more++
		return
	}
	e.layer = x.innermost()
	x.request.events = append(x.request.events, e)
}

// look notes what the innermost layer has done since it was asked last.
func (x *exchange) look(c *dram.Context, now time.Duration) {
	if c.IsAborted() && !x.aborted {
		x.aborted = true
		x.add(event{at: now, kind: kindAbort})
	}
	if status := c.Writer.Status(); status != x.status {
		x.status = status
		x.add(event{at: now, kind: kindStatus, status: status})
	}
	for ; x.errors < len(c.Errors); x.errors++ {
		x.attached(c.Errors[x.errors], now)
	}
	x.errors = len(c.Errors) // there are fewer if the request was given to another route
}

const recovered = "dram: recovered from panic: "

// attached notes an error of the Context.
func (x *exchange) attached(err *dram.Error, now time.Duration) {
	text := err.Error()
	if value, ok := strings.CutPrefix(text, recovered); ok && x.panicked >= 0 && x.request.events[x.panicked].text == "" {
		x.request.events[x.panicked].text = value
		return
	}
	if text == x.unbound {
		return
	}
	x.add(event{at: now, kind: kindError, text: text, fields: fieldsOf(err.Err)})
}

// fieldsOf returns what is wrong with which fields. What a client has sent, which the error may hold, is not kept.
func fieldsOf(err error) (fields []fieldView) {
	for _, f := range binding.FieldErrors(err) {
		fields = append(fields, fieldView{f.Source, beginning(f.Field), beginning(f.Message)})
	}
	return fields
}

// Header notes that the header goes out; see observe.Handlers.
func (r *recorder) Header(c *dram.Context, calls caller.Calls) {
	r.with(c, func(x *exchange, now time.Duration) {
		x.look(c, now)
		x.sent = true
		x.add(event{at: now, kind: kindHeader, status: c.Writer.Status(), calls: calls})
	})
}

// NotBound notes that a binding fails; see observe.Handlers.
func (r *recorder) NotBound(c *dram.Context, err error) {
	r.with(c, func(x *exchange, now time.Duration) {
		x.unbound = err.Error()
		x.add(event{at: now, kind: kindNotBound, text: x.unbound, fields: fieldsOf(err), calls: caller.Note()})
	})
}

// with does something with the exchange of a Context that runs.
func (r *recorder) with(c *dram.Context, do func(x *exchange, now time.Duration)) {
	known, ok := r.open.Load(c)
	if !ok {
		return
	}
	x := known.(*exchange)
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.done {
		do(x, x.now())
	}
}

// end hands the request on.
func (r *recorder) end(c *dram.Context, x *exchange) {
	r.open.Delete(c)
	r.inFlight.Add(-1)
	rec := x.request
	rec.took, rec.status, rec.size = x.now(), c.Writer.Status(), max(0, c.Writer.Size())
	rec.cut, rec.hijacked = x.passing, !x.sent && c.Writer.Written()
	rec.keys = keysOf(c)
	rec.bytes = rec.weigh()
	r.ends(c, rec)
}
