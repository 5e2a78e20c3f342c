package middleware

import (
	"cmp"
	"context"
	"net/http"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/body"
	"github.com/dram-go/dram/internal/timelimit"
)

// Timeout limits how long a request may take, cooperatively: it sets a deadline
// that the handler is expected to observe. For handlers that ignore their
// context there is dram.WrapMiddleware around http.TimeoutHandler.

// DefaultTimeout is the timeout used when TimeoutConfig.After is zero.
const DefaultTimeout = 30 * time.Second

// TimeoutConfig sets up Timeout. Its zero value gives a request 30 seconds.
type TimeoutConfig struct {
	// After is how long the handlers may take. Zero means DefaultTimeout.
	After time.Duration
	// OnError answers with 503 if the deadline passes before the handlers have
	// written anything; see ErrorHandler.
	OnError ErrorHandler
}

// Validate reports what is wrong with the configuration, as a *ConfigError.
func (cfg TimeoutConfig) Validate() error {
	return wrongTime("Timeout", "After", cfg.After)
}

// Timeout sets a deadline on the context of the request, and so on everything
// that is called with it or with the Context: database, clients, other
// services. If the handlers return after the deadline without an answer, it
// answers 503.
//
// An answer that is a stream (it is flushed, copied from a reader or a file, or
// comes from the server behind Proxy) has no deadline from then on, and neither
// has a connection that is taken over (a WebSocket).
//
// Nor may reading the body take longer: a read that is not over by then fails, which
// Context.Fail and the Bind methods answer with 408 (RFC 9110 section 15.5.9). What the
// handlers do not read, and what layers outside have read, is not bounded by this, nor is the
// body of a stream that is being answered; the server's ReadTimeout bounds all of it, and
// where that is set, it counts alone. A deadline set with http.ResponseController does not
// outlast the next read. A net/http middleware outside whose writer has no Unwrap keeps the
// server's deadlines from this layer.
//
// Timeout starts no goroutine and buffers nothing; a handler that ignores its
// context is not interrupted. One that stops in the middle of its answer because the time
// is up has to say so, or the part looks like the whole: panic(http.ErrAbortHandler). For such handlers use the standard library:
//
//	dram.WrapMiddleware(func(next http.Handler) http.Handler {
//		return http.TimeoutHandler(next, 5*time.Second, "the request took too long")
//	})
func Timeout(cfg TimeoutConfig) dram.HandlerFunc {
	must(cfg.Validate())
	after := cmp.Or(cfg.After, DefaultTimeout)
	return func(c *dram.Context) {
		limit := new(requestLimit)
		limit.Start(c.Request.Context(), after)
		defer limit.End(context.Canceled)
		req := c.Request.WithContext(limit)
		defer limit.bound(c.Writer, req)()
		c.NextAnswer(req, limit.look)
		if !limit.given && limit.Err() == context.DeadlineExceeded {
			refuse(c, cfg.OnError, http.StatusServiceUnavailable, "the request took too long")
		}
	}
}

// requestLimit is the limit of one request.
type requestLimit struct {
	timelimit.Limit
	clock *body.Clock // of the request's body, if it is this layer's
	given bool        // the handlers have answered
}

// bound gives the body the same time: that of the layer's own request, or of a Timeout
// outside, which has a clock already.
func (t *requestLimit) bound(w http.ResponseWriter, req *http.Request) (end func()) {
	clock, _ := t.Context.Value(timelimit.ClockKey{}).(*body.Clock)
	outside := clock != nil
	if !outside {
		if req.ContentLength != 0 {
			clock = body.NewClock(w, req)
		}
		if clock == nil {
			return func() {}
		}
		t.clock, req.Body = clock, clock
	}
	deadline, _ := t.Deadline()
	term := clock.Begin(deadline, func() { t.End(context.DeadlineExceeded) }) // its timer may be a moment later
	t.Lifted = func() { clock.Lift(term) }
	if outside {
		return func() { clock.Lift(term) }
	}
	return clock.End
}

// Value returns the clock for its key.
func (t *requestLimit) Value(name any) any {
	if name == (timelimit.ClockKey{}) && t.clock != nil {
		return t.clock
	}
	return t.Limit.Value(name)
}

// look records whether there is an answer, and whether it is a stream.
func (t *requestLimit) look(a dram.Answer) {
	if t.given = a.Given(); t.given {
		a.OnStream(t.Lift)
	}
}
