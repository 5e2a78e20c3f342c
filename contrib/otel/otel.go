// Package otel traces and measures requests with OpenTelemetry, following its
// semantic conventions for HTTP (version 1.43). It uses only the API of
// OpenTelemetry; the program chooses the SDK, if any. See docs/contrib.md.
//
//	r.Use(otel.Observe(otel.Config{
//		TracerProvider: otel.GetTracerProvider(), // those of go.opentelemetry.io/otel
//		MeterProvider:  otel.GetMeterProvider(),
//	}))
//
// A request continues the trace that the client names in traceparent (W3C Trace
// Context), and handlers find the span in their context, for the clients and
// databases that they call.
//
// A span is named after the method and the pattern of the route: "GET
// /users/:id". No attribute of the metrics can be chosen by a client: unknown
// methods are "_OTHER", paths without a route have no http.route, hosts and
// user agents are left out (see CVE-2023-45142 for what happens otherwise).
// Query strings often hold secrets, and are recorded only if Config.Query is set.
// CONVENTIONS.md says what becomes of each line of the conventions.
//
// Put the layer outside Recovery. A panic counts as a 500, and so does an
// answer that breaks off while the client is still connected, whatever its
// status. If a client leaves, the status is the one that it was sent, or else
// 499. A request that is neither sampled nor measured costs about a
// microsecond; the cost of a sampled one is that of the SDK.
package otel

import (
	"cmp"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/internal/layer"
	"github.com/dram-go/dram/contrib/internal/outcome"
	"github.com/dram-go/dram/internal/mask"
)

// scope is the name of the instrumentation scope.
const scope = "github.com/dram-go/dram/contrib/otel"

// maxText is the maximum length of a text of the client in a span.
const maxText = 256

// Config sets up Observe. TracerProvider, MeterProvider or both must be set.
type Config struct {
	// TracerProvider provides the tracer; nil disables tracing.
	TracerProvider trace.TracerProvider
	// MeterProvider provides the meter; nil disables metrics.
	MeterProvider metric.MeterProvider
	// Propagator extracts the trace of the client. Default
	// propagation.TraceContext: add Baggage only where all clients are trusted.
	Propagator propagation.TextMapPropagator
	// NewRoot reports whether a request starts a new trace, linked to that of the
	// client: for requests from outside, whose clients could otherwise have
	// everything sampled, or mix up traces. Default: no request does.
	NewRoot func(*dram.Context) bool
	// Query records the query string of a request, as dram.MaskQuery shows it:
	// without the values of what has a secret's name. Default: it is not recorded.
	Query bool
	// Attributes, if set, returns attributes to add to the span of a request when
	// it is done.
	Attributes func(*dram.Context) []attribute.KeyValue
}

// Validate reports what is wrong with the configuration.
func (cfg Config) Validate() error {
	if cfg.TracerProvider == nil && cfg.MeterProvider == nil {
		return layer.Misconfigured("otel", "TracerProvider", "is nil, and MeterProvider too; write those of your SDK, or otel.GetTracerProvider() and otel.GetMeterProvider() of go.opentelemetry.io/otel")
	}
	return nil
}

// observer is a compiled configuration.
type observer struct {
	Config
	tracer trace.Tracer
	meters *meters
	names  sync.Map // a place → its span's name
}

// Observe traces and measures the requests that go through it. It panics if the
// configuration is wrong, or if the MeterProvider refuses an instrument.
func Observe(cfg Config) dram.HandlerFunc {
	layer.Must(cfg.Validate())
	if cfg.Propagator == nil {
		cfg.Propagator = propagation.TraceContext{}
	}
	o := &observer{Config: cfg}
	if cfg.TracerProvider != nil {
		o.tracer = cfg.TracerProvider.Tracer(scope, trace.WithSchemaURL(semconv.SchemaURL))
	}
	if cfg.MeterProvider != nil {
		o.meters = newMeters(cfg.MeterProvider)
	}
	return func(c *dram.Context) {
		o.observe(c)
	}
}

// observe runs the rest of the chain inside of a span.
func (o *observer) observe(c *dram.Context) {
	p, start, ctx := placeOf(c), time.Now(), c.Request.Context()
	req, span := o.begin(c, p, start)
	if req != nil {
		ctx = req.Context() // with the span, to which exemplars lead
	}
	finished := o.meters.begin(ctx, p)
	outcome.Watch(c, req, func(became outcome.Outcome, received int64) {
		end := time.Now()
		finished(c, became, received, end.Sub(start))
		if span != nil {
			o.end(c, span, became, end)
		}
	})
}

// begin starts the span, and returns a request with the span in its context.
func (o *observer) begin(c *dram.Context, p place, start time.Time) (*http.Request, trace.Span) {
	if o.tracer == nil {
		return nil, nil
	}
	ctx := o.Propagator.Extract(c.Request.Context(), propagation.HeaderCarrier(c.Request.Header))
	options := make([]trace.SpanStartOption, 0, 5)
	options = append(options, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(o.requestAttributes(c, p)...))
	if o.meters != nil { // the span is to last as long as the metric says
		options = append(options, trace.WithTimestamp(start))
	}
	if o.NewRoot != nil && o.NewRoot(c) {
		options = append(options, trace.WithNewRoot(), trace.WithLinks(trace.LinkFromContext(ctx)))
	}
	ctx, span := o.tracer.Start(ctx, o.spanName(p), options...)
	return c.Request.WithContext(ctx), span
}

// end ends the span with the outcome of the request. An answer of 500 or above
// is an error of the server; that a client makes a mistake, or leaves, is not.
func (o *observer) end(c *dram.Context, span trace.Span, became outcome.Outcome, at time.Time) {
	if !span.IsRecording() {
		span.End()
		return
	}
	defer span.End(trace.WithTimestamp(at))
	span.SetAttributes(semconv.HTTPResponseStatusCode(became.Status))
	if o.Attributes != nil {
		span.SetAttributes(o.Attributes(c)...)
	}
	if became.Status < http.StatusInternalServerError {
		return
	}
	span.SetStatus(codes.Error, "") // the status code says it
	span.SetAttributes(errorType(became))
	for _, err := range c.Errors {
		span.RecordError(err.Err)
	}
}

// errorType returns the class of a failure: "panic", "aborted" or the status.
func errorType(became outcome.Outcome) attribute.KeyValue {
	return semconv.ErrorTypeKey.String(cmp.Or(became.Fault, strconv.Itoa(became.Status)))
}

// place is what the names of spans and most attributes of metrics consist of.
// The program bounds all of it.
type place struct{ method, scheme, route, protocol string }

func placeOf(c *dram.Context) place {
	p := place{method: outcome.Method(c), scheme: c.Scheme(), route: c.FullPath(), protocol: "1.1"}
	switch {
	case c.Request.ProtoMajor == 3:
		p.protocol = "3"
	case c.Request.ProtoMajor == 2:
		p.protocol = "2"
	case c.Request.ProtoMajor == 1 && c.Request.ProtoMinor == 0:
		p.protocol = "1.0"
	}
	return p
}

// spanName returns the method and the route, or the method alone.
func (o *observer) spanName(p place) string {
	if name, ok := o.names.Load(p); ok {
		return name.(string)
	}
	name := p.method
	if name == outcome.OtherMethod {
		name = "HTTP"
	}
	if p.route != "" {
		name += " " + p.route
	}
	o.names.Store(p, name)
	return name
}

// requestAttributes returns the attributes of a span at its start, which
// samplers see.
func (o *observer) requestAttributes(c *dram.Context, p place) []attribute.KeyValue {
	r := c.Request
	attributes := make([]attribute.KeyValue, 0, 13)
	attributes = append(attributes,
		semconv.HTTPRequestMethodKey.String(p.method),
		semconv.URLScheme(p.scheme),
		semconv.URLPath(bounded(mask.OfContext(c, r.URL.EscapedPath()))),
		semconv.NetworkProtocolVersion(p.protocol),
	)
	if p.route != "" {
		attributes = append(attributes, semconv.HTTPRoute(p.route))
	}
	if p.method == outcome.OtherMethod {
		attributes = append(attributes, semconv.HTTPRequestMethodOriginal(bounded(r.Method)))
	}
	if o.Query && r.URL.RawQuery != "" {
		attributes = append(attributes, semconv.URLQuery(bounded(dram.MaskQuery(r.URL.RawQuery))))
	}
	if client := c.ClientIP(); client != "" {
		attributes = append(attributes, semconv.ClientAddress(client))
	}
	if agent := r.UserAgent(); agent != "" {
		attributes = append(attributes, semconv.UserAgentOriginal(bounded(agent)))
	}
	attributes = appendAddress(attributes, r.Host, semconv.ServerAddress, semconv.ServerPort)
	return appendAddress(attributes, r.RemoteAddr, semconv.NetworkPeerAddress, semconv.NetworkPeerPort)
}

// appendAddress appends a host, without the brackets of IPv6, and, if there is one, a
// port.
func appendAddress(to []attribute.KeyValue, addr string, host func(string) attribute.KeyValue, port func(int) attribute.KeyValue) []attribute.KeyValue {
	if addr == "" {
		return to
	}
	name, number, err := net.SplitHostPort(addr)
	if err != nil {
		return append(to, host(bounded(strings.Trim(addr, "[]"))))
	}
	to = append(to, host(bounded(name)))
	if n, err := strconv.ParseUint(number, 10, 16); err == nil {
		to = append(to, port(int(n)))
	}
	return to
}

// bounded returns a text of the client as valid UTF-8 of up to maxText bytes.
func bounded(text string) string {
	if len(text) > maxText {
		text = text[:maxText]
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}
