package prometheus_test

import (
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	prom "github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/prometheus"
	"github.com/dram-go/dram/inspect"
	"github.com/dram-go/dram/middleware"
)

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	os.Exit(m.Run())
}

func send(h http.Handler, method, target, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, target, strings.NewReader(body)))
	return w
}

// serving returns an engine that is measured, and shows what was.
func serving(cfg prometheus.Config) (r *dram.Engine, scrape func() string) {
	m := prometheus.New(cfg)
	r = dram.New()
	r.Use(m.Layer(), dram.CustomRecoveryWithWriter(nil, func(c *dram.Context, _ any) { c.AbortWithStatus(500) }))
	r.GET("/users/:id", func(c *dram.Context) { c.String(http.StatusOK, "hello") })
	r.POST("/users", func(c *dram.Context) { c.Status(http.StatusCreated) })
	inner := dram.New()
	inner.GET("/metrics", m.Handler())
	return r, func() string { return send(inner, http.MethodGet, "/metrics", "").Body.String() }
}

func TestMetricsByRoute(t *testing.T) {
	r, scrape := serving(prometheus.Config{})
	send(r, http.MethodGet, "/users/1", "")
	send(r, http.MethodGet, "/users/2", "")
	send(r, http.MethodPost, "/users", "body")
	text := scrape()
	for _, line := range []string{
		`http_requests_total{code="200",method="GET",route="/users/:id"} 2`,
		`http_requests_total{code="201",method="POST",route="/users"} 1`,
		`http_request_duration_seconds_count{method="GET",route="/users/:id"} 2`,
		`http_request_size_bytes_sum{method="POST",route="/users"} 4`,
		`http_response_size_bytes_sum{method="GET",route="/users/:id"} 10`,
		`http_requests_in_flight{method="GET",route="/users/:id"} 0`,
	} {
		assert.Contains(t, text, line+"\n")
	}
}

// A route that has gone leaves no series, and is counted anew when it comes back.
func TestForget(t *testing.T) {
	m := prometheus.New(prometheus.Config{})
	r := dram.New()
	r.Use(m.Layer()).GET("/gone", func(c *dram.Context) {}).GET("/stays", func(c *dram.Context) {})
	r.GET("/metrics", m.Handler())
	scrape := func() string { return send(r, "GET", "/metrics", "").Body.String() }
	send(r, "GET", "/gone", "")
	send(r, "GET", "/stays", "")
	m.Forget("/gone")
	assert.NotContains(t, scrape(), `route="/gone"`)
	assert.Contains(t, scrape(), `http_requests_total{code="200",method="GET",route="/stays"} 1`)
	send(r, "GET", "/gone", "")
	assert.Contains(t, scrape(), `http_requests_total{code="200",method="GET",route="/gone"} 1`)
}

func TestHostsAreToldApart(t *testing.T) {
	r, scrape := serving(prometheus.Config{})
	r.Host("{tenant}.example.com").GET("/users/:id", func(*dram.Context) {})
	send(r, http.MethodGet, "http://shop.example.com/users/1", "")
	send(r, http.MethodGet, "http://other.test/users/1", "")
	text := scrape()
	assert.Contains(t, text, `http_requests_total{code="200",method="GET",route="/users/:id"} 1`)
	assert.Contains(t, text, `http_requests_total{code="200",method="GET",route="{tenant}.example.com/users/:id"} 1`)
}

// CVE-2023-45142: labels that clients choose (method, user agent) filled the
// memory of servers measured by OpenTelemetry's layer.
func TestCVE_2023_45142_LabelsAreBounded(t *testing.T) {
	r, scrape := serving(prometheus.Config{})
	send(r, "GET", "/no/such", "")
	send(r, "BREW", "/no/such", "")
	before := strings.Count(scrape(), "\n")
	for i := range 500 {
		send(r, fmt.Sprintf("M%d", i), fmt.Sprintf("/no/such/%d", i), "")
		send(r, http.MethodGet, fmt.Sprintf("/neither/%d?q=%d", i, i), "")
	}
	text := scrape()
	assert.Equal(t, before, strings.Count(text, "\n"), "no series more")
	assert.Contains(t, text, `http_requests_total{code="404",method="_OTHER",route="unmatched"} 501`)
	assert.Contains(t, text, `http_requests_total{code="404",method="GET",route="unmatched"} 501`)
}

func TestPanicIsCountedAs500(t *testing.T) {
	m := prometheus.New(prometheus.Config{})
	r := dram.New()
	r.Use(m.Layer())
	r.GET("/", func(*dram.Context) { panic("oh") })
	r.GET("/metrics", m.Handler())
	assert.Panics(t, func() { send(r, http.MethodGet, "/", "") })
	text := send(r, http.MethodGet, "/metrics", "").Body.String()
	assert.Contains(t, text, `http_requests_total{code="500",method="GET",route="/"} 1`)
	assert.Contains(t, text, `http_requests_in_flight{method="GET",route="/"} 0`)
	assert.Contains(t, text, `http_requests_in_flight{method="GET",route="/metrics"} 1`)
}

// Clients choose the header Upgrade: it alone must not hide a duration.
func TestUnfinishedUpgradeIsMeasured(t *testing.T) {
	r, scrape := serving(prometheus.Config{})
	req := httptest.NewRequest(http.MethodGet, "/users/1", nil)
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", "websocket")
	r.ServeHTTP(httptest.NewRecorder(), req)
	assert.Contains(t, scrape(), `http_request_duration_seconds_count{method="GET",route="/users/:id"} 1`)
}

func TestPanicAfterTheFirstByteIsCountedAs500(t *testing.T) {
	r, scrape := serving(prometheus.Config{})
	r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "begun"); c.Writer.Flush(); panic("oh") })
	send(r, http.MethodGet, "/", "")
	assert.Contains(t, scrape(), `http_requests_total{code="500",method="GET",route="/"} 1`)
}

func TestConfig(t *testing.T) {
	registry := prom.NewRegistry()
	r, scrape := serving(prometheus.Config{
		Registry: registry, Namespace: "shop_http2", DurationBuckets: []float64{1, 2}, SizeBuckets: []float64{10},
		Route: func(*dram.Context) string { return "one" },
	})
	send(r, http.MethodGet, "/users/1", "")
	families, err := registry.Gather()
	require.NoError(t, err)
	assert.Len(t, families, 5)
	text := scrape()
	assert.Contains(t, text, `shop_http2_request_duration_seconds_bucket{method="GET",route="one",le="2"} 1`)
}

var poolsForget bool // see race_test.go

func TestNoAllocation(t *testing.T) {
	if poolsForget {
		t.Skip("the race detector allocates")
	}
	dram.SetMode(dram.ReleaseMode)
	defer dram.SetMode(dram.TestMode)
	r := dram.New()
	r.Use(prometheus.New(prometheus.Config{}).Layer())
	r.GET("/users/:id", func(c *dram.Context) { c.Status(http.StatusNoContent) })
	w, req := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/users/7", nil)
	assert.Zero(t, testing.AllocsPerRun(100, func() { r.ServeHTTP(w, req) }))
}

func TestTwoEnginesShareNothing(t *testing.T) {
	one, _ := serving(prometheus.Config{})
	_, scrape := serving(prometheus.Config{})
	send(one, http.MethodGet, "/users/1", "")
	assert.NotContains(t, scrape(), "/users/:id")
}

func TestLintFindsWhatCountsTwice(t *testing.T) {
	m := prometheus.New(prometheus.Config{})
	r := dram.New()
	r.Use(m.Layer())
	r.Group("/g", m.Layer()).GET("/", func(*dram.Context) {})
	found := inspect.Lint(r)
	require.Len(t, found, 1)
	assert.Contains(t, found[0].String(), "layer-twice: prometheus.Metrics.Layer is inside prometheus.Metrics.Layer")
}

func TestValidate(t *testing.T) {
	for name, cfg := range map[string]prometheus.Config{
		"namespace with a dash":  {Namespace: "my-shop"},
		"namespace with a digit": {Namespace: "1shop"},
		"durations out of order": {DurationBuckets: []float64{2, 1}},
		"the same size again":    {SizeBuckets: []float64{1, 1}},
		"a bound of NaN":         {DurationBuckets: []float64{math.NaN()}},
	} {
		t.Run(name, func(t *testing.T) {
			var fault *middleware.ConfigError
			assert.ErrorAs(t, cfg.Validate(), &fault)
			assert.PanicsWithError(t, cfg.Validate().Error(), func() { prometheus.New(cfg) })
		})
	}
}

func Example() {
	m := prometheus.New(prometheus.Config{Namespace: "shop"})
	r := dram.New()
	r.Use(m.Layer(), dram.Recovery())
	r.GET("/users/:id", func(c *dram.Context) { c.String(http.StatusOK, "hello") })

	inner := dram.New() // served on a port that the public does not reach
	inner.GET("/metrics", m.Handler())

	send(r, http.MethodGet, "/users/7", "")
	for line := range strings.Lines(send(inner, http.MethodGet, "/metrics", "").Body.String()) {
		if strings.HasPrefix(line, "shop_requests_total") {
			fmt.Print(line)
		}
	}
	// Output: shop_requests_total{code="200",method="GET",route="/users/:id"} 1
}

func BenchmarkLayer(b *testing.B) {
	dram.SetMode(dram.ReleaseMode)
	defer dram.SetMode(dram.TestMode)
	for _, measured := range []bool{false, true} {
		b.Run(fmt.Sprintf("measured=%t", measured), func(b *testing.B) {
			r := dram.New()
			if measured {
				r.Use(prometheus.New(prometheus.Config{}).Layer())
			}
			r.GET("/users/:id", func(c *dram.Context) { c.Status(http.StatusNoContent) })
			w, req := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/users/7", nil)
			b.ReportAllocs()
			for b.Loop() {
				r.ServeHTTP(w, req)
			}
		})
	}
}
