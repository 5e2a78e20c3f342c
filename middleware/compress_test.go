package middleware_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/dramtest"
	"github.com/dram-go/dram/middleware"
)

func ExampleCompress() {
	r := dram.New()
	r.Use(middleware.Compress(middleware.CompressConfig{}))
	r.GET("/text", func(c *dram.Context) { c.String(http.StatusOK, "%s", strings.Repeat("hello ", 1000)) })

	req := httptest.NewRequest(http.MethodGet, "/text", nil)
	req.Header.Set("Accept-Encoding", "gzip, br;q=0.9")
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	fmt.Println(w.Header().Get("Content-Encoding"), w.Header().Get("Vary"), w.Body.Len() < 100)
	// Output: gzip Accept-Encoding true
}

// deflated stands for a coding that contrib adds.
func deflated() middleware.Encoding {
	return middleware.Encoding{Name: "deflate", New: func() middleware.Encoder { return zlib.NewWriter(io.Discard) }}
}

// unzip returns the body of an answer in gzip.
func unzip(t *testing.T, body io.Reader) string {
	t.Helper()
	r, err := gzip.NewReader(body)
	require.NoError(t, err)
	data, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(data)
}

// texts returns an engine whose GET / says a text of 2000 bytes.
func texts(layers ...dram.HandlerFunc) *dram.Engine {
	r := dram.New()
	r.Use(layers...)
	r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "%s", long[:2000]) })
	return r
}

func TestCompressNegotiates(t *testing.T) {
	r := texts(middleware.Compress(middleware.CompressConfig{Encodings: []middleware.Encoding{deflated(), middleware.Gzip(9)}}))
	cases := []struct {
		accept []string // one header line each
		want   string
	}{
		{nil, ""},
		{[]string{""}, ""},
		{[]string{"gzip"}, "gzip"},
		{[]string{"GZIP"}, "gzip"},
		{[]string{"x-gzip"}, "gzip"},
		{[]string{"br, gzip"}, "gzip"},
		{[]string{"gzip, deflate"}, "deflate"},
		{[]string{"gzip;q=1.0, deflate;q=0.999"}, "gzip"},
		{[]string{"gzip ; q=0.2 , deflate ; q=0.1"}, "gzip"},
		{[]string{"gzip;q=0"}, ""},
		{[]string{"gzip;q=0.0, deflate;q=0.000"}, ""},
		{[]string{"*"}, "deflate"},
		{[]string{"*, deflate;q=0"}, "gzip"},
		{[]string{"*;q=0"}, "406"},
		{[]string{"*;q=0, gzip"}, "gzip"},
		{[]string{"identity;q=0"}, "406"},
		{[]string{"identity;q=0, br"}, "406"},
		{[]string{"identity;q=0, gzip;q=0.001"}, "gzip"},
		{[]string{"identity;q=0, *"}, "deflate"},
		{[]string{"identity, gzip;q=0.5"}, ""},
		{[]string{"identity;q=0.5, gzip"}, "gzip"},
		{[]string{"br", "gzip"}, "gzip"},
		{[]string{"gzip;q=2"}, ""},
		{[]string{"gzip;q=1.001"}, ""},
		{[]string{"gzip;q=0.1234"}, ""},
		{[]string{"gzip;q="}, ""},
		{[]string{"gzip;q=x"}, ""},
		{[]string{"gzip;q=-1"}, ""},
		{[]string{"gzip;Q=0"}, ""},
		{[]string{"gzip;level=9;q=0"}, ""},
		{[]string{"gzipped"}, ""},
		{[]string{",,;,gzip,"}, "gzip"},
	}
	for _, tc := range cases {
		t.Run(strings.Join(tc.accept, "|"), func(t *testing.T) {
			w := get(r, "/", func(req *http.Request) {
				if tc.accept != nil {
					req.Header["Accept-Encoding"] = tc.accept
				}
			})
			assert.Equal(t, "Accept-Encoding", w.Header().Get("Vary"))
			if tc.want == "406" {
				problemIn(t, w)
				assert.Equal(t, http.StatusNotAcceptable, w.Code)
				return
			}
			assert.Equal(t, tc.want, w.Header().Get("Content-Encoding"))
			if tc.want == "" {
				assert.Equal(t, long[:2000], w.Body.String())
			}
		})
	}
}

func TestCompressLeavesAlone(t *testing.T) {
	handlers := map[string]struct {
		handle dram.HandlerFunc
		want   string // of Content-Encoding
		vary   bool
	}{
		"a short body":      {func(c *dram.Context) { c.String(200, "%s", long[:1023]) }, "", true},
		"a body of MinSize": {func(c *dram.Context) { c.String(200, "%s", long[:1024]) }, "gzip", true},
		"an announced short body": {func(c *dram.Context) {
			c.Data(200, "text/plain", []byte("short"))
		}, "", false},
		"an image":      {func(c *dram.Context) { c.Data(200, "image/png", []byte(long)) }, "", false},
		"a problem":     {func(c *dram.Context) { c.Data(400, "application/problem+json", []byte(long)) }, "gzip", true},
		"upper case":    {func(c *dram.Context) { c.Data(200, "Text/HTML; charset=utf-8", []byte(long)) }, "gzip", true},
		"unknown text":  {func(c *dram.Context) { _, _ = c.Writer.WriteString(long) }, "gzip", true},
		"unknown bytes": {func(c *dram.Context) { _, _ = c.Writer.Write(make([]byte, 5000)) }, "", false},
		"no type wanted": {func(c *dram.Context) {
			c.Writer.Header()["Content-Type"] = nil
			_, _ = c.Writer.WriteString(long)
		}, "", false},
		"encoded already": {func(c *dram.Context) {
			c.Header("Content-Encoding", "br")
			c.Data(200, "text/plain", []byte(long))
		}, "br", false},
		"no-transform": {func(c *dram.Context) {
			c.Header("Cache-Control", "public, No-Transform")
			c.String(200, "%s", long)
		}, "", false},
		"a range": {func(c *dram.Context) { c.Data(206, "text/plain", []byte(long)) }, "", false},
		"an unsatisfiable range": {func(c *dram.Context) {
			c.Header("Content-Range", "bytes */5")
			c.Data(416, "text/plain", []byte(long))
		}, "", false},
		"an event stream": {func(c *dram.Context) {
			c.SSEvent("e", long)
		}, "", false},
		"no content": {func(c *dram.Context) { c.Status(204) }, "", false},
		"nothing":    {func(*dram.Context) {}, "", false},
	}
	for name, tc := range handlers {
		t.Run(name, func(t *testing.T) {
			r := dram.New()
			r.Use(middleware.Compress(middleware.CompressConfig{}))
			r.GET("/", tc.handle)
			w := get(r, "/", header("Accept-Encoding", "gzip"))
			assert.Equal(t, tc.want, w.Header().Get("Content-Encoding"))
			assert.Equal(t, tc.vary, w.Header().Get("Vary") == "Accept-Encoding", w.Header())
			if tc.want == "gzip" {
				assert.NotEmpty(t, unzip(t, w.Body))
				assert.Empty(t, w.Header().Get("Content-Length"))
			}
		})
	}
}

func TestCompressTypes(t *testing.T) {
	layer := middleware.Compress(middleware.CompressConfig{
		MinSize: 1, Types: []string{"text/*", "+json"}, SkipTypes: []string{"text/csv"},
	})
	r := dram.New()
	r.Use(layer)
	r.GET("/*path", func(c *dram.Context) { c.Data(200, c.Query("type"), []byte(short)) })
	for target, want := range map[string]string{
		"/?type=text/plain": "gzip", "/?type=text/csv": "", "/?type=a/b%2Bjson": "gzip", "/?type=application/json": "",
	} {
		w := get(r, target, header("Accept-Encoding", "gzip"))
		assert.Equal(t, want, w.Header().Get("Content-Encoding"), target)
	}
}

func TestCompressMakesTagsWeak(t *testing.T) {
	files := fstest.MapFS{"a.txt": {Data: []byte(long), ModTime: time.Unix(1e9, 0)}}
	r := dram.New()
	r.Use(middleware.Compress(middleware.CompressConfig{}))
	r.GET("/*filepath", middleware.Static(middleware.StaticConfig{FS: files}))
	gz := header("Accept-Encoding", "gzip")

	first := get(r, "/a.txt", gz)
	tag := first.Header().Get("ETag")
	require.True(t, strings.HasPrefix(tag, `W/"`), tag)
	assert.Equal(t, long, unzip(t, first.Body))
	assert.Empty(t, first.Header().Get("Accept-Ranges"))

	again := get(r, "/a.txt", gz, header("If-None-Match", tag))
	assert.Equal(t, http.StatusNotModified, again.Code)
	assert.Equal(t, tag, again.Header().Get("ETag"), "a cache finds its answer by the tag that it has")
	assert.Contains(t, again.Header().Values("Vary"), "Accept-Encoding")

	plain := get(r, "/a.txt")
	assert.Equal(t, strings.TrimPrefix(tag, "W/"), plain.Header().Get("ETag"))
	assert.Equal(t, long, plain.Body.String())

	part := get(r, "/a.txt", gz, header("Range", "bytes=0-9"))
	assert.Equal(t, http.StatusPartialContent, part.Code)
	assert.Equal(t, long[:10], part.Body.String())
	assert.Empty(t, part.Header().Get("Content-Encoding"))

	whole := get(r, "/a.txt", gz, header("Range", "bytes=0-9"), header("If-Range", tag))
	assert.Equal(t, http.StatusOK, whole.Code, "a part of other bytes would be joined to the compressed ones")
}

// unflushed is a middleware of net/http that loses Flush.
func unflushed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(struct{ http.ResponseWriter }{w}, r)
	})
}

func TestCompressAnswersHEADAsGET(t *testing.T) {
	files := fstest.MapFS{"a.txt": {Data: []byte(long)}, "b.txt": {Data: []byte(short)}}
	static := middleware.Static(middleware.StaticConfig{FS: files, Prefix: "/files"})
	r := dram.New()
	r.Use(middleware.Only(func(c *dram.Context) bool { return c.FullPath() == "/unflushed" }, dram.WrapMiddleware(unflushed)))
	r.Use(middleware.Compress(middleware.CompressConfig{}))
	r.GET("/files/*filepath", static)
	r.HEAD("/files/*filepath", static)
	r.GET("/text", func(c *dram.Context) { c.String(200, "%s", long) })
	r.GET("/short", func(c *dram.Context) { c.String(200, "%s", short) })
	stream := func(c *dram.Context) { // as Proxy answers HEAD: there is no body to write
		c.Header("Content-Type", "text/plain")
		c.Writer.Flush()
		if c.Request.Method == http.MethodGet {
			_, _ = c.Writer.WriteString(long)
		}
	}
	r.GET("/stream", stream)
	r.HEAD("/stream", stream)
	r.GET("/unflushed", stream)
	r.HEAD("/unflushed", stream)
	app := dramtest.New(t, r, dramtest.Header("Accept-Encoding", "gzip"))
	ask := func(method, path string) http.Header {
		header := app.Do(method, path).Want(http.StatusOK).HTTP().Header
		header.Del("Date")
		return header
	}
	for _, path := range []string{"/files/a.txt", "/files/b.txt", "/text", "/short", "/stream", "/unflushed"} {
		want, got := ask(http.MethodGet, path), ask(http.MethodHead, path)
		if got.Get("Content-Length") == "" {
			want.Del("Content-Length") // HEAD need not know the length, but if it does it must be right
		}
		assert.Equal(t, want, got, path)
	}
}

func TestCompressFlushesStreams(t *testing.T) {
	next := make(chan struct{})
	r := dram.New()
	r.Use(middleware.Compress(middleware.CompressConfig{SkipTypes: []string{"image/*"}}))
	r.GET("/", func(c *dram.Context) {
		for i := range 3 {
			c.SSEvent("tick", i)
			c.Writer.Flush()
			<-next
		}
	})
	server := httptest.NewServer(r)
	defer server.Close()
	req, err := http.NewRequest(http.MethodGet, server.URL, nil)
	require.NoError(t, err)
	req.Header.Set("Accept-Encoding", "gzip")
	res, err := server.Client().Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, "gzip", res.Header.Get("Content-Encoding"))
	body, err := gzip.NewReader(res.Body)
	require.NoError(t, err)
	for i := range 3 { // each event arrives before the next is sent
		want := fmt.Sprintf("event:tick\ndata:%d\n\n", i)
		event := make([]byte, len(want))
		_, err := io.ReadFull(body, event)
		require.NoError(t, err)
		assert.Equal(t, want, string(event))
		next <- struct{}{}
	}
	rest, err := io.ReadAll(body)
	require.NoError(t, err)
	assert.Empty(t, rest)
}

func TestCompressDoesNotCompressTwice(t *testing.T) {
	layer := middleware.Compress(middleware.CompressConfig{})
	w := get(texts(layer, layer), "/", header("Accept-Encoding", "gzip"))
	assert.Equal(t, []string{"gzip"}, w.Header().Values("Content-Encoding"))
	assert.Equal(t, long[:2000], unzip(t, w.Body))
	assert.Equal(t, []string{"Accept-Encoding"}, w.Header().Values("Vary"))
}

func TestCompressForcedByTheClient(t *testing.T) {
	r := withLayers(middleware.Compress(middleware.CompressConfig{}))
	w := get(r, "/", header("Accept-Encoding", "gzip, identity;q=0"))
	assert.Equal(t, "ok", unzip(t, w.Body))
}

func TestCompressCountsWhatIsSentOutside(t *testing.T) {
	var inside, outside int
	r := texts(func(c *dram.Context) {
		c.Next()
		outside = c.Writer.Size()
	}, middleware.Compress(middleware.CompressConfig{}), func(c *dram.Context) {
		c.Next()
		inside = c.Writer.Size()
	})
	w := get(r, "/", header("Accept-Encoding", "gzip"))
	assert.Equal(t, 2000, inside)
	assert.Equal(t, w.Body.Len(), outside)
}

func TestCompressReusesItsEncoders(t *testing.T) {
	made := 0
	coding := middleware.Encoding{Name: "gzip", New: func() middleware.Encoder {
		made++
		return gzip.NewWriter(io.Discard)
	}}
	r := texts(middleware.Compress(middleware.CompressConfig{Encodings: []middleware.Encoding{coding}}))
	for range 100 {
		w := get(r, "/", header("Accept-Encoding", "gzip"))
		require.Equal(t, long[:2000], unzip(t, bytes.NewReader(w.Body.Bytes())))
	}
	assert.Less(t, made, 100) // the race detector drops some of a pool's entries
}

// Any Accept-Encoding gives a body that the client can read.
func FuzzCompressAcceptEncoding(f *testing.F) {
	for _, seed := range []string{"", "gzip", "gzip;q=0", "*;q=0.5, identity;q=0", ";;;,q=1", "gzip;q=0.0001"} {
		f.Add(seed)
	}
	r := texts(middleware.Compress(middleware.CompressConfig{}))
	f.Fuzz(func(t *testing.T, accept string) {
		w := get(r, "/", func(req *http.Request) { req.Header["Accept-Encoding"] = []string{accept} })
		switch w.Code {
		case http.StatusNotAcceptable:
		case http.StatusOK:
			body := w.Body.String()
			if w.Header().Get("Content-Encoding") == "gzip" {
				lower := strings.ToLower(accept)
				require.True(t, strings.Contains(lower, "gzip") || strings.Contains(lower, "*"))
				body = unzip(t, w.Body)
			}
			require.Equal(t, long[:2000], body)
		default:
			t.Fatal(w.Code)
		}
	})
}
