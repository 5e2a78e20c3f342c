//go:build unix

package h1_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/dram-go/dram/h1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// This file is what needs to know, or to set, how many files a process may have.

// TestAttackIdle keeps many connections idle, and each is answered after that.
func TestAttackIdle(t *testing.T) {
	n := 10000
	if s := os.Getenv("H1_IDLE"); s != "" {
		var err error
		n, err = strconv.Atoi(s)
		require.NoError(t, err)
	}
	var files syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files))
	n = min(n, int(files.Cur-200)/2) // both ends are in this process
	if testing.Short() {
		n = min(n, 1000)
	}
	addr, _ := started(t, ours, hello)
	idle := make([]*net.TCPConn, n)
	for i := range idle {
		idle[i] = dialed(t, addr)
	}
	for round := range 2 {
		for i, c := range idle {
			_, err := fmt.Fprintf(c, "GET /?%d HTTP/1.1\r\nHost: a\r\n\r\n", i)
			require.NoError(t, err)
		}
		for i, c := range idle {
			res, err := http.ReadResponse(bufio.NewReader(c), nil)
			require.NoError(t, err, "connection %d in round %d", i, round)
			body, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			require.Equal(t, "hello "+strconv.Itoa(i), string(body))
		}
	}
	t.Logf("%d idle connections", n)
}

// TestAttackEMFILE: when there is not a file left, the server waits for one
// instead of ending. It runs in a process of its own, with few files.
func TestAttackEMFILE(t *testing.T) {
	const mark = "H1_TEST_FEW_FILES"
	if os.Getenv(mark) == "" {
		cmd := selfTest(t, "TestAttackEMFILE")
		cmd.Env = append(os.Environ(), mark+"=1")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		require.Contains(t, string(out), "--- PASS: TestAttackEMFILE")
		return
	}
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 40, Max: 40}))
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var mu sync.Mutex
	var logs bytes.Buffer
	srv := &h1.Server{Handler: hello, ErrorLog: log.New(writerFunc(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return logs.Write(p)
	}), "", 0)}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ln) }()

	var held []net.Conn
	for {
		c, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			break // this side has no file left
		}
		held = append(held, c)
	}
	assert.Eventually(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return strings.Contains(logs.String(), "too many open files")
	}, 10*time.Second, 10*time.Millisecond, "accept has not failed")
	select {
	case err := <-served:
		t.Fatalf("the server has ended: %v", err)
	default:
	}
	for _, c := range held {
		c.Close()
	}
	assert.Eventually(t, func() bool {
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 5 * time.Second}
		res, err := client.Get("http://" + ln.Addr().String())
		if err != nil {
			return false
		}
		res.Body.Close()
		return res.StatusCode == 200
	}, 20*time.Second, 50*time.Millisecond, "the server does not accept again")
	require.NoError(t, srv.Close())
}
