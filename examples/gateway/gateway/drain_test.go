package gateway_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/gateway/gateway"
)

// A gateway that is to end says so first, and serves on until a load balancer has seen it.
func TestALoadBalancerSeesTheEnd(t *testing.T) {
	g, _ := start(t, `
listen: {addr: "127.0.0.1:0", ready: /readyz, drain: 2s}
admin: {addr: "127.0.0.1:0"}
upstreams: {books: {servers: [{url: $1}]}}
routes: [{path: "/*rest", to: books}]
`, answer("book"))
	address, stop, ended := running(t, g)
	at := "http://" + address
	get := func(path string) int {
		resp, err := http.Get(at + path)
		require.NoError(t, err)
		resp.Body.Close()
		return resp.StatusCode
	}
	assert.Equal(t, 200, get("/readyz"))
	stop()
	require.Eventually(t, func() bool { return get("/readyz") == 503 }, time.Second, time.Millisecond)
	assert.Equal(t, 200, get("/books"))
	assert.NoError(t, <-ended)
}

// What has no end of its own is ended, and does not make an end of the gateway long, or a failed one; what takes too
// long is cut.
func TestStreamsEndWithTheGateway(t *testing.T) {
	defer gateway.SetShutdownTimeout(gateway.SetShutdownTimeout(time.Second))
	var log safeBuffer
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/ws" {
			conn, _, _ := http.NewResponseController(w).Hijack()
			defer conn.Close()
			fmt.Fprint(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello")
			_, _ = io.Copy(io.Discard, conn)
			return
		}
		if r.URL.Path == "/events" {
			w.Header().Set("Content-Type", "text/event-stream")
		}
		fmt.Fprint(w, "hello")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	defer backend.Close()
	text := `{listen: {addr: "127.0.0.1:0"}, admin: {addr: "127.0.0.1:0"}, upstreams: {a: {servers: [{url: "` + backend.URL + `"}]}}, routes: [{path: "/*rest", to: a}]}`
	g, err := gateway.New("gateway.yaml", []byte(text), gateway.Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	require.NoError(t, err)
	defer g.Close()
	address, stop, ended := running(t, g)
	at := "http://" + address
	begin := func(path, upgrade string) io.ReadCloser {
		req, _ := http.NewRequest("GET", at+path, nil)
		if upgrade != "" {
			req.Header = http.Header{"Connection": {"Upgrade"}, "Upgrade": {upgrade}}
		}
		resp, err := http.DefaultTransport.RoundTrip(req)
		require.NoError(t, err)
		_, err = io.ReadFull(resp.Body, make([]byte, len("hello")))
		require.NoError(t, err)
		return resp.Body
	}
	events, socket, stalled := begin("/events", ""), begin("/ws", "websocket"), begin("/stalled", "")
	require.NoError(t, g.Use([]byte(text+"\n# what runs is of the file before")))
	began := time.Now()
	stop()
	for _, body := range []io.Reader{events, socket} {
		_, err := io.ReadAll(body)
		assert.NoError(t, err, "in order")
	}
	assert.Less(t, time.Since(began), time.Second)
	_, err = io.ReadAll(stalled)
	assert.Error(t, err)
	assert.NoError(t, <-ended)
	assert.Contains(t, log.String(), "requests were cut, which took too long\" requests=1\n")
}
