package dram_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dram-go/dram"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// slogged serves a request and returns the record that was logged, nil for none.
func slogged(t *testing.T, level slog.Leveler, target string, handler dram.HandlerFunc, options ...dram.SlogOption) map[string]any {
	t.Helper()
	var out bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: level, AddSource: true}))
	engine := dram.New()
	engine.Use(dram.RecoveryWithWriter(nil), dram.LoggerWithSlog(logger, options...))
	engine.GET("/users/:id", handler)
	req := httptest.NewRequest("GET", target, nil)
	req.Header.Set("X-Request-ID", "from-client")
	engine.ServeHTTP(httptest.NewRecorder(), req)
	if out.Len() == 0 {
		return nil
	}
	var record map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &record), out.String())
	return record
}

func TestLoggerWithSlogRecord(t *testing.T) {
	record := slogged(t, nil, "/users/7?token=secret", func(c *dram.Context) { c.String(201, "four") })
	assert.Contains(t, record, "latency_ms")
	delete(record, "time")
	delete(record, "latency_ms")
	assert.Equal(t, map[string]any{
		"level": "INFO", "msg": "request", "method": "GET", "route": "/users/:id", "path": "/users/7",
		"status": 201.0, "size": 4.0, "client": "192.0.2.1", "request_id": "from-client",
	}, record)
}

func TestLoggerWithSlogLevels(t *testing.T) {
	for status, want := range map[int]string{200: "INFO", 302: "INFO", 404: "WARN", 503: "ERROR"} {
		record := slogged(t, nil, "/users/7", func(c *dram.Context) { c.Status(status) })
		assert.Equal(t, want, record["level"], status)
	}
	record := slogged(t, nil, "/users/7", func(*dram.Context) {},
		dram.SlogLevel(func(int) slog.Level { return slog.LevelError }))
	assert.Equal(t, "ERROR", record["level"])
	assert.Nil(t, slogged(t, slog.LevelWarn, "/users/7", func(*dram.Context) {}))
	assert.NotNil(t, slogged(t, slog.LevelWarn, "/users/7", func(c *dram.Context) { c.Status(400) }))
}

func TestLoggerWithSlogErrorsAndRequestID(t *testing.T) {
	record := slogged(t, nil, "/users/7", func(c *dram.Context) {
		c.Header("X-Request-ID", "made-here")
		_ = c.Error(errors.New("a"))
		_ = c.Error(errors.New("b"))
	})
	assert.Equal(t, "made-here", record["request_id"])
	assert.Equal(t, []any{"a", "b"}, record["errors"])

	record = slogged(t, nil, "/users/7", func(c *dram.Context) { c.Header("X-Request-ID", strings.Repeat("x", 4096)) })
	assert.Len(t, record["request_id"], 128)
}

func TestLoggerWithSlogOptions(t *testing.T) {
	assert.Nil(t, slogged(t, nil, "/users/7", target, dram.SlogSkipPaths("/health", "/users/7")))
	assert.Nil(t, slogged(t, nil, "/users/7", target, dram.SlogSkip(func(c *dram.Context) bool { return c.Param("id") == "7" })))
	record := slogged(t, nil, "/users/7?q=1", target, dram.SlogAttrs(func(c *dram.Context) []slog.Attr {
		return []slog.Attr{slog.String("query", c.Request.URL.RawQuery)}
	}))
	assert.Equal(t, "q=1", record["query"])
}

func TestLoggerWithSlogLogsAPassingPanic(t *testing.T) {
	record := slogged(t, nil, "/users/7", func(*dram.Context) { panic("boom") })
	assert.Equal(t, 500.0, record["status"])
	assert.Equal(t, "ERROR", record["level"])
}

func TestLoggerWithSlogUsesTheDefaultLogger(t *testing.T) {
	var out bytes.Buffer
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	engine := dram.New()
	engine.Use(dram.LoggerWithSlog(nil))
	engine.GET("/", target)
	slog.SetDefault(slog.New(slog.NewTextHandler(&out, nil)))
	serve(engine, "GET", "/")
	assert.Contains(t, out.String(), "msg=request")
}

// contextHandler notes the contexts of its records.
type contextHandler struct {
	slog.Handler
	seen *any
}

type traceKey struct{}

func (h contextHandler) Handle(ctx context.Context, r slog.Record) error {
	*h.seen = ctx.Value(traceKey{})
	return h.Handler.Handle(ctx, r)
}

func TestLoggerWithSlogGivesTheRequestsContext(t *testing.T) {
	var seen any
	engine := dram.New()
	engine.Use(dram.LoggerWithSlog(slog.New(contextHandler{slog.DiscardHandler, &seen})))
	engine.GET("/", target)
	req := httptest.NewRequest("GET", "/", nil)
	ctx := context.WithValue(req.Context(), traceKey{}, "trace")
	engine.ServeHTTP(httptest.NewRecorder(), req.WithContext(ctx))
	assert.Nil(t, seen, "a handler that is disabled gets nothing")

	engine = dram.New()
	engine.Use(dram.LoggerWithSlog(slog.New(contextHandler{slog.NewTextHandler(&bytes.Buffer{}, nil), &seen})))
	engine.GET("/", target)
	engine.ServeHTTP(httptest.NewRecorder(), req.WithContext(ctx))
	assert.Equal(t, "trace", seen)
}

func TestLoggerWithSlogDisabledDoesNothing(t *testing.T) {
	inMode(t, dram.ReleaseMode)
	engine := dram.New()
	engine.Use(dram.LoggerWithSlog(slog.New(slog.DiscardHandler)))
	engine.GET("/x", target)
	w, req := httptest.NewRecorder(), httptest.NewRequest("GET", "/x", nil)
	assert.Zero(t, testing.AllocsPerRun(200, func() { engine.ServeHTTP(w, req) }))

	warn := dram.New()
	warn.Use(dram.LoggerWithSlog(slog.New(slog.NewTextHandler(&bytes.Buffer{}, &slog.HandlerOptions{Level: slog.LevelWarn}))))
	warn.GET("/x", target)
	assert.Zero(t, testing.AllocsPerRun(200, func() { warn.ServeHTTP(w, req) }), "a record of a level that is not wanted is not built")
}
