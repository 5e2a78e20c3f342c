// What becomes of the rest of a body that Cache has begun to read.

package middleware_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// net/http ends a connection behind a body that was closed before its end, if it finds its own body in the
// request. A layer that replaced it there had the rest of the body read as the next request.
func TestCacheMakesNoRequestOfTheRestOfAQuery(t *testing.T) {
	const inside = "GET /inside HTTP/1.1\r\nHost: a\r\n\r\n"
	for name, body := range map[string]string{
		"too long":  fmt.Sprintf("%x\r\n%s%s", 1<<20, strings.Repeat("a", 10+1+256<<10), strings.Repeat(inside, 1000)),
		"malformed": "x\r\n" + inside,
	} {
		t.Run(name, func(t *testing.T) {
			r := dram.New()
			r.Use(middleware.Cache(middleware.CacheConfig{MaxQuery: 10}))
			r.Handle(dram.MethodQuery, "/", func(c *dram.Context) { _ = c.Request.Body.Close() })
			r.GET("/inside", func(*dram.Context) { t.Error("a part of the body was taken for a request") })
			server := httptest.NewServer(r)
			defer server.Close()
			conn, err := net.Dial("tcp", server.Listener.Addr().String())
			require.NoError(t, err)
			defer conn.Close()
			require.NoError(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
			go io.WriteString(conn, "QUERY / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"+body)
			in := bufio.NewReader(conn)
			_, err = http.ReadResponse(in, nil)
			require.NoError(t, err)
			_, err = http.ReadResponse(in, nil)
			assert.Error(t, err, "another answer")
		})
	}
}
