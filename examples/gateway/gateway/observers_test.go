package gateway_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/gateway"
)

// recorded is a gateway that writes JSON lines to a buffer.
func recorded(t *testing.T, text string) (g *gateway.Gateway, file string, log *bytes.Buffer) {
	file = filepath.Join(t.TempDir(), "gateway.yaml")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	log = new(bytes.Buffer)
	g, err := gateway.Load(file, gateway.Options{Log: slog.New(slog.NewJSONHandler(log, nil))})
	require.NoError(t, err)
	return g, file, log
}

// A panic, of a team's own layer, say, is one record of the log, with the place.
func TestAPanicIsInTheLog(t *testing.T) {
	var log bytes.Buffer
	g, err := gateway.New("gateway.yaml", []byte(`{upstreams: {a: {servers: [{url: "http://127.0.0.1:1"}]}}, routes: [{path: /, to: a}]}`), gateway.Options{
		Log:    slog.New(slog.NewJSONHandler(&log, nil)),
		Layers: []dram.HandlerFunc{func(*dram.Context) { panic("the team's") }},
	})
	require.NoError(t, err)
	defer g.Close()
	assert.Equal(t, 500, get(g, "/").Code)
	var found bool
	for line := range strings.Lines(log.String()) {
		var record struct{ Level, Msg string }
		require.NoError(t, json.Unmarshal([]byte(line), &record), line)
		found = found || record.Level == "ERROR" && strings.Contains(record.Msg, "the team's") && strings.Contains(record.Msg, "observers_test.go")
	}
	assert.True(t, found, log.String())
}

func get(h http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// One request is seen in the metrics, in the log, and in the trace that goes on at the upstream.
func TestARequestIsSeen(t *testing.T) {
	var mu sync.Mutex
	var parent string
	bad := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(503) }))
	defer bad.Close()
	good := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		parent = r.Header.Get("Traceparent")
		assert.Empty(t, r.Header.Get("Tracestate"))
		fmt.Fprint(w, "ok")
	}))
	defer good.Close()
	var spans []*tracepb.Span
	collecting := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var export collector.ExportTraceServiceRequest
		assert.NoError(t, proto.Unmarshal(body, &export))
		mu.Lock()
		defer mu.Unlock()
		for _, resource := range export.ResourceSpans {
			for _, scope := range resource.ScopeSpans {
				spans = append(spans, scope.Spans...)
			}
		}
	}))
	defer collecting.Close()
	text := strings.NewReplacer("$bad", bad.URL, "$good", good.URL, "$trace", collecting.URL).Replace(`
trace: {endpoint: "$trace", sample: 100%}
upstreams: {books: {servers: [{url: $bad, version: v1, weight: 1000}, {url: $good, version: v2}]}}
risk: {rules: {odd: {score: 30, when: agent == 'odd'}}}
routes: [{name: shelf, path: "/books/*rest", to: books, risk: odd, retry: {times: 1, budget: 100%}}]
`)
	g, _, log := recorded(t, text)
	const theirs = "4bf92f3577b34da6a3ce929d0e0e4736"
	var record map[string]any
	for record["tries"] != 2.0 { // the bad server was asked first
		log.Reset()
		w := get(g, "/books/1", "User-Agent: odd", "Traceparent: 00-"+theirs+"-00f067aa0ba902b7-01", "Tracestate: a=b")
		require.Equal(t, "ok", w.Body.String())
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		require.NoError(t, json.Unmarshal([]byte(lines[len(lines)-1]), &record))
	}
	assert.Equal(t, "request", record["msg"])
	for key, want := range map[string]any{"name": "shelf", "upstream": "books", "server": good.URL, "version": "v2", "risk_score": 30.0, "risk": "throttle"} {
		assert.Equal(t, want, record[key], key)
	}
	get(g, "/none")

	metrics := httptest.NewRecorder()
	g.Metrics().ServeHTTP(metrics, httptest.NewRequest("GET", "/metrics", nil))
	for _, want := range []string{
		`http_requests_total{code="200",method="GET",route="shelf"} `,
		`http_requests_total{code="404",method="GET",route="unmatched"} 1`,
		`gateway_upstream_requests_total{code="503",route="shelf",server="` + bad.URL + `",upstream="books",version="v1"} `,
		`gateway_upstream_request_duration_seconds_count{route="shelf",server="` + good.URL + `",upstream="books",version="v2"} `,
		`gateway_upstream_repeats_total{route="shelf",upstream="books",why="retry"} `,
		`gateway_risk_decisions_total{action="throttle",refused="false",route="shelf"} `,
		`gateway_server_health{health="well",server="` + good.URL + `",upstream="books",version="v2"} 1`,
		`gateway_server_ejections_total{server="` + bad.URL + `",upstream="books",version="v1"} 0`,
		`gateway_reloads_total{result="loaded"} 1`,
	} {
		assert.Contains(t, metrics.Body.String(), want)
	}

	g.Close()
	mu.Lock()
	defer mu.Unlock()
	require.NotEmpty(t, spans)
	var server, client *tracepb.Span
	for _, s := range spans {
		if fmt.Sprintf("%x", s.SpanId) == strings.Split(parent, "-")[2] {
			client = s
		}
	}
	require.NotNil(t, client, "the upstream has the span of the call: %s", parent)
	for _, s := range spans {
		if bytes.Equal(s.SpanId, client.ParentSpanId) {
			server = s
		}
	}
	require.NotNil(t, server)
	assert.Equal(t, "GET /books/*rest", server.Name)
	assert.Equal(t, "GET books", client.Name)
	assert.Len(t, client.Events, 2, "both tries")
	assert.NotEqual(t, theirs, fmt.Sprintf("%x", server.TraceId), "nobody trusts the client's trace")
	assert.Equal(t, theirs, fmt.Sprintf("%x", server.Links[0].TraceId))
	assert.Equal(t, record["trace_id"], fmt.Sprintf("%x", server.TraceId))
}

// The series of a server that has left the file are gone, so that they do not grow with reloads.
func TestSeriesOfServersThatHaveLeft(t *testing.T) {
	g, _ := start(t, strings.Replace(one, "[{url: $1}]", "[{url: $1}, {url: $2}]", 1), answer("1"), answer("2"))
	for range 20 {
		get(g, "/books/1")
	}
	series := func() int {
		w := httptest.NewRecorder()
		g.Metrics().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
		return strings.Count(w.Body.String(), "gateway_upstream_requests_total{")
	}
	require.Equal(t, 2, series())
	text := string(g.Text())
	first := strings.Index(text, ", {url:")
	require.NoError(t, g.Use([]byte(text[:first]+text[strings.Index(text, "]"):])))
	assert.Eventually(t, func() bool { return series() == 1 }, 5*time.Second, time.Millisecond)
}

// Every upstream is in the request's trace: none gets the client's own.
func TestATraceReachesAllUpstreams(t *testing.T) {
	const theirs = "4bf92f3577b34da6a3ce929d0e0e4736"
	got := make(chan [3]string, 10)
	tell := func(w http.ResponseWriter, r *http.Request) {
		got <- [3]string{r.URL.Path, r.Header.Get("Traceparent"), r.Header.Get("Tracestate")}
		w.Header().Set("X-User", "alice")
		fmt.Fprint(w, "{}")
	}
	addr := serveGRPC(t, compileProto(t, booksProto), map[string]func(*grpcCall) error{"Get": func(c *grpcCall) error {
		md, _ := metadata.FromIncomingContext(c.Context)
		got <- [3]string{"/grpc", strings.Join(md.Get("traceparent"), ""), strings.Join(md.Get("tracestate"), "")}
		return c.Send(`{}`)
	}})
	set := write(t, "books.binpb", string(compileProto(t, booksProto)))
	g, _ := start(t, fmt.Sprintf(`
trace: {endpoint: "http://127.0.0.1:1", sample: 100%%}
auth: {f: {forward: {to: books}}}
upstreams: {books: {servers: [{url: $1}]}, shadow: {servers: [{url: $1}]}, rpc: {grpc: [{url: "h2c://%s"}], descriptors: %s}}
routes:
  - {path: /m, methods: GET, merge: [{as: a, to: books, path: /part}], auth: {by: f}}
  - {path: /copied, to: books, rewrite: /copy, mirror: {to: shadow}}
  - {path: /api/*rest, to: rpc, transcode: true, strip_prefix: /api}
`, addr, set), tell)
	for path, n := range map[string]int{"/m": 2, "/copied": 2, "/api/v1/one/a": 1} {
		require.Equal(t, 200, ask(g, path, "Traceparent", "00-"+theirs+"-00f067aa0ba902b7-01", "Tracestate", "a=b").Code, path)
		ids := make(map[string]bool)
		for range n {
			one := <-got
			require.Len(t, one[1], 55, one)
			assert.NotContains(t, one[1], theirs, one)
			assert.Empty(t, one[2], one)
			ids[one[1][3:35]] = true
		}
		assert.Len(t, ids, 1, "one trace: %s", path)
	}
}
