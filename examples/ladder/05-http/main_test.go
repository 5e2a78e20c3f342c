package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/ladder/05-http/http1"
)

// Echo keeps a body in memory: one that is too long or wrong is refused, and one that breaks
// off is not answered as if it were whole.
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
		"broken off": {"Content-Length: 5\r\n\r\nhell", "unexpected EOF"},
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
			if err != nil {
				assert.Equal(t, tt.answer, err.Error())
				return
			}
			body, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			assert.Equal(t, tt.answer, fmt.Sprintf("%d %s", res.StatusCode, body))
		})
	}
}
