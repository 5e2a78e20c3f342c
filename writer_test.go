package dram_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

func TestWriterKeepsTheStatusBack(t *testing.T) {
	w := httptest.NewRecorder()
	c, _ := dram.CreateTestContext(w)

	assert.Equal(t, http.StatusOK, c.Writer.Status())
	assert.Equal(t, -1, c.Writer.Size())
	assert.False(t, c.Writer.Written())

	c.Writer.WriteHeader(http.StatusCreated)
	c.Writer.WriteHeader(0)
	c.Writer.WriteHeader(-1)
	assert.Equal(t, http.StatusCreated, c.Writer.Status())
	assert.False(t, c.Writer.Written(), "WriteHeader only records")

	n, err := c.Writer.WriteString("hello")
	require.NoError(t, err)
	assert.Equal(t, 5, n)
	_, err = c.Writer.Write([]byte(", world"))
	require.NoError(t, err)

	c.Writer.WriteHeader(http.StatusTeapot)
	assert.Equal(t, http.StatusCreated, c.Writer.Status(), "a later change is ignored")
	assert.Equal(t, 12, c.Writer.Size())
	assert.Equal(t, http.StatusCreated, w.Code)
	assert.Equal(t, "hello, world", w.Body.String())
}

func TestStatusesHaveThreeDigits(t *testing.T) {
	for _, code := range []int{100, 999} {
		c, _ := dram.CreateTestContext(httptest.NewRecorder())
		assert.NotPanics(t, func() { c.Writer.WriteHeader(code) }, code)
	}
	for _, code := range []int{1, 99, 1000} {
		c, _ := dram.CreateTestContext(httptest.NewRecorder())
		assertPanics(t, "status code "+strconv.Itoa(code)+" is not valid", func() { c.Writer.WriteHeader(code) })
	}
}

func TestWriteHeaderNowSendsOnce(t *testing.T) {
	w := &countingWriter{header: http.Header{}}
	c, _ := dram.CreateTestContext(w)
	c.Writer.WriteHeaderNow()
	c.Writer.WriteHeaderNow()
	assert.Equal(t, 0, c.Writer.Size())
	assert.True(t, c.Writer.Written())
	assert.Equal(t, []int{200}, w.codes)
}

// A writer around the Engine learns the status of an answer without a body, in each mode, whether or not it can be
// looked under: an adapter of another gateway makes the answer of it.
func TestAnAnswerWithoutABodyHasItsStatus(t *testing.T) {
	captureWriter(t)
	for _, mode := range []string{dram.ReleaseMode, dram.TestMode, dram.DebugMode} {
		inMode(t, mode)
		r := dram.New()
		r.GET("/empty", func(*dram.Context) {})
		r.GET("/status", func(c *dram.Context) { c.Status(http.StatusNoContent) })
		w := &countingWriter{header: http.Header{}}
		for range 2 { // the second request in a Context that knows the writer
			r.ServeHTTP(w, httptest.NewRequest("GET", "/empty", nil))
			r.ServeHTTP(unwrapping{w}, httptest.NewRequest("GET", "/empty", nil))
			r.ServeHTTP(w, httptest.NewRequest("GET", "/status", nil))
		}
		assert.Equal(t, []int{200, 200, 204, 200, 200, 204}, w.codes, mode)
	}
}

func TestEarlyHintsGoOutAtOnce(t *testing.T) {
	w := &countingWriter{header: http.Header{}}
	c, _ := dram.CreateTestContext(w)
	connected := context.WithValue(context.Background(), http.LocalAddrContextKey, &net.TCPAddr{})
	c.Request = httptest.NewRequest("GET", "/", nil).WithContext(connected)
	c.Writer.Header().Set("Link", "</a.css>; rel=preload")
	c.Writer.WriteHeader(http.StatusEarlyHints)
	assert.Equal(t, []int{103}, w.codes)
	assert.Equal(t, http.StatusOK, c.Writer.Status())
	c.String(http.StatusCreated, "page")
	assert.Equal(t, []int{103, 201}, w.codes)
}

// Who calls an Engine without a connection takes the first status for the answer's.
func TestEarlyHintsAreNotTheAnswerWithoutAConnection(t *testing.T) {
	r := dram.New()
	r.GET("/", func(c *dram.Context) {
		c.Writer.WriteHeader(http.StatusEarlyHints)
		c.String(http.StatusCreated, "page")
	})
	for _, method := range []string{"GET", "HEAD"} {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest(method, "/", nil))
		assert.Equal(t, http.StatusCreated, w.Code, method)
	}
}

func TestEarlyHintsReachTheClientBeforeTheAnswer(t *testing.T) {
	r := dram.New()
	r.GET("/", func(c *dram.Context) {
		c.Header("Link", "</a.css>; rel=preload; as=style")
		c.Writer.WriteHeader(http.StatusEarlyHints)
		c.String(http.StatusOK, "page")
	})
	srv := httptest.NewServer(r)
	defer srv.Close()
	var hints []string
	ctx := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{
		Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
			hints = append(hints, strconv.Itoa(code)+" "+header.Get("Link"))
			return nil
		},
	})
	req, err := http.NewRequestWithContext(ctx, "GET", srv.URL, nil)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	assert.Equal(t, []string{"103 </a.css>; rel=preload; as=style"}, hints)
	assert.Equal(t, http.StatusOK, res.StatusCode)
}

// countingWriter can do nothing but what http.ResponseWriter asks for.
type countingWriter struct {
	header http.Header
	codes  []int
	body   bytes.Buffer
}

func (w *countingWriter) Header() http.Header         { return w.header }
func (w *countingWriter) WriteHeader(code int)        { w.codes = append(w.codes, code) }
func (w *countingWriter) Write(p []byte) (int, error) { return w.body.Write(p) }

func TestWriterOverOneThatCanDoLittle(t *testing.T) {
	w := &countingWriter{header: http.Header{}}
	c, _ := dram.CreateTestContext(w)

	assert.NotPanics(t, c.Writer.Flush, "Flush tolerates a writer that cannot")
	assert.Equal(t, []int{200}, w.codes, "Flush sends the header")
	_, _, err := c.Writer.Hijack()
	assert.Equal(t, http.ErrNotSupported, err)
	assert.Nil(t, c.Writer.Pusher())
	assert.Nil(t, c.Writer.CloseNotify()) //nolint:staticcheck // part of the interface

	n, err := c.Writer.(io.ReaderFrom).ReadFrom(strings.NewReader("abc"))
	require.NoError(t, err)
	assert.EqualValues(t, 3, n)
	assert.Equal(t, 3, c.Writer.Size())
	assert.Equal(t, "abc", w.body.String())
	assert.Same(t, w, c.Writer.(interface{ Unwrap() http.ResponseWriter }).Unwrap())
}

func TestHijack(t *testing.T) {
	r := dram.New()
	r.GET("/raw", func(c *dram.Context) {
		conn, rw, err := c.Writer.Hijack()
		if !assert.NoError(t, err) {
			return
		}
		defer conn.Close()
		_, _ = rw.WriteString("HTTP/1.1 299 Mine\r\nContent-Length: 2\r\n\r\nok")
		_ = rw.Flush()
	})
	r.GET("/late", func(c *dram.Context) {
		c.String(http.StatusOK, "body")
		_, _, err := c.Writer.Hijack()
		assert.ErrorContains(t, err, "response body already written")
	})
	srv := httptest.NewServer(r)
	defer srv.Close()

	res, err := http.Get(srv.URL + "/raw")
	require.NoError(t, err)
	defer res.Body.Close()
	assert.Equal(t, 299, res.StatusCode)

	res, err = http.Get(srv.URL + "/late")
	require.NoError(t, err)
	defer res.Body.Close()
	assert.Equal(t, http.StatusOK, res.StatusCode)
}

func TestHeadIsAnsweredByGet(t *testing.T) {
	r := dram.New()
	r.GET("/text", func(c *dram.Context) { c.String(http.StatusOK, "hello %s", "you") })
	r.GET("/sniff", func(c *dram.Context) { _, _ = c.Writer.Write([]byte("<html>x")) })
	r.GET("/nothing-first", func(c *dram.Context) {
		_, _ = c.Writer.Write(nil)
		_, _ = c.Writer.Write([]byte("<html>x"))
	})
	r.GET("/empty", func(c *dram.Context) { c.Status(http.StatusNoContent) })
	r.GET("/from", func(c *dram.Context) {
		c.DataFromReader(http.StatusOK, -1, "text/x", strings.NewReader(strings.Repeat("x", 5000)), nil)
	})
	r.GET("/flush", func(c *dram.Context) {
		_, _ = c.Writer.WriteString("a")
		c.Writer.Flush()
		_, _ = c.Writer.WriteString("b")
	})
	r.GET("/own", func(c *dram.Context) { c.String(http.StatusOK, "get") })
	r.GET("/deadline", func(c *dram.Context) {
		assert.NoError(t, http.NewResponseController(c.Writer).SetWriteDeadline(time.Now().Add(time.Hour)))
	})
	r.HEAD("/own", func(c *dram.Context) { c.Status(http.StatusAccepted) })
	srv := httptest.NewServer(r)
	defer srv.Close()

	tests := []struct {
		path   string
		status int
		length int64
		typ    string
	}{
		{"/text", 200, 9, "text/plain; charset=utf-8"},
		{"/sniff", 200, 7, "text/html; charset=utf-8"},
		{"/nothing-first", 200, 7, "text/html; charset=utf-8"},
		{"/empty", 204, 0, ""},
		{"/from", 200, 5000, "text/x"},
		{"/flush", 200, -1, "text/plain; charset=utf-8"},
		{"/deadline", 200, -1, ""},
		{"/own", 202, -1, ""},
		{"/none", 404, -1, "text/plain"},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			res, err := http.Head(srv.URL + tt.path)
			require.NoError(t, err)
			defer res.Body.Close()
			assert.Equal(t, tt.status, res.StatusCode)
			assert.Equal(t, tt.typ, res.Header.Get("Content-Type"))
			if tt.length >= 0 && tt.status != 204 {
				assert.Equal(t, tt.length, res.ContentLength)
			}
		})
	}
	assert.Empty(t, serve(r, "HEAD", "/text").Body.String(), "no body even into a writer that would take it")
	assert.Empty(t, serve(r, "HEAD", "/from").Body.String())
}

// Status recorders, and servers that are not net/http's, wait for WriteHeader.
func TestEveryAnswerCallsWriteHeader(t *testing.T) {
	for name, handler := range map[string]dram.HandlerFunc{
		"body":           func(c *dram.Context) { c.String(http.StatusOK, "body") },
		"empty":          func(*dram.Context) {},
		"status":         func(c *dram.Context) { c.Status(http.StatusOK) },
		"aborted":        func(c *dram.Context) { c.AbortWithStatus(http.StatusOK) },
		"flushed":        func(c *dram.Context) { c.Writer.Flush() },
		"read from":      func(c *dram.Context) { _, _ = io.Copy(c.Writer, strings.NewReader("x")) },
		"another status": func(c *dram.Context) { c.Status(http.StatusAccepted); c.Status(http.StatusOK) },
	} {
		t.Run(name, func(t *testing.T) {
			w := &countingWriter{header: http.Header{}}
			r := dram.New()
			r.GET("/", handler)
			r.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
			assert.Equal(t, []int{200}, w.codes)
			w.codes = nil
			r.ServeHTTP(w, httptest.NewRequest("HEAD", "/", nil))
			assert.Equal(t, []int{200}, w.codes)
		})
	}
}

// readerFromWriter keeps what it was told to copy from.
type readerFromWriter struct {
	countingWriter
	from io.Reader
}

func (w *readerFromWriter) ReadFrom(r io.Reader) (int64, error) {
	w.from = r
	return w.body.ReadFrom(r)
}
