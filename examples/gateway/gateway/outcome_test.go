package gateway_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/gateway/admin"
	"github.com/dram-go/dram/examples/gateway/gateway"
	"github.com/dram-go/dram/examples/gateway/split"
)

// shows reports whether the metrics have a text.
func shows(g *gateway.Gateway, text string) bool {
	return strings.Contains(get(g.Metrics(), "/").Body.String(), text)
}

// A server that hangs, or breaks off, has failed, whoever ends the request: it is ejected, and its version goes back.
func TestAServerThatDoesNotAnswerToTheEndHasFailed(t *testing.T) {
	hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	cut := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "abc")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	for name, tc := range map[string]struct {
		fields string
		bad    http.HandlerFunc
	}{
		"the route's time":  {"timeout: 400ms", hang},
		"the part's time":   {"methods: [GET], merge: [{as: a, to: books, path: /a, timeout: 400ms}], timeout: 10s", hang},
		"an answer cut":     {"timeout: 10s", cut},
		"a part cut":        {"methods: [GET], merge: [{as: a, to: books, path: /a}], timeout: 10s", cut},
		"others are faster": {"hedge: {after: 2ms}, timeout: 400ms", hang},
	} {
		t.Run(name, func(t *testing.T) {
			fields := "to: books, " + tc.fields + ", split: {shares: {v1: 50%, v2: 50%}, sticky: none, ramp: {version: v2, steps: [100%], every: 1h, abort: {least: 200}}}"
			if strings.Contains(tc.fields, "merge") { // which is not split
				fields = tc.fields
			}
			g, _ := start(t, `
upstreams: {books: {servers: [{url: $1, version: v1}, {url: $2, version: v2}], eject: {after: 3}}}
routes: [{path: "/books/*rest", `+fields+`}]`, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "{}") }, tc.bad)
			require.Eventually(t, func() bool {
				ask(g, "/books/1")
				return shows(g, `gateway_server_health{health="ejected"`)
			}, 20*time.Second, time.Millisecond)
			for range 20 {
				assert.Equal(t, 200, ask(g, "/books/1").Code)
			}
			assert.True(t, shows(g, `gateway_upstream_requests_total{code="0",route="/books/*rest"`))
			if _, ok := g.Split("/books/*rest"); ok {
				assert.Equal(t, split.Aborted, stateOf(g).Ramp.Status)
			}
		})
	}
}

func TestAServiceOfGRPCThatHangsHasFailed(t *testing.T) {
	hang := func(c *grpcCall) error { <-c.Context.Done(); return c.Context.Err() }
	addr := serveGRPC(t, compileProto(t, booksProto), map[string]func(*grpcCall) error{"Get": hang, "Watch": hang})
	for _, path := range []string{"/api/v1/one/a", "/api/v1/watch/a"} {
		g, err := transcoding(t, strings.NewReplacer("timeout: 5s", "timeout: 40ms", "metadata: [X-User]", "breaker: {failures: 2, open: 1h}").Replace(rpc), addr)
		require.NoError(t, err)
		w := ask(g, path, "Accept", "application/jsonl, application/json")
		assert.Equal(t, 504, w.Code, path)
		for tries := 0; w.Code == 504 && tries < 20; tries++ { // one in which the connection took half of the time says nothing of the service
			w = ask(g, path)
		}
		assert.Equal(t, 503, w.Code, path)
		assert.Equal(t, "3600", w.Header().Get("Retry-After"))
		assert.True(t, shows(g, `gateway_upstream_requests_total{code="504"`))
		g.Close()
	}
}

// Why a request has failed is in its line once.
func TestAReasonIsInTheLogOnce(t *testing.T) {
	dead := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hang" {
			<-r.Context().Done()
		}
		panic(http.ErrAbortHandler)
	}))
	defer dead.Close()
	g, _, log := recorded(t, `
upstreams: {a: {servers: [{url: "`+dead.URL+`"}]}}
routes: [{path: "/*rest", to: a}, {path: /hang, to: a, timeout: 50ms}]`)
	defer g.Close()
	for path, want := range map[string]string{"/hang": "context deadline exceeded", "/broken": "EOF", "/drained": "a: no server"} {
		g.Pools()["a"].Servers[0].Drain(path == "/drained")
		log.Reset()
		ask(g, path)
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		var record struct{ Errors []string }
		require.NoError(t, json.Unmarshal([]byte(lines[len(lines)-1]), &record))
		if assert.Len(t, record.Errors, 1, log.String()) {
			assert.Contains(t, record.Errors[0], want)
		}
	}
}

func TestTimesAreShownWithTheirUnits(t *testing.T) {
	bad := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500) }))
	defer bad.Close()
	g, _, log := recorded(t, `
admin: {addr: "127.0.0.1:0"}
upstreams: {a: {servers: [{url: "`+bad.URL+`", version: v1}], eject: {after: 1, for: 20s}}}
routes: [{path: /, to: a, split: {shares: {v1: 100%}}}]`)
	defer g.Close()
	ask(g, "/")
	assert.Contains(t, log.String(), `"msg":"a server is ejected","upstream":"a","server":"`+bad.URL+`","for":"20s"`)
	o := operate(t, g)
	o.ask("GET", o.url, "")
	_, state := o.ask("GET", "/state", "")
	var read admin.State
	require.NoError(t, json.Unmarshal([]byte(state), &read))
	assert.Positive(t, read.Splits[0].Versions[0].P99)
	assert.Len(t, regexp.MustCompile(`"P99":"[0-9.]+[mµ]s"`).FindAllString(state, -1), 4, state) // of the route, the server, and the version twice
}

// Who watches sees shares and ramps, and limits that Redis does not hold.
func TestMetricsOfRampsAndOfLimitsWithoutRedis(t *testing.T) {
	g, _ := start(t, `
redis: {addr: "127.0.0.1:1"}
upstreams: {a: {servers: [{url: $1, version: v1}, {url: $2, version: v2}]}}
routes:
  - {name: one, path: /, methods: GET, to: a, split: {shares: {v1: 95%, v2: 5%}, ramp: {version: v2, steps: [50%]}}, limit: {rate: 9/s, store: redis}}
  - {name: one, path: /, methods: POST, to: a, split: {shares: {v1: 100%, v2: 0%}}, limit: {rate: 9/s, store: redis, without_store: closed}}
`, answer("ok"), answer("ok"))
	ask(g, "/")
	asked(g, "POST", "/", "")
	for _, want := range []string{
		`gateway_split_share{route="one",split="GET /",version="v2"} 0.05`,
		`gateway_split_share{route="one",split="POST /",version="v1"} 1`,
		`gateway_ramp_status{route="one",split="GET /",status="rising",version="v2"} 1`,
		`gateway_limit_without_store_total{route="one",without="memory"} 1`,
		`gateway_limit_without_store_total{route="one",without="closed"} 1`,
	} {
		assert.True(t, shows(g, want), want)
	}
}

// While no server takes requests the status is one, whatever the route makes of the answer, and it says when to come again.
func TestNoServerIs503(t *testing.T) {
	for _, fields := range []string{"to: books", "methods: [GET], merge: [{as: a, to: books, path: /a}]"} {
		g, _ := start(t, `
upstreams: {books: {servers: [{url: $1}], breaker: {failures: 2, open: 1h}}}
routes: [{path: "/books/*rest", `+fields+`}]`, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500) })
		for range 2 {
			assert.Contains(t, []int{500, 502}, ask(g, "/books/1").Code)
		}
		w := ask(g, "/books/1")
		assert.Equal(t, 503, w.Code)
		assert.Equal(t, "3600", w.Header().Get("Retry-After"))
		assert.Equal(t, "application/problem+json", w.Header().Get("Content-Type"))
	}
}

// The logs of all that are asked and that of the gateway have the same id of a request: the client's, or the gateway's
// where that is refused.
func TestAllThatAreAskedGetTheIDOfTheRequest(t *testing.T) {
	got := make(chan string, 8)
	g, _ := start(t, `
upstreams: {a: {servers: [{url: $1}]}, b: {servers: [{url: $1}]}, c: {servers: [{url: $1}]}}
auth: {asked: {forward: {to: c, path: /whoami, timeout: 5s}}}
routes:
  - {path: /one, to: a, mirror: {to: b}, auth: {by: [asked]}}
  - {path: /parts, methods: [GET], merge: [{as: a, to: a, path: /}, {as: b, to: b, path: /}], auth: {by: [asked]}}
`, func(w http.ResponseWriter, r *http.Request) {
		got <- r.Header.Get("X-Request-Id")
		w.Header().Set("X-User", "ann")
		fmt.Fprint(w, "{}")
	})
	for name, header := range map[string][]string{
		"none":                      nil,
		"the client's":              {"X-Request-Id", "good"},
		"a refused one":             {"X-Request-Id", "a b"},
		"one that Connection names": {"X-Request-Id", "good", "Connection", "X-Request-Id"},
	} {
		for _, path := range []string{"/one", "/parts"} {
			t.Run(name+path, func(t *testing.T) {
				w := ask(g, path, header...)
				require.Equal(t, 200, w.Code, w.Body)
				require.NotEmpty(t, w.Header().Get("X-Request-Id"))
				for range 3 {
					assert.Equal(t, w.Header().Get("X-Request-Id"), <-got)
				}
			})
		}
	}
}
