package gateway_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
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

// endsSoon makes a gateway that cuts what has not ended after 200 ms, in front of an HTTP service, a, and a gRPC
// service, books.
func endsSoon(t *testing.T, a http.HandlerFunc, books map[string]func(*grpcCall) error, routes string) (g *gateway.Gateway, log *safeBuffer) {
	before := gateway.SetShutdownTimeout(200 * time.Millisecond)
	t.Cleanup(func() { gateway.SetShutdownTimeout(before) })
	backend := httptest.NewServer(a)
	t.Cleanup(backend.Close)
	set := compileProto(t, booksProto)
	log = new(safeBuffer)
	g, err := gateway.New("gateway.yaml", []byte(`
listen: {addr: "127.0.0.1:0"}
admin: {addr: "127.0.0.1:0"}
upstreams:
  a: {servers: [{url: "`+backend.URL+`"}]}
  books: {grpc: [{url: "h2c://`+serveGRPC(t, set, books)+`"}], descriptors: "`+write(t, "books.binpb", string(set))+`"}
`+routes), gateway.Options{Log: slog.New(slog.NewTextHandler(log, nil))})
	require.NoError(t, err)
	t.Cleanup(g.Close)
	return g, log
}

// Who has waited all that time, and gets no answer since the gateway has ended, has not left (499).
func TestWhatTheGatewayCutsIsNotAClientThatHasLeft(t *testing.T) {
	var waiting atomic.Int32
	wait := func(ctx context.Context) {
		waiting.Add(1)
		<-ctx.Done()
	}
	waits := func(c *grpcCall) error { wait(c.stream.Context()); return nil }
	g, log := endsSoon(t, func(_ http.ResponseWriter, r *http.Request) { wait(r.Context()) }, map[string]func(*grpcCall) error{"Get": waits}, `
auth: {asked: {forward: {to: a, path: /whoami, timeout: 30s}}}
routes:
  - {path: /route, to: a, timeout: 1m}
  - {path: /retry, to: a, timeout: 1m, retry: {times: 1}}
  - {path: /hedge, to: a, timeout: 1m, hedge: {after: 1ms}}
  - {path: /changed, to: a, timeout: 1m, response: {body: {set: {/a: 1}}}}
  - {path: /merge, methods: [GET], merge: [{as: a, to: a, path: /}], timeout: 1m}
  - {path: /auth, to: a, timeout: 1m, auth: {by: [asked]}}
  - {path: /v1/*rest, to: books, timeout: 1m, transcode: true}
`)
	address, stop, ended := running(t, g)
	paths := []string{"/route", "/retry", "/hedge", "/changed", "/merge", "/auth", "/v1/one/a"}
	answers := make(chan string, len(paths))
	for _, path := range paths {
		go func() {
			resp, err := http.Get("http://" + address + path)
			if err != nil {
				answers <- err.Error()
				return
			}
			defer resp.Body.Close()
			text, _ := io.ReadAll(resp.Body)
			answers <- resp.Status + " " + string(text)
		}()
	}
	require.Eventually(t, func() bool { return int(waiting.Load()) >= len(paths) }, 5*time.Second, time.Millisecond)
	stop()
	for range paths {
		assert.Regexp(t, "^503 .*the gateway has ended", <-answers)
	}
	assert.NoError(t, <-ended)
	assert.Equal(t, len(paths), strings.Count(log.String(), "the gateway has ended"), log.String())
	assert.NotContains(t, log.String(), "client has left")
	assert.NotContains(t, log.String(), "status=499")
}

// An upload that the gateway reads itself, and whose client is slow, is cut as others are: the client is told why.
func TestUploadsThatTheGatewayCutsAreAnswered(t *testing.T) {
	api := "{openapi: 3.0.3, info: {title: a, version: '1'}, paths: {/checked: {post: {requestBody: {content: {application/json: {}}}, responses: {'200': {description: a}}}}}}"
	g, log := endsSoon(t, func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }, map[string]func(*grpcCall) error{"Create": echo}, `
routes:
  - {path: /route, to: a, timeout: 1m}
  - {path: /retry, to: a, timeout: 1m, retry: {times: 1}}
  - {path: /changed, to: a, timeout: 1m, request: {body: {set: {/a: 1}}}}
  - {path: /checked, to: a, timeout: 1m, openapi: "`+write(t, "api.yaml", api)+`"}
  - {path: /v1/*rest, to: books, timeout: 1m, transcode: true}
`)
	address, stop, ended := running(t, g)
	var answers []*bufio.Reader
	for _, head := range []string{"PUT /route", "PUT /retry", "POST /changed", "POST /checked", "POST /v1/shelves/a/books"} {
		for _, framing := range []string{"Content-Length: 9", "Transfer-Encoding: chunked", "Content-Length: 60000"} {
			conn, err := net.Dial("tcp", address)
			require.NoError(t, err)
			defer conn.Close()
			fmt.Fprintf(conn, "%s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n%s\r\n\r\n", head, framing)
			answers = append(answers, bufio.NewReader(conn))
			line, err := answers[len(answers)-1].ReadString('\n')
			require.NoError(t, err, head)
			require.Equal(t, "HTTP/1.1 100 Continue\r\n", line, head) // it reads
			if framing == "Content-Length: 60000" {
				go func() {
					for range 60000 { // slowly
						if _, err := fmt.Fprint(conn, "x"); err != nil {
							return
						}
						time.Sleep(time.Millisecond)
					}
				}()
			}
		}
	}
	stop()
	for _, answer := range answers {
		_, _ = answer.ReadString('\n')
		resp, err := http.ReadResponse(answer, nil)
		require.NoError(t, err)
		text, err := io.ReadAll(resp.Body)
		assert.NoError(t, err)
		assert.Equal(t, 503, resp.StatusCode)
		assert.Contains(t, string(text), "the gateway has ended")
	}
	assert.NoError(t, <-ended)
	assert.Equal(t, len(answers), strings.Count(log.String(), "status=503"), log.String())
}
