package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/ladder/09-framework/framework"
)

// half sends a part of an answer.
func half(c *framework.Context) {
	c.String(http.StatusOK, "half")
	_ = http.NewResponseController(c.Writer).Flush()
}

// bodiless sends all of an answer, and fails then.
func bodiless(status int) framework.HandlerFunc {
	return func(c *framework.Context) {
		c.Writer.WriteHeader(status)
		_ = http.NewResponseController(c.Writer).Flush()
		panic("on purpose")
	}
}

// long is more than net/http holds back for the sake of a Content-Length, and less than it sends at once.
var long = strings.Repeat("x", 3000)

var ends = map[string]struct {
	handler framework.HandlerFunc
	isCut   bool // over HTTP/1.0 and over HTTP/1.1
}{
	"panic":      {func(c *framework.Context) { half(c); panic("on purpose") }, true},
	"abort":      {func(c *framework.Context) { half(c); panic(http.ErrAbortHandler) }, true},
	"long":       {func(c *framework.Context) { c.String(200, long); panic("on purpose") }, true},
	"render":     {func(c *framework.Context) { half(c); c.JSON(200, make(chan int)) }, true},
	"error":      {func(c *framework.Context) { half(c); c.Error(errors.New("on purpose")) }, true},
	"short":      {func(c *framework.Context) { c.String(200, "short") }, false},
	"whole":      {half, false},
	"long-whole": {func(c *framework.Context) { c.String(200, long) }, false},
	"refused":    {func(c *framework.Context) { c.String(409, "no"); c.Error(errors.New("on purpose")) }, false},
	"before":     {func(*framework.Context) { panic("on purpose") }, false},
	"204":        {bodiless(204), false},
	"304":        {bodiless(304), false},
}

// serveTCP runs the rung's server.
func serveTCP(t *testing.T, handler http.Handler) (addr string) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := newServer(handler)
	go func() { _ = server.Serve(ln) }() // until Close
	t.Cleanup(func() { _ = server.Close() })
	return ln.Addr().String()
}

func ask(t *testing.T, addr, request string) (string, error) {
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetDeadline(time.Now().Add(time.Minute)))
	_, err = io.WriteString(conn, request)
	require.NoError(t, err)
	text, err := io.ReadAll(conn)
	return string(text), err
}

// Over HTTP/1.0 the end of the connection is that of a body without a length: half an answer ends by
// a reset, and nothing else does.
func TestHalfAnAnswerOverHTTP10IsReset(t *testing.T) {
	log.SetOutput(io.Discard)
	defer log.SetOutput(os.Stderr)
	r := framework.New()
	r.Use(framework.Recovery(), jsonErrors)
	for name, end := range ends {
		r.GET("/"+name, end.handler)
	}
	addr := serveTCP(t, r)
	for name, end := range ends {
		_, err := ask(t, addr, fmt.Sprintf("GET /%s HTTP/1.0\r\n\r\n", name))
		if end.isCut {
			assert.ErrorIs(t, err, syscall.ECONNRESET, name)
		} else {
			assert.NoError(t, err, name)
		}
		_, err = ask(t, addr, fmt.Sprintf("HEAD /%s HTTP/1.0\r\n\r\n", name))
		assert.NoError(t, err, "HEAD %s: nothing is missing", name)
		text, err := ask(t, addr, fmt.Sprintf("GET /%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", name))
		assert.NoError(t, err, name)
		if end.isCut {
			assert.Contains(t, text, "\r\nTransfer-Encoding: chunked\r\n", name)
			assert.NotContains(t, text, "\r\n0\r\n", name)
		}
	}
	text, err := ask(t, addr, "GET /short HTTP/1.0\r\n\r\n")
	require.NoError(t, err)
	assert.Contains(t, text, "Content-Length: 5\r\n", "a short answer has its length still")
}

// A client that does not read does not hold its connection for ever.
func TestAClientThatDoesNotReadIsLetGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, conn := net.Pipe() // which holds nothing
		defer client.Close()
		ln := &single{make(chan net.Conn, 1)}
		ln.conns <- conn
		closed := make(chan time.Time, 1)
		server := newServer(newEngine(framework.Recovery()))
		server.ErrorLog = log.New(io.Discard, "", 0)
		server.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateClosed {
				closed <- time.Now()
			}
		}
		ended := make(chan error, 1)
		go func() { ended <- server.Serve(ln) }()
		start := time.Now()
		_, err := io.WriteString(client, "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
		require.NoError(t, err)
		assert.Equal(t, 90*time.Second, (<-closed).Sub(start))
		require.NoError(t, server.Close())
		require.ErrorIs(t, <-ended, http.ErrServerClosed)
	})
}

// single is a net.Listener of connections in memory.
type single struct{ conns chan net.Conn }

func (s *single) Accept() (net.Conn, error) {
	if conn, ok := <-s.conns; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (s *single) Close() error   { close(s.conns); return nil }
func (s *single) Addr() net.Addr { return &net.TCPAddr{} }
