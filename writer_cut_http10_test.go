package dram_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

// Over HTTP/1.0 the end of the connection is that of a body without a length: proxies that speak
// it, nginx by default, would pass half an answer on as a whole one.
func TestHalfAnAnswerOverHTTP10IsReset(t *testing.T) {
	r := dram.New()
	r.Use(dram.Recovery())
	r.GET("/half", func(c *dram.Context) {
		c.String(200, "half")
		c.Writer.Flush()
		panic("broken")
	})
	r.GET("/abort", func(c *dram.Context) {
		c.String(200, "half")
		c.Writer.Flush()
		panic(http.ErrAbortHandler)
	})
	r.GET("/bodiless", func(c *dram.Context) { c.Status(204); c.Writer.WriteHeaderNow(); panic("broken") })
	r.GET("/whole", func(c *dram.Context) { c.String(200, "whole"); c.Writer.Flush() })
	for _, secure := range []bool{false, true} {
		s := httptest.NewUnstartedServer(r)
		if secure {
			s.StartTLS()
		} else {
			s.Start()
		}
		defer s.Close()
		ask := func(path string) (string, error) {
			conn, err := net.Dial("tcp", s.Listener.Addr().String())
			require.NoError(t, err)
			defer conn.Close()
			if secure {
				conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
			}
			fmt.Fprintf(conn, "GET %s HTTP/1.0\r\n\r\n", path)
			text, err := io.ReadAll(conn)
			return string(text), err
		}
		for _, path := range []string{"/half", "/abort"} {
			_, err := ask(path)
			assert.Error(t, err, "%s %v", path, secure)
		}
		if !secure {
			_, err := ask("/bodiless")
			assert.NoError(t, err, "nothing is missing from it")
		}
		text, err := ask("/whole")
		assert.NoError(t, err, secure)
		assert.Contains(t, text, "whole")
	}
}
