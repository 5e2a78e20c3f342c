package middleware

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/dram-go/dram"
)

// Timeout bounds how long a request may take, by asking: it sets a deadline and
// leaves it to the handler to heed it. For handlers that know no context there is
// dram.WrapMiddleware around http.TimeoutHandler.

// DefaultTimeout is the time of a TimeoutConfig that names none.
const DefaultTimeout = 30 * time.Second

// TimeoutConfig sets up Timeout. Its zero value gives a request 30 seconds.
type TimeoutConfig struct {
	// After is how long the handlers may take. Zero is DefaultTimeout.
	After time.Duration
	// OnError answers with 503 when the time was over before the handlers wrote
	// anything; see ErrorHandler.
	OnError ErrorHandler
}

// Validate tells what is wrong with the configuration.
func (cfg TimeoutConfig) Validate() error {
	if cfg.After < 0 {
		return misconfigured("Timeout", "After", "%v is negative; leave it 0 for %v, or drop the layer for no limit", cfg.After, DefaultTimeout)
	}
	return nil
}

// Timeout puts a deadline on the request's context, and so on everything that
// is called with it or with the Context: database, clients, other services.
// When the handlers return after it without having written, it answers 503.
//
// It starts no goroutine and buffers nothing, so there is no race and no cost
// for streams; a handler that never looks at its context is not interrupted.
func Timeout(cfg TimeoutConfig) dram.HandlerFunc {
	must(cfg.Validate())
	after := cfg.After
	if after == 0 {
		after = DefaultTimeout
	}
	return func(c *dram.Context) {
		ctx, cancel := context.WithTimeout(c.Request.Context(), after)
		defer cancel()
		nextWithContext(c, ctx, true)
		if errors.Is(ctx.Err(), context.DeadlineExceeded) && !c.Writer.Written() {
			refuse(c, cfg.OnError, http.StatusServiceUnavailable, "the request took too long")
		}
	}
}
