package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/ladder/05-http/http1"
)

// Echo keeps a body in memory: one that is too long, wrong or broken off is refused, with the
// status that says so.
func TestEcho(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { ended <- (&http1.Server{Handler: answer}).Serve(ln) }()
	defer func() { _ = ln.Close(); <-ended }()

	long := strings.Repeat("x", maxEcho)
	tests := map[string]struct{ body, answer string }{
		"a length":   {"Content-Length: 5\r\n\r\nhello", "200 hello"},
		"chunks":     {"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "200 hello"},
		"long":       {fmt.Sprintf("Content-Length: %d\r\n\r\n%s", maxEcho, long), "200 " + long},
		"too long":   {fmt.Sprintf("Content-Length: %d\r\n\r\n%sx", maxEcho+1, long), "413 413 content too large\n"},
		"bad chunks": {"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello", "400 400 the size of a chunk is not a hexadecimal number\n"},
		"broken off": {"Content-Length: 5\r\n\r\nhell", "400 400 bad request\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", ln.Addr().String())
			require.NoError(t, err)
			defer conn.Close()
			_, err = io.WriteString(conn, "POST /echo HTTP/1.1\r\nHost: x\r\n"+tt.body)
			require.NoError(t, err)
			require.NoError(t, conn.(*net.TCPConn).CloseWrite())
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			require.NoError(t, err)
			body, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			assert.Equal(t, tt.answer, fmt.Sprintf("%d %s", res.StatusCode, body))
		})
	}
}

// A client whose body does not come in time is told so.
func TestEchoOfASlowBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, conn := net.Pipe()
		ln := &single{conns: make(chan net.Conn, 1)}
		ln.conns <- conn
		ended := make(chan error, 1)
		go func() { ended <- (&http1.Server{Handler: answer}).Serve(ln) }()
		start := time.Now()
		_, err := io.WriteString(client, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhell")
		require.NoError(t, err)
		text, err := io.ReadAll(client)
		require.NoError(t, err)
		assert.Regexp(t, `(?s)^HTTP/1\.1 408 Request Timeout\r\n.*\r\n\r\n408 request timeout\n$`, string(text))
		assert.Equal(t, time.Minute, time.Since(start))
		close(ln.conns)
		require.ErrorIs(t, <-ended, net.ErrClosed)
	})
}

// single is a net.Listener of connections in memory.
type single struct {
	net.Listener
	conns chan net.Conn
}

func (s *single) Accept() (net.Conn, error) {
	if conn, ok := <-s.conns; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}
