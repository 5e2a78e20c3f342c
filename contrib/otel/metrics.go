package otel

import (
	"context"
	"net/http"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/semconv/v1.43.0/httpconv"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/internal/layer"
	"github.com/dram-go/dram/contrib/internal/outcome"
)

// This file records the metrics: http.server.request.duration, active_requests
// and the sizes of the bodies.

// meters are the instruments; nil records nothing.
type meters struct {
	duration httpconv.ServerRequestDuration
	active   httpconv.ServerActiveRequests
	received httpconv.ServerRequestBodySize
	sent     httpconv.ServerResponseBodySize

	sets sync.Map // series → attribute.Set: making one sorts its attributes
}

// series is everything that the attributes of a measured request consist of.
type series struct {
	place
	outcome.Outcome // zero while the request is running
}

func newMeters(provider metric.MeterProvider) *meters {
	meter := provider.Meter(scope, metric.WithSchemaURL(semconv.SchemaURL))
	m := new(meters)
	var errs [4]error
	m.duration, errs[0] = httpconv.NewServerRequestDuration(meter)
	m.active, errs[1] = httpconv.NewServerActiveRequests(meter)
	m.received, errs[2] = httpconv.NewServerRequestBodySize(meter)
	m.sent, errs[3] = httpconv.NewServerResponseBodySize(meter)
	for _, err := range errs {
		if err != nil {
			panic(layer.Misconfigured("otel", "MeterProvider", "refuses an instrument: %v", err))
		}
	}
	return m
}

// begin counts a request that begins, and returns a function to call when it is
// done. The duration of a connection that was taken over means nothing, and is
// left out.
func (m *meters) begin(ctx context.Context, p place) func(*dram.Context, outcome.Outcome, int64, time.Duration) {
	if m == nil {
		return func(*dram.Context, outcome.Outcome, int64, time.Duration) {}
	}
	running := m.set(series{place: place{method: p.method, scheme: p.scheme}})
	m.active.AddSet(ctx, 1, running)
	return func(c *dram.Context, became outcome.Outcome, received int64, took time.Duration) {
		m.active.AddSet(ctx, -1, running)
		set := m.set(series{p, became})
		if !became.Upgraded() {
			m.duration.RecordSet(ctx, took.Seconds(), set)
		}
		m.received.RecordSet(ctx, received, set)
		m.sent.RecordSet(ctx, int64(outcome.Sent(c)), set)
	}
}

// set returns the attributes of a series.
func (m *meters) set(s series) attribute.Set {
	if set, ok := m.sets.Load(s); ok {
		return set.(attribute.Set)
	}
	attributes := []attribute.KeyValue{semconv.HTTPRequestMethodKey.String(s.method), semconv.URLScheme(s.scheme)}
	if s.Status != 0 {
		attributes = append(attributes, semconv.HTTPResponseStatusCode(s.Status), semconv.NetworkProtocolVersion(s.protocol))
		if s.route != "" {
			attributes = append(attributes, semconv.HTTPRoute(s.route))
		}
		if s.Status >= http.StatusInternalServerError {
			attributes = append(attributes, errorType(s.Outcome))
		}
	}
	set := attribute.NewSet(attributes...)
	m.sets.Store(s, set)
	return set
}
