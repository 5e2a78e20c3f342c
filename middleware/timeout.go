package middleware

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/dram-go/dram"
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
	if cfg.After < 0 {
		return misconfigured("Timeout", "After", "%v is negative; leave it 0 for %v, or drop the layer for no limit", cfg.After, DefaultTimeout)
	}
	return nil
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
// Nor may the body take longer: a read of it that is not over by then fails, which
// Context.Fail and the Bind methods answer with 408 (RFC 9110 section 15.5.9). A body that
// is there is not concerned, nor is one whose server knows no deadlines.
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
		if req.ContentLength != 0 && limit.body.bound(c.Writer, req.Body, &limit.Limit, after) {
			req.Body = &limit.body
		}
		c.NextAnswer(req, limit.look)
		if !limit.given && limit.Err() == context.DeadlineExceeded {
			refuse(c, cfg.OnError, http.StatusServiceUnavailable, "the request took too long")
		}
	}
}

// requestLimit is the limit of one request.
type requestLimit struct {
	timelimit.Limit
	body  timedBody
	given bool // the handlers have answered
}

// look records whether there is an answer, and whether it is a stream.
func (t *requestLimit) look(a dram.Answer) {
	if t.given = a.Given(); t.given {
		a.OnStream(t.lift)
	}
}

func (t *requestLimit) lift() {
	t.Lift()
	t.body.lift()
}

// timedBody is a body that has to be read before the limit. It lifts the deadline at its
// end: beyond it net/http reads on, to learn whether the client has left, and would take
// the time that is up for that.
type timedBody struct {
	io.ReadCloser
	limit  *timelimit.Limit
	server interface{ SetReadDeadline(time.Time) error } // nil without a deadline
	lifted atomic.Bool
}

// bound sets the deadline with the server's writer, below those of Contexts, which other
// requests use when this one has ended; false if it has none.
func (b *timedBody) bound(w http.ResponseWriter, body io.ReadCloser, limit *timelimit.Limit, after time.Duration) bool {
	for {
		under, ok := w.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			break
		}
		w = under.Unwrap()
	}
	server, ok := w.(interface{ SetReadDeadline(time.Time) error })
	if !ok || body == nil || server.SetReadDeadline(time.Now().Add(after)) != nil {
		return false
	}
	b.ReadCloser, b.limit, b.server = body, limit, server
	return true
}

func (b *timedBody) Read(p []byte) (n int, err error) {
	n, err = b.ReadCloser.Read(p)
	switch {
	case err == io.EOF:
		b.lift()
	case err != nil && errors.Is(err, os.ErrDeadlineExceeded):
		b.limit.End(context.DeadlineExceeded) // which its timer may do a moment later
	}
	return n, err
}

func (b *timedBody) lift() {
	if b.server != nil && !b.lifted.Swap(true) {
		_ = b.server.SetReadDeadline(time.Time{}) // it took the first
	}
}
