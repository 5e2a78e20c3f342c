package middleware

import (
	"cmp"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/dram-go/dram"
)

// Concurrency limits how many requests are served at a time, whoever sends
// them: requests beyond the capacity of the server are refused early, instead
// of slowing down all others.

// ConcurrencyConfig sets up Concurrency. Max must be set.
type ConcurrencyConfig struct {
	// Max is how many requests are served at the same time.
	Max int
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
	case cfg.Wait < 0 || cfg.RetryAfter < 0:
		return misconfigured("Concurrency", "Wait", "neither it nor RetryAfter may be negative; leave them 0 for one second")
	}
	return nil
}

// Concurrency serves up to Max requests at a time and lets up to Queue more
// wait, in the order in which they came. It answers the others, and those that
// have waited longer than Wait, with 503 and Retry-After.
func Concurrency(cfg ConcurrencyConfig) dram.HandlerFunc {
	must(cfg.Validate())
	cfg.Wait = cmp.Or(cfg.Wait, time.Second)
	gate := &gate{places: make(chan struct{}, cfg.Max), maxWaiting: int64(cfg.Queue), wait: cfg.Wait}
	retryAfter := strconv.Itoa(seconds(cfg.RetryAfter))
	return func(c *dram.Context) {
		if !gate.enter(c) {
			c.Header("Retry-After", retryAfter)
			refuse(c, cfg.OnError, http.StatusServiceUnavailable, "the server is busy; Retry-After tells when to come back")
			return
		}
		defer gate.leave()
		c.Next()
	}
}

// gate lets a limited number of requests through at a time.
type gate struct {
	places     chan struct{}
	waiting    atomic.Int64
	maxWaiting int64
	wait       time.Duration
}

// enter takes a place, and waits for one if there is room in the queue.
func (g *gate) enter(c *dram.Context) bool {
	select {
	case g.places <- struct{}{}:
		return true
	default:
	}
	defer g.waiting.Add(-1)
	if g.waiting.Add(1) > g.maxWaiting {
		return false
	}
	timer := time.NewTimer(g.wait)
	defer timer.Stop()
	select {
	case g.places <- struct{}{}:
		return true
	case <-timer.C:
	case <-c.Request.Context().Done():
	}
	return false
}

func (g *gate) leave() { <-g.places }
