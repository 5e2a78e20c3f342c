package middleware

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/dram-go/dram"
)

// CircuitBreaker gives a service that fails a rest, and its clients a quick
// answer. When it opens and closes is the Breaker's to know: contrib/breaker has
// one.

// Breaker decides whether a request may go through. It is safe for concurrent
// use.
type Breaker interface {
	// Allow lets a request pass: done must then be called once, with whether it
	// went well. Or it returns an error: the breaker is open. If that error, or
	// one that it wraps, has a method RetryAfter() time.Duration, it tells the
	// client when to come back.
	Allow() (done func(success bool), err error)
}

// CircuitBreakerConfig sets up CircuitBreaker. Breaker or For must be set.
type CircuitBreakerConfig struct {
	// Breaker is that of all requests.
	Breaker Breaker
	// For, if set, finds a request's breaker: one for each server behind, say.
	// Nil is none. It must not make one for each value that a client sends.
	For func(*dram.Context) Breaker
	// IsFailure tells whether a request went wrong, after its handlers have run.
	// Default: the status is 500 or above. A panic always is one; a client that
	// went away never is.
	IsFailure func(*dram.Context) bool
	// RetryAfter is what clients are told while the breaker is open, unless it
	// knows better. Default 10 seconds.
	RetryAfter time.Duration
	// OnError answers with 503 while the breaker is open; see ErrorHandler.
	OnError ErrorHandler
}

// Validate reports what is wrong with the configuration, as a *ConfigError.
func (cfg CircuitBreakerConfig) Validate() error {
	if (cfg.Breaker == nil) == (cfg.For == nil) {
		return misconfigured("CircuitBreaker", "Breaker", "set it, such as to one of contrib/breaker, or else For")
	}
	if cfg.RetryAfter < 0 {
		return misconfigured("CircuitBreaker", "RetryAfter", "%v is negative; leave it 0 for 10s", cfg.RetryAfter)
	}
	return nil
}

// CircuitBreaker asks a Breaker before each request and tells it afterwards how
// that went. While the breaker is open requests get 503 with Retry-After, and
// the handlers inside do not run.
func CircuitBreaker(cfg CircuitBreakerConfig) dram.HandlerFunc {
	must(cfg.Validate())
	if cfg.IsFailure == nil {
		cfg.IsFailure = func(c *dram.Context) bool { return c.Writer.Status() >= http.StatusInternalServerError }
	}
	if cfg.RetryAfter == 0 {
		cfg.RetryAfter = 10 * time.Second
	}
	return func(c *dram.Context) {
		breaker := cfg.Breaker
		if cfg.For != nil {
			if breaker = cfg.For(c); breaker == nil {
				return
			}
		}
		done, err := breaker.Allow()
		if err != nil {
			c.Header("Retry-After", retryAfter(err, cfg.RetryAfter))
			fail(c, cfg.OnError, http.StatusServiceUnavailable, "the service behind this one is unavailable; try again later", err)
			return
		}
		cfg.watch(c, done)
	}
}

// watch runs the rest of the chain and tells the breaker how it went.
func (cfg *CircuitBreakerConfig) watch(c *dram.Context, done func(success bool)) {
	success, ctx := false, c.Request.Context()
	defer func() { done(success || errors.Is(ctx.Err(), context.Canceled)) }()
	c.Next()
	success = !cfg.IsFailure(c)
}

// retryAfter is the header's value: whole seconds, one at least.
func retryAfter(err error, usual time.Duration) string {
	var hint interface{ RetryAfter() time.Duration }
	if errors.As(err, &hint) {
		usual = hint.RetryAfter()
	}
	return strconv.Itoa(seconds(usual))
}
