package middleware_test

import (
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
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

// long is a body that is held by no layer of these tests, short one that is by
// all.
var (
	long  = strings.Repeat("All work and no play makes Jack a dull boy. ", 4096)
	short = "short"
)

// script is a handler that tells what it sees of its writer after each step.
type script struct {
	name  string
	steps func(c *dram.Context, say func(format string, args ...any))
}

// scripts are ways to write an answer. To a handler all writers must look alike.
var scripts = []script{
	{"nothing", func(*dram.Context, func(string, ...any)) {}},
	{"status only", func(c *dram.Context, _ func(string, ...any)) { c.Status(http.StatusTeapot) }},
	{"abort with status", func(c *dram.Context, _ func(string, ...any)) { c.AbortWithStatus(http.StatusBadGateway) }},
	{"no content", func(c *dram.Context, _ func(string, ...any)) { c.AbortWithStatus(http.StatusNoContent) }},
	{"header now, then body", func(c *dram.Context, say func(string, ...any)) {
		c.Status(http.StatusAccepted)
		c.Writer.WriteHeaderNow()
		say("now")
		c.Status(http.StatusTeapot)
		say("too late")
		_, err := c.Writer.WriteString(short)
		say("written %v", err)
	}},
	{"short write", func(c *dram.Context, say func(string, ...any)) {
		n, err := c.Writer.Write([]byte(short))
		say("%d %v", n, err)
		c.Status(http.StatusTeapot)
		say("too late")
	}},
	{"long write", func(c *dram.Context, say func(string, ...any)) {
		n, err := c.Writer.Write([]byte(long))
		say("%d %v", n, err)
	}},
	{"many writes", func(c *dram.Context, say func(string, ...any)) {
		for i := range 500 {
			if i%2 == 0 {
				_, _ = c.Writer.WriteString(short)
			} else {
				_, _ = c.Writer.Write([]byte(short))
			}
		}
		say("done")
		n, err := c.Writer.WriteString(long)
		say("%d %v", n, err)
		n, err = c.Writer.WriteString(short)
		say("%d %v", n, err)
	}},
	{"empty write", func(c *dram.Context, say func(string, ...any)) {
		n, err := c.Writer.Write(nil)
		say("%d %v", n, err)
	}},
	{"copy", func(c *dram.Context, say func(string, ...any)) {
		n, err := io.Copy(c.Writer, io.LimitReader(strings.NewReader(long), 100_000))
		say("%d %v", n, err)
		n, err = io.Copy(c.Writer, io.LimitReader(strings.NewReader(long), 10))
		say("%d %v", n, err)
	}},
	{"read from", func(c *dram.Context, say func(string, ...any)) {
		n, err := c.Writer.(io.ReaderFrom).ReadFrom(strings.NewReader(short))
		say("%d %v", n, err)
	}},
	{"flush first", func(c *dram.Context, say func(string, ...any)) {
		c.Status(http.StatusAccepted)
		c.Writer.Flush()
		say("flushed")
		_, _ = c.Writer.WriteString(short)
		say("written")
	}},
	{"flush between", func(c *dram.Context, say func(string, ...any)) {
		_, _ = c.Writer.WriteString(short)
		c.Writer.Flush()
		say("flushed")
		_, _ = c.Writer.WriteString(long)
		c.Writer.Flush()
		say("flushed again")
	}},
	{"flush by controller", func(c *dram.Context, say func(string, ...any)) {
		_, _ = c.Writer.WriteString(short)
		say("%v", http.NewResponseController(c.Writer).Flush())
	}},
	{"deadline by controller", func(c *dram.Context, say func(string, ...any)) {
		say("%v", http.NewResponseController(c.Writer).SetWriteDeadline(time.Now().Add(time.Hour)))
	}},
	{"early hints", func(c *dram.Context, say func(string, ...any)) {
		c.Writer.WriteHeader(http.StatusEarlyHints)
		say("hints")
		c.String(http.StatusOK, "%s", long)
	}},
	{"hijack too late", func(c *dram.Context, say func(string, ...any)) {
		_, _ = c.Writer.WriteString(short)
		_, _, err := c.Writer.Hijack()
		say("%v", err)
	}},
	{"with length", func(c *dram.Context, _ func(string, ...any)) { c.Data(http.StatusOK, "text/plain", []byte(long)) }},
	{"json", func(c *dram.Context, _ func(string, ...any)) { c.JSON(http.StatusOK, dram.H{"a": long}) }},
	{"error", func(c *dram.Context, _ func(string, ...any)) { c.String(http.StatusInternalServerError, long) }},
	{"own etag", func(c *dram.Context, _ func(string, ...any)) {
		c.Header("ETag", `W/"own"`)
		c.String(http.StatusOK, long)
	}},
	{"range", func(c *dram.Context, _ func(string, ...any)) {
		c.Header("Content-Range", "bytes 0-4/10")
		c.String(http.StatusPartialContent, short)
	}},
}

// seen is what a client and the handler see.
type seen struct {
	status     int
	body       string
	transcript string
	size       int
}

// perform has a script answer a GET through layers, over a connection. A client
// that takes gzip unpacks it.
func perform(t *testing.T, s script, accept string, layers ...dram.HandlerFunc) (seen, http.Header) {
	t.Helper()
	var transcript strings.Builder
	r := dram.New()
	r.Use(layers...)
	r.GET("/", func(c *dram.Context) {
		say := func(format string, args ...any) {
			fmt.Fprintf(&transcript, format, args...)
			fmt.Fprintf(&transcript, ": %d %d %v\n", c.Writer.Status(), c.Writer.Size(), c.Writer.Written())
		}
		s.steps(c, say)
		say("end")
	})
	server := httptest.NewServer(r)
	defer server.Close()
	req, err := http.NewRequest(http.MethodGet, server.URL, nil)
	require.NoError(t, err)
	req.Header.Set("Accept-Encoding", accept)
	res, err := server.Client().Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	var body io.Reader = res.Body
	if res.Header.Get("Content-Encoding") == "gzip" {
		body, err = gzip.NewReader(body)
		require.NoError(t, err)
	}
	data, err := io.ReadAll(body)
	require.NoError(t, err)
	server.Close() // when the handler has returned
	text := string(data)
	if len(text) > 100 { // what differs must stay readable
		text = fmt.Sprintf("%d bytes, %x", len(data), sha256.Sum256(data))
	}
	return seen{res.StatusCode, text, transcript.String(), len(data)}, res.Header
}

func TestWritersOfLayersLookLikeTheContextsOwn(t *testing.T) {
	compress := middleware.Compress(middleware.CompressConfig{})
	layers := map[string][]dram.HandlerFunc{
		"Compress":                {compress},
		"ETag":                    {middleware.ETag(middleware.ETagConfig{})},
		"Compress around ETag":    {compress, middleware.ETag(middleware.ETagConfig{})},
		"ETag around Compress":    {middleware.ETag(middleware.ETagConfig{}), compress},
		"CacheControl":            {middleware.CacheControl(middleware.CacheControlConfig{})},
		"NoCache":                 {middleware.NoCache()},
		"CircuitBreaker":          {middleware.CircuitBreaker(middleware.CircuitBreakerConfig{Breaker: &breaker{}})},
		"Compress around NoCache": {compress, middleware.NoCache()},
	}
	for name, chain := range layers {
		for _, accept := range []string{"gzip", "identity"} {
			for _, s := range scripts {
				t.Run(name+", "+accept+", "+s.name, func(t *testing.T) {
					want, _ := perform(t, s, accept)
					got, header := perform(t, s, accept, chain...)
					assert.Equal(t, want, got)
					if length := header.Get("Content-Length"); length != "" && header.Get("Content-Encoding") == "" {
						assert.Equal(t, fmt.Sprint(got.size), length)
					}
				})
			}
		}
	}
}

// holding are the layers that hold bytes back.
func holding() map[string]dram.HandlerFunc {
	return map[string]dram.HandlerFunc{
		"Compress": middleware.Compress(middleware.CompressConfig{}),
		"ETag":     middleware.ETag(middleware.ETagConfig{}),
	}
}

func TestHeldBytesOfAPanicAreNotSent(t *testing.T) {
	for name, layer := range holding() {
		t.Run(name, func(t *testing.T) {
			r := dram.New()
			r.Use(dram.RecoveryWithWriter(nil), layer)
			r.GET("/", func(c *dram.Context) {
				c.String(http.StatusOK, "half of the")
				panic("answer")
			})
			r.GET("/whole", func(c *dram.Context) { c.String(http.StatusOK, "the whole answer") })
			w := get(r, "/", header("Accept-Encoding", "gzip"))
			assert.Equal(t, http.StatusInternalServerError, w.Code)
			assert.Empty(t, w.Body.String())
			assert.Empty(t, w.Header().Get("Content-Encoding"))
			assert.Equal(t, "the whole answer", get(r, "/whole").Body.String(), "the next request has nothing of it")
		})
	}
}

func TestAPanicInTheMiddleCutsTheAnswerOff(t *testing.T) {
	for name, layer := range holding() {
		t.Run(name, func(t *testing.T) {
			r := dram.New()
			r.Use(dram.RecoveryWithWriter(nil), layer)
			r.GET("/", func(c *dram.Context) {
				c.Header("Content-Type", "text/plain")
				_, _ = c.Writer.WriteString(long)
				c.Writer.Flush()
				panic("no more")
			})
			server := httptest.NewServer(r)
			defer server.Close()
			res, err := server.Client().Get(server.URL) // unpacks gzip by itself
			require.NoError(t, err)
			defer res.Body.Close()
			_, err = io.ReadAll(res.Body)
			assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
		})
	}
}

func TestHijackThroughHoldingLayers(t *testing.T) {
	for name, layer := range holding() {
		t.Run(name, func(t *testing.T) {
			r := dram.New()
			r.Use(layer)
			r.GET("/", func(c *dram.Context) {
				conn, rw, err := c.Writer.Hijack()
				if !assert.NoError(t, err) {
					return
				}
				defer conn.Close()
				assert.True(t, c.Writer.Written())
				_, _ = rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nhello")
				_ = rw.Flush()
			})
			server := httptest.NewServer(r)
			defer server.Close()
			req, err := http.NewRequest(http.MethodGet, server.URL, nil)
			require.NoError(t, err)
			req.Header.Set("Accept-Encoding", "gzip")
			res, err := server.Client().Do(req)
			require.NoError(t, err)
			defer res.Body.Close()
			require.Equal(t, http.StatusSwitchingProtocols, res.StatusCode)
			line, err := bufio.NewReader(res.Body).ReadString(0)
			require.ErrorIs(t, err, io.EOF)
			assert.Equal(t, "hello", line)
		})
	}
}

// deadWriter is a connection whose client is gone.
type deadWriter struct{ http.ResponseWriter }

var errDead = errors.New("the client is gone")

func (deadWriter) Write([]byte) (int, error) { return 0, errDead }

func TestWriteErrorsReachTheHandler(t *testing.T) {
	for name, layer := range holding() {
		t.Run(name, func(t *testing.T) {
			r := dram.New()
			r.Use(layer)
			r.GET("/", func(c *dram.Context) {
				c.Header("Content-Type", "text/plain")
				var err error
				for range 100 {
					if _, err = c.Writer.WriteString(long); err != nil {
						break
					}
				}
				assert.ErrorIs(t, err, errDead)
			})
			req := httptest.NewRequest(http.MethodGet, "/", nil)
			req.Header.Set("Accept-Encoding", "gzip")
			r.ServeHTTP(deadWriter{httptest.NewRecorder()}, req)
		})
	}
}

// copiedTo records whether a body came by ReadFrom, as files for sendfile do.
type copiedTo struct {
	http.ResponseWriter
	copied bool
}

func (w *copiedTo) ReadFrom(src io.Reader) (int64, error) {
	w.copied = true
	return io.Copy(w.ResponseWriter, src)
}

func TestBodiesThatPassAreCopiedByTheServer(t *testing.T) {
	for name, layer := range holding() {
		t.Run(name, func(t *testing.T) {
			r := dram.New()
			r.Use(layer)
			r.GET("/", func(c *dram.Context) {
				c.DataFromReader(http.StatusOK, int64(len(long)), "image/png", io.LimitReader(strings.NewReader(long), 1<<30), nil)
			})
			w := &copiedTo{ResponseWriter: httptest.NewRecorder()}
			req := httptest.NewRequest(http.MethodGet, "/", nil)
			req.Header.Set("Accept-Encoding", "gzip")
			r.ServeHTTP(w, req)
			assert.True(t, w.copied)
		})
	}
}
