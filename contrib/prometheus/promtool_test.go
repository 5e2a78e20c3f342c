package prometheus_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"

	prom "github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/prometheus"
	"github.com/dram-go/dram/middleware"
)

// check has Prometheus' own promtool read an exposition, and returns what it says against
// it. The test is skipped without promtool.
func check(t *testing.T, exposition string) string {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not on the PATH: Debian's package prometheus has it")
	}
	cmd := exec.Command(path, "check", "metrics")
	cmd.Stdin = strings.NewReader(exposition)
	said, _ := cmd.CombinedOutput() // it ends with 3 if it has said something
	return string(said)
}

// The names, units and help texts are those that Prometheus wants, with any namespace, and
// the exposition can be read whatever is in a label.
func TestPromtoolFindsNothing(t *testing.T) {
	for _, tt := range []struct {
		name  string
		cfg   prometheus.Config
		route string
	}{
		{name: "by default"},
		{name: "another namespace", cfg: prometheus.Config{Namespace: "shop_http"}},
		{name: "no buckets", cfg: prometheus.Config{DurationBuckets: []float64{}, SizeBuckets: []float64{}}},
		{name: "text in a label", route: "a \"route\" of C:\\shop\nwith {braces},\xff and é"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.route != "" {
				tt.cfg.Route = func(*dram.Context) string { return tt.route }
			}
			r, scrape := serving(tt.cfg)
			r.GET("/panic", func(*dram.Context) { panic("oh") })
			send(r, http.MethodGet, "/users/1", "")
			send(r, http.MethodPost, "/users", "body")
			send(r, http.MethodGet, "/panic", "")
			send(r, "BREW", "/no/such", "")
			text := scrape()
			assert.Contains(t, text, `method="GET"`)
			assert.Empty(t, check(t, text))
		})
	}
}

func TestPromtoolFindsSomething(t *testing.T) {
	assert.Contains(t, check(t, "# TYPE requests counter\nrequests 1\n"), `counter metrics should have "_total" suffix`)
}

// Prometheus asks for other formats, and for gzip, also through Compress.
func TestScrapeAsPrometheusDoes(t *testing.T) {
	m := prometheus.New(prometheus.Config{})
	r := dram.New()
	r.Use(m.Layer(), middleware.Compress(middleware.CompressConfig{MinSize: 1}))
	r.GET("/metrics", m.Handler())
	server := httptest.NewServer(r)
	defer server.Close()
	for range 2 {
		req, err := http.NewRequest(http.MethodGet, server.URL+"/metrics", nil)
		require.NoError(t, err)
		req.Header.Set("Accept", "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.2,*/*;q=0.1")
		resp, err := http.DefaultClient.Do(req) // it asks for gzip and decodes it
		require.NoError(t, err)
		defer resp.Body.Close()
		assert.True(t, resp.Uncompressed)
		assert.Contains(t, resp.Header.Get("Content-Type"), "text/plain")
		text, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		assert.Contains(t, string(text), "http_requests_in_flight")
		assert.Empty(t, check(t, string(text)))
	}
}

// A method that the program has a route for, as WebDAV's, is counted by its name.
func TestMethodsOfRoutesAreKnown(t *testing.T) {
	r, scrape := serving(prometheus.Config{})
	r.HandleMethodNotAllowed = true
	r.Handle("PROPFIND", "/files", func(c *dram.Context) { c.Status(http.StatusMultiStatus) })
	send(r, "PROPFIND", "/files", "")
	send(r, "QUERY", "/no/such", "")
	send(r, "MKCOL", "/files", "")
	text := scrape()
	assert.Contains(t, text, `http_requests_total{code="207",method="PROPFIND",route="/files"} 1`)
	assert.Contains(t, text, `http_requests_total{code="404",method="QUERY",route="unmatched"} 1`)
	assert.Contains(t, text, `http_requests_total{code="405",method="_OTHER",route="unmatched"} 1`)
}

// A label that is not UTF-8 must not end the request that has it.
func TestRouteThatIsNotUTF8(t *testing.T) {
	r, scrape := serving(prometheus.Config{Route: func(c *dram.Context) string { return c.Request.URL.Path }})
	r.GET("/files/*name", func(c *dram.Context) { c.Status(http.StatusNoContent) })
	assert.Equal(t, http.StatusNoContent, send(r, http.MethodGet, "/files/%ff", "").Code)
	assert.Contains(t, scrape(), "route=\"/files/\uFFFD\"")
}

func TestRegistryThatHasTheNames(t *testing.T) {
	registry := prom.NewRegistry()
	prometheus.New(prometheus.Config{Registry: registry})
	prometheus.New(prometheus.Config{Registry: registry, Namespace: "admin"})
	defer func() {
		err, _ := recover().(error)
		var fault *middleware.ConfigError
		require.ErrorAs(t, err, &fault)
		assert.ErrorContains(t, err, "write another Namespace")
	}()
	prometheus.New(prometheus.Config{Registry: registry})
}
