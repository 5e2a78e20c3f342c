package dram_test

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

// contextFor is a Context with a request, outside any route.
func contextFor(method, target, contentType, body string) *dram.Context {
	c, _ := dram.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest(method, target, strings.NewReader(body))
	if contentType != "" {
		c.Request.Header.Set("Content-Type", contentType)
	}
	return c
}

func ExampleContext_RoutePath() {
	for _, escaped := range []bool{false, true} {
		r := dram.New()
		r.UseEscapedPath = escaped
		r.GET("/*path", func(c *dram.Context) { c.String(http.StatusOK, c.RoutePath()) })
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest("GET", "/caf%C3%A9", nil))
		fmt.Println(w.Body)
	}
	// Output:
	// /café
	// /caf%C3%A9
}

// A program may serve one request several times, as a retry or a batch does.
func TestQueryIsThatOfTheRequestThoughItsURLComesAgain(t *testing.T) {
	for _, mode := range []string{dram.DebugMode, dram.ReleaseMode} {
		inMode(t, mode)
		var seen []string
		r := dram.New()
		r.GET("/", func(c *dram.Context) {
			seen = append(seen, c.QueryArray("a")...)
			slices.Reverse(c.QueryArray("a"))
		})
		req := httptest.NewRequest("GET", "/", nil)
		for _, query := range []string{"a=1&a=2", "a=1&a=2", "a=3"} {
			req.URL.RawQuery = query
			r.ServeHTTP(httptest.NewRecorder(), req)
		}
		assert.Equal(t, []string{"1", "2", "1", "2", "3"}, seen, mode)
	}
}

func TestQuery(t *testing.T) {
	c := contextFor("GET", "/?a=1&a=2&empty=&m[x]=1&m[x]=2&m[y]=3&m[]=no&m[c][d]=4&n=%20+", "", "")

	assert.Equal(t, "1", c.Query("a"))
	assert.Equal(t, []string{"1", "2"}, c.QueryArray("a"))
	assert.Equal(t, "  ", c.Query("n"))
	value, ok := c.GetQuery("empty")
	assert.True(t, ok, "there, but empty")
	assert.Empty(t, value)
	assert.Empty(t, c.DefaultQuery("empty", "default"))
	assert.Equal(t, "1", c.DefaultQuery("a", "default"))
	assert.Equal(t, "default", c.DefaultQuery("none", "default"))
	_, ok = c.GetQuery("none")
	assert.False(t, ok)
	_, ok = c.GetQueryArray("none")
	assert.False(t, ok)
	assert.Equal(t, map[string]string{"x": "1", "y": "3", "c": "4"}, c.QueryMap("m"))
	_, ok = c.GetQueryMap("a")
	assert.False(t, ok)

	c.Request.URL.RawQuery = "a=changed"
	assert.Equal(t, "1", c.Query("a"), "parsed at first use")
}

func TestPostForm(t *testing.T) {
	for _, method := range []string{"POST", "PUT", "PATCH"} {
		c := contextFor(method, "/?a=query", "application/x-www-form-urlencoded", "a=1&a=2&empty=&m[x]=1")
		assert.Equal(t, "1", c.PostForm("a"), method)
		assert.Equal(t, []string{"1", "2"}, c.PostFormArray("a"))
		assert.Empty(t, c.DefaultPostForm("empty", "default"))
		assert.Equal(t, "default", c.DefaultPostForm("none", "default"))
		assert.Equal(t, map[string]string{"x": "1"}, c.PostFormMap("m"))
		_, ok := c.GetPostForm("none")
		assert.False(t, ok)
	}
	c := contextFor("DELETE", "/", "application/x-www-form-urlencoded", "a=1")
	assert.Empty(t, c.PostForm("a"))
	c = contextFor("POST", "/", "application/x-www-form-urlencoded", "a=1&b=%zz")
	assert.Equal(t, "1", c.PostForm("a"), "what can be parsed is there")
}

// multipartContext is a Context whose request uploads files by their names.
func multipartContext(t *testing.T, files map[string]string) *dram.Context {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, content := range files {
		part, err := w.CreateFormFile("file", name)
		require.NoError(t, err)
		_, err = io.WriteString(part, content)
		require.NoError(t, err)
	}
	require.NoError(t, w.WriteField("a", "1"))
	require.NoError(t, w.Close())
	return contextFor("POST", "/", w.FormDataContentType(), body.String())
}

func TestFormFile(t *testing.T) {
	c := multipartContext(t, map[string]string{"../../etc/passwd": "x"})
	file, err := c.FormFile("file")
	require.NoError(t, err)
	assert.Equal(t, "passwd", file.Filename, "base names only")
	assert.Equal(t, "1", c.PostForm("a"))
	_, err = c.FormFile("none")
	assert.Equal(t, http.ErrMissingFile, err)
	form, err := c.MultipartForm()
	require.NoError(t, err)
	assert.Len(t, form.File["file"], 1)

	c = contextFor("POST", "/", "text/plain", "x")
	_, err = c.FormFile("file")
	assert.ErrorContains(t, err, "request Content-Type isn't multipart/form-data")
	_, err = c.MultipartForm()
	assert.Error(t, err)
}

func TestPostFormAfterParseForm(t *testing.T) {
	c := multipartContext(t, nil)
	require.NoError(t, c.Request.ParseForm())
	assert.Equal(t, "1", c.PostForm("a"), "a middleware's ParseForm must not hide the multipart form")
}

func TestSaveUploadedFile(t *testing.T) {
	c := multipartContext(t, map[string]string{"a.txt": "content"})
	file, err := c.FormFile("file")
	require.NoError(t, err)
	dir := t.TempDir()

	dst := filepath.Join(dir, "new", "deeper", "a.txt")
	require.NoError(t, c.SaveUploadedFile(file, dst))
	got, err := os.ReadFile(dst)
	require.NoError(t, err)
	assert.Equal(t, "content", string(got))
	assert.Equal(t, os.FileMode(0o750), modeOf(t, filepath.Dir(dst)))

	require.NoError(t, c.SaveUploadedFile(file, filepath.Join(dir, "mode", "a.txt"), 0o777))
	assert.Equal(t, os.FileMode(0o777), modeOf(t, filepath.Join(dir, "mode")))

	before := modeOf(t, dir)
	require.NoError(t, c.SaveUploadedFile(file, filepath.Join(dir, "b.txt"), 0o701))
	assert.Equal(t, before, modeOf(t, dir), "a directory that was there keeps its mode")

	require.NoError(t, os.WriteFile(filepath.Join(dir, "plain"), nil, 0o600))
	assert.ErrorContains(t, c.SaveUploadedFile(file, filepath.Join(dir, "plain", "x")), "dram: ")
	assert.ErrorContains(t, c.SaveUploadedFile(file, dir), `"a.txt"`)
}

func modeOf(t *testing.T, name string) os.FileMode {
	t.Helper()
	info, err := os.Stat(name)
	require.NoError(t, err)
	return info.Mode().Perm()
}

func TestHeaders(t *testing.T) {
	tests := []struct{ given, want string }{
		{"application/json; charset=utf-8", "application/json"},
		{"Application/JSON", "application/json"},
		{"text/plain ", "text/plain"},
		{"", ""},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.want, contextFor("POST", "/", tt.given, "").ContentType())
	}
	c := contextFor("GET", "/", "", "")
	assert.False(t, c.IsWebsocket())
	c.Request.Header.Set("Connection", "keep-alive, UPGRADE")
	assert.False(t, c.IsWebsocket())
	c.Request.Header.Set("Upgrade", "WebSocket")
	assert.True(t, c.IsWebsocket())
	assert.Equal(t, "WebSocket", c.GetHeader("upgrade"))
}

func TestCookies(t *testing.T) {
	c := contextFor("GET", "/", "", "")
	c.Request.Header.Set("Cookie", "a=x%20y; bad=%zz")
	value, err := c.Cookie("a")
	require.NoError(t, err)
	assert.Equal(t, "x y", value)
	_, err = c.Cookie("none")
	assert.ErrorIs(t, err, http.ErrNoCookie)
	_, err = c.Cookie("bad")
	assert.Error(t, err)
}

func TestGetRawData(t *testing.T) {
	c := contextFor("POST", "/", "", "raw")
	data, err := c.GetRawData()
	require.NoError(t, err)
	assert.Equal(t, "raw", string(data))
	c.Request.Body = nil
	_, err = c.GetRawData()
	assert.ErrorContains(t, err, "cannot read nil body")
}

func TestAddParam(t *testing.T) {
	c := contextFor("GET", "/", "", "")
	c.AddParam("id", "1")
	c.AddParam("id", "2")
	assert.Equal(t, "1", c.Param("id"), "the first one wins")
	assert.Empty(t, c.Param("none"))
}

func TestPathOptions(t *testing.T) {
	pattern := func(options ...dram.OptionFunc) *dram.Engine {
		r := dram.New(options...)
		for _, p := range []string{"/one/:a", "/two/:a/:b"} {
			r.GET(p, func(c *dram.Context) { c.String(200, "%s|%s|%s", c.FullPath(), c.Param("a"), c.Param("b")) })
		}
		return r
	}
	raw := func(e *dram.Engine) { e.UseRawPath = true }
	escaped := func(e *dram.Engine) { e.UseEscapedPath = true }
	keep := func(e *dram.Engine) { e.UnescapePathValues = false }
	extra := func(e *dram.Engine) { e.RemoveExtraSlash = true }
	tests := []struct {
		name, path, want string
		options          []dram.OptionFunc
	}{
		{"decoded", "/two/x%2Fy", "/two/:a/:b|x|y", nil},
		{"plus stays", "/one/a+b", "/one/:a|a+b|", nil},
		{"raw", "/one/x%2Fy", "/one/:a|x/y|", []dram.OptionFunc{raw}},
		{"raw, values as they are", "/one/x%2Fy", "/one/:a|x%2Fy|", []dram.OptionFunc{raw, keep}},
		{"raw, plus stays", "/one/x%2F+y", "/one/:a|x/+y|", []dram.OptionFunc{raw}},
		{"escaped", "/one/%20%2F", "/one/:a| /|", []dram.OptionFunc{escaped}},
		{"escaped without need", "/one/x", "/one/:a|x|", []dram.OptionFunc{escaped}},
		{"extra slashes", "//one/./y/../x", "/one/:a|x|", []dram.OptionFunc{extra}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			assert.Equal(t, tt.want, serve(pattern(tt.options...), "GET", tt.path).Body.String())
		})
	}
	r := pattern(raw)
	req := httptest.NewRequest("GET", "/", nil)
	req.URL.Path, req.URL.RawPath = "/one/x", "/one/%zz"
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	assert.Equal(t, "/one/:a|%zz|", w.Body.String(), "what cannot be decoded stays")
}
