//go:build unix

package h1_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/h1"
)

// This file restarts a server as a new process, which gets the listening socket of the old one.

const servesMark = "H1_TEST_SERVES"

// TestRestartServes is the process: it serves the socket that it has inherited until its
// standard input ends, and then drains.
func TestRestartServes(t *testing.T) {
	if os.Getenv(servesMark) == "" {
		t.Skip("is started by the other tests of this file")
	}
	listener, err := net.FileListener(os.NewFile(3, "listener"))
	require.NoError(t, err)
	srv := &h1.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		wait, _ := time.ParseDuration(r.URL.RawQuery)
		time.Sleep(max(wait, time.Millisecond))
		fmt.Fprint(w, os.Getpid())
	})}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(listener) }()
	fmt.Println("serving")
	_, _ = io.Copy(io.Discard, os.Stdin)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	require.NoError(t, srv.Shutdown(ctx))
	require.ErrorIs(t, <-served, http.ErrServerClosed)
}

// process is one that serves.
type process struct {
	*exec.Cmd
	stdin io.Closer
}

func (p process) id() string { return strconv.Itoa(p.Process.Pid) }

// serving starts a process, and returns when it accepts connections.
func serving(t *testing.T, listener *net.TCPListener) process {
	t.Helper()
	file, err := listener.File()
	require.NoError(t, err)
	defer file.Close()
	cmd := selfTest(t, "TestRestartServes")
	cmd.Env, cmd.ExtraFiles = append(os.Environ(), servesMark+"=1"), []*os.File{file}
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	lines := bufio.NewScanner(stdout)
	for lines.Scan() && !strings.HasSuffix(lines.Text(), "serving") {
	}
	return process{cmd, stdin}
}

// drained ends a process as an operator does, and waits for it.
func (p process) drained(t *testing.T) {
	t.Helper()
	require.NoError(t, p.stdin.Close())
	require.NoError(t, p.Wait(), "it has not drained")
}

// TestRestartLosesNoRequest: each of three processes takes the socket over from the one before,
// which drains, while clients send one request after the other.
func TestRestartLosesNoRequest(t *testing.T) {
	listener := listening(t)
	old := serving(t, listener)
	var stop atomic.Bool
	var answers sync.Map // of each process
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			client := http.Client{Transport: &http.Transport{}, Timeout: 30 * time.Second}
			defer client.CloseIdleConnections()
			for !stop.Load() {
				res, err := client.Get("http://" + listener.Addr().String())
				if !assert.NoError(t, err) {
					return
				}
				id, err := io.ReadAll(res.Body)
				res.Body.Close()
				if !assert.NoError(t, err) {
					return
				}
				n, _ := answers.LoadOrStore(string(id), new(atomic.Int64))
				n.(*atomic.Int64).Add(1)
			}
		})
	}
	hasAnswered := func(p process) {
		assert.Eventually(t, func() bool {
			n, ok := answers.Load(p.id())
			return ok && n.(*atomic.Int64).Load() > 50
		}, 30*time.Second, time.Millisecond)
	}
	hasAnswered(old)
	for range 3 {
		next := serving(t, listener)
		old.drained(t)
		hasAnswered(next)
		old = next
	}
	stop.Store(true)
	clients.Wait()
	old.drained(t)
	total := int64(0)
	answers.Range(func(_, n any) bool { total += n.(*atomic.Int64).Load(); return true })
	t.Logf("%d requests, none lost", total)
}

// TestKilledLeavesTheOther: of two processes with one socket one is killed; the other one answers
// what it has begun, and all that comes.
func TestKilledLeavesTheOther(t *testing.T) {
	listener := listening(t)
	victim, other := serving(t, listener), serving(t, listener)
	to := func(p process) *net.TCPConn { // a connection that it has accepted
		for {
			c := dialed(t, listener.Addr().String())
			if askedOver(t, c, "") == p.id() {
				return c
			}
		}
	}
	atVictim, atOther := to(victim), to(other)
	answer := make(chan string, 1)
	_, err := io.WriteString(atVictim, "GET /?10s HTTP/1.1\r\nHost: a\r\n\r\n")
	require.NoError(t, err)
	go func() { answer <- askedOver(t, atOther, "300ms") }()
	require.NoError(t, victim.Process.Kill())
	_ = victim.Wait()

	_, err = io.ReadAll(atVictim)
	t.Logf("the client of the killed one has got: %v", err)
	assert.Equal(t, other.id(), <-answer, "what was in flight")
	assert.Equal(t, other.id(), askedOver(t, atOther, ""), "its connection")
	for range 100 {
		c := dialed(t, listener.Addr().String())
		assert.Equal(t, other.id(), askedOver(t, c, ""), "a new connection")
		c.Close()
	}
	other.drained(t)
}

// askedOver is the answer to a request whose handler takes its time.
func askedOver(t *testing.T, c net.Conn, wait string) string {
	if _, err := fmt.Fprintf(c, "GET /?%s HTTP/1.1\r\nHost: a\r\n\r\n", wait); !assert.NoError(t, err) {
		return ""
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if !assert.NoError(t, err) {
		return ""
	}
	body, err := io.ReadAll(res.Body)
	assert.NoError(t, err)
	return string(body)
}
