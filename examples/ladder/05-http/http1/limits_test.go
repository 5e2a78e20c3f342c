package http1_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/ladder/05-http/http1"
)

// This file is what a client may cost: connections and time.

func TestMaxConns(t *testing.T) {
	addr := serve(t, &http1.Server{Handler: paths, MaxConns: 1})
	first := dial(t, addr)
	_, _ = io.WriteString(first, "GET /short HTTP/1.1\r\nHost: x\r\n\r\n")
	_, err := http.ReadResponse(bufio.NewReader(first), nil)
	require.NoError(t, err)
	res, err := http.ReadResponse(bufio.NewReader(dial(t, addr)), nil)
	require.NoError(t, err)
	assert.Equal(t, 503, res.StatusCode)

	_ = first.Close()
	require.Eventually(t, func() bool { // the place is free again
		answer, _ := io.ReadAll(say(t, addr, "GET /short HTTP/1.0\r\n\r\n"))
		return strings.HasSuffix(string(answer), "short")
	}, 10*time.Second, time.Millisecond)
}

// A client that says nothing, or slowly, costs a connection for a known time only.
func TestTimeouts(t *testing.T) {
	tests := map[string]struct {
		text   string
		status int // 0: the connection is closed without an answer
		after  time.Duration
		isSlow bool // a byte more comes every seven seconds
	}{
		"nothing":               {"", 0, 60 * time.Second, false},
		"half a header":         {"GET / HTTP/1.1\r\nHost", 408, 10 * time.Second, false},
		"half a body":           {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel", 400, time.Minute, false},
		"a slow body":           {"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nhel", 400, time.Minute, true},
		"an unread expectation": {"POST /short HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n", 200, 0, false},
		"an unread body":        {"POST /short HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel", 200, 500 * time.Millisecond, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ln := &pipe{conns: make(chan net.Conn)}
				done := make(chan error, 1)
				go func() { done <- (&http1.Server{Handler: paths}).Serve(ln) }()
				client, server := net.Pipe()
				ln.conns <- nil // it runs out of file descriptors, and goes on
				ln.conns <- server
				start := time.Now()
				if tt.text != "" {
					_, _ = io.WriteString(client, tt.text)
				}
				var more sync.WaitGroup
				defer more.Wait()
				if tt.isSlow {
					more.Go(func() {
						for err := error(nil); err == nil; _, err = io.WriteString(client, "x") {
							time.Sleep(7 * time.Second)
						}
					})
				}
				answer, err := io.ReadAll(client)
				require.NoError(t, err)
				status := 0
				if len(answer) > 0 {
					res, err := http.ReadResponse(bufio.NewReader(strings.NewReader(string(answer))), nil)
					require.NoError(t, err)
					status = res.StatusCode
					assert.True(t, res.Close)
				}
				assert.Equal(t, tt.status, status)
				assert.Equal(t, tt.after, time.Since(start))
				close(ln.conns)
				<-done
			})
		})
	}
}

// pipe is a net.Listener of connections in memory; nil is one too many.
type pipe struct{ conns chan net.Conn }

func (p *pipe) Accept() (net.Conn, error) {
	conn, ok := <-p.conns
	switch {
	case !ok:
		return nil, net.ErrClosed
	case conn == nil:
		return nil, os.NewSyscallError("accept", syscall.EMFILE)
	}
	return conn, nil
}

func (p *pipe) Close() error   { return errors.ErrUnsupported }
func (p *pipe) Addr() net.Addr { return nil }

// When its listener is closed, Serve leaves nothing behind: neither idle connections nor
// handlers that wait; and the answer of one that then returns has no end.
func TestServeEnds(t *testing.T) {
	for range 50 { // the handler and the close of its connection are in a race
		serveEnds(t)
	}
}

func serveEnds(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	began, ended := make(chan bool), make(chan error, 1)
	server := &http1.Server{Handler: func(w *http1.Response, r *http1.Request) {
		_, _ = io.WriteString(w, "half")
		assert.NoError(t, w.Flush())
		began <- true
		<-r.Context().Done()
	}}
	go func() { ended <- server.Serve(ln) }()
	idle, busy := dial(t, ln.Addr().String()), dial(t, ln.Addr().String())
	_, _ = io.WriteString(busy, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	<-began
	require.NoError(t, ln.Close())
	require.ErrorIs(t, <-ended, net.ErrClosed)
	for _, conn := range []net.Conn{idle, busy} {
		text, err := io.ReadAll(conn)
		assert.NotErrorIs(t, err, os.ErrDeadlineExceeded, "the connection is still there")
		assert.NotContains(t, string(text), "\r\n0\r\n", "half an answer looks whole")
	}
}
