package gateway_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/gateway/gateway"
)

// Who asks for much and reads nothing does not hold a server's place for ever; who waits for the next event does.
func TestAClientThatDoesNotReadItsAnswer(t *testing.T) {
	more := make(chan struct{})
	g, _ := start(t, `
listen: {idle: 200ms}
upstreams: {a: {servers: [{url: $1}]}}
routes: [{path: "/*rest", to: a}]
`, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/events" {
			w.Header().Set("Content-Type", "text/event-stream")
			for range 2 {
				fmt.Fprint(w, "data: 1\n\n")
				_ = http.NewResponseController(w).Flush()
				<-more
			}
			return
		}
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	})
	for _, http2 := range []bool{false, true} {
		server := httptest.NewUnstartedServer(g)
		server.EnableHTTP2 = http2
		server.StartTLS()
		defer server.Close()
		client := server.Client()
		events, err := client.Get(server.URL + "/events")
		require.NoError(t, err)
		defer events.Body.Close()
		download, err := client.Get(server.URL + "/download")
		require.NoError(t, err)
		defer download.Body.Close()
		assert.Equal(t, http2, download.ProtoMajor == 2)
		inFlight := func() int64 { return g.Pools()["a"].Servers[0].State().InFlight }
		assert.Eventually(t, func() bool { return inFlight() == 1 }, 10*time.Second, time.Millisecond, "the download is given up")
		lines := bufio.NewScanner(events.Body)
		for n := range 2 {
			require.True(t, lines.Scan(), "%d %v", n, lines.Err())
			require.True(t, lines.Scan(), "the empty line behind event %d: %v", n, lines.Err())
			more <- struct{}{}
		}
		assert.False(t, lines.Scan())
		assert.NoError(t, lines.Err())
		assert.Eventually(t, func() bool { return inFlight() == 0 }, 10*time.Second, time.Millisecond)
	}
}

// What refuses a request does not wait for its body without end: the server reads what is left of it before it sends
// the answer, and would hold the connection, which has a place among all.
func TestARefusedRequestWhoseBodyDoesNotCome(t *testing.T) {
	keys := write(t, "keys", "ann "+strings.Repeat("0", 64)+"\n")
	g, _ := start(t, `
listen: {addr: "127.0.0.1:0", idle: 5s}
admin: {addr: "127.0.0.1:0"}
upstreams: {a: {servers: [{url: $1}]}}
auth: {k: {keys: {file: `+keys+`}}}
routes:
  - {path: /open, methods: [POST], to: a, timeout: 1s}
  - {path: /mine, methods: [POST], to: a, auth: {by: [k]}}
`, answer("ok"))
	defer gateway.SetOperatorsPatience(gateway.SetOperatorsPatience(5 * time.Second))
	address, operators, end, ended := operating(t, g)
	var asks sync.WaitGroup
	for head, want := range map[string]string{
		"PUT /file HTTP/1.1\r\nContent-Length: 10":              "operators 401",
		"PUT /file HTTP/1.1\r\nTransfer-Encoding: chunked":      "operators 401",
		"GET /healthz HTTP/1.1\r\nContent-Length: 10":           "operators 200",
		"OPTIONS * HTTP/1.1\r\nContent-Length: 10":              "operators 200",
		"GET /admin.css HTTP/1.1\r\nTransfer-Encoding: chunked": "operators 200",
		"POST /none HTTP/1.1\r\nContent-Length: 10":             "404",
		"POST /none HTTP/1.1\r\nTransfer-Encoding: chunked":     "404",
		"PUT /open HTTP/1.1\r\nContent-Length: 10":              "405",
		"POST /mine HTTP/1.1\r\nContent-Length: 10":             "401",
		"POST /open HTTP/1.1\r\nContent-Length: 10":             "408",
	} {
		asks.Go(func() {
			want, ofOperators := strings.CutPrefix(want, "operators ")
			address := address
			if ofOperators {
				address = operators
			}
			conn, err := net.Dial("tcp", address)
			if !assert.NoError(t, err) {
				return
			}
			defer conn.Close()
			fmt.Fprintf(conn, "%s\r\nHost: %s\r\n\r\n", head, address)
			assert.NoError(t, conn.SetReadDeadline(time.Now().Add(20*time.Second)))
			got, err := io.ReadAll(conn)
			assert.NoError(t, err, head)
			assert.True(t, strings.HasPrefix(string(got), "HTTP/1.1 "+want+" "), "%s: %.80q", head, got)
		})
	}
	asks.Wait()
	end()
	assert.NoError(t, <-ended)
}

// It has an id and a line of the log, as any other one.
func TestWhatIsAskedOfTheGatewayAsAWhole(t *testing.T) {
	g, _, log := recorded(t, strings.Replace(one, "$1", "'http://127.0.0.1:1'", 1)+"listen: {addr: '127.0.0.1:0'}\nadmin: {addr: '127.0.0.1:0'}\n")
	address, end, ended := running(t, g)
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer conn.Close()
	fmt.Fprint(conn, "OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	end()
	require.NoError(t, <-ended)
	assert.Equal(t, 204, resp.StatusCode)
	if id := resp.Header.Get("X-Request-Id"); assert.NotEmpty(t, id) {
		assert.Contains(t, log.String(), id)
	}
}
