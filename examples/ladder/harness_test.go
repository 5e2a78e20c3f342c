package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const patience = 60 * time.Second // only a failing test waits as long

// programs are the rungs, compiled once for all tests.
type programs struct {
	dir   string
	rungs []rung
}

var compile = sync.OnceValues(func() (p programs, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*patience)
	defer cancel()
	if p.rungs, err = findRungs(ctx); err != nil {
		return p, err
	}
	if p.dir, err = os.MkdirTemp("", "ladder-test"); err != nil {
		return p, err
	}
	return p, build(ctx, p.rungs, p.dir, raceFlag()...)
})

// raceFlag has the rungs watched by the race detector if this test is.
func raceFlag() []string {
	info, ok := debug.ReadBuildInfo()
	if ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		return []string{"-race"}
	}
	return nil
}

func TestMain(m *testing.M) {
	status := m.Run()
	if p, _ := compile(); p.dir != "" {
		_ = os.RemoveAll(p.dir) // at worst a folder is left
	}
	os.Exit(status)
}

// fact is what holds for one rung with one of its models.
type fact struct {
	rung
	model string

	// The columns of the ladder's table:
	oneAtATime bool // a second client waits for the first
	http       bool // keep-alive, chunked bodies, percent-decoding
}

func facts(t *testing.T) (facts []fact) {
	p, err := compile()
	require.NoError(t, err)
	for _, rung := range p.rungs {
		for _, model := range rung.models() {
			facts = append(facts, fact{
				rung: rung, model: model,
				oneAtATime: rung.name() < "02",
				http:       rung.name() >= "05",
			})
		}
	}
	return facts
}

// each runs the test with every rung and model.
func each(t *testing.T, test func(*testing.T, fact)) {
	for _, fact := range facts(t) {
		t.Run(fact.title(fact.model), func(t *testing.T) {
			t.Parallel()
			test(t, fact)
		})
	}
}

// eachHandmade runs the test with the rungs that read their sockets themselves.
func eachHandmade(t *testing.T, test func(*testing.T, fact)) {
	each(t, func(t *testing.T, f fact) {
		if !f.handmade() {
			t.Skip("its sockets are net's")
		}
		test(t, f)
	})
}

// serve starts the rung, and stops it with the test: it must not have crashed.
func (f fact) serve(t *testing.T, args ...string) *server {
	t.Helper()
	said := &words{}
	server, err := f.start(t, said, args...)
	require.NoError(t, err)
	t.Cleanup(func() {
		assert.NoError(t, server.stop())
		assert.NotContains(t, said.String(), "panic")
		assert.NotContains(t, said.String(), "DATA RACE")
	})
	return server
}

// start starts the rung and leaves the rest to the test.
func (f fact) start(t *testing.T, said io.Writer, args ...string) (*server, error) {
	t.Helper()
	p, err := compile()
	require.NoError(t, err)
	if f.model != "" {
		args = append([]string{f.model}, args...)
	}
	return start(context.Background(), said, filepath.Join(p.dir, f.name()), args...)
}

// words is a Builder that may be read while a program writes to it.
type words struct {
	sync.Mutex
	text strings.Builder
}

func (w *words) Write(p []byte) (int, error) {
	w.Lock()
	defer w.Unlock()
	return w.text.Write(p)
}

func (w *words) String() string {
	w.Lock()
	defer w.Unlock()
	return w.text.String()
}

// dial opens a connection that the test closes in the end.
func (s *server) dial(t *testing.T) *net.TCPConn {
	t.Helper()
	conn, err := net.DialTimeout("tcp", s.addr, patience)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() }) // some are closed already
	require.NoError(t, conn.SetDeadline(time.Now().Add(patience)))
	return conn.(*net.TCPConn)
}

// say sends a text on a new connection.
func (s *server) say(t *testing.T, text string) *net.TCPConn {
	t.Helper()
	conn := s.dial(t)
	_, err := io.WriteString(conn, text)
	require.NoError(t, err)
	return conn
}

// rest is what the server sends until it closes the connection, by FIN or by RST.
func rest(t *testing.T, conn net.Conn) string {
	t.Helper()
	text, err := io.ReadAll(conn)
	if err != nil {
		require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "the server does not close the connection; it sent %q", text)
	}
	return string(text)
}

// stillServes asserts that a friendly client gets its answer.
func (s *server) stillServes(t *testing.T) {
	t.Helper()
	client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get("http://" + s.addr + "/")
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.Equal(t, "dram\n", string(body))
}

func get(path string) string {
	return "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
}
