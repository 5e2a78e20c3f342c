package dram

import (
	"cmp"
	"log/slog"
	"maps"
	"math"
	"net/http"
	"time"

	"github.com/dram-go/dram/internal/mask"
)

// This file is Logger for log/slog: one record per request, for machines to
// read.
// See docs/internals/02-default.md.

// maxRequestID is how much of a request's id is logged, in bytes: it may be the
// client's word.
const maxRequestID = 128

// SlogOption changes what LoggerWithSlog logs.
type SlogOption func(*slogLogger)

// SlogSkipPaths leaves out requests for these URL paths, compared exactly.
func SlogSkipPaths(paths ...string) SlogOption {
	return func(l *slogLogger) { maps.Copy(l.skipPaths, pathSet(paths)) }
}

// SlogSkip leaves out requests for which skip, called when the chain has run,
// returns true.
func SlogSkip(skip Skipper) SlogOption {
	return func(l *slogLogger) { l.skip = skip }
}

// SlogLevel sets the function that chooses the level of a record from the
// response's status.
// Without it, or if it is nil, 5xx is Error, 4xx is Warn, and all else is Info.
func SlogLevel(level func(status int) slog.Level) SlogOption {
	return func(l *slogLogger) {
		if level != nil {
			l.level = level
		}
	}
}

// SlogAttrs adds the attributes that attrs, called when the chain has run,
// returns: the user, say, or the query, which MaskQuery makes fit for a log.
func SlogAttrs(attrs func(c *Context) []slog.Attr) SlogOption {
	return func(l *slogLogger) { l.attrs = attrs }
}

// LoggerWithSlog logs each request as one record of logger, nil for
// slog.Default() at the time, with the message "request" and the attributes
//
//	method      the request's method
//	route       the pattern of the route; "" if none matched
//	path        the URL's path as it was before the chain ran, without the query and with
//	            secrets masked
//	status      the response's status; 500 for a panic on its way to a Recovery outside
//	size        bytes of the body (Context.BodySize)
//	latency_ms  how long the chain took, in milliseconds
//	client      Context.ClientIP
//	request_id  X-Request-ID of the response or else of the request, if there is one
//	errors      the messages of Context.Errors, if there are any, with secrets masked
//
// The record's context is the request's. What the logger's handler does not
// want is not built, and with a handler that wants nothing at all not even the
// time is taken.
func LoggerWithSlog(logger *slog.Logger, options ...SlogOption) HandlerFunc {
	l := &slogLogger{logger: logger, skipPaths: map[string]bool{}, level: statusLevel}
	for _, option := range options {
		option(l)
	}
	return func(c *Context) {
		handler := l.handler()
		if !handler.Enabled(c.Request.Context(), math.MaxInt) {
			c.Next()
			return
		}
		req, address, start, pattern, path, passing := c.Request, c.Request.URL, time.Now(), c.fullPath, c.Request.URL.Path, true
		defer func() {
			c.putBack(req, address)
			l.log(c, handler, start, pattern, path, passing)
		}()
		c.Next()
		passing = false
	}
}

// slogLogger is one LoggerWithSlog.
type slogLogger struct {
	logger    *slog.Logger
	skipPaths map[string]bool
	skip      Skipper
	level     func(status int) slog.Level
	attrs     func(*Context) []slog.Attr
}

func (l *slogLogger) handler() slog.Handler {
	if l.logger == nil {
		return slog.Default().Handler()
	}
	return l.logger.Handler()
}

// statusLevel is the level of a record unless SlogLevel says otherwise.
func statusLevel(status int) slog.Level {
	switch {
	case status >= http.StatusInternalServerError:
		return slog.LevelError
	case status >= http.StatusBadRequest:
		return slog.LevelWarn
	default:
		return slog.LevelInfo
	}
}

// log hands a request's record to the handler. The record has no source line:
// it would be this file's for each.
func (l *slogLogger) log(c *Context, handler slog.Handler, start time.Time, pattern, path string, passing bool) {
	ctx := c.Request.Context()
	status := finalStatus(c, passing)
	level := l.level(status)
	if !handler.Enabled(ctx, level) || l.skips(c, path) {
		return
	}
	now := time.Now()
	record := slog.NewRecord(now, level, "request", 0)
	record.AddAttrs(
		slog.String("method", c.Request.Method),
		slog.String("route", c.FullHost()+c.FullPath()),
		slog.String("path", loggedPath(c, pattern, path)),
		slog.Int("status", status),
		slog.Int("size", c.BodySize()),
		slog.Float64("latency_ms", float64(now.Sub(start).Microseconds())/1000),
		slog.String("client", c.ClientIP()),
	)
	if id := requestID(c); id != "" {
		record.AddAttrs(slog.String("request_id", id))
	}
	if len(c.Errors) > 0 {
		errs := c.Errors.Errors()
		for i, err := range errs {
			errs[i] = mask.Prose(err)
		}
		record.AddAttrs(slog.Any("errors", errs))
	}
	if l.attrs != nil {
		record.AddAttrs(l.attrs(c)...)
	}
	_ = handler.Handle(ctx, record) // a log that cannot be written must not fail the request
}

func (l *slogLogger) skips(c *Context, path string) bool {
	return l.skipPaths[path] || l.skip != nil && l.skip(c)
}

// requestID is the request's id as a middleware put it into the response, or
// as the client sent it.
func requestID(c *Context) string {
	const header = "X-Request-Id"
	id := cmp.Or(c.Writer.Header().Get(header), c.Request.Header.Get(header))
	return id[:min(len(id), maxRequestID)]
}
