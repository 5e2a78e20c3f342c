package dram_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

// filesEngine has a route for each way to send one file, and a NoRoute of its own.
func filesEngine(dir string) *dram.Engine {
	r := dram.New()
	r.NoRoute(func(c *dram.Context) { c.String(-1, "ours") })
	r.GET("/file/:name", func(c *dram.Context) { c.File(filepath.Join(dir, c.Param("name"))) })
	r.GET("/fs/:name", func(c *dram.Context) { c.FileFromFS(c.Param("name"), http.Dir(dir)) })
	r.GET("/attached/:name", func(c *dram.Context) { c.FileAttachment(filepath.Join(dir, c.Param("name")), "save.txt") })
	r.Static("/static", dir)
	return r
}

func TestAMissingFileIsNotFound(t *testing.T) {
	dir := site(t)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "secrets"), 0o755))
	r := filesEngine(dir)
	for _, way := range []string{"/file/", "/fs/", "/attached/", "/static/"} {
		for _, name := range []string{"none", "a.txt%00", strings.Repeat("n", 300)} {
			w := serve(r, "GET", way+name)
			assert.Equal(t, 404, w.Code, way+name)
			assert.Equal(t, "ours", w.Body.String(), way+name)
			assert.Empty(t, w.Header().Get("Content-Disposition"), way+name)
		}
		w := serve(r, "GET", way+"a.txt")
		assert.Equal(t, "a", w.Body.String(), way)
	}
	for _, way := range []string{"/file/", "/fs/", "/attached/"} { // http.Dir could list it
		for name, want := range map[string]string{"bare": "ours", "secrets": "ours", "sub": "index"} {
			w := serve(r, "GET", way+name)
			assert.Equal(t, want, w.Body.String(), "a directory is its page, and never listed: "+way+name)
		}
	}
	assert.Equal(t, `attachment; filename="save.txt"`, serve(r, "GET", "/attached/a.txt").Header().Get("Content-Disposition"))
}

func TestAMissingFileLeavesTheDispositionThatWasThere(t *testing.T) {
	r := dram.New()
	r.NoRoute(func(c *dram.Context) { c.String(404, "ours") })
	r.GET("/", func(c *dram.Context) {
		c.Header("Content-Disposition", "inline")
		c.FileAttachment("none", "save.txt")
	})
	w := serve(r, "GET", "/")
	assert.Equal(t, 404, w.Code)
	assert.Equal(t, "inline", w.Header().Get("Content-Disposition"))
}

// What is refused is not a download, and says what is wrong.
func TestAFileThatDoesNotFitTheRequest(t *testing.T) {
	r := filesEngine(site(t))
	for _, way := range []string{"/file/", "/fs/", "/attached/", "/static/"} {
		for _, refusal := range []struct {
			name, value, says string
			status            int
		}{
			{"Range", "bytes=7-", "416 the file does not have the range", 416},
			{"Range", "bytes=nonsense", "416 the file does not have the range", 416},
			{"If-Match", `"other"`, "412 the file is not in the state", 412},
			{"If-Unmodified-Since", "Mon, 01 Jan 2001 00:00:00 GMT", "412 the file is not in the state", 412},
		} {
			req := httptest.NewRequest("GET", way+"a.txt", nil)
			req.Header.Set(refusal.name, refusal.value)
			w := httptest.NewRecorder()
			r.ServeHTTP(w, req)
			assert.Equal(t, refusal.status, w.Code, way)
			assert.Contains(t, w.Body.String(), refusal.says)
			for _, name := range []string{"Content-Disposition", "Last-Modified", "Content-Length", "Cache-Control"} {
				assert.Empty(t, w.Header().Get(name), way+name)
			}
			if refusal.value == "bytes=7-" {
				assert.Equal(t, "bytes */1", w.Header().Get("Content-Range"))
			}
		}
		req := httptest.NewRequest("GET", way+"a.txt", nil)
		req.Header.Set("Range", "bytes=0-0")
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		assert.Equal(t, 206, w.Code)
		assert.Equal(t, "bytes 0-0/1", w.Header().Get("Content-Range"))
	}
}

// A page app's NoRoute sends its page; when that is missing, NoRoute is not run
// for ever.
func TestNoRouteThatSendsAMissingFile(t *testing.T) {
	r := dram.New()
	runs := 0
	r.NoRoute(func(c *dram.Context) { runs++; c.File("none.html") })
	r.GET("/x", func(c *dram.Context) { c.File("none.txt") })
	for _, path := range []string{"/y", "/x"} {
		runs = 0
		w := serve(r, "GET", path)
		assert.Equal(t, 404, w.Code)
		assert.Equal(t, "404 page not found", w.Body.String())
		assert.Equal(t, 1, runs, path)
	}
}

func TestSaveUploadedFileNeedsAFilesName(t *testing.T) {
	c := multipartContext(t, map[string]string{"a.txt": "content"})
	file, err := c.FormFile("file")
	require.NoError(t, err)
	dir := t.TempDir()
	for dst, says := range map[string]string{
		"":                            "not a file's name",
		dir:                           "is a directory",
		dir + "/":                     "not a file's name",
		filepath.Join(dir, "x") + "/": "not a file's name",
		".":                           "is a directory",
	} {
		assert.ErrorContains(t, c.SaveUploadedFile(file, dst), says, dst)
	}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, entries, "and nothing was made")
}

func TestSaveUploadedFileAtOnce(t *testing.T) {
	dir := t.TempDir()
	dst := filepath.Join(dir, "new", "name")
	contents := map[string]bool{}
	var saves sync.WaitGroup
	for _, letter := range []string{"a", "b", "c", "d"} {
		content := strings.Repeat(letter, 1<<18)
		contents[content] = true
		c := multipartContext(t, map[string]string{letter: content})
		file, err := c.FormFile("file")
		require.NoError(t, err)
		saves.Go(func() { assert.NoError(t, c.SaveUploadedFile(file, dst)) })
	}
	saves.Wait()
	got, err := os.ReadFile(dst)
	require.NoError(t, err)
	assert.True(t, contents[string(got)], "one of them, whole")
	entries, err := os.ReadDir(filepath.Dir(dst))
	require.NoError(t, err)
	assert.Len(t, entries, 1)
}

// A slash that the pattern asks for is not one that a client added.
func TestAFileAtAPathThatEndsInASlash(t *testing.T) {
	dir := site(t)
	r := dram.New()
	r.NoRoute(func(c *dram.Context) { c.String(-1, "ours") })
	r.GET("/docs/:name/", func(c *dram.Context) { c.File(filepath.Join(dir, c.Param("name")+".txt")) })
	r.GET("/all/*name", func(c *dram.Context) { c.File(filepath.Join(dir, c.Param("name"))) })
	r.GET("/fixed/*any", func(c *dram.Context) { c.File(filepath.Join(dir, "a.txt")) })
	r.GET("/a.txt/*any", func(c *dram.Context) { c.File(filepath.Join(dir, "a.txt")) })
	r.GET("/fs/*name", func(c *dram.Context) { c.FileFromFS(c.Param("name"), http.Dir(dir)) })
	for path, want := range map[string]string{
		"/docs/a/": "a", "/all/a.txt": "a", "/all/a.txt/": "ours", "/all/sub/": "index", "/all/": "root",
		"/fixed/x/": "a", "/fixed/x//": "a", "/fixed/x//y": "a", "/a.txt/": "a", "/fs/a.txt/": "ours", "/fs/sub/": "index", "/fs/": "root",
	} {
		assert.Equal(t, want, serve(r, "GET", path).Body.String(), path)
	}
	assert.Equal(t, "./sub/", serve(r, "GET", "/all/sub").Header().Get("Location"))
}

// A layer that shortens the path alone leaves two, and the file's name may be made of either.
func TestAFileOfAPathThatALayerHasShortened(t *testing.T) {
	dir := site(t)
	for name, path := range map[string]func(c *dram.Context) string{
		"what is left": func(c *dram.Context) string { return c.Request.URL.Path },
		"the whole":    func(c *dram.Context) string { return strings.TrimPrefix(c.RoutePath(), "/x") },
	} {
		r := dram.New()
		r.UseRawPath = true
		r.NoRoute(func(c *dram.Context) {
			c.Request.URL.Path = strings.TrimPrefix(c.Request.URL.Path, "/x")
			c.File(filepath.Join(dir, path(c)))
		})
		assert.Equal(t, "a", serve(r, "GET", "/x/a.txt").Body.String(), name)
		assert.Equal(t, 404, serve(r, "GET", "/x/a%2etxt/").Code, name)
	}
}

// Nor may a name be made of a param that still has its escapes, with them or without.
func TestAFileOfAnEscapedParamWithASlashBehindIt(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a b", "a%20b"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("file"), 0o600))
	}
	r := dram.New()
	r.UseRawPath, r.UseEscapedPath, r.UnescapePathValues = true, true, false
	r.NoRoute(func(c *dram.Context) { c.String(-1, "ours") })
	name := func(c *dram.Context) string { return filepath.Join(dir, c.Param("name")) }
	r.GET("/raw/*name", func(c *dram.Context) { c.File(name(c)) })
	r.GET("/plain/*name", func(c *dram.Context) {
		plain, err := url.PathUnescape(name(c))
		assert.NoError(t, err)
		c.File(plain)
	})
	for _, path := range []string{"/raw/a%20b", "/plain/a%20b"} {
		assert.Equal(t, "file", serve(r, "GET", path).Body.String(), path)
		assert.Equal(t, "ours", serve(r, "GET", path+"/").Body.String(), path)
	}
}
