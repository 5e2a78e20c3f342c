package gateway_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Who reads slowly, but reads, has its answer to the end: the megabytes that the system would take before they are on
// their way do not count as a client that takes nothing.
func TestAClientThatReadsSlowly(t *testing.T) {
	g, _ := start(t, `
listen: {addr: "127.0.0.1:0", idle: 1s}
admin: {addr: "127.0.0.1:0"}
upstreams: {a: {servers: [{url: $1}]}}
routes: [{path: "/*rest", to: a, timeout: 1m}]
`, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(make([]byte, 64<<10)); err != nil {
				return
			}
		}
	})
	address, end, ended := running(t, g)
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	for began := time.Now(); time.Since(began) < 4*time.Second; time.Sleep(200 * time.Millisecond) {
		_, err := io.CopyN(io.Discard, conn, 40<<10)
		require.NoError(t, err)
	}
	assert.EqualValues(t, 1, g.Pools()["a"].Servers[0].State().InFlight)
	conn.Close()
	end()
	assert.NoError(t, <-ended)
}
