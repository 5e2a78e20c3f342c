package otel_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/otel"
	"github.com/dram-go/dram/inspect"
	"github.com/dram-go/dram/middleware"
)

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	os.Exit(m.Run())
}

const (
	remoteTrace = "0af7651916cd43dd8448eb211c80319c"
	remoteSpan  = "b7ad6b7169203331"
)

// collector is an SDK that keeps everything in memory.
type collector struct {
	spans  *tracetest.InMemoryExporter
	reader *sdkmetric.ManualReader
	cfg    otel.Config
}

func newCollector() *collector {
	s := &collector{spans: tracetest.NewInMemoryExporter(), reader: sdkmetric.NewManualReader()}
	s.cfg = otel.Config{
		TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSyncer(s.spans)),
		MeterProvider:  sdkmetric.NewMeterProvider(sdkmetric.WithReader(s.reader)),
	}
	return s
}

// span returns the only span there is.
func (s *collector) span(t *testing.T) tracetest.SpanStub {
	t.Helper()
	spans := s.spans.GetSpans()
	require.Len(t, spans, 1)
	s.spans.Reset()
	return spans[0]
}

// points returns how many requests were measured, by the attributes of their durations.
func (s *collector) points(t *testing.T) map[string]uint64 {
	t.Helper()
	points := map[string]uint64{}
	for _, data := range s.metrics(t)["http.server.request.duration"].(metricdata.Histogram[float64]).DataPoints {
		points[text(data.Attributes.ToSlice())] = data.Count
	}
	return points
}

func (s *collector) metrics(t *testing.T) map[string]metricdata.Aggregation {
	t.Helper()
	var all metricdata.ResourceMetrics
	require.NoError(t, s.reader.Collect(context.Background(), &all))
	metrics := map[string]metricdata.Aggregation{}
	for _, in := range all.ScopeMetrics {
		assert.Equal(t, "github.com/dram-go/dram/contrib/otel", in.Scope.Name)
		for _, m := range in.Metrics {
			metrics[m.Name] = m.Data
		}
	}
	return metrics
}

func text(attributes []attribute.KeyValue) string {
	var parts []string
	set := attribute.NewSet(attributes...)
	for _, a := range set.ToSlice() {
		parts = append(parts, string(a.Key)+"="+a.Value.String())
	}
	return strings.Join(parts, " ")
}

func serving(cfg otel.Config) *dram.Engine {
	r := dram.New()
	r.Use(otel.Observe(cfg))
	r.GET("/users/:id", func(c *dram.Context) {
		c.String(http.StatusOK, "%s", trace.SpanContextFromContext(c).TraceID())
	})
	r.POST("/users", func(c *dram.Context) { c.String(http.StatusCreated, "made") })
	r.GET("/reset/:token", func(*dram.Context) {})
	r.GET("/fail", func(c *dram.Context) { _ = c.AbortWithError(http.StatusBadGateway, errors.New("the shop is down")) })
	r.GET("/panic", func(*dram.Context) { panic("oh") })
	return r
}

func send(h http.Handler, method, target string, edits ...func(*http.Request)) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, target, nil)
	for _, edit := range edits {
		edit(req)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

func traced(req *http.Request) {
	req.Header.Set("Traceparent", "00-"+remoteTrace+"-"+remoteSpan+"-01")
}

func TestSpan(t *testing.T) {
	s := newCollector()
	w := send(serving(s.cfg), http.MethodGet, "https://shop.example.com:8443/users/7?token=secret", traced, func(req *http.Request) {
		req.Header.Set("User-Agent", "test\xff"+strings.Repeat("x", 1000))
	})
	span := s.span(t)
	assert.Equal(t, "GET /users/:id", span.Name)
	assert.Equal(t, trace.SpanKindServer, span.SpanKind)
	assert.Equal(t, codes.Unset, span.Status.Code)
	assert.Equal(t, remoteTrace, w.Body.String(), "the handler is in the client's trace")
	assert.Equal(t, remoteSpan, span.Parent.SpanID().String())
	agent := "test\uFFFD" + strings.Repeat("x", 251)
	assert.Equal(t, "client.address=192.0.2.1 http.request.method=GET http.response.status_code=200 http.route=/users/:id "+
		"network.peer.address=192.0.2.1 network.peer.port=1234 network.protocol.version=1.1 "+
		"server.address=shop.example.com server.port=8443 url.path=/users/7 url.scheme=https user_agent.original="+agent, text(span.Attributes))
}

// TestSchemeBehindAProxy: the scheme is the client's, not that of the connection to the proxy.
func TestSchemeBehindAProxy(t *testing.T) {
	for proxies, want := range map[string]string{"192.0.2.1": "url.scheme=https", "198.51.100.1": "url.scheme=http "} {
		s := newCollector()
		r := serving(s.cfg)
		require.NoError(t, r.SetTrustedProxies([]string{proxies}))
		send(r, http.MethodGet, "/users/7", func(req *http.Request) { req.Header.Set("X-Forwarded-Proto", "https") })
		assert.Contains(t, text(s.span(t).Attributes)+" ", want)
		for attributes := range s.points(t) {
			assert.Contains(t, attributes+" ", want)
		}
	}
}

func TestSpanOfAnUnknownPathAndMethod(t *testing.T) {
	s := newCollector()
	r := serving(s.cfg)
	send(r, http.MethodGet, "/no/such")
	assert.Equal(t, "GET", s.span(t).Name)
	send(r, "BREW", "/no/such")
	span := s.span(t)
	assert.Equal(t, "HTTP", span.Name)
	assert.Contains(t, text(span.Attributes), "http.request.method=_OTHER http.request.method_original=BREW")
	assert.Equal(t, codes.Unset, span.Status.Code, "404 is the client's fault")
}

func TestSpanOfAFailure(t *testing.T) {
	s := newCollector()
	r := serving(s.cfg)
	send(r, http.MethodGet, "/fail")
	span := s.span(t)
	assert.Equal(t, codes.Error, span.Status.Code)
	assert.Contains(t, text(span.Attributes), "error.type=502 ")
	require.Len(t, span.Events, 1)
	assert.Contains(t, text(span.Events[0].Attributes), "the shop is down")

	assert.Panics(t, func() { send(r, http.MethodGet, "/panic") })
	span = s.span(t)
	assert.Equal(t, codes.Error, span.Status.Code)
	assert.Contains(t, text(span.Attributes), "error.type=panic ")
	assert.Contains(t, text(span.Attributes), "http.response.status_code=500 ")
}

func TestNewRoot(t *testing.T) {
	s := newCollector()
	s.cfg.NewRoot = func(*dram.Context) bool { return true }
	s.cfg.Attributes = func(c *dram.Context) []attribute.KeyValue {
		return []attribute.KeyValue{attribute.String("user", "ann")}
	}
	send(serving(s.cfg), http.MethodGet, "/users/7", traced)
	span := s.span(t)
	assert.NotEqual(t, remoteTrace, span.SpanContext.TraceID().String())
	assert.False(t, span.Parent.IsValid())
	require.Len(t, span.Links, 1)
	assert.Equal(t, remoteTrace, span.Links[0].SpanContext.TraceID().String())
	assert.Contains(t, text(span.Attributes), "user=ann")
}

func TestMetrics(t *testing.T) {
	s := newCollector()
	r := serving(s.cfg)
	send(r, http.MethodGet, "/users/1")
	send(r, http.MethodGet, "/users/2")
	send(r, http.MethodGet, "/fail")
	send(r, http.MethodPost, "/users", func(req *http.Request) { req.ContentLength = 4 })
	assert.Equal(t, map[string]uint64{
		"http.request.method=GET http.response.status_code=200 http.route=/users/:id network.protocol.version=1.1 url.scheme=http":           2,
		"error.type=502 http.request.method=GET http.response.status_code=502 http.route=/fail network.protocol.version=1.1 url.scheme=http": 1,
		"http.request.method=POST http.response.status_code=201 http.route=/users network.protocol.version=1.1 url.scheme=http":              1,
	}, s.points(t))
	metrics := s.metrics(t)
	for _, point := range metrics["http.server.active_requests"].(metricdata.Sum[int64]).DataPoints {
		assert.Zero(t, point.Value)
	}
	received, sent := int64(0), int64(0)
	for _, point := range metrics["http.server.request.body.size"].(metricdata.Histogram[int64]).DataPoints {
		received += point.Sum
	}
	for _, point := range metrics["http.server.response.body.size"].(metricdata.Histogram[int64]).DataPoints {
		sent += point.Sum
	}
	assert.Equal(t, int64(4), received)
	assert.Equal(t, int64(2*32+4), sent)
}

// CVE-2023-45142: OpenTelemetry's own layer for net/http made metrics' attributes
// of methods and user agents, and so let clients fill the memory.
func TestCVE_2023_45142_AttributesAreBounded(t *testing.T) {
	s := newCollector()
	r := serving(s.cfg)
	for i := range 300 {
		send(r, fmt.Sprintf("M%d", i), fmt.Sprintf("http://host%d.example.com/no/%d", i, i), func(req *http.Request) {
			req.Header.Set("User-Agent", fmt.Sprint("agent", i))
			req.RemoteAddr = fmt.Sprintf("192.0.2.%d:%d", i%250, i+1)
		})
	}
	assert.Equal(t, map[string]uint64{
		"http.request.method=_OTHER http.response.status_code=404 network.protocol.version=1.1 url.scheme=http": 300,
	}, s.points(t))
}

func TestOneAlone(t *testing.T) {
	s := newCollector()
	cfg := s.cfg
	cfg.MeterProvider = nil
	send(serving(cfg), http.MethodGet, "/users/1")
	s.span(t)
	cfg = s.cfg
	cfg.TracerProvider = nil
	send(serving(cfg), http.MethodGet, "/users/1")
	assert.Empty(t, s.spans.GetSpans())
	assert.Len(t, s.points(t), 1)
}

func TestRestoredRequest(t *testing.T) {
	s := newCollector()
	r := dram.New()
	r.Use(func(c *dram.Context) {
		before := c.Request
		c.Next()
		assert.Same(t, before, c.Request)
	}, otel.Observe(s.cfg))
	r.GET("/", func(c *dram.Context) { c.Status(http.StatusNoContent) })
	send(r, http.MethodGet, "/")
	s.span(t)
}

func TestValidate(t *testing.T) {
	var fault *middleware.ConfigError
	assert.ErrorAs(t, otel.Config{}.Validate(), &fault)
	assert.Panics(t, func() { otel.Observe(otel.Config{}) })
}

func Example() {
	spans := tracetest.NewInMemoryExporter() // in earnest, one that sends them off
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))

	r := dram.New()
	r.Use(otel.Observe(otel.Config{TracerProvider: provider}))
	r.GET("/users/:id", func(c *dram.Context) { c.String(http.StatusOK, "hello") })

	send(r, http.MethodGet, "/users/7")
	fmt.Println(spans.GetSpans()[0].Name)
	// Output: GET /users/:id
}

func BenchmarkObserve(b *testing.B) {
	dram.SetMode(dram.ReleaseMode)
	defer dram.SetMode(dram.TestMode)
	discard := sdktrace.NewTracerProvider()
	reader := sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader()))
	for name, cfg := range map[string]otel.Config{
		"no SDK":              {TracerProvider: noop.NewTracerProvider()},
		"metrics":             {MeterProvider: reader},
		"unsampled":           {TracerProvider: sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.NeverSample()))},
		"sampled and metrics": {TracerProvider: discard, MeterProvider: reader},
	} {
		b.Run(name, func(b *testing.B) {
			r := dram.New()
			r.Use(otel.Observe(cfg))
			r.GET("/users/:id", func(c *dram.Context) { c.Status(http.StatusNoContent) })
			w, req := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/users/7", nil)
			b.ReportAllocs()
			for b.Loop() {
				r.ServeHTTP(w, req)
			}
		})
	}
}

func TestPanicAfterTheFirstByteIsAnError(t *testing.T) {
	s := newCollector()
	r := dram.New()
	r.Use(otel.Observe(s.cfg), dram.CustomRecoveryWithWriter(nil, func(c *dram.Context, _ any) { c.AbortWithStatus(500) }))
	r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "begun"); c.Writer.Flush(); panic("oh") })
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", "websocket") // which leads nowhere
	r.ServeHTTP(httptest.NewRecorder(), req)
	span := s.span(t)
	assert.Equal(t, codes.Error, span.Status.Code)
	assert.Contains(t, text(span.Attributes), "error.type=aborted")
	for attributes, count := range s.points(t) {
		assert.Contains(t, attributes, "http.response.status_code=500")
		assert.EqualValues(t, 1, count)
	}
}

// The gauge of active requests would never come down again, and the duration would be missing.
func TestAttributesThatPanicLeaveNoRequestBehind(t *testing.T) {
	s := newCollector()
	s.cfg.Attributes = func(*dram.Context) []attribute.KeyValue { panic("oh") }
	r := dram.New()
	r.Use(dram.CustomRecoveryWithWriter(nil, func(*dram.Context, any) {}), otel.Observe(s.cfg))
	r.GET("/", func(c *dram.Context) { c.Status(http.StatusNoContent) })
	r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	for _, data := range s.metrics(t)["http.server.active_requests"].(metricdata.Sum[int64]).DataPoints {
		assert.Zero(t, data.Value)
	}
	assert.Len(t, s.points(t), 1)
	assert.Equal(t, "GET /", s.span(t).Name)
}

func TestLintFindsWhatCountsTwice(t *testing.T) {
	s := newCollector()
	r := dram.New()
	r.Use(otel.Observe(s.cfg))
	r.Group("/g", otel.Observe(s.cfg)).GET("/", func(*dram.Context) {})
	found := inspect.Lint(r)
	require.Len(t, found, 1)
	assert.Contains(t, found[0].String(), "layer-twice: otel.Observe is inside otel.Observe")
}
