package middleware

import (
	"cmp"
	"net/http"
	"strconv"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/counted"
)

// Concurrency limits how many requests are served at a time, whoever sends
// them: requests beyond the capacity of the server are refused early, instead
// of slowing down all others. Who gets a place, and who waits for one, is in
// concurrency_gate.go; how the limit is found is in concurrency_adaptive.go and
// concurrency_climb.go.

// Priority says which requests are refused first when there is not room for
// all.
type Priority int

// The priorities. Values beyond them are the nearest one.
const (
	// PrioritySheddable is for what can be done later or not at all: prefetches,
	// crawlers, statistics.
	PrioritySheddable Priority = iota - 1
	// PriorityNormal is for most requests.
	PriorityNormal
	// PriorityCritical is for what must not fail: payments, log-ins, webhooks that
	// are sent once.
	PriorityCritical
)

// ConcurrencyConfig sets up Concurrency. Max must be set.
type ConcurrencyConfig struct {
	// Max is how many requests are served at the same time, at most. Without Adaptive a
	// WebSocket or an event stream keeps its place until it ends: give the routes of such a
	// Concurrency of their own, and Skip them in this one, or they take all places. So
	// does a client that does not read a large answer, until its connection ends: bound
	// that by a write deadline (docs/middleware.md, "A client that does not read").
	Max int
	// Adaptive, if set, finds a lower limit by what gets done, and Max is only its
	// upper bound. Its zero value is ready.
	Adaptive *AdaptiveLimit
	// Priority, if set, returns the priority of a request: of its route or its
	// user, since clients would call all of theirs critical. PriorityNormal then
	// has 80% of the places, PrioritySheddable 60%, both rounded down but one at
	// least, and the queue is one of priorities. By default all requests are equal.
	Priority func(*dram.Context) Priority
	// Queue is how many more may wait for their turn. Zero means that none may.
	Queue int
	// Wait is how long a request may wait. Default one second.
	Wait time.Duration
	// RetryAfter is what a refused client is told to wait. Default one second.
	RetryAfter time.Duration
	// OnError answers refused requests with 503; see ErrorHandler.
	OnError ErrorHandler
}

// Validate reports what is wrong with the configuration, as a *ConfigError.
func (cfg ConcurrencyConfig) Validate() error {
	switch {
	case cfg.Max <= 0:
		return misconfigured("Concurrency", "Max", "%d lets nobody in; write how many requests may run at a time, such as 100", cfg.Max)
	case cfg.Queue < 0:
		return misconfigured("Concurrency", "Queue", "%d is negative; 0 means that nobody waits", cfg.Queue)
	case cfg.Adaptive != nil:
		if err := cfg.Adaptive.validate(cfg.Max); err != nil {
			return err
		}
	}
	return cmp.Or(wrongTime("Concurrency", "Wait", cfg.Wait), wrongTime("Concurrency", "RetryAfter", cfg.RetryAfter))
}

// level returns the queue of a request: without Priority the one that may have all
// places.
func (cfg *ConcurrencyConfig) level(c *dram.Context) int {
	priority := PriorityCritical
	if cfg.Priority != nil {
		priority = min(max(cfg.Priority(c), PrioritySheddable), PriorityCritical)
	}
	return int(priority - PrioritySheddable)
}

// Concurrency serves up to Max requests at a time, or what AdaptiveLimit finds,
// and lets up to Queue more wait: in the order in which they came, those with a
// higher Priority before others. It answers the rest, those that have waited
// longer than Wait, and those that had to leave a full queue to a higher priority,
// with 503 and Retry-After.
func Concurrency(cfg ConcurrencyConfig) dram.HandlerFunc {
	must(cfg.Validate())
	gate := &gate{room: int64(cfg.Queue), wait: cmp.Or(cfg.Wait, time.Second)}
	gate.limit.Store(int64(cfg.Max))
	serve := gate.serve
	if cfg.Adaptive != nil {
		serve = newLimiter(cfg, gate).serve
	}
	retryAfter := strconv.Itoa(seconds(cfg.RetryAfter))
	return func(c *dram.Context) {
		if !counted.Enter(c, gate) {
			return // it has its place
		}
		defer counted.Leave(c, gate)
		if !gate.enter(c.Request.Context(), cfg.level(c)) {
			c.Header("Retry-After", retryAfter)
			refuse(c, cfg.OnError, http.StatusServiceUnavailable, "the server is busy; Retry-After tells when to come back")
			return
		}
		serve(c)
	}
}
