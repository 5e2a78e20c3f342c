package gateway_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Whoever stands in front may have ended such a request elsewhere: it is refused, and what follows on its connection is
// not read.
func TestARequestWithTwoFramingsIsRefused(t *testing.T) {
	var seen atomic.Int64
	g, _ := start(t, one+"listen: {addr: '127.0.0.1:0'}\nadmin: {addr: '127.0.0.1:0'}\n", func(w http.ResponseWriter, r *http.Request) {
		seen.Add(1)
		_, _ = io.Copy(w, r.Body)
	})
	address, end, ended := running(t, g)
	const chunks = "5\r\nhello\r\n0\r\n\r\n"
	for name, request := range map[string]string{
		"a length and chunks":         "HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks,
		"chunks and a length":         "HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n" + chunks,
		"a length of 0 and chunks":    "HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks,
		"two lengths":                 "HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
		"the same length twice":       "HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
		"a list of lengths":           "HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nhello",
		"a length with a sign":        "HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello",
		"chunks in HTTP/1.0":          "HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks,
		"another coding than chunked": "HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n" + chunks,
		"what looks like chunked":     "HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \vchunked\r\n\r\n" + chunks,
		"chunked twice":               "HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks,
		"a blank before the colon":    "HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n\r\nhello",
		"a folded line":               "HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n" + chunks,
		"two hosts":                   "HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 5\r\n\r\nhello",
	} {
		conn, err := net.Dial("tcp", address)
		require.NoError(t, err)
		require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
		fmt.Fprint(conn, "POST /books/1 ", request, "GET /books/smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
		answer, err := io.ReadAll(conn)
		assert.NoError(t, err, name)
		assert.Regexp(t, `^HTTP/1\.[01] (400|501) `, string(answer), name)
		assert.Equal(t, 1, strings.Count(string(answer), "\r\n\r\n"), "%s: %q", name, answer)
		conn.Close()
	}
	assert.Zero(t, seen.Load(), "of what was refused the service has seen something")
	end()
	assert.NoError(t, <-ended)
}
