package gateway_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/gateway/gateway"
	"github.com/dram-go/dram/examples/gateway/split"
)

const canary = `
upstreams: {books: {servers: [{url: $1, version: v1}, {url: $2, version: v2}]}}
routes:
  - path: /books/*rest
    to: books
    split: {shares: {v1: 50%, v2: 50%}, sticky: none, cookie: version,
            ramp: {version: v2, steps: [100%], every: 1h, abort: {errors: 1%, p99: 2s, least: 200}}}
`

// A canary that turns bad under load goes back by itself, before more requests have failed than it
// takes to see it, and those that are in flight.
func TestACanaryThatGoesBadGoesBack(t *testing.T) {
	for name, bad := range map[string]func(w http.ResponseWriter){
		"errors": func(w http.ResponseWriter) { w.WriteHeader(500) },
		"cut":    func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			var isBad atomic.Bool
			var toNew atomic.Int64
			g, _ := start(t, canary, answer("v1"), func(w http.ResponseWriter, r *http.Request) {
				toNew.Add(1)
				if isBad.Load() {
					bad(w)
					return
				}
				answer("v2")(w, r)
			})
			server := httptest.NewServer(g)
			defer server.Close()
			const clients = 4
			var failed, afterwards atomic.Int64
			stop := make(chan struct{})
			var wait sync.WaitGroup
			aborted := func() bool { return stateOf(g).Ramp.Status == split.Aborted }
			for range clients {
				wait.Go(func() {
					for {
						select {
						case <-stop:
							return
						default:
						}
						over := aborted()
						resp, err := http.Get(server.URL + "/books/1")
						if err != nil {
							failed.Add(1)
							continue
						}
						_, _ = io.Copy(io.Discard, resp.Body)
						resp.Body.Close()
						if resp.StatusCode != 200 {
							failed.Add(1)
						} else if over {
							afterwards.Add(1)
						}
					}
				})
			}
			require.Eventually(t, func() bool { return toNew.Load() > 500 }, time.Minute, time.Millisecond)
			assert.Zero(t, failed.Load())
			require.False(t, aborted())
			isBad.Store(true)
			require.Eventually(t, aborted, time.Minute, time.Millisecond)
			require.Eventually(t, func() bool { return afterwards.Load() > 100 }, time.Minute, time.Millisecond)
			close(stop)
			wait.Wait()
			const window, bound = 1000, 0.01
			assert.LessOrEqual(t, failed.Load(), int64(window*bound)+1+clients)

			state := stateOf(g)
			assert.Equal(t, "/books/*rest", state.Route)
			assert.Equal(t, 0.0, state.Versions[0].Share)
			why := state.Records[len(state.Records)-1]
			assert.Contains(t, why.Why, "requests failed: more than 1% of")
			assert.Equal(t, fmt.Sprint(0.5, 0.0), fmt.Sprint(why.From, why.To))

			require.NoError(t, g.Use(append(g.Text(), "# changed\n"...)))
			assert.True(t, aborted(), "another file does not begin it again")
			isBad.Store(false)
			assert.Equal(t, "v1 /books/1", ask(g, "/books/1").Body.String())
			assert.Equal(t, "v2 /books/1", ask(g, "/books/1", "Cookie", "version=v2").Body.String(), "who wants it still can")
		})
	}
}

func stateOf(g *gateway.Gateway) split.State {
	s, _ := g.Split("/books/*rest")
	return s.State()
}

// Operators find a split by the name that its state has, and what they do counts at once.
func TestOperatorsSetShares(t *testing.T) {
	g, _ := start(t, strings.Replace(canary, "path:", "methods: [PUT, GET]\n    path:", 1), answer("v1"), answer("v2"))
	s, ok := g.Split("GET,PUT /books/*rest")
	require.True(t, ok)
	for version, share := range map[string]float64{"v1": 0, "v2": 1} {
		require.NoError(t, s.Set(share, "test"))
		for range 20 {
			assert.Equal(t, version+" /books/1", ask(g, "/books/1").Body.String())
		}
	}
	_, ok = g.Split("/nowhere")
	assert.False(t, ok)
}

// Clients that send too much, or leave in the middle, cannot end a canary.
func TestFaultsOfClientsAreNotTheVersions(t *testing.T) {
	text := strings.Replace(canary, "path:", "max_body: 1KiB\n    path:", 1)
	g, _ := start(t, text, answer("v1"), func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		answer("v2")(w, r)
	})
	server := httptest.NewServer(g)
	defer server.Close()
	for range 20 {
		req, _ := http.NewRequest("POST", server.URL+"/books/1", io.MultiReader(strings.NewReader(strings.Repeat("x", 4<<10)))) // chunked
		req.Header.Set("Cookie", "version=v2")
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		resp.Body.Close()
		assert.Equal(t, 413, resp.StatusCode)

		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		require.NoError(t, err)
		fmt.Fprint(conn, "POST /books/1 HTTP/1.1\r\nHost: a\r\nCookie: version=v2\r\nContent-Length: 100\r\n\r\npart")
		require.NoError(t, conn.(*net.TCPConn).CloseWrite())
		_, _ = io.Copy(io.Discard, conn)
		conn.Close()
	}
	state := stateOf(g)
	assert.Equal(t, split.Rising, state.Ramp.Status, state.Records)
	assert.Zero(t, state.Versions[0].Failed)
}

// What a version that is gone cannot answer another one does, but for those who want that version only.
func TestAVersionThatIsGone(t *testing.T) {
	gone := httptest.NewServer(nil)
	gone.Close()
	g, _ := start(t, strings.ReplaceAll(`
upstreams: {books: {servers: [{url: $1, version: v1}, {url: $2, version: v2}], eject: {after: 3}}}
routes: [{path: /books, to: books, split: {shares: {v1: 0, v2: 100%}, header: X-V, cookie: v}, retry: {times: 1}}]
`, "$2", gone.URL), answer("v1"))
	for range 20 {
		w := ask(g, "/books")
		assert.Equal(t, "v1 /books", w.Body.String())
		assert.Equal(t, "no-store", w.Header().Get("Cache-Control"), "it is not to be kept as that of v2")
	}
	assert.Equal(t, 502, ask(g, "/books", "X-V", "v2").Code)
	assert.Equal(t, 502, ask(g, "/books", "Cookie", "v=v2").Code)
	assert.Empty(t, ask(g, "/books", "X-V", "v1").Header().Get("Cache-Control"))
	metrics := httptest.NewRecorder()
	g.Metrics().ServeHTTP(metrics, httptest.NewRequest("GET", "/metrics", nil))
	assert.Contains(t, metrics.Body.String(), `gateway_upstream_repeats_total{route="/books",upstream="books",why="version"} 17`)
}

func TestATryThatTookTooLongIsATimeout(t *testing.T) {
	g, _ := start(t, `
upstreams: {books: {servers: [{url: $1}]}}
routes: [{path: /books, to: books, retry: {per_try: 20ms}}]
`, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	w := ask(g, "/books")
	assert.Equal(t, 504, w.Code)
	assert.Contains(t, w.Body.String(), "took too long")
}
