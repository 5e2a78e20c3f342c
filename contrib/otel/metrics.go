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
)

// This file measures: http.server.request.duration, active_requests and the sizes
// of the bodies.

// meters are the instruments; nil measures nothing.
type meters struct {
	duration httpconv.ServerRequestDuration
	active   httpconv.ServerActiveRequests
	received httpconv.ServerRequestBodySize
	sent     httpconv.ServerResponseBodySize

	sets sync.Map // outcome → attribute.Set: making one sorts its attributes
}

// outcome is all that a measured request's attributes are made of.
type outcome struct {
	place
	status   int // 0 while the request is running
	panicked bool
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

// begin counts a request that begins, and returns what is to be called when it
// is done. The durations of WebSockets say nothing, and are left out.
func (m *meters) begin(ctx context.Context, p place) func(c *dram.Context, status int, panicked bool, start time.Time) {
	if m == nil {
		return func(*dram.Context, int, bool, time.Time) {}
	}
	running := m.set(outcome{place: place{method: p.method, scheme: p.scheme}})
	m.active.AddSet(ctx, 1, running)
	return func(c *dram.Context, status int, panicked bool, start time.Time) {
		m.active.AddSet(ctx, -1, running)
		set := m.set(outcome{p, status, panicked})
		if !c.IsWebsocket() {
			m.duration.RecordSet(ctx, time.Since(start).Seconds(), set)
		}
		if n := c.Request.ContentLength; n >= 0 {
			m.received.RecordSet(ctx, n, set)
		}
		m.sent.RecordSet(ctx, int64(max(c.Writer.Size(), 0)), set)
	}
}

// set is the attributes of an outcome.
func (m *meters) set(o outcome) attribute.Set {
	if set, ok := m.sets.Load(o); ok {
		return set.(attribute.Set)
	}
	attributes := []attribute.KeyValue{semconv.HTTPRequestMethodKey.String(o.method), semconv.URLScheme(o.scheme)}
	if o.status != 0 {
		attributes = append(attributes, semconv.HTTPResponseStatusCode(o.status), semconv.NetworkProtocolVersion(o.protocol))
		if o.route != "" {
			attributes = append(attributes, semconv.HTTPRoute(o.route))
		}
		if o.status >= http.StatusInternalServerError {
			attributes = append(attributes, errorType(o.status, o.panicked))
		}
	}
	set := attribute.NewSet(attributes...)
	m.sets.Store(o, set)
	return set
}
