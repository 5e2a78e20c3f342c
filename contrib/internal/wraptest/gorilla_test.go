package wraptest

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/handlers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// logged wraps gorilla's access log, which takes its handler last.
func logged(out io.Writer) dram.HandlerFunc {
	return dram.WrapMiddleware(func(next http.Handler) http.Handler { return handlers.LoggingHandler(out, next) })
}

func TestLoggingHandlerSeesTheAnswer(t *testing.T) {
	var out bytes.Buffer
	r := dram.New()
	r.Use(logged(&out))
	r.GET("/users/:id", func(c *dram.Context) {
		assert.Equal(t, "/users/:id", c.FullPath(), "the route is known inside")
		c.String(http.StatusTeapot, "user %s", c.Param("id"))
		assert.Equal(t, 6, c.Writer.Size())
	})
	r.GET("/status", func(c *dram.Context) { c.Status(http.StatusAccepted) })
	assert.Equal(t, "user 7", ask(r, http.MethodGet, "/users/7?q").Body.String())
	ask(r, http.MethodGet, "/status")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 2)
	assert.Contains(t, lines[0], `"GET /users/7?q HTTP/1.1" 418 6`)
	assert.Contains(t, lines[1], `"GET /status HTTP/1.1" 202 0`)
}

func TestCompressHandler(t *testing.T) {
	text := strings.Repeat("hello ", 10_000)
	var inside, outside int
	r := dram.New()
	r.Use(func(c *dram.Context) {
		c.Next()
		outside = c.Writer.Size()
	}, dram.WrapMiddleware(handlers.CompressHandler), func(c *dram.Context) {
		c.Next()
		inside = c.Writer.Size()
	})
	r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "%s", text) })
	r.GET("/copy", func(c *dram.Context) { c.DataFromReader(http.StatusOK, -1, "text/plain", strings.NewReader(text), nil) })
	r.GET("/flush", func(c *dram.Context) {
		_, _ = c.Writer.WriteString(text[:100])
		c.Writer.Flush()
		_, _ = c.Writer.WriteString(text[100:])
	})
	for _, path := range []string{"/", "/copy", "/flush"} {
		w := ask(r, http.MethodGet, path, "Accept-Encoding", "gzip")
		require.Equal(t, "gzip", w.Header().Get("Content-Encoding"), path)
		unzip, err := gzip.NewReader(w.Body)
		require.NoError(t, err)
		sent := w.Body.Len()
		body, err := io.ReadAll(unzip)
		require.NoError(t, err)
		assert.Equal(t, text, string(body), path)
		assert.Equal(t, len(text), inside, path)
		assert.Less(t, outside, len(text)/10, path)
		assert.LessOrEqual(t, sent, outside, path)
	}
}

func TestRecoveryHandler(t *testing.T) {
	r := dram.New()
	r.Use(dram.WrapMiddleware(handlers.RecoveryHandler(handlers.RecoveryLogger(quiet{}))))
	r.GET("/", func(*dram.Context) { panic("x") })
	assert.Equal(t, http.StatusInternalServerError, ask(r, http.MethodGet, "/").Code)
}

// quiet takes the log of RecoveryHandler.
type quiet struct{}

func (quiet) Println(...any) {}

func TestContentTypeHandlerRefuses(t *testing.T) {
	ran := false
	r := dram.New()
	r.Use(dram.WrapMiddleware(func(next http.Handler) http.Handler {
		return handlers.ContentTypeHandler(next, "application/json")
	}))
	r.POST("/", func(*dram.Context) { ran = true })
	req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("x"))
	req.Header.Set("Content-Type", "text/plain")
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	assert.Equal(t, http.StatusUnsupportedMediaType, w.Code)
	assert.False(t, ran)
}

// Layers of both kinds around each other, in each order.
func TestOursAndTheirs(t *testing.T) {
	text := strings.Repeat("hello ", 1000)
	ours := middleware.ETag(middleware.ETagConfig{})
	theirs := dram.WrapMiddleware(handlers.CompressHandler)
	for name, layers := range map[string][]dram.HandlerFunc{"ours inside": {theirs, ours}, "ours outside": {ours, theirs}} {
		t.Run(name, func(t *testing.T) {
			r := dram.New()
			r.Use(layers...)
			r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "%s", text) })
			first := ask(r, http.MethodGet, "/", "Accept-Encoding", "gzip")
			require.Equal(t, http.StatusOK, first.Code)
			unzip, err := gzip.NewReader(first.Body)
			require.NoError(t, err)
			body, err := io.ReadAll(unzip)
			require.NoError(t, err)
			assert.Equal(t, text, string(body))
			tag := first.Header().Get("ETag")
			require.NotEmpty(t, tag)
			again := ask(r, http.MethodGet, "/", "Accept-Encoding", "gzip", "If-None-Match", tag)
			assert.Equal(t, http.StatusNotModified, again.Code)
		})
	}
}
