package gateway_test

import (
	"bufio"
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

	"github.com/dram-go/dram/examples/gateway/gateway"
	"github.com/dram-go/dram/examples/gateway/upstream"
)

// Files come one after the other while a stream of the first lasts: what the second had taken over from it, and
// the third has not, stays until the stream ends.
func TestAStreamOutlivesTwoFiles(t *testing.T) {
	next := make(chan string)
	addr := serveGRPC(t, compileProto(t, booksProto), map[string]func(*grpcCall) error{"Watch": func(c *grpcCall) error {
		for text := range next {
			if err := c.Send(text); err != nil {
				return err
			}
		}
		return nil
	}})
	g, err := transcoding(t, rpc, addr)
	require.NoError(t, err)
	defer g.Close()
	server := httptest.NewServer(g)
	defer server.Close()
	go func() { next <- `{"title":"1"}` }()
	resp, err := server.Client().Get(server.URL + "/api/v1/watch/a")
	require.NoError(t, err)
	defer resp.Body.Close()
	in := bufio.NewReader(resp.Body)
	line, err := in.ReadString('\n')
	require.NoError(t, err, line)
	text := strings.Replace(string(g.Text()), "timeout: 5s", "timeout: 6s", 1)
	require.NoError(t, g.Use([]byte(text)))
	require.NoError(t, g.Use([]byte(strings.Replace(text, "metadata:", "slow_start: 1s, metadata:", 1))))
	require.Eventually(t, func() bool { return g.Alive() == 2 }, 5*time.Second, time.Millisecond, "the second one has ended")
	next <- `{"title":"2"}`
	close(next)
	rest, err := io.ReadAll(in)
	require.NoError(t, err)
	assert.Contains(t, string(rest), `"title":"2"`)
	require.Eventually(t, func() bool { return g.Alive() == 1 }, 5*time.Second, time.Millisecond)
}

func TestAFileDoesNotWaitForTheCollectorOfTheOneBefore(t *testing.T) {
	asked, release := make(chan bool, 1), make(chan struct{})
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // net/http sees that the client leaves when it has read all
		asked <- true
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}))
	defer collector.Close()
	defer close(release)
	g, _ := start(t, `
trace: {endpoint: "`+collector.URL+`", sample: 100%}
upstreams: {books: {servers: [{url: $1}]}}
routes: [{path: /, to: books}]
`, func(http.ResponseWriter, *http.Request) {})
	assert.Equal(t, 200, ask(g, "/").Code)
	text := strings.Replace(string(g.Text()), "sample: 100%", "sample: 0%", 1)
	require.NoError(t, g.Use([]byte(text)))
	<-asked
	require.False(t, g.IsLeaving(), "the next file would wait")
	require.NoError(t, g.Use([]byte(text+"# another\n")))
}

// paused is a log that stops who makes another of it, once.
type paused struct {
	slog.Handler
	once     *sync.Once
	at, goOn chan bool
}

func (p paused) WithAttrs([]slog.Attr) slog.Handler {
	p.once.Do(func() { p.at <- true; <-p.goOn })
	return p
}

// An operator drains a server while a new file is being prepared.
func TestADrainWhileAFileIsPreparedHolds(t *testing.T) {
	text := strings.NewReplacer("$1", "'http://127.0.0.1:1'", "$2", "'http://127.0.0.1:2'").Replace(watched)
	log := paused{slog.DiscardHandler, new(sync.Once), make(chan bool), make(chan bool)}
	log.once.Do(func() {}) // not of the first file
	g, err := gateway.New("gateway.yaml", []byte(text), gateway.Options{Log: slog.New(log)})
	require.NoError(t, err)
	defer g.Close()
	*log.once = sync.Once{}
	used := make(chan error)
	go func() { used <- g.Use([]byte(strings.Replace(text, "{servers:", "{slow_start: 1s, servers:", 1))) }()
	<-log.at
	server := func() *upstream.Server { return g.Pools()["books"].Servers[0] }
	before := server()
	before.Drain(true)
	log.goOn <- true
	require.NoError(t, <-used)
	assert.NotSame(t, before, server())
	assert.Equal(t, upstream.Drained, server().State().Health)
}

// A file that is refused for what it lacks is used when that is there.
func TestAFileThatLackedSomethingIsTriedAgain(t *testing.T) {
	g, file := start(t, one, answer("ok"))
	g.Watch(t.Context())
	refused := func() bool {
		return strings.Contains(get(g.Metrics(), "/metrics").Body.String(), "gateway_reloads_total{result=\"refused\"} 1\n")
	}
	text := strings.Replace(string(g.Text()), "to: books", "to: books, risk: r", 1) + "risk: {lists: {bad: later.txt}, rules: {r: {score: 90, when: address in lists.bad}}}\n"
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	require.Eventually(t, refused, 10*time.Second, 10*time.Millisecond)
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(file), "later.txt"), []byte("192.0.2.1"), 0o600))
	assert.Eventually(t, func() bool { return string(g.Text()) == text }, 10*time.Second, 10*time.Millisecond)
	assert.True(t, refused(), "it was not tried in between")
}

// So is one that does not come from a file, as that of a fleet.
func TestATextThatLackedSomethingIsTriedAgain(t *testing.T) {
	t.Chdir(t.TempDir())
	text := strings.Replace(one, "$1", "'http://127.0.0.1:1'", 1)
	g, err := gateway.New("gateway.yaml", []byte(text), gateway.Options{Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	g.Watch(t.Context())
	text = strings.Replace(text, "to: books", "to: books, request: {set: {X-A: file:later}}", 1)
	require.Error(t, g.Use([]byte(text)))
	require.NoError(t, os.WriteFile("later", []byte("a"), 0o600))
	assert.Eventually(t, func() bool { return string(g.Text()) == text }, 10*time.Second, 10*time.Millisecond)
}

// The log tells nothing of what a file would do that is refused.
func TestARampOfARefusedFileDoesNotRise(t *testing.T) {
	g, _, log := recorded(t, strings.NewReplacer("$1", "'http://127.0.0.1:1'", "$2", "'http://127.0.0.1:2'").Replace(watched))
	text := strings.Replace(string(g.Text()), "risk: odd}]", `split: {shares: {v1: 1, v2: 0}, ramp: {version: v2, steps: [5%]}}}, {path: /b, to: books, openapi: gateway.yaml}]`, 1)
	require.Error(t, g.Use([]byte(text)))
	assert.NotContains(t, log.String(), "ramp")
}
