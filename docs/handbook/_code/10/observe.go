package main

import (
	"context"
	"log/slog"
	"os"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/otel"
	"github.com/dram-go/dram/contrib/prometheus"
	"github.com/dram-go/dram/middleware"
)

// logTo makes the log one of JSON in production, and of text for people.
func logTo(file *os.File) {
	if dram.IsDebugging() {
		slog.SetDefault(slog.New(slog.NewTextHandler(file, nil)))
	} else {
		slog.SetDefault(slog.New(slog.NewJSONHandler(file, nil)))
	}
}

// observe returns the layers that measure and trace, an Engine for those who look, and what
// sends off the last spans.
func observe() (layers []dram.HandlerFunc, inner *dram.Engine, end func(context.Context) error) {
	metrics := prometheus.New(prometheus.Config{})
	traces := sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(spanLog{}), // where there is a collector: the exporter of otlptracehttp.New(ctx)
		sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(0.1))),
	)
	inner = dram.New()
	inner.Use(dram.Recovery(), middleware.Pprof(middleware.PprofConfig{}))
	inner.GET("/metrics", metrics.Handler())
	return []dram.HandlerFunc{otel.Observe(otel.Config{TracerProvider: traces}), metrics.Layer()}, inner, traces.Shutdown
}

// traceOf is what a line of the log says besides: of which trace the request is a part.
func traceOf(c *dram.Context) []slog.Attr {
	if span := trace.SpanContextFromContext(c.Request.Context()); span.IsSampled() {
		return []slog.Attr{slog.String("trace", span.TraceID().String())}
	}
	return nil
}

// spanLog writes spans into the log.
type spanLog struct{}

func (spanLog) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	for _, span := range spans {
		slog.InfoContext(ctx, "span", "name", span.Name(), "trace", span.SpanContext().TraceID(), "took", span.EndTime().Sub(span.StartTime()))
	}
	return nil
}

func (spanLog) Shutdown(context.Context) error { return nil }
