package gateway_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/gateway/gateway"
	"github.com/dram-go/dram/internal/freeport"
)

// redisServer is a Redis of the test's own, which it may end and start again.
type redisServer struct {
	t    *testing.T
	addr string
	cmd  *exec.Cmd
}

func newRedis(t *testing.T) *redisServer {
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skip("redis-server is not on the PATH")
	}
	r := &redisServer{t: t, addr: freeport.Addr(t)}
	r.start()
	t.Cleanup(r.kill)
	return r
}

func (r *redisServer) start() {
	_, port, _ := net.SplitHostPort(r.addr)
	r.cmd = exec.Command("redis-server", "--port", port, "--bind", "127.0.0.1", "--dir", r.t.TempDir(), "--save", "", "--appendonly", "no")
	require.NoError(r.t, r.cmd.Start())
	require.Eventually(r.t, func() bool {
		conn, err := net.Dial("tcp", r.addr)
		if err != nil {
			return false
		}
		defer conn.Close()
		fmt.Fprint(conn, "PING\r\n")
		var pong [7]byte
		n, _ := conn.Read(pong[:])
		return string(pong[:n]) == "+PONG\r\n"
	}, time.Minute, time.Millisecond)
}

func (r *redisServer) kill() {
	_ = r.cmd.Process.Kill()
	_ = r.cmd.Wait()
}

// logged is a log that may be read while it is written.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.b.String(), text)
}

// limited loads a gateway whose routes count in a Redis, with the log.
func limited(t *testing.T, redis *redisServer) (*gateway.Gateway, *logged) {
	backend := httptest.NewServer(answer("ok"))
	t.Cleanup(backend.Close)
	log := new(logged)
	file := write(t, "gateway.yaml", fmt.Sprintf(`
redis: {addr: %q, timeout: 5s}
upstreams: {books: {servers: [{url: %s}]}}
routes:
  - {path: /memory, to: books, limit: {rate: 20/h, by: "header:X-Team", store: redis}}
  - {path: /open, to: books, limit: {rate: 20/h, by: "header:X-Team", store: redis, without_store: open}}
  - {path: /closed, to: books, limit: {rate: 20/h, by: "header:X-Team", store: redis, without_store: closed}}
`, redis.addr, backend.URL))
	g, err := gateway.Load(file, gateway.Options{Log: slog.New(slog.NewTextHandler(log, nil))})
	require.NoError(t, err)
	return g, log
}

func TestTwoGatewaysHoldOneLimit(t *testing.T) {
	redis := newRedis(t)
	a, _ := limited(t, redis)
	b, _ := limited(t, redis)
	var passed, refused atomic.Int64
	var clients sync.WaitGroup
	for i := range 60 {
		clients.Go(func() {
			switch w := ask([]http.Handler{a, b}[i%2], "/closed", "X-Team", "x"); w.Code {
			case 200:
				passed.Add(1)
			case 429:
				refused.Add(1)
				assert.NotEmpty(t, w.Header().Get("Retry-After"))
			}
		})
	}
	clients.Wait()
	assert.EqualValues(t, 20, passed.Load())
	assert.EqualValues(t, 40, refused.Load())
	assert.Equal(t, 200, ask(a, "/closed", "X-Team", "y").Code, "keys are apart")
	assert.Equal(t, 200, ask(b, "/open", "X-Team", "x").Code, "and so are routes")
}

func TestWithoutRedisItIsAsTheFileSays(t *testing.T) {
	redis := newRedis(t)
	g, log := limited(t, redis)
	codes := func(path string, n int) map[int]int {
		seen := make(map[int]int)
		for range n {
			seen[ask(g, path, "X-Team", "x").Code]++
		}
		return seen
	}
	for _, path := range []string{"/memory", "/open", "/closed"} {
		assert.Equal(t, map[int]int{200: 20, 429: 1}, codes(path, 21), path)
	}
	redis.kill()
	assert.Equal(t, map[int]int{200: 20, 429: 10}, codes("/memory", 30), "it counts by itself")
	assert.Equal(t, map[int]int{200: 30}, codes("/open", 30))
	assert.Equal(t, map[int]int{503: 30}, codes("/closed", 30))
	assert.Equal(t, 1, log.count("Redis does not answer\""), "it is told of once")
	require.NoError(t, g.Use(append(g.Text(), "# changed\n"...)))
	assert.Equal(t, map[int]int{503: 3}, codes("/closed", 3))
	assert.Equal(t, 1, log.count("Redis does not answer\""), "with another file as well")

	redis.start() // without what it has counted
	assert.Eventually(t, func() bool { return ask(g, "/closed", "X-Team", "x").Code == 200 }, time.Minute, 10*time.Millisecond)
	for _, path := range []string{"/memory", "/open"} {
		seen := codes(path, 21)
		assert.Equal(t, map[int]int{200: 20, 429: 1}, seen, path)
	}
	assert.Equal(t, 1, log.count("Redis answers again"))
}

// What a client has used up stays used up when the file changes, and is new with another rate.
func TestLimitsLiveOverReloads(t *testing.T) {
	text := "upstreams: {books: {servers: [{url: $1}]}}\nroutes:\n  - {path: /a, to: books, limit: {rate: 3/h}}\n  - {path: /b, methods: GET, to: books, limit: {rate: 3/h}}\n"
	g, _ := start(t, text, answer("ok"))
	for range 3 {
		assert.Equal(t, 200, ask(g, "/a").Code)
	}
	for i := range 3 {
		require.NoError(t, g.Use(append(g.Text(), "# changed "+strconv.Itoa(i)+"\n"...)))
		assert.Equal(t, 429, ask(g, "/a").Code)
	}
	assert.Equal(t, 200, ask(g, "/b").Code)
	require.NoError(t, g.Use(bytes.Replace(g.Text(), []byte("3/h"), []byte("4/h"), 1)))
	assert.Equal(t, 200, ask(g, "/a").Code)
}

func TestLimitsCountByUser(t *testing.T) {
	keys := write(t, "keys", keyLine("ann", "k1", "")+keyLine("ann", "k2", "")+keyLine("bob", "k3", ""))
	g, _ := start(t, `
auth: {key: {keys: {file: `+keys+`}}}
upstreams: {books: {servers: [{url: $1}]}}
routes: [{path: /, to: books, auth: {by: key}, limit: {rate: 2/h, by: user}}]
`, answer("ok"))
	assert.Equal(t, 200, ask(g, "/", "X-Api-Key", "k1").Code)
	assert.Equal(t, 200, ask(g, "/", "X-Api-Key", "k2").Code)
	assert.Equal(t, 429, ask(g, "/", "X-Api-Key", "k1").Code, "one user, two keys")
	assert.Equal(t, 200, ask(g, "/", "X-Api-Key", "k3").Code)
	assert.Equal(t, 401, ask(g, "/").Code)
}
