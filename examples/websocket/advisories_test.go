package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// gorilla/websocket, GO-2020-0019 (CVE-2020-27813): the length of a frame overflowed, and the
// server read for ever. Here the connection ends.
func TestGO_2020_0019_FramesOfImpossibleLengths(t *testing.T) {
	server := httptest.NewServer(newEngine())
	defer server.Close()
	for name, length := range map[string]string{
		"the largest number": "\x7f\xff\xff\xff\xff\xff\xff\xff", "a negative one": "\xff\xff\xff\xff\xff\xff\xff\xff", "the smallest one": "\x80\x00\x00\x00\x00\x00\x00\x00",
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", server.Listener.Addr().String())
			require.NoError(t, err)
			defer conn.Close()
			_, _ = io.WriteString(conn, "GET /echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MTIzNDU2Nzg5MDEyMzQ1Ng==\r\n\r\n")
			reader := bufio.NewReader(conn)
			res, err := http.ReadResponse(reader, nil)
			require.NoError(t, err)
			require.Equal(t, http.StatusSwitchingProtocols, res.StatusCode)
			_, _ = io.WriteString(conn, "\x81\xff"+length+"mask"+string(make([]byte, 64<<10)))
			_ = conn.(*net.TCPConn).CloseWrite()
			answer, _ := io.ReadAll(reader) // until the server closes
			assert.LessOrEqual(t, len(answer), 127, "nothing but that it closes")
		})
	}
}
