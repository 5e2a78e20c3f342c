package seen

import (
	"context"
	"io"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/dram-go/dram"
	dramotel "github.com/dram-go/dram/contrib/otel"
	"github.com/dram-go/dram/examples/gateway/call"
	"github.com/dram-go/dram/examples/gateway/config"
)

// Tracer sends traces to a collector. The nil Tracer sends none, and lets what clients say of
// theirs pass as it is.
type Tracer struct {
	endpoint string
	sample   config.Share
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
}

// NewTracer makes the Tracer of a file, or returns the one before if that has the same. nil is
// for a file without traces. Nobody is asked: a collector that is gone loses spans.
func NewTracer(cfg *config.Trace, before *Tracer) (*Tracer, error) {
	if cfg == nil {
		return nil, nil
	}
	t := &Tracer{endpoint: cfg.Endpoint.String(), sample: cfg.Sample}
	if before != nil && before.endpoint == t.endpoint && before.sample == t.sample {
		return before, nil
	}
	to := *cfg.Endpoint.URL
	if to.Path == "" {
		to.Path = "/v1/traces"
	}
	exporter, err := otlptracehttp.New(context.Background(), otlptracehttp.WithEndpointURL(to.String()))
	if err != nil {
		return nil, err
	}
	t.provider = sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(exporter),
		sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(float64(cfg.Sample)))),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "gateway"))),
	)
	t.tracer = t.provider.Tracer("github.com/dram-go/dram/examples/gateway")
	return t, nil
}

// Close sends what waits, and ends.
func (t *Tracer) Close() {
	if t != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = t.provider.Shutdown(ctx) // nobody waits for a collector that is gone
	}
}

// Layer traces requests. Only a trusted proxy's trace goes on: anybody else's is linked to a new
// one, since it could have all requests sampled, and mix up what does not belong together.
func (t *Tracer) Layer() dram.HandlerFunc {
	return dramotel.Observe(dramotel.Config{
		TracerProvider: t.provider,
		NewRoot:        func(c *dram.Context) bool { return c.ClientIP() == c.RemoteIP() },
		Attributes: func(c *dram.Context) []attribute.KeyValue {
			return []attribute.KeyValue{attribute.String("gateway.route", of(c.Request.Context()).name)}
		},
	})
}

// Transport traces requests to an upstream, until their answers end, and hands their context on.
func (t *Tracer) Transport(upstream string, next http.RoundTripper) http.RoundTripper {
	if t == nil {
		return next
	}
	return &tracedTransport{t, upstream, next}
}

// Inject hands a context's trace on, in place of what the client says of its own.
func (t *Tracer) Inject(ctx context.Context, h http.Header) {
	if t != nil {
		h.Del("Tracestate")
		propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(h))
	}
}

type tracedTransport struct {
	*Tracer
	upstream string
	next     http.RoundTripper
}

func (t *tracedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, span := t.tracer.Start(req.Context(), req.Method+" "+t.upstream, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(attribute.String("http.request.method", req.Method), attribute.String("gateway.upstream", t.upstream)))
	req = req.WithContext(ctx)
	req.Header = req.Header.Clone() // only that: trailers come with the body, into the map that is there
	t.Inject(ctx, req.Header)
	resp, err := t.next.RoundTrip(req)
	if err != nil {
		span.RecordError(err)
		span.SetStatus(codes.Error, "")
		span.End()
		return nil, err
	}
	span.SetAttributes(attribute.Int("http.response.status_code", resp.StatusCode))
	if resp.StatusCode >= http.StatusInternalServerError {
		span.SetStatus(codes.Error, "")
	}
	if _, switched := resp.Body.(io.Writer); switched {
		span.End()
	} else {
		resp.Body = &traced{resp.Body, span}
	}
	return resp, nil
}

// traced is a body that ends a span.
type traced struct {
	io.ReadCloser
	span trace.Span
}

func (t *traced) Close() error {
	defer t.span.End()
	return t.ReadCloser.Close()
}

// note adds a try to the span of its request.
func note(ctx context.Context, t call.Try) {
	span := trace.SpanFromContext(ctx)
	if !span.IsRecording() {
		return
	}
	attrs := []attribute.KeyValue{attribute.String("server", t.Server.Addr), attribute.String("version", t.Server.Version), attribute.Int("status", t.Status)}
	if t.Why != "" {
		attrs = append(attrs, attribute.String("why", t.Why))
	}
	if t.Err != nil {
		attrs = append(attrs, attribute.String("error", t.Err.Error()))
	}
	span.AddEvent("try", trace.WithAttributes(attrs...))
}
