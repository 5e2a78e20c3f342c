package middleware

import (
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/dram-go/dram"
)

// AccessLog writes one record for each request. It is dram.LoggerWithSlog plus
// sampling, for busy services.

// accessStartKey is the Context key of the time at which a sampled request
// began.
type accessStartKey struct{}

// AccessLogConfig sets up AccessLog. Its zero value logs every request to
// slog.Default().
type AccessLogConfig struct {
	// Logger gets the records. Default slog.Default(), looked up at each request.
	Logger *slog.Logger
	// Level chooses a record's level. Default: Error for 5xx, Warn for 4xx,
	// otherwise Info.
	Level func(status int) slog.Level
	// Attrs, if set, returns attributes to add once the handlers have run, such as
	// the user. The query is not logged, since it may hold secrets; dram.MaskQuery
	// masks the parameters whose names say so.
	Attrs func(*dram.Context) []slog.Attr
	// SampleEvery logs one of every SampleEvery successful requests. Requests with
	// a status of 400 and above, with an error, or that took at least Slow are
	// always logged. Zero and one log everything.
	SampleEvery int
	// Slow is the duration from which on a request is logged whatever SampleEvery
	// says. Zero means that no request counts as slow.
	Slow time.Duration
}

// Validate reports what is wrong with the configuration, as a *ConfigError.
func (cfg AccessLogConfig) Validate() error {
	if cfg.SampleEvery < 0 {
		return misconfigured("AccessLog", "SampleEvery", "%d is negative; leave it 0 to log everything", cfg.SampleEvery)
	}
	return wrongTime("AccessLog", "Slow", cfg.Slow)
}

// AccessLog logs each request after it has been answered, with the attributes
// that dram.LoggerWithSlog documents. Put it outside Recovery, which turns a
// panic into the status that is logged.
func AccessLog(cfg AccessLogConfig) dram.HandlerFunc {
	must(cfg.Validate())
	var options []dram.SlogOption
	if cfg.Level != nil {
		options = append(options, dram.SlogLevel(cfg.Level))
	}
	if cfg.Attrs != nil {
		options = append(options, dram.SlogAttrs(cfg.Attrs))
	}
	if cfg.SampleEvery > 1 {
		options = append(options, dram.SlogSkip(cfg.sampler()))
	}
	log, timed := dram.LoggerWithSlog(cfg.Logger, options...), cfg.SampleEvery > 1 && cfg.Slow > 0
	return func(c *dram.Context) {
		if timed {
			c.Set(accessStartKey{}, time.Now())
		}
		log(c)
	}
}

// sampler reports which answered requests are left out. It counts, so that
// exactly one of every SampleEvery requests is logged.
func (cfg AccessLogConfig) sampler() func(*dram.Context) bool {
	var count atomic.Uint64
	return func(c *dram.Context) bool {
		if c.Writer.Status() >= http.StatusBadRequest || len(c.Errors) > 0 {
			return false
		}
		if start, ok := c.Value(accessStartKey{}).(time.Time); ok && time.Since(start) >= cfg.Slow {
			return false
		}
		return (count.Add(1)-1)%uint64(cfg.SampleEvery) != 0
	}
}
