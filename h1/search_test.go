package h1_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// byByte is a connection that gives one byte at a time. It spoils what it gave before of a part of
// its input, and mends that at the end of the part: who looks there again finds the end of a line.
type byByte struct {
	*wire
	in       string
	from, to int // the part
	given    [][]byte
}

func (c *byByte) Read(p []byte) (int, error) {
	n := len(c.given)
	if n == len(c.in) {
		return c.wire.Read(p)
	}
	for i := c.from; i < n-3 && n <= c.to; i++ { // the end of a head begins three bytes before its last
		c.given[i][0] = '\n'
		if n == c.to {
			c.given[i][0] = c.in[i]
		}
	}
	p[0] = c.in[n]
	c.given = append(c.given, p[:1])
	return 1, nil
}

// A client that sends a long line byte by byte costs what its bytes cost, and not their square.
func TestALongLineIsSearchedOnce(t *testing.T) {
	long := strings.Repeat("x", 1000)
	const post = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
	for name, in := range map[string]string{
		"the line of a request": "GET /" + long + " HTTP/1.1\r\nHost: a\r\n\r\n",
		"a line of its header":  "GET / HTTP/1.1\r\nHost: a\r\nA: " + long + "\r\n\r\n",
		"the size of a chunk":   post + "\r\n5;" + long + "\r\nhello\r\n0\r\n\r\n",
		"a trailer":             post + "\r\n5\r\nhello\r\n0\r\nA: " + long + "\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := strings.Index(in, long)
				c := &byByte{wire: newWire(), in: in, from: begin, to: begin + len(long)}
				srv := ours(settings{logs: io.Discard, handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
					_, err := io.Copy(w, req.Body)
					assert.NoError(t, err)
				})})
				served := make(chan error, 1)
				go func() { served <- srv.Serve(newOneListener(c)) }()
				time.Sleep(2 * time.Second)
				synctest.Wait()
				_ = srv.Close()
				<-served
				synctest.Wait()
				assert.True(t, strings.HasPrefix(string(c.out), "HTTP/1.1 200 OK\r\n"), "%q", c.out)
			})
		})
	}
}
