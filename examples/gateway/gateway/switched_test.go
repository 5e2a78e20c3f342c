package gateway_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/gateway/gateway"
)

// switches is a server that switches to a protocol of its own, and holds the connection.
func switches(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: foo\r\nContent-Type: application/json\r\n\r\n")
	_, _ = io.Copy(io.Discard, conn)
}

// inFlight is how many requests the first server of an upstream has.
func inFlight(g *gateway.Gateway, upstream string) int64 {
	return g.Pools()[upstream].Servers[0].State().InFlight
}

// A server that switches the protocol unasked, or to another one, has not answered, and keeps neither its place nor the
// connection: with max_in_flight of these it would be full for ever.
func TestAServerThatSwitchesUnasked(t *testing.T) {
	websocket := []string{"Connection", "Upgrade", "Upgrade", "websocket"}
	for name, tc := range map[string]struct {
		route  string
		header []string
		want   int
	}{
		"a route":                     {"to: odd", nil, 502},
		"another protocol":            {"to: odd", websocket, 502},
		"with retries":                {"to: odd, retry: {times: 1}", nil, 502},
		"with a hedge":                {"to: odd, hedge: {after: 1ms}", nil, 502},
		"an answer that is changed":   {"to: odd, response: {body: {set: {/a: 1}}}", nil, 502},
		"another one, and is changed": {"to: odd, response: {body: {set: {/a: 1}}}", websocket, 502},
		"a part":                      {"methods: [GET], merge: [{as: a, to: odd, path: /}]", nil, 502},
		"who says who the client is":  {"to: good, auth: {by: [asked]}", nil, 503},
		"the same, of a WebSocket":    {"to: good, auth: {by: [asked]}", websocket, 503},
		"a copy":                      {"to: good, mirror: {to: odd}", nil, 200},
	} {
		t.Run(name, func(t *testing.T) {
			g, _ := start(t, `
upstreams: {odd: {servers: [{url: $1}], breaker: {failures: 1000}}, good: {servers: [{url: $2}]}}
auth: {asked: {forward: {to: odd, path: /whoami}}}
routes: [{path: "/*rest", timeout: 10s, `+tc.route+`}]`, switches, answer("good"))
			for range 3 {
				assert.Equal(t, tc.want, ask(g, "/", tc.header...).Code)
			}
			require.Eventually(t, func() bool {
				return inFlight(g, "odd") == 0 && (name != "a copy" || shows(g, `gateway_mirror_copies_total{result="failed",route="/*rest"} 3`))
			}, 5*time.Second, time.Millisecond)
		})
	}
}

// A check that is answered so fails, and is not the last one.
func TestAServerThatSwitchesWhenItIsChecked(t *testing.T) {
	checks := make(chan struct{}, 100)
	g, _ := start(t, `
upstreams: {odd: {servers: [{url: $1}], health: {path: /, every: 10ms, within: 1s, fails: 2}}}
routes: [{path: "/*rest", to: odd}]`, func(w http.ResponseWriter, r *http.Request) {
		checks <- struct{}{}
		switches(w, r)
	})
	for range 3 {
		select {
		case <-checks:
		case <-time.After(5 * time.Second):
			t.Fatal("there is no further check")
		}
	}
	assert.True(t, shows(g, `gateway_server_health{health="down"`))
}

// A client that has said its last word, and ends its side, hears the answer.
func TestASideOfAConnectionThatIsSwitchedEndsByItself(t *testing.T) {
	g, _ := start(t, `
listen: {addr: "127.0.0.1:0"}
admin: {addr: "127.0.0.1:0"}
upstreams: {a: {servers: [{url: $1}]}}
routes: [{path: "/*rest", to: a}]`, func(w http.ResponseWriter, _ *http.Request) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		text, _ := io.ReadAll(rw)
		_, _ = conn.Write(text)
	})
	address, stop, ended := running(t, g)
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer conn.Close()
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	in := bufio.NewReader(conn)
	resp, err := http.ReadResponse(in, nil)
	require.NoError(t, err)
	require.Equal(t, 101, resp.StatusCode)
	fmt.Fprint(conn, "last")
	require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	text, err := io.ReadAll(in)
	assert.NoError(t, err)
	assert.Equal(t, "last", string(text))
	stop()
	assert.NoError(t, <-ended)
}
