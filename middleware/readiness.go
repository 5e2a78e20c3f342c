package middleware

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/dram-go/dram"
)

// Readiness answers whether the process should get requests: not while
// something that it needs is down, and no longer once it is to stop.

// ReadinessConfig sets up Readiness. Its zero value answers 200 at /readyz.
type ReadinessConfig struct {
	// Path is the path of the probe. Default "/readyz".
	Path string
	// Checks are functions that check what must work, by name: "database":
	// db.PingContext. They run concurrently. Their names are shown to every client
	// of the probe, their errors are only in Context.Errors.
	Checks map[string]func(context.Context) error
	// Timeout is how long the checks may take. Default two seconds.
	Timeout time.Duration
	// CacheFor is how long a result is kept, so that frequent probes do not burden
	// the database. Default one second.
	CacheFor time.Duration
	// Stopping is done when the process is to stop: the probe fails from then on.
	// Serve with a Delay of it, so that the load balancer learns of it while
	// requests are still accepted.
	Stopping context.Context
}

// Validate reports what is wrong with the configuration, as a *ConfigError.
func (cfg ReadinessConfig) Validate() error {
	for name, check := range cfg.Checks {
		if check == nil {
			return misconfigured("Readiness", "Checks", "%q is nil; write a function such as db.PingContext", name)
		}
	}
	return cmp.Or(wrongTime("Readiness", "Timeout", cfg.Timeout), wrongTime("Readiness", "CacheFor", cfg.CacheFor),
		pathFault("Readiness", cfg.Path))
}

// Delay returns a context that is done d after ctx is: the one to serve with if
// Stopping of Readiness is ctx.
//
//	stop, _ := signal.NotifyContext(context.Background(), syscall.SIGTERM)
//	r.Use(middleware.Readiness(middleware.ReadinessConfig{Stopping: stop}))
//	r.RunContext(middleware.Delay(stop, 5*time.Second), ":8080")
func Delay(ctx context.Context, d time.Duration) context.Context {
	delayed, cancel := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() { time.AfterFunc(d, cancel) })
	return delayed
}

// Readiness answers GET and HEAD of its path and lets all other requests pass.
// It answers 200, or 503 if a check fails or the process is to stop, with JSON
// that lists the results of the checks by name.
func Readiness(cfg ReadinessConfig) dram.HandlerFunc {
	must(cfg.Validate())
	cfg.Path = cmp.Or(cfg.Path, "/readyz")
	cfg.Timeout = cmp.Or(cfg.Timeout, 2*time.Second)
	cfg.CacheFor = cmp.Or(cfg.CacheFor, time.Second)
	r := &readiness{ReadinessConfig: cfg}
	return func(c *dram.Context) {
		if !isProbe(c, cfg.Path) {
			return
		}
		c.Abort()
		c.Header("Cache-Control", "no-store")
		if cfg.Stopping != nil && cfg.Stopping.Err() != nil {
			c.JSON(http.StatusServiceUnavailable, readinessReport{Status: "stopping"})
			return
		}
		report, errs := r.ask()
		for _, err := range errs {
			_ = c.Error(err)
		}
		status := http.StatusOK
		if report.Status != "ready" {
			status = http.StatusServiceUnavailable
		}
		c.JSON(status, report)
	}
}

// readinessReport is the body of the answer.
type readinessReport struct {
	Status string            `json:"status"` // ready, unready, stopping
	Checks map[string]string `json:"checks,omitempty"`
}

// readiness runs the checks, one round at a time, and keeps the last result.
type readiness struct {
	ReadinessConfig
	mu     sync.Mutex
	asked  time.Time
	report readinessReport
	busy   sync.Map // the names of checks that run
}

// ask returns the last result or, if that is too old, a new one with its
// errors. Callers during a round wait for it: rounds cannot pile up.
func (r *readiness) ask() (readinessReport, []error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.asked.IsZero() && time.Since(r.asked) < r.CacheFor {
		return r.report, nil
	}
	var errs []error
	r.report, errs = r.run()
	r.asked = time.Now()
	return r.report, errs
}

// checkResult is what one check found.
type checkResult struct {
	name string
	err  error
}

// run runs all checks. It waits no longer than Timeout, even for a check that
// ignores its context.
func (r *readiness) run() (readinessReport, []error) {
	ctx, cancel := context.WithTimeout(context.Background(), r.Timeout)
	defer cancel()
	results := make(chan checkResult, len(r.Checks))
	report := readinessReport{Status: "ready", Checks: make(map[string]string, len(r.Checks))}
	for name, check := range r.Checks {
		report.Checks[name] = "timeout"
		go func() { results <- checkResult{name, r.runCheck(ctx, name, check)} }()
	}
	var errs []error
	for waiting := len(r.Checks); waiting > 0; waiting-- {
		select {
		case got := <-results:
			report.Checks[got.name] = "ok"
			if got.err != nil {
				report.Checks[got.name] = "failed"
				errs = append(errs, fmt.Errorf("dram: readiness check %q: %w", got.name, got.err))
			}
		case <-ctx.Done():
			errs = append(errs, fmt.Errorf("dram: readiness checks took longer than %v: %w", r.Timeout, ctx.Err()))
			waiting = 0
		}
	}
	if len(errs) > 0 {
		report.Status = "unready"
	}
	return report, errs
}

// errStillRunning is the result of a check whose last run has not returned.
var errStillRunning = errors.New("its last run has not come back")

// runCheck runs a check, unless it is still running: a check that hangs blocks
// one goroutine only. A panic becomes its error.
func (r *readiness) runCheck(ctx context.Context, name string, check func(context.Context) error) (err error) {
	if _, busy := r.busy.LoadOrStore(name, nil); busy {
		return errStillRunning
	}
	defer r.busy.Delete(name)
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("panic: %v", fault)
		}
	}()
	return check(ctx)
}
