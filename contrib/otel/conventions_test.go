package otel_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/otel"
)

// These tests hold what CONVENTIONS.md says, a subtest for each line of its tables.

// assertRow fails if the page has no line that names this subtest.
func assertRow(t *testing.T) {
	t.Helper()
	page, err := os.ReadFile("CONVENTIONS.md")
	require.NoError(t, err)
	assert.Contains(t, string(page), "`"+t.Name()+"` ")
}

// shown is everything about a span that the conventions speak of, as one text.
func shown(span tracetest.SpanStub) string {
	parent := "none"
	if span.Parent.IsValid() {
		parent = span.Parent.TraceID().String() + "/" + span.Parent.SpanID().String() + "?" + span.Parent.TraceState().String()
	}
	return fmt.Sprintf(" name=%s kind=%s status=%s%s parent=%s %s ", span.Name, span.SpanKind,
		span.Status.Code, span.Status.Description, parent, text(span.Attributes))
}

// try is a request and what its span shows; what begins with "!" it does not.
type try struct {
	method, target string
	edit           func(*http.Request)
	want           string
}

// setting returns an edit that sets a header.
func setting(name, value string) func(*http.Request) {
	return func(req *http.Request) { req.Header.Set(name, value) }
}

// over returns an edit that changes the version of HTTP.
func over(major, minor int) func(*http.Request) {
	return func(req *http.Request) { req.ProtoMajor, req.ProtoMinor = major, minor }
}

// from returns an edit that changes the peer, and has a proxy forward for a client.
func from(peer, forwarded string) func(*http.Request) {
	return func(req *http.Request) {
		req.RemoteAddr = peer
		req.Header.Set("X-Forwarded-For", forwarded)
		req.Header.Set("X-Forwarded-Proto", "https")
		req.Header.Set("X-Forwarded-Host", "public.example.com")
	}
}

const proxy = "198.51.100.7:4321"

func TestSpanConventions(t *testing.T) {
	for row, tries := range map[string][]try{
		"name": {
			{"GET", "/users/7", nil, "name=GET /users/:id"},
			{"GET", "/no/such", nil, "name=GET"},
			{"BREW", "/users/7", nil, "name=HTTP"},
		},
		"kind": {{"GET", "/users/7", nil, "kind=server"}},
		"status": {
			{"GET", "/users/7", nil, "status=Unset"},
			{"GET", "/moved", nil, "status=Unset"},
			{"GET", "/no/such", nil, "status=Unset"},
			{"GET", "/fail", nil, "status=Error parent"}, // no description: the status code says it
		},
		"parent": {
			{"GET", "/users/7", nil, "parent=none"},
			{"GET", "/users/7", traced, "parent=" + remoteTrace + "/" + remoteSpan + "?"},
			{"GET", "/users/7", func(req *http.Request) { traced(req); req.Header.Set("Tracestate", "a=b") }, "parent=" + remoteTrace + "/" + remoteSpan + "?a=b"},
			{"GET", "/users/7", setting("Traceparent", "00-nonsense"), "parent=none"},
		},
		"http_request_method": {
			{"GET", "/users/7", nil, "http.request.method=GET"},
			{"QUERY", "/no/such", nil, "http.request.method=QUERY"},
			{"PROPFIND", "/files", nil, "http.request.method=PROPFIND"}, // it has a route
			{"BREW", "/users/7", nil, "http.request.method=_OTHER"},
			{"get", "/users/7", nil, "http.request.method=_OTHER"},
		},
		"http_request_method_original": {
			{"GET", "/users/7", nil, "!http.request.method_original"},
			{"get", "/users/7", nil, "http.request.method_original=get"},
		},
		"url_path": {
			{"GET", "/users/7?id=8", nil, "url.path=/users/7"},
			{"GET", "/users/a%2Fb%0A", nil, "url.path=/users/a%2Fb%0A"},
			{"GET", "/reset/zebra", nil, "url.path=/reset/*"},
			{"OPTIONS", "/reset/zebra", nil, "url.path=/reset/*"},
		},
		"url_scheme": {
			{"GET", "/users/7", nil, "url.scheme=http"},
			{"GET", "https://shop.example.com/users/7", nil, "url.scheme=https"},
			{"GET", "/users/7", from(proxy, "203.0.113.9"), "url.scheme=https"},
			{"GET", "/users/7", from("192.0.2.1:1234", "203.0.113.9"), "url.scheme=http"},
		},
		"url_query": {
			{"GET", "/users/7", nil, "!url.query"},
			{"GET", "/users/7?q=tea&sig=abc&access_token=def", nil, "url.query=q=tea&sig=*&access_token=*"},
		},
		"http_route": {
			{"GET", "/users/7", nil, "http.route=/users/:id"},
			{"GET", "/no/such", nil, "!http.route"},
		},
		"http_response_status_code": {
			{"GET", "/users/7", nil, "http.response.status_code=200"},
			{"GET", "/no/such", nil, "http.response.status_code=404"},
		},
		"error_type": {
			{"GET", "/users/7", nil, "!error.type"},
			{"GET", "/no/such", nil, "!error.type"},
			{"GET", "/fail", nil, "error.type=502"},
		},
		"network_protocol_name": {{"GET", "/users/7", nil, "!network.protocol.name"}},
		"network_protocol_version": {
			{"GET", "/users/7", over(1, 0), "network.protocol.version=1.0"},
			{"GET", "/users/7", nil, "network.protocol.version=1.1"},
			{"GET", "/users/7", over(2, 0), "network.protocol.version=2"},
			{"GET", "/users/7", over(3, 0), "network.protocol.version=3"},
		},
		"network_peer_address": {{"GET", "/users/7", from(proxy, "203.0.113.9"), "network.peer.address=198.51.100.7"}},
		"network_peer_port":    {{"GET", "/users/7", from(proxy, "203.0.113.9"), "network.peer.port=4321"}},
		"client_address": {
			{"GET", "/users/7", nil, "client.address=192.0.2.1"},
			{"GET", "/users/7", from(proxy, "203.0.113.9"), "client.address=203.0.113.9"},
			{"GET", "/users/7", from("192.0.2.1:1234", "203.0.113.9"), "client.address=192.0.2.1"},
			{"GET", "/users/7", func(req *http.Request) { req.RemoteAddr = "@" }, "!client.address"}, // a unix socket
		},
		"server_address": {
			{"GET", "https://shop.example.com:8443/users/7", nil, "server.address=shop.example.com"},
			{"GET", "https://[2001:db8::1]/users/7", nil, "server.address=2001:db8::1"},
			{"GET", "https://[2001:db8::1]:8443/users/7", nil, "server.address=2001:db8::1"},
			{"GET", "http://inner.example.com/users/7", from(proxy, "203.0.113.9"), "server.address=inner.example.com"},
		},
		"server_port": {
			{"GET", "https://shop.example.com:8443/users/7", nil, "server.port=8443"},
			{"GET", "https://shop.example.com/users/7", nil, "!server.port"},
			{"GET", "/users/7", func(req *http.Request) { req.Host = "shop.example.com:99999" }, "!server.port"},
		},
		"user_agent_original": {
			{"GET", "/users/7", setting("User-Agent", "curl/8.5"), "user_agent.original=curl/8.5"},
			{"GET", "/users/7", setting("User-Agent", "\xff"+strings.Repeat("x", 1000)), "user_agent.original=\uFFFD" + strings.Repeat("x", 255)},
			{"GET", "/users/7", setting("User-Agent", ""), "!user_agent.original"},
		},
		"client_port":               {{"POST", "/users", nil, "!client.port"}},
		"http_request_body_size":    {{"POST", "/users", nil, "!http.request.body.size"}},
		"http_request_header":       {{"POST", "/users", nil, "!http.request.header"}},
		"http_request_size":         {{"POST", "/users", nil, "!http.request.size"}},
		"http_response_body_size":   {{"POST", "/users", nil, "!http.response.body.size"}},
		"http_response_header":      {{"POST", "/users", nil, "!http.response.header"}},
		"http_response_size":        {{"POST", "/users", nil, "!http.response.size"}},
		"network_local_address":     {{"POST", "/users", nil, "!network.local.address"}},
		"network_local_port":        {{"POST", "/users", nil, "!network.local.port"}},
		"network_transport":         {{"POST", "/users", nil, "!network.transport"}},
		"user_agent_synthetic_type": {{"POST", "/users", nil, "!user_agent.synthetic.type"}},
	} {
		t.Run(row, func(t *testing.T) {
			assertRow(t)
			for _, tt := range tries {
				s := newCollector()
				s.cfg.Query = true
				r := serving(s.cfg)
				require.NoError(t, r.SetTrustedProxies([]string{"198.51.100.7"}))
				r.Handle("PROPFIND", "/files", func(c *dram.Context) { c.Status(http.StatusMultiStatus) })
				r.GET("/moved", func(c *dram.Context) { c.Redirect(http.StatusSeeOther, "/") })
				if tt.edit == nil {
					tt.edit = func(*http.Request) {}
				}
				send(r, tt.method, tt.target, tt.edit)
				got := shown(s.span(t))
				if absent, not := strings.CutPrefix(tt.want, "!"); not {
					assert.NotContains(t, got, " "+absent)
				} else {
					assert.Contains(t, got, " "+tt.want)
				}
			}
		})
	}
}

// What a sampler may decide by is there when the span begins.
func TestSpanAtItsStart(t *testing.T) {
	assertRow(t)
	sampler := &keeping{}
	s := newCollector()
	s.cfg.Query, s.cfg.TracerProvider = true, sdktrace.NewTracerProvider(sdktrace.WithSampler(sampler))
	send(serving(s.cfg), http.MethodGet, "https://shop.example.com:8443/users/7?q=tea", setting("User-Agent", "curl/8.5"))
	for _, key := range []string{"client.address", "http.request.method", "server.address", "server.port", "url.path", "url.query", "url.scheme", "user_agent.original", "http.route"} {
		assert.Contains(t, " "+sampler.attributes, " "+key+"=")
	}
}

// keeping is a sampler that keeps what it was asked about.
type keeping struct{ attributes string }

func (k *keeping) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	k.attributes = text(p.Attributes)
	return sdktrace.AlwaysSample().ShouldSample(p)
}

func (*keeping) Description() string { return "keeping" }

func TestQueryIsNotRecordedByDefault(t *testing.T) {
	s := newCollector()
	send(serving(s.cfg), http.MethodGet, "/users/7?q=tea")
	assert.NotContains(t, shown(s.span(t)), "tea")
}

func TestMetricConventions(t *testing.T) {
	const (
		request = "http.request.method=POST url.scheme=http"
		whole   = "http.request.method=POST http.response.status_code=201 http.route=/users network.protocol.version=1.1 url.scheme=http"
	)
	seconds := []float64{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10}
	for row, want := range map[string]struct {
		name, unit, attributes string
		bounds                 []float64 // as advised; nil are the SDK's
	}{
		"http_server_request_duration":   {"http.server.request.duration", "s", whole, seconds},
		"http_server_active_requests":    {"http.server.active_requests", "{request}", request, nil},
		"http_server_request_body_size":  {"http.server.request.body.size", "By", whole, nil},
		"http_server_response_body_size": {"http.server.response.body.size", "By", whole, nil},
	} {
		t.Run(row, func(t *testing.T) {
			assertRow(t)
			s := newCollector()
			send(serving(s.cfg), http.MethodPost, "/users", func(req *http.Request) { req.ContentLength = 4 })
			span := s.span(t)
			metric := s.metric(t, want.name)
			assert.Equal(t, want.unit, metric.Unit)
			switch data := metric.Data.(type) {
			case metricdata.Histogram[float64]:
				point := data.DataPoints[0]
				assert.Equal(t, want.bounds, point.Bounds)
				assert.Equal(t, want.attributes, text(point.Attributes.ToSlice()))
				assert.Equal(t, span.EndTime.Sub(span.StartTime).Seconds(), point.Sum, "as long as the span")
				require.Len(t, point.Exemplars, 1)
				assert.Equal(t, span.SpanContext.SpanID().String(), trace.SpanID(point.Exemplars[0].SpanID).String())
			case metricdata.Histogram[int64]:
				assert.Equal(t, want.attributes, text(data.DataPoints[0].Attributes.ToSlice()))
				assert.EqualValues(t, 4, data.DataPoints[0].Sum)
			case metricdata.Sum[int64]:
				assert.False(t, data.IsMonotonic)
				assert.Equal(t, want.attributes, text(data.DataPoints[0].Attributes.ToSlice()))
				assert.Zero(t, data.DataPoints[0].Value)
			default:
				assert.Fail(t, "no such kind", "%T", data)
			}
		})
	}
}

// metric returns a metric by its name.
func (s *collector) metric(t *testing.T, name string) metricdata.Metrics {
	t.Helper()
	var all metricdata.ResourceMetrics
	require.NoError(t, s.reader.Collect(context.Background(), &all))
	for _, in := range all.ScopeMetrics {
		for _, metric := range in.Metrics {
			if metric.Name == name {
				return metric
			}
		}
	}
	require.Fail(t, "no metric "+name)
	return metricdata.Metrics{}
}

// What the conventions leave open, or see otherwise: over a real connection.
func TestOutcomeConventions(t *testing.T) {
	begin := func(c *dram.Context) { c.String(http.StatusOK, "begun"); c.Writer.Flush() }
	for row, tt := range map[string]struct {
		handler  dram.HandlerFunc
		leaves   bool // the client does, when the handler has begun
		want     string
		measured bool // its duration
	}{
		"panic":             {func(*dram.Context) { panic("oh") }, false, "status=Error http.response.status_code=500 error.type=panic", true},
		"broken_off":        {func(c *dram.Context) { begin(c); panic(http.ErrAbortHandler) }, false, "status=Error http.response.status_code=500 error.type=aborted", true},
		"client_left":       {func(c *dram.Context) { <-c.Request.Context().Done(); panic(http.ErrAbortHandler) }, true, "status=Unset http.response.status_code=499 !error.type", true},
		"client_left_later": {func(c *dram.Context) { begin(c); <-c.Request.Context().Done(); panic(http.ErrAbortHandler) }, true, "status=Unset http.response.status_code=200 !error.type", true},
		"upgraded": {func(c *dram.Context) {
			if conn, _, err := c.Writer.Hijack(); err == nil {
				_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")
				_ = conn.Close()
			}
		}, false, "status=Unset http.response.status_code=101 !error.type", false},
	} {
		t.Run(row, func(t *testing.T) {
			assertRow(t)
			s, started, done := newCollector(), make(chan struct{}), make(chan struct{})
			r := dram.New()
			r.Use(func(c *dram.Context) {
				defer close(done)
				defer func() { _ = recover() }()
				c.Next()
			}, otel.Observe(s.cfg))
			r.GET("/", func(c *dram.Context) { close(started); tt.handler(c) })
			server := httptest.NewServer(r)
			defer server.Close()
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			if tt.leaves {
				go func() { <-started; leave() }()
			}
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
			require.NoError(t, err)
			req.Header.Set("Connection", "Upgrade")
			req.Header.Set("Upgrade", "x")
			if resp, err := http.DefaultTransport.RoundTrip(req); err == nil {
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
			} else if tt.leaves {
				assert.True(t, errors.Is(err, context.Canceled), err)
			}
			<-done
			got := shown(s.span(t))
			for part := range strings.FieldsSeq(tt.want) {
				if absent, not := strings.CutPrefix(part, "!"); not {
					assert.NotContains(t, got, " "+absent)
				} else {
					assert.Contains(t, got, " "+part+" ")
				}
			}
			active := s.metric(t, "http.server.active_requests").Data.(metricdata.Sum[int64]).DataPoints[0]
			assert.Zero(t, active.Value, "also when the client's context has ended")
			if tt.measured {
				status, _ := s.metric(t, "http.server.request.duration").Data.(metricdata.Histogram[float64]).DataPoints[0].Attributes.Value("http.response.status_code")
				assert.Contains(t, tt.want, "status_code="+status.String())
			} else {
				assert.NotContains(t, s.metrics(t), "http.server.request.duration")
			}
		})
	}
}
