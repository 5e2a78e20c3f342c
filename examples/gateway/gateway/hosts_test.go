package gateway_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/gateway/config"
	"github.com/dram-go/dram/examples/gateway/gateway"
)

const hosted = `
upstreams: {own: {servers: [{url: $1}]}, all: {servers: [{url: $2}]}}
routes:
  - {path: /*rest, to: own, hosts: [api.example.com], methods: [GET, PUT]}
  - {path: /n/:id, to: own, hosts: [api.example.com], methods: GET}
  - {path: /own, to: own, hosts: [api.example.com], methods: [GET]}
  - {path: /n/1, to: all}
  - {path: /own, to: all, methods: POST}
  - {path: /empty, to: all, methods: [DELETE]}
`

func TestRoutesForAllHostsBesideThoseOfOne(t *testing.T) {
	all := func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/empty" {
			w.WriteHeader(404)
			return
		}
		answer("all")(w, r)
	}
	g, _ := start(t, hosted, answer("own"), all)
	at := func(method, host, path string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, nil)
		r.Host = host
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		return w
	}
	const api = "api.example.com"
	for _, tc := range []struct{ method, host, path, body string }{
		{"GET", api, "/n/1", "all /n/1"}, {"GET", api, "/n/2", "own /n/2"}, {"POST", api, "/own", "all /own"}, {"GET", api, "/own", "own /own"},
		{"GET", "b.example.com", "/n/1", "all /n/1"}, {"GET", "b.example.com", "/n/2", `{"title":"Not Found","status":404}`}, {"DELETE", api, "/empty", ""},
		{"PATCH", api, "/other", `{"title":"Method Not Allowed","status":405}`},
	} {
		assert.Equal(t, tc.body, at(tc.method, tc.host, tc.path).Body.String(), tc)
	}
	assert.Equal(t, 404, at("DELETE", api, "/empty").Code)
	assert.Equal(t, 200, at("HEAD", api, "/n/1").Code)
	assert.ElementsMatch(t, strings.Split("GET, HEAD, PUT, POST", ", "), strings.Split(at("DELETE", api, "/own").Header().Get("Allow"), ", "))
	assert.Equal(t, 405, at("PATCH", api, "/other").Code)
	assert.Equal(t, 400, at("GET", "a b", "/n/1").Code)
	metrics := get(g.Metrics(), "/metrics").Body.String()
	assert.Contains(t, metrics, `seconds_count{route="/n/1"`, "a route has its name in both Engines")
}

func TestAConnectionIsTakenOverThroughTheRoutesForAllHosts(t *testing.T) {
	g, _ := start(t, strings.Replace(hosted, "/n/1", "/ws", 1), answer("own"), func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
			_, _ = io.CopyN(conn, conn, 4)
			conn.Close()
		}
	})
	server := httptest.NewServer(g)
	defer server.Close()
	req, _ := http.NewRequest("GET", server.URL+"/ws", nil)
	req.Host = "api.example.com"
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", "websocket")
	resp, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(t, err)
	require.Equal(t, 101, resp.StatusCode)
	conn := resp.Body.(io.ReadWriteCloser)
	defer conn.Close()
	fmt.Fprint(conn, "ping")
	got, _ := io.ReadAll(conn)
	assert.Equal(t, "ping", string(got))
}

// Many tenants are an ordinary file: what is for all is not made anew for each.
func TestManyHostsBesideManyRoutes(t *testing.T) {
	var text strings.Builder
	text.WriteString("upstreams: {a: {servers: [{url: 'http://127.0.0.1:1'}]}}\nroutes:\n")
	for i := range 1000 {
		fmt.Fprintf(&text, "  - {path: /all%d/*rest, to: a}\n  - {path: /own, to: a, hosts: t%d.example.com}\n", i, i)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	g, err := gateway.New("gateway.yaml", []byte(text.String()), gateway.Options{Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	defer g.Close()
	runtime.ReadMemStats(&after)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<30))
}

// What would take seconds and gigabytes is refused.
func TestMoreHostsThanThereMayBe(t *testing.T) {
	var hosts strings.Builder
	for i := range 30_000 {
		fmt.Fprintf(&hosts, "t%d.example.com,", i)
	}
	_, err := config.Parse("gateway.yaml", fmt.Appendf(nil, "upstreams: {a: {servers: [{url: 'http://127.0.0.1:1'}]}}\nroutes: [{path: /, to: a, hosts: [%s]}]", hosts.String()))
	assert.ErrorContains(t, err, "gateway.yaml:2: routes[0].hosts: the routes up to here are more than 200000")
}

func TestARouteForOneHostThatMatchesTheSameAsOneForAll(t *testing.T) {
	_, err := config.Parse("gateway.yaml", []byte(`
upstreams: {a: {servers: [{url: "http://127.0.0.1:1"}]}}
routes:
  - {path: "/n/:id", to: a, hosts: [api.example.com]}
  - {path: "/n/:name", to: a, methods: [GET]}
`))
	assert.EqualError(t, err, `gateway.yaml:5: routes[1].path: "/n/:name" matches the same as "/n/:id" on line 4 ("/n/name", say): change or remove one`)
}
