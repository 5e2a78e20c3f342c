package middleware

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/dram-go/dram"
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
// Timeout starts no goroutine and buffers nothing; a handler that ignores its
// context is not interrupted. For such handlers use the standard library:
//
//	dram.WrapMiddleware(func(next http.Handler) http.Handler {
//		return http.TimeoutHandler(next, 5*time.Second, "the request took too long")
//	})
func Timeout(cfg TimeoutConfig) dram.HandlerFunc {
	must(cfg.Validate())
	after := cfg.After
	if after == 0 {
		after = DefaultTimeout
	}
	return func(c *dram.Context) {
		limit := newTimeLimit(c.Request.Context(), after)
		defer limit.end(context.Canceled)
		c.NextAnswer(c.Request.WithContext(limit), limit.look)
		if !limit.given && limit.Err() == context.DeadlineExceeded {
			refuse(c, cfg.OnError, http.StatusServiceUnavailable, "the request took too long")
		}
	}
}

// timeLimit is a context with a deadline that can be lifted, unlike those of
// package context.
type timeLimit struct {
	context.Context // the request's
	deadline        time.Time
	timer           *time.Timer
	given           bool // the handlers have answered

	mu     sync.Mutex
	err    error
	lifted bool
	signal context.Context // ends when this one does; made by the first Done
	raise  context.CancelFunc
}

func newTimeLimit(parent context.Context, after time.Duration) *timeLimit {
	t := &timeLimit{Context: parent, deadline: time.Now().Add(after)}
	t.mu.Lock() // the time may be up at once
	defer t.mu.Unlock()
	t.timer = time.AfterFunc(after, t.expire)
	return t
}

// look records whether there is an answer, and whether it is a stream.
func (t *timeLimit) look(a dram.Answer) {
	if t.given = a.Given(); t.given {
		a.OnStream(t.lift)
	}
}

// lift removes the deadline.
func (t *timeLimit) lift() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lifted = true
	t.timer.Stop()
}

func (t *timeLimit) expire() { t.end(context.DeadlineExceeded) }

// end ends the context with err, unless it has ended, or err is that of a
// deadline that was lifted at the last moment.
func (t *timeLimit) end(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err != nil || t.lifted && err == context.DeadlineExceeded {
		return
	}
	t.err = err
	t.timer.Stop()
	if t.raise != nil {
		t.raise()
	}
}

// Deadline returns the earlier of the limit and the deadline of the request.
func (t *timeLimit) Deadline() (time.Time, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	own, ok := t.Context.Deadline()
	if t.lifted || ok && own.Before(t.deadline) {
		return own, ok
	}
	return t.deadline, true
}

// Done returns a channel that is closed when the time is up or the context of
// the request ends.
func (t *timeLimit) Done() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.signal == nil {
		t.signal, t.raise = context.WithCancel(t.Context)
		if t.err != nil {
			t.raise()
		}
	}
	return t.signal.Done()
}

// Err returns context.DeadlineExceeded when the time is up, otherwise the error
// of the request.
func (t *timeLimit) Err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err != nil {
		return t.err
	}
	return t.Context.Err()
}

// timeLimitKey is the key under which a timeLimit finds itself.
type timeLimitKey struct{}

// Value returns the limit itself for its key, otherwise the value of the
// context of the request.
func (t *timeLimit) Value(key any) any {
	if key == (timeLimitKey{}) {
		return t
	}
	return t.Context.Value(key)
}

// AfterFunc makes package context end the children of this context with its
// Err.
func (t *timeLimit) AfterFunc(f func()) (stop func() bool) {
	t.Done()
	return context.AfterFunc(t.signal, f)
}
