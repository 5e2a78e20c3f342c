package middleware

import (
	"cmp"
	"net/http"
	"sync"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
)

// This file measures what the adaptive limit of Concurrency is found by: how long
// requests hold their place. What follows from that is in concurrency_gradient.go.

// AdaptiveLimit has Concurrency find its limit: the number of requests at work
// above which they only wait for each other, which shows in their latency. It
// follows the server when that becomes slower or faster.
//
// The latency of each route is compared with the one that it has when few requests
// are at work, so slow routes may stand beside fast ones. As long as nothing has become
// slower, the limit gives way to the demand. Under a lasting overload,
// that one cannot be seen: then the limit is lowered to a quarter for a moment, to
// measure it anew.
//
// Not measured are errors, panics, requests whose client has left, connections that
// are taken over (WebSockets) and event streams. Only a request that fails (a status
// of 500 or above, or the client has left) after twice the usual time says that
// it would have taken as long at least: or nothing would be known of a server that is
// too slow for all its clients.
//
// WebSockets, event streams, and every other answer that turns out to be a stream (it
// is flushed, or copied from a reader or a file) give their place back when they
// begin, and are bounded no more; another Concurrency, with a Max alone, can bound
// them on their routes.
type AdaptiveLimit struct {
	// Min is what the limit never falls below. Default 1.
	Min int
	// Initial is the limit at the start. Default 20, or the nearest that Min and
	// Max allow. A server that is overloaded from the start begins far below.
	Initial int
	// Recalibrate is how long an overload lasts before the latency without one is
	// measured anew, with up to a fifth more by chance, so that servers started
	// together do not do it together. Default 30 seconds.
	Recalibrate time.Duration
	// OnChange, if set, is called with the limit at the start and whenever it
	// changes, by a calibration as well, and with how many requests are at work: for
	// metrics. It must return soon.
	OnChange func(limit, inFlight int)
}

// The values of an AdaptiveLimit's zero fields.
const (
	defaultInitialLimit = 20
	defaultRecalibrate  = 30 * time.Second
)

// validate is ConcurrencyConfig.Validate for the field Adaptive.
func (a AdaptiveLimit) validate(most int) error {
	switch {
	case a.Min < 0 || a.Min > most:
		return misconfigured("Concurrency", "Adaptive.Min", "%d is not between 1 and Max, %d; leave it 0 for 1", a.Min, most)
	case a.Initial != 0 && (a.Initial < a.Min || a.Initial < 1 || a.Initial > most):
		return misconfigured("Concurrency", "Adaptive.Initial", "%d is not between Min, %d, and Max, %d; leave it 0 for %d", a.Initial, max(a.Min, 1), most, a.initial(most))
	case a.Recalibrate < 0:
		return misconfigured("Concurrency", "Adaptive.Recalibrate", "%v is negative; leave it 0 for %v", a.Recalibrate, defaultRecalibrate)
	}
	return nil
}

// initial is the limit at the start if Initial is 0.
func (a AdaptiveLimit) initial(most int) int {
	return min(max(defaultInitialLimit, a.Min), most)
}

// limiter sets the limit of a gate.
type limiter struct {
	gate     *gate
	start    time.Time // times are counted from it, by the monotonic clock
	visits   sync.Pool // of *visit
	onChange func(limit, inFlight int)

	mu       sync.Mutex // who does not get it drops the sample: there are enough
	gradient gradient
}

func newLimiter(cfg AdaptiveLimit, most int, gate *gate) *limiter {
	least := cmp.Or(cfg.Min, 1)
	l := &limiter{gate: gate, start: time.Now(), onChange: cfg.OnChange}
	if l.onChange == nil {
		l.onChange = func(int, int) {}
	}
	l.visits.New = func() any { return newVisit(l) }
	l.gradient = gradient{
		min: float64(least), max: float64(most),
		limit:  float64(cmp.Or(cfg.Initial, cfg.initial(most))),
		every:  cmp.Or(cfg.Recalibrate, defaultRecalibrate),
		routes: map[route]*usual{},
	}
	l.gradient.open(0)
	l.set(l.gradient.allowed())
	gate.full = l.full
	return l
}

// visit is one request on its way. Its functions are made once, so that a request
// allocates nothing.
type visit struct {
	limiter *limiter
	c       *dram.Context
	start   time.Time
	entered int64 // how many were at work when it came, itself included
	left    bool  // the place was given back
	endless bool  // the answer is a conversation: how long it takes says nothing

	look   func(dram.Answer)
	stream func()
}

func newVisit(l *limiter) *visit {
	v := &visit{limiter: l}
	v.look = func(a dram.Answer) {
		v.endless = a.Status() == http.StatusSwitchingProtocols || httpfield.MediaType(a.Header().Get("Content-Type")) == "text/event-stream"
		a.OnStream(v.stream)
	}
	v.stream = func() { v.leave(!v.endless) }
	return v
}

// serve runs the rest of the chain for a request that has entered.
func (l *limiter) serve(c *dram.Context) {
	v := l.visits.Get().(*visit)
	v.c, v.start, v.entered, v.left = c, time.Now(), l.gate.inFlight.Load(), false
	returned := false
	defer func() {
		v.leave(returned)
		v.c = nil
		l.visits.Put(v)
	}()
	c.NextAnswer(nil, v.look)
	returned = true
}

// leave gives the place back, once, and takes the sample if it counts.
func (v *visit) leave(counts bool) {
	if v.left {
		return
	}
	v.left = true
	now := time.Now()
	s := sample{route: routeOf(v.c), took: now.Sub(v.start), inFlight: max(v.entered, v.limiter.gate.inFlight.Load())}
	if counts {
		s.outcome = outcomeOf(v.c)
	}
	v.limiter.gate.leave()
	v.limiter.observe(now, s)
}

// outcomeOf says what follows from the latency of a request that was not endless.
func outcomeOf(c *dram.Context) outcome {
	switch status := c.Writer.Status(); {
	case c.Request.Context().Err() != nil, status >= http.StatusInternalServerError:
		return failed
	case status >= http.StatusBadRequest:
		return ignored
	}
	return served
}

// observe hands a sample to the gradient, and sets the limit that follows.
func (l *limiter) observe(now time.Time, s sample) {
	if !l.mu.TryLock() {
		return
	}
	defer l.mu.Unlock()
	l.gradient.add(now.Sub(l.start), s)
	l.follow()
}

// full tells the gradient that somebody has no place.
func (l *limiter) full() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gradient.demand(time.Since(l.start))
	l.follow()
}

// follow sets the limit that the gradient has found.
func (l *limiter) follow() {
	if limit := l.gradient.allowed(); int64(limit) != l.gate.limit.Load() {
		l.set(limit)
	}
}

func (l *limiter) set(limit int) {
	l.gate.setLimit(limit)
	l.onChange(limit, int(l.gate.inFlight.Load()))
}

// routeOf names what the latency of a request is compared with. A method that no
// route has is the client's choice, and is not kept.
func routeOf(c *dram.Context) route {
	if path := c.FullPath(); path != "" {
		return route{c.Request.Method, c.FullHost() + path}
	}
	return route{}
}
