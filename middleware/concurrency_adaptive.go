package middleware

import (
	"cmp"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dram-go/dram"
)

// This file counts what the adaptive limit of Concurrency is found by: how many requests are
// served well while others are refused. What follows from that is in concurrency_climb.go.

// AdaptiveLimit has Concurrency find its limit: the lowest with which (almost) as many
// requests as with any are served well. It follows the server when that becomes slower or
// faster.
//
// While requests are refused or wait, it tries other limits for a moment, and keeps one with
// which more is done, or as much with fewer at work. A request is served well if its status is
// below 500 and its client has not left meanwhile. How long a request takes
// does not matter, so slow and fast ones may stand side by side, on one route too. What counts as
// well is how much of the time of the places ended in good answers, so that cheap requests
// cannot outvote those that are not served in time.
//
// One limit is for one resource. Put it on the group of the routes that share that: whatever is
// behind it is refused together, cheap requests too, which need no place.
//
// As long as nobody is refused, and the places are not held for nothing, the limit stays as it is.
// When one is refused it gives way first, up to
// eight times as far within a second or two unless requests have become slower, and is
// measured afterwards: a moment in which many wait for something slow is not an overload.
//
// WebSockets, event streams, and every other answer that turns out to be a stream (it
// is flushed, or copied from a reader or a file) give their place back when they
// begin, and are bounded no more; another Concurrency, with a Max alone, can bound
// them on their routes.
type AdaptiveLimit struct {
	// Min is what the limit never falls below. Default 1, or with a Priority 2 (unless
	// Max is 1), since of a single place none can be kept for what is critical.
	Min int
	// Initial is the limit at the start. Default 20, or the nearest that Min and
	// Max allow.
	Initial int
	// Recalibrate is how long a limit that has proved itself stands under a lasting
	// overload until others are tried again, at most, with up to a fifth more by chance, so
	// that servers started together do not do it together. Default 30 seconds.
	Recalibrate time.Duration
	// OnChange, if set, is called with the limit at the start and whenever it
	// changes, for a try as well, and with how many requests are at work: for
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
	}
	return wrongTime("Concurrency", "Adaptive.Recalibrate", a.Recalibrate)
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

	good, ended, well, spent, held atomic.Int64 // see work
	began                          atomic.Int64 // the measurement

	mu    sync.Mutex // who does not get it leaves the look at what was done to the next one
	climb climb
}

func newLimiter(cfg ConcurrencyConfig, gate *gate) *limiter {
	adaptive := cfg.Adaptive
	l := &limiter{gate: gate, start: time.Now(), onChange: adaptive.OnChange}
	if l.onChange == nil {
		l.onChange = func(int, int) {}
	}
	least := 1
	if cfg.Priority != nil {
		least = min(2, cfg.Max)
	}
	l.climb = climb{
		min: cmp.Or(adaptive.Min, least), max: cfg.Max,
		limit: cmp.Or(adaptive.Initial, adaptive.initial(cfg.Max)),
		every: cmp.Or(adaptive.Recalibrate, defaultRecalibrate),
	}
	l.visits.New = func() any { return newVisit(l) }
	l.set(l.climb.limit)
	gate.full = l.full
	return l
}

// visit is one request on its way. Its functions are made once, so that a request
// allocates nothing.
type visit struct {
	limiter *limiter
	c       *dram.Context
	start   time.Time
	left    bool // the place was given back

	look   func(dram.Answer)
	stream func()
}

func newVisit(l *limiter) *visit {
	v := &visit{limiter: l}
	v.stream = func() { v.leave(true) }
	v.look = func(a dram.Answer) { a.OnStream(v.stream) }
	return v
}

// serve runs the rest of the chain for a request that has entered.
func (l *limiter) serve(c *dram.Context) {
	v := l.visits.Get().(*visit)
	v.c, v.start, v.left = c, time.Now(), false
	returned := false
	defer func() {
		v.leave(returned)
		v.c = nil
		l.visits.Put(v)
	}()
	c.NextAnswer(nil, v.look)
	returned = true
}

// leave gives the place back, once.
func (v *visit) leave(returned bool) {
	if v.left {
		return
	}
	v.left = true
	l := v.limiter
	now := time.Since(l.start)
	came := v.start.Sub(l.start)
	took := now - came
	if returned && v.c.Writer.Status() < http.StatusInternalServerError && v.c.Request.Context().Err() == nil {
		l.good.Add(1)
		l.well.Add(int64(took))
	}
	l.ended.Add(1)
	l.spent.Add(int64(took))
	if int64(came) >= l.began.Load() {
		l.held.Add(int64(took))
	}
	l.gate.leave()
	l.done(now, took)
}

// done tells the climb that a request has ended.
func (l *limiter) done(now, took time.Duration) {
	if !l.mu.TryLock() {
		return
	}
	defer l.mu.Unlock()
	l.climb.pace.add(took, l.climb.busy)
	l.climb.done(now, l.work())
	l.follow()
}

// full tells it that one has no place.
func (l *limiter) full() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.climb.demand(time.Since(l.start), l.work())
	l.follow()
}

func (l *limiter) work() work {
	return work{
		good: l.good.Load(), ended: l.ended.Load(),
		well: time.Duration(l.well.Load()), spent: time.Duration(l.spent.Load()), held: time.Duration(l.held.Load()),
	}
}

// follow does what the climb has decided.
func (l *limiter) follow() {
	if began := int64(l.climb.began); began != l.began.Load() {
		l.began.Store(began)
		l.held.Store(0)
	}
	if limit := l.climb.limit; int64(limit) != l.gate.limit.Load() {
		l.set(limit)
	}
}

func (l *limiter) set(limit int) {
	l.gate.setLimit(limit)
	l.onChange(limit, int(l.gate.inFlight.Load()))
}
