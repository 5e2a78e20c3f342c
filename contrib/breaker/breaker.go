// Package breaker is a circuit breaker for middleware.CircuitBreaker, based on
// sony/gobreaker. See docs/contrib.md.
//
//	r.Any("/shop/*path", middleware.CircuitBreaker(middleware.CircuitBreakerConfig{
//		Breaker: breaker.New(breaker.Config{Name: "shop"}),
//	}), proxy)
//
// A breaker is closed while all is well. After too many failures it opens: for
// a while no request passes. Then it is half-open: a few requests pass as
// probes. If they succeed it closes; if one fails it opens again.
//
// A request takes two short locks; there are no goroutines and no timers.
package breaker

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"math"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/dram-go/dram/contrib/internal/layer"
	"github.com/dram-go/dram/middleware"
)

// The values used when those of Config are zero.
const (
	DefaultFailures = 5
	DefaultMinimum  = 20
	DefaultWindow   = time.Minute
	DefaultRest     = 10 * time.Second
	DefaultProbes   = 1
)

// ErrOpen is the error that an *OpenError unwraps to.
var ErrOpen = errors.New("dram: contrib/breaker: the breaker is open")

// OpenError is the error of a breaker that does not let a request through.
type OpenError struct {
	// Name is the name of the breaker.
	Name string
	// Rest is how much longer the breaker will stay open; 0 if it is half-open and
	// all its probes are in use.
	Rest time.Duration
}

// Error returns a message with the name of the breaker.
func (e *OpenError) Error() string { return ErrOpen.Error() + ": " + e.Name }

// Unwrap returns ErrOpen.
func (e *OpenError) Unwrap() error { return ErrOpen }

// RetryAfter returns how long to wait before the next attempt;
// middleware.CircuitBreaker sends it to clients.
func (e *OpenError) RetryAfter() time.Duration { return e.Rest }

// Config sets up a Breaker. Its zero value opens after five consecutive
// failures, stays open for ten seconds and closes after one success.
type Config struct {
	// Name is the name of what the breaker protects, for the log.
	Name string
	// Failures is how many consecutive failures open the breaker. Default
	// DefaultFailures.
	Failures int
	// Ratio is the share of the requests in a Window whose failure opens the
	// breaker, even if not consecutive: 0.5 is half of them. It applies from
	// Minimum requests on. Default 0: only Failures opens it.
	Ratio float64
	// Minimum is how many requests there must be in a Window before Ratio applies.
	// Default DefaultMinimum.
	Minimum int
	// Window is how long requests are counted before the count restarts. Default
	// DefaultWindow.
	Window time.Duration
	// Rest is how long the breaker stays open. Default DefaultRest.
	Rest time.Duration
	// Probes is how many requests may pass while it is half-open; as many must
	// succeed to close it. Default DefaultProbes.
	Probes int
	// Logger logs each change of state. Default slog.Default().
	Logger *slog.Logger
	// OnChange, if set, is called at each change of state, instead of logging it.
	// The states are "closed", "half-open" and "open". It must not call the
	// breaker.
	OnChange func(name, from, to string)
}

// Validate reports what is wrong with the configuration.
func (cfg Config) Validate() error {
	for _, field := range []struct {
		name string
		n    int
	}{{"Failures", cfg.Failures}, {"Minimum", cfg.Minimum}, {"Probes", cfg.Probes}} {
		if field.n < 0 || field.n > math.MaxInt32 {
			return layer.Misconfigured("breaker", field.name, "%d is not a number of requests; leave it 0 for the default", field.n)
		}
	}
	if cfg.Ratio < 0 || cfg.Ratio > 1 || math.IsNaN(cfg.Ratio) {
		return layer.Misconfigured("breaker", "Ratio", "%v is not a part of the requests; write 0.5 for half of them", cfg.Ratio)
	}
	return cmp.Or(layer.WrongTime("breaker", "Rest", cfg.Rest), layer.WrongTime("breaker", "Window", cfg.Window))
}

// withDefaults fills in what is zero.
func (cfg Config) withDefaults() Config {
	cfg.Failures = cmp.Or(cfg.Failures, DefaultFailures)
	cfg.Minimum = cmp.Or(cfg.Minimum, DefaultMinimum)
	cfg.Window = cmp.Or(cfg.Window, DefaultWindow)
	cfg.Rest = cmp.Or(cfg.Rest, DefaultRest)
	cfg.Probes = cmp.Or(cfg.Probes, DefaultProbes)
	if cfg.OnChange == nil {
		cfg.OnChange = cfg.log
	}
	return cfg
}

func (cfg Config) log(name, from, to string) {
	logger := cfg.Logger
	if logger == nil {
		logger = slog.Default()
	}
	logger.Warn("dram: contrib/breaker: the breaker changed", "name", name, "from", from, "to", to)
}

// trips reports whether these counts open the breaker.
func (cfg Config) trips(counts gobreaker.Counts) bool {
	if int64(counts.ConsecutiveFailures) >= int64(cfg.Failures) {
		return true
	}
	return cfg.Ratio > 0 && int64(counts.Requests) >= int64(cfg.Minimum) &&
		float64(counts.TotalFailures) >= cfg.Ratio*float64(counts.Requests)
}

// Breaker is a middleware.Breaker. Make one with New; it is safe for concurrent use.
type Breaker struct {
	name    string
	circuit *gobreaker.TwoStepCircuitBreaker[struct{}]
	until   atomic.Int64 // when the open state ends, in nanoseconds since start
	start   time.Time
}

var _ middleware.Breaker = (*Breaker)(nil)

// New makes a closed Breaker. It panics if the configuration is wrong.
func New(cfg Config) *Breaker {
	layer.Must(cfg.Validate())
	cfg = cfg.withDefaults()
	b := &Breaker{name: cfg.Name, start: time.Now()}
	b.circuit = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Name:        cfg.Name,
		MaxRequests: uint32(cfg.Probes),
		Interval:    cfg.Window,
		Timeout:     cfg.Rest,
		ReadyToTrip: cfg.trips,
		IsExcluded:  func(err error) bool { return errors.Is(err, context.Canceled) },
		OnStateChange: func(name string, from, to gobreaker.State) {
			if to == gobreaker.StateOpen {
				b.until.Store(int64(time.Since(b.start) + cfg.Rest))
			}
			cfg.OnChange(name, from.String(), to.String())
		},
	})
	return b
}

// Allow lets a request through, or returns an *OpenError; see
// middleware.Breaker.
func (b *Breaker) Allow() (done func(err error), err error) {
	done, err = b.circuit.Allow()
	if err != nil {
		rest := time.Duration(b.until.Load()) - time.Since(b.start)
		return nil, &OpenError{Name: b.name, Rest: max(rest, 0)}
	}
	return done, nil
}

// State returns "closed", "half-open" or "open".
func (b *Breaker) State() string { return b.circuit.State().String() }
