package dram_test

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

// site makes a directory with files.
func site(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"a.txt": "a", "sub/index.html": "index", "bare/b.txt": "b", "index.html": "root",
	} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	return dir
}

func TestStatic(t *testing.T) {
	dir := site(t)
	r := dram.New()
	r.NoRoute(func(c *dram.Context) { c.String(-1, "none of mine") })
	r.Static("/s", dir)
	tests := []struct {
		path     string
		status   int
		body     string
		location string
	}{
		{"/s/a.txt", 200, "a", ""},
		{"/s/", 200, "root", ""},
		{"/s", 301, "", "/s/"},
		{"/s/sub/", 200, "index", ""},
		{"/s/sub", 301, "", "./sub/"},
		{"/s/sub?q=1", 301, "", "./sub/?q=1"},
		{"/s/index.html", 301, "", "./"},
		{"/s/sub/index.html?q=1", 301, "", "./?q=1"},
		{"/s/a.txt/", 301, "", "../a.txt"},
		{"/s//evil.example", 404, "none of mine", ""},
		{"/s/bare/", 404, "none of mine", ""},
		{"/s/none", 404, "none of mine", ""},
		{"/s/../static_test.go", 404, "none of mine", ""},
		{"/s/..%2f..%2fetc/passwd", 404, "none of mine", ""},
		{"/s/a.txt%00", 404, "none of mine", ""},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			w := serve(r, "GET", tt.path)
			assert.Equal(t, tt.status, w.Code)
			assert.Equal(t, tt.location, w.Header().Get("Location"))
			if tt.status != 301 {
				assert.Equal(t, tt.body, w.Body.String())
			}
		})
	}
	w := serve(r, "HEAD", "/s/a.txt")
	assert.Equal(t, 200, w.Code)
	assert.Equal(t, "1", w.Header().Get("Content-Length"))
	assert.Empty(t, w.Body.String())
}

func TestStaticMissRestoresTheChain(t *testing.T) {
	r := dram.New()
	var after int
	r.Use(func(c *dram.Context) {
		c.Next()
		after = c.Writer.Status()
		assert.False(t, c.IsAborted())
		assert.Len(t, c.HandlerNames(), 2)
	})
	r.Static("/s", t.TempDir())
	w := serve(r, "GET", "/s/none")
	assert.Equal(t, 404, after)
	assert.Equal(t, "404 page not found", w.Body.String())
}

func TestStaticAtTheRoot(t *testing.T) {
	r := dram.New()
	r.GET("/api/x", ok)
	r.Static("/", site(t))
	assert.Equal(t, "/api/x", serve(r, "GET", "/api/x").Body.String())
	assert.Equal(t, "a", serve(r, "GET", "/a.txt").Body.String())
	assert.Equal(t, "root", serve(r, "GET", "/").Body.String())
}

func TestStaticFSMayList(t *testing.T) {
	dir := site(t)
	r := dram.New()
	r.StaticFS("/list", dram.Dir(dir, true))
	r.StaticFS("/quiet", dram.Dir(dir, false))
	assert.Contains(t, serve(r, "GET", "/list/bare/").Body.String(), "b.txt")
	assert.Equal(t, 404, serve(r, "GET", "/quiet/bare/").Code)
}

func TestStaticFile(t *testing.T) {
	dir := site(t)
	r := dram.New()
	r.StaticFile("/one", filepath.Join(dir, "a.txt"))
	r.StaticFileFS("/two", "a.txt", http.Dir(dir))
	r.StaticFileFS("/index", "index.html", http.Dir(dir))
	for _, path := range []string{"/one", "/two"} {
		w := serve(r, "GET", path)
		assert.Equal(t, "a", w.Body.String())
		assert.Equal(t, 200, serve(r, "HEAD", path).Code)
	}
	assert.Equal(t, "root", serve(r, "GET", "/index").Body.String(), "an index page is served, not redirected")
	for _, path := range []string{"/:a", "/*a"} {
		assertPanics(t, "URL parameters can not be used", func() { r.StaticFile(path, "x") })
		assertPanics(t, "URL parameters can not be used", func() { r.StaticFileFS(path, "x", http.Dir(dir)) })
		assertPanics(t, "URL parameters can not be used", func() { r.Static(path, dir) })
	}
}

func TestFileFromFS(t *testing.T) {
	dir := site(t)
	r := dram.New()
	r.GET("/f", func(c *dram.Context) {
		c.FileFromFS("bare/b.txt", http.Dir(dir))
		assert.Equal(t, "/f", c.Request.URL.Path, "the request's URL is not changed")
	})
	r.GET("/none", func(c *dram.Context) { c.FileFromFS("none", http.Dir(dir)) })
	r.GET("/dir", func(c *dram.Context) { c.FileFromFS("sub/", http.Dir(dir)) })
	r.GET("/dir-without-slash", func(c *dram.Context) { c.FileFromFS("sub", http.Dir(dir)) })
	r.GET("/index", func(c *dram.Context) { c.FileFromFS("index.html", http.Dir(dir)) })
	assert.Equal(t, "b", serve(r, "GET", "/f").Body.String())
	assert.Equal(t, 404, serve(r, "GET", "/none").Code)
	assert.Equal(t, "index", serve(r, "GET", "/dir").Body.String())
	assert.Equal(t, "index", serve(r, "GET", "/dir-without-slash").Body.String(), "the request's path is not the directory's: no redirect helps")
	assert.Equal(t, "root", serve(r, "GET", "/index").Body.String())

	req := httptest.NewRequest("GET", "/f", nil)
	req.Header.Set("Range", "bytes=0-0")
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	assert.Equal(t, http.StatusPartialContent, w.Code)
}

func TestFileAttachment(t *testing.T) {
	tests := []struct{ name, want string }{
		{"a b.txt", `attachment; filename="a b.txt"`},
		{`q"\.txt`, `attachment; filename="q\"\\.txt"`},
		{"文 件.txt", `attachment; filename="_ _.txt"; filename*=UTF-8''%E6%96%87%20%E4%BB%B6.txt`},
		{"a\r\nX: y", `attachment; filename="a__X: y"; filename*=UTF-8''a%0D%0AX%3A%20y`},
	}
	for _, tt := range tests {
		w := answer(func(c *dram.Context) { c.FileAttachment("routergroup_static_test.go", tt.name) })
		assert.Equal(t, tt.want, w.Header().Get("Content-Disposition"))
		assert.Equal(t, 200, w.Code)
	}
}

// Only an *os.File goes to the socket inside the kernel: nothing may be wrapped
// around it on the way from Static to net/http.
func TestStaticSendsFiles(t *testing.T) {
	dir := site(t)
	for name, fs := range map[string]http.FileSystem{"Static": nil, "Dir": dram.Dir(dir, false)} {
		r := dram.New()
		if fs == nil {
			r.Static("/", dir)
		} else {
			r.StaticFS("/", fs)
		}
		for _, path := range []string{"/a.txt", "/"} {
			under := &readerFromWriter{countingWriter: countingWriter{header: http.Header{}}}
			r.ServeHTTP(under, httptest.NewRequest("GET", path, nil))
			limited, ok := under.from.(*io.LimitedReader)
			require.True(t, ok, "%s %s", name, path)
			assert.IsType(t, &os.File{}, limited.R, "%s %s", name, path)
		}
	}
}

// A part of a file is sent by the kernel as well, and so is one whose conditions
// were looked at.
func TestStaticSendsPartsOfFiles(t *testing.T) {
	r := dram.New()
	r.Static("/", site(t))
	for name, value := range map[string]string{"Range": "bytes=0-0", "If-Match": "*"} {
		under := &readerFromWriter{countingWriter: countingWriter{header: http.Header{}}}
		req := httptest.NewRequest("GET", "/a.txt", nil)
		req.Header.Set(name, value)
		r.ServeHTTP(under, req)
		limited, ok := under.from.(*io.LimitedReader)
		require.True(t, ok, name)
		assert.IsType(t, &os.File{}, limited.R, name)
	}
}

// Files that cannot go back, of an archive, have conditions and no ranges.
func TestStaticFromAnArchive(t *testing.T) {
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	f, err := w.CreateHeader(&zip.FileHeader{Name: "page", Method: zip.Deflate, Modified: time.Unix(1e9, 0)})
	require.NoError(t, err)
	_, _ = io.WriteString(f, "<h1>hello</h1>")
	require.NoError(t, w.Close())
	files, err := zip.NewReader(bytes.NewReader(archive.Bytes()), int64(archive.Len()))
	require.NoError(t, err)
	r := dram.New()
	r.StaticFS("/", http.FS(files))
	for name, want := range map[string]int{"": 200, "Range": 200, "If-Modified-Since": 304} {
		req := httptest.NewRequest("GET", "/page", nil)
		if name != "" {
			req.Header.Set(name, map[string]string{"Range": "bytes=1-2", "If-Modified-Since": time.Unix(1e9, 0).UTC().Format(http.TimeFormat)}[name])
		}
		got := httptest.NewRecorder()
		r.ServeHTTP(got, req)
		assert.Equal(t, want, got.Code, name)
		assert.Empty(t, got.Header().Get("Accept-Ranges"), name)
		if want == 200 {
			assert.Equal(t, "<h1>hello</h1>", got.Body.String(), name)
			assert.Equal(t, "text/html; charset=utf-8", got.Header().Get("Content-Type"), name)
			assert.Equal(t, "14", got.Header().Get("Content-Length"), name)
		}
	}
	assert.Equal(t, "14", serve(r, "HEAD", "/page").Header().Get("Content-Length"))
}
