package middleware

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/counted"
)

// CircuitBreaker protects a failing service from further requests, and gives
// its clients a quick answer. A Breaker decides when it opens and closes;
// contrib/breaker has one.

// Breaker decides whether a request may go through. It is safe for concurrent
// use.
type Breaker interface {
	// Allow lets a request through or returns an error, if the breaker is open.
	// After a nil error, done must be called once: with nil if the request succeeded,
	// with context.Canceled if nobody knows, since its client went away before that,
	// and else with another error. If the error of Allow, or one that it wraps, has a
	// method RetryAfter() time.Duration, the client is told to wait that long.
	Allow() (done func(err error), err error)
}

// CircuitBreakerConfig sets up CircuitBreaker. Exactly one of Breaker and For
// must be set.
type CircuitBreakerConfig struct {
	// Breaker is used for all requests.
	Breaker Breaker
	// For, if set, returns the breaker of a request: one for each backend, say.
	// Nil means that the request has none. It must not make a new breaker for each
	// value that a client sends.
	For func(*dram.Context) Breaker
	// IsFailure reports whether a request failed, after its handlers have run, or
	// when its answer turns out to be a stream. Default: the status is 500 or above.
	// A panic before that always counts as a failure, and a request whose client went
	// away before that as nothing: give the handlers less time (Timeout) than clients
	// wait, if the service may hang.
	IsFailure func(*dram.Context) bool
	// RetryAfter is how long clients are told to wait while the breaker is open,
	// unless its error says otherwise. Default 10 seconds.
	RetryAfter time.Duration
	// OnError answers with 503 while the breaker is open; see ErrorHandler.
	OnError ErrorHandler
}

// Validate reports what is wrong with the configuration, as a *ConfigError.
func (cfg CircuitBreakerConfig) Validate() error {
	if (cfg.Breaker == nil) == (cfg.For == nil) {
		return misconfigured("CircuitBreaker", "Breaker", "set it, such as to one of contrib/breaker, or else For")
	}
	return cmp.Or(nilInside("CircuitBreaker", "Breaker", cfg.Breaker), wrongTime("CircuitBreaker", "RetryAfter", cfg.RetryAfter))
}

// CircuitBreaker asks a Breaker before each request and reports the outcome to
// it afterwards; that of a stream (it is flushed, or copied from a reader or a
// file) and of a connection that is taken over when it begins: else one that lasts
// for hours would be all that a breaker lets through to see whether the service is
// back. While the breaker is open, requests get 503 with Retry-After, and the
// handlers inside do not run.
func CircuitBreaker(cfg CircuitBreakerConfig) dram.HandlerFunc {
	must(cfg.Validate())
	if cfg.IsFailure == nil {
		cfg.IsFailure = func(c *dram.Context) bool { return c.Writer.Status() >= http.StatusInternalServerError }
	}
	cfg.RetryAfter = cmp.Or(cfg.RetryAfter, 10*time.Second)
	layer := &cfg
	attempts := sync.Pool{New: func() any { return newAttempt(cfg.IsFailure) }}
	return func(c *dram.Context) {
		if !counted.Enter(c, layer) {
			return // it was asked of this request
		}
		defer counted.Leave(c, layer)
		breaker := cfg.Breaker
		if cfg.For != nil {
			if breaker = cfg.For(c); breaker == nil {
				return
			}
		}
		done, err := breaker.Allow()
		if err != nil {
			c.Header("Retry-After", retryAfter(err, cfg.RetryAfter))
			cfg.OnError.Fail(c, http.StatusServiceUnavailable, "the service behind this one is unavailable; try again later", err)
			return
		}
		a := attempts.Get().(*attempt)
		defer attempts.Put(a)
		a.run(c, done)
	}
}

// attempt is a request that the breaker has let through. Its functions are made once, so that a
// request allocates nothing.
type attempt struct {
	c    *dram.Context
	ctx  context.Context
	done func(error) // nil once it was called

	look   func(dram.Answer)
	stream func()
}

func newAttempt(isFailure func(*dram.Context) bool) *attempt {
	a := new(attempt)
	a.stream = func() {
		if a.done != nil {
			a.report(isFailure(a.c))
		}
	}
	a.look = func(answer dram.Answer) { answer.OnStream(a.stream) }
	return a
}

// errFailed is what a Breaker is told of a request that failed.
var errFailed = errors.New("dram: middleware: CircuitBreaker: the request failed")

// report tells the breaker the outcome, once.
func (a *attempt) report(failed bool) {
	done, err := a.done, a.ctx.Err()
	switch {
	case done == nil:
		return
	case errors.Is(err, context.Canceled): // what was answered, if anything, is not the service's word
	case failed:
		err = errFailed
	default:
		err = nil
	}
	a.done = nil
	done(err)
}

// run runs the rest of the chain and reports the outcome to the breaker.
func (a *attempt) run(c *dram.Context, done func(error)) {
	a.c, a.ctx, a.done = c, c.Request.Context(), done
	defer func() {
		a.report(true) // a panic passes
		a.c, a.ctx = nil, nil
	}()
	c.NextAnswer(nil, a.look)
	a.stream()
}

// retryAfter returns the header's value: whole seconds, one at least.
func retryAfter(err error, usual time.Duration) string {
	var hint interface{ RetryAfter() time.Duration }
	if errors.As(err, &hint) {
		usual = hint.RetryAfter()
	}
	return strconv.Itoa(seconds(usual))
}
