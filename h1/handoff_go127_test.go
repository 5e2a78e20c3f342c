//go:build go1.27

package h1_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/h1"
)

// HTTP/2 was not limited by MaxHeaderValueCount.
func TestMaxHeaderValueCountOfHTTP2(t *testing.T) {
	for most, statuses := range map[int]map[int]int{
		0:   {400: 200, 600: 431}, // the lines of a header, and the answer
		50:  {40: 200, 100: 431},
		700: {600: 200, 800: 431},
	} {
		config, client := certified(t)
		addr := servedTLS(t, &h1.Server{Handler: protoOf, TLSConfig: config, MaxHeaderValueCount: most, ErrorLog: log.New(io.Discard, "", 0)})
		for _, http2 := range []bool{false, true} {
			transport := &http.Transport{TLSClientConfig: client.Clone(), ForceAttemptHTTP2: http2}
			defer transport.CloseIdleConnections()
			for lines, status := range statuses {
				req, err := http.NewRequest(http.MethodGet, "https://"+addr, nil)
				require.NoError(t, err)
				for n := range lines {
					req.Header.Set(fmt.Sprintf("X-%d", n), "y")
				}
				res, err := (&http.Client{Transport: transport}).Do(req)
				require.NoError(t, err)
				_ = res.Body.Close()
				assert.Equal(t, status, res.StatusCode, "at most %d, HTTP/2 %t, %d lines", most, http2, lines)
			}
		}
	}
}
