// Layers that put a writer of their own around the Context's must let through
// all that the server's can do: tried over a real connection.

package middleware_test

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// wrapping are the layers of this kind.
func wrapping() map[string]dram.HandlerFunc {
	return map[string]dram.HandlerFunc{
		"ServerTiming": middleware.ServerTiming(),
		"Idempotency":  middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByClientIP}),
	}
}

func TestWrittenThroughEveryWay(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.txt")
	require.NoError(t, os.WriteFile(file, []byte("from a file"), 0o600))
	ways := map[string]struct {
		handler dram.HandlerFunc
		want    string
	}{
		"string":  {func(c *dram.Context) { _, _ = c.Writer.WriteString("a string") }, "a string"},
		"file":    {func(c *dram.Context) { c.File(file) }, "from a file"},
		"reader":  {func(c *dram.Context) { c.DataFromReader(200, -1, "text/plain", strings.NewReader("a reader"), nil) }, "a reader"},
		"flushed": {func(c *dram.Context) { c.String(200, "a "); c.Writer.Flush(); c.String(200, "b") }, "a b"},
		"deadline": {func(c *dram.Context) {
			assert.NoError(t, http.NewResponseController(c.Writer).SetWriteDeadline(time.Now().Add(time.Hour)))
			c.String(200, "ok")
		}, "ok"},
		"hijacked": {hijacked(t), "taken over"},
	}
	for name, layer := range wrapping() {
		for way, tc := range ways {
			t.Run(name+", "+way, func(t *testing.T) {
				r := dram.New()
				r.Use(layer)
				r.POST("/", tc.handler)
				r.GET("/", tc.handler) // http.ServeFile takes it so
				server := httptest.NewServer(r)
				defer server.Close()
				_, body := fetch(t, http.MethodPost, server.URL, "x", key(way))
				assert.Equal(t, tc.want, body)
				_, again := fetch(t, http.MethodPost, server.URL, "x", key(way))
				assert.Equal(t, tc.want, again, "done again, or repeated")
			})
		}
	}
}

// hijacked is a handler that takes the connection over.
func hijacked(t *testing.T) dram.HandlerFunc {
	return func(c *dram.Context) {
		conn, rw, err := c.Writer.Hijack()
		if !assert.NoError(t, err) {
			return
		}
		defer conn.Close()
		writeRaw(rw, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\ntaken over")
	}
}

func writeRaw(rw *bufio.ReadWriter, text string) {
	_, _ = rw.WriteString(text)
	_ = rw.Flush()
}

func TestEarlyHintsPassThrough(t *testing.T) {
	for name, layer := range wrapping() {
		t.Run(name, func(t *testing.T) {
			r := dram.New()
			r.Use(layer)
			r.POST("/", func(c *dram.Context) {
				c.Header("Link", "</a.css>; rel=preload")
				c.Writer.WriteHeader(http.StatusEarlyHints)
				c.String(http.StatusOK, "ok")
			})
			server := httptest.NewServer(r)
			defer server.Close()
			var hints []string
			res, body := fetch(t, http.MethodPost, server.URL, "x", key("k"), func(req *http.Request) {
				*req = *req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
					Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
						hints = append(hints, h.Get("Link"))
						return nil
					},
				}))
			})
			assert.Equal(t, []string{"</a.css>; rel=preload"}, hints)
			assert.Equal(t, http.StatusOK, res.StatusCode)
			assert.Equal(t, "ok", body)
		})
	}
}

func TestIdempotencyRefusesABodyThatBreaks(t *testing.T) {
	r, ran := counting(middleware.IdempotencyConfig{Scope: middleware.ByClientIP})
	broken := func(req *http.Request) { req.Body = io.NopCloser(brokenReader{}) }
	assert.Equal(t, http.StatusBadRequest, send(r, "POST", "/", "a", key("k"), broken).Code)
	assert.Zero(t, ran.Load())
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

func TestByClientIP(t *testing.T) {
	for addr, want := range map[string]string{
		"192.0.2.7:1":            "192.0.2.7",
		"[::ffff:192.0.2.7]:1":   "192.0.2.7",
		"[2001:db8:1:2:3::9]:1":  "2001:db8:1:2::/64",
		"[fe80::1:2:3:4%eth0]:1": "fe80::/64",
		"@":                      "",
	} {
		r := dram.New()
		r.GET("/", func(c *dram.Context) { assert.Equal(t, want, middleware.ByClientIP(c), addr) })
		get(r, "/", from(addr))
	}
}
