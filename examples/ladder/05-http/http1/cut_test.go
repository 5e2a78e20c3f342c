package http1_test

import (
	"io"
	"net"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/ladder/05-http/http1"
)

// Where only the end of the connection says where the body ends, half an answer ends by a reset;
// elsewhere a client sees by itself what is missing, and where nothing is, a reset would lie.
func TestHalfAnAnswerIsResetWhereItWouldLookWhole(t *testing.T) {
	half := func(w *http1.Response, r *http1.Request) {
		status, _ := strconv.Atoi(r.URL.Path[1:])
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "half")
		_ = w.Flush()
		if r.URL.RawQuery == "whole" {
			return
		}
		panic(http1.ErrAbort)
	}
	tests := map[string]struct {
		request string
		isReset bool
	}{
		"GET":             {"GET /200 HTTP/1.0\r\n", true},
		"keep-alive":      {"GET /200 HTTP/1.0\r\nConnection: keep-alive\r\n", true},
		"whole":           {"GET /200?whole HTTP/1.0\r\n", false},
		"HEAD":            {"HEAD /200 HTTP/1.0\r\n", false},
		"204":             {"GET /204 HTTP/1.0\r\n", false},
		"304":             {"GET /304 HTTP/1.0\r\n", false},
		"chunks":          {"GET /200 HTTP/1.1\r\nHost: x\r\n", false},
		"HEAD, HTTP/1.1":  {"HEAD /200 HTTP/1.1\r\nHost: x\r\n", false},
		"204 of HTTP/1.1": {"GET /204 HTTP/1.1\r\nHost: x\r\n", false},
		"304 of HTTP/1.1": {"GET /304 HTTP/1.1\r\nHost: x\r\n", false},
	}
	addr := serve(t, &http1.Server{Handler: half})
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			text, err := io.ReadAll(say(t, addr, tt.request+"\r\n"))
			if tt.isReset {
				assert.ErrorIs(t, err, syscall.ECONNRESET)
				return
			}
			require.NoError(t, err)
			assert.True(t, strings.HasPrefix(string(text), "HTTP/1.1 "), "%q", text)
		})
	}
}

// Serve closes the connections first, so that the handlers find them closed.
func TestServeEndsAnAnswerOfHTTP10ByAReset(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ended := make(chan error, 1)
	server := &http1.Server{Handler: func(w *http1.Response, r *http1.Request) {
		_, _ = io.WriteString(w, "half")
		_ = w.Flush()
		<-r.Context().Done()
	}}
	go func() { ended <- server.Serve(ln) }()
	conn := say(t, ln.Addr().String(), "GET / HTTP/1.0\r\n\r\n")
	_, err = io.ReadFull(conn, make([]byte, 1))
	require.NoError(t, err)
	require.NoError(t, ln.Close())
	require.ErrorIs(t, <-ended, net.ErrClosed)
	_, err = io.ReadAll(conn)
	assert.ErrorIs(t, err, syscall.ECONNRESET)
}
