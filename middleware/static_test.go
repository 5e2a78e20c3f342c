package middleware_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

func ExampleStatic() {
	files := fstest.MapFS{ // an embed.FS, say
		"app.3f2a9c1b.js": {Data: []byte("…")},
		"index.html":      {Data: []byte("<h1>hello</h1>")},
	}
	r := dram.New()
	r.GET("/assets/*filepath", middleware.Static(middleware.StaticConfig{
		FS: files, Prefix: "/assets", Immutable: middleware.HashedName,
	}))

	for _, path := range []string{"/assets/", "/assets/app.3f2a9c1b.js", "/assets/.env"} {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		fmt.Println(w.Code, w.Header().Get("Cache-Control"))
	}
	// Output:
	// 200 no-cache
	// 200 public, max-age=31536000, immutable
	// 404
}

// site makes a directory with files, and a secret beside it to which links lead.
func site(t *testing.T) (root string) {
	t.Helper()
	top := t.TempDir()
	root = filepath.Join(top, "public")
	for name, content := range map[string]string{
		"secret.txt": "secret", "public/a.txt": "a", "public/index.html": "home", "public/dir/index.html": "dir",
		"public/empty/.keep": "", "public/.env": "password", "public/.git/config": "git", "public/with space.txt": "space",
	} {
		file := filepath.Join(top, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(content), 0o644))
	}
	require.NoError(t, os.Symlink("../secret.txt", filepath.Join(root, "link.txt")))
	require.NoError(t, os.Symlink(filepath.Join(top, "secret.txt"), filepath.Join(root, "absolute.txt")))
	require.NoError(t, os.Symlink("..", filepath.Join(root, "up")))
	require.NoError(t, os.Symlink("a.txt", filepath.Join(root, "inside.txt")))
	return root
}

func TestStatic(t *testing.T) {
	r := dram.New()
	static := middleware.Static(middleware.StaticConfig{Root: site(t), Prefix: "/files"})
	r.Any("/files/*filepath", static)
	cases := []struct {
		method, target string
		code           int
		want           string // the body, or Location
	}{
		{"GET", "/files/a.txt", 200, "a"},
		{"HEAD", "/files/a.txt", 200, ""},
		{"GET", "/files/inside.txt", 200, "a"},
		{"GET", "/files/with%20space.txt", 200, "space"},
		{"GET", "/files/", 200, "home"},
		{"GET", "/files/dir/", 200, "dir"},
		{"GET", "/files/dir?a=b", 301, "./dir/?a=b"},
		{"GET", "/files/empty/", 404, ""},
		{"GET", "/files/empty", 404, ""},
		{"GET", "/files/a.txt/", 404, ""},
		{"GET", "/files/none", 404, ""},
		{"GET", "/files/.env", 404, ""},
		{"GET", "/files/.git/config", 404, ""},
		{"GET", "/files/link.txt", 404, ""},
		{"GET", "/files/absolute.txt", 404, ""},
		{"GET", "/files/up/secret.txt", 404, ""},
		{"POST", "/files/a.txt", 405, ""},
	}
	for _, tc := range cases {
		t.Run(tc.method+" "+tc.target, func(t *testing.T) {
			w := send(r, tc.method, tc.target, "")
			require.Equal(t, tc.code, w.Code)
			switch tc.code {
			case 200:
				assert.Equal(t, tc.want, w.Body.String())
				assert.Equal(t, "no-cache", w.Header().Get("Cache-Control"))
				assert.NotEmpty(t, w.Header().Get("ETag"))
			case 301:
				assert.Equal(t, tc.want, w.Header().Get("Location"))
			default:
				problemIn(t, w)
			}
		})
	}
}

// CVE-2026-39822 (Go before 1.25.12 and 1.26.5): a link to a link, with a slash behind it,
// leads out of an os.Root. Static never lists a directory, so it showed nothing of it; the
// go line of go.mod names the release that has the fix, and this test fails on older ones.
func TestCVE_2026_39822_StaticStaysInsideBehindTwoLinks(t *testing.T) {
	root := site(t)
	outside := filepath.Join(filepath.Dir(root), "outside")
	require.NoError(t, os.Mkdir(outside, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(outside, "index.html"), []byte("secret"), 0o644))
	for link, target := range map[string]string{
		"gate": "../outside", "door": "gate/", "absolute": outside + "/", "behind": "absolute/", "third": "door/", "dots": "../outside/.",
		"in": "dir/", "within": "in/",
	} {
		require.NoError(t, os.Symlink(target, filepath.Join(root, link)))
	}
	r := dram.New()
	r.NoRoute(middleware.Static(middleware.StaticConfig{Root: root}))
	below, err := os.OpenRoot(root)
	require.NoError(t, err)
	defer below.Close()
	for _, link := range []string{"gate", "door", "absolute", "behind", "third", "dots"} {
		_, err := fs.Stat(below.FS(), link)
		assert.Error(t, err, "Static relies on os.Root: %s", link)
		for _, path := range []string{"/" + link, "/" + link + "/", "/" + link + "/index.html"} {
			assert.Equal(t, http.StatusNotFound, get(r, path).Code, path)
		}
	}
	assert.Equal(t, "dir", get(r, "/within/").Body.String(), "a link inside is followed")
}

// GO-2021-0051, CVE-2020-36565 (echo) and GO-2022-0355, CVE-2022-21221 (fasthttp), on Windows
// by backslashes, and similar ones: no path leaves the directory.
func TestCVE_2020_36565_EchoStaticTraversal(t *testing.T) {
	root := site(t)
	r := dram.New()
	r.NoRoute(middleware.Static(middleware.StaticConfig{Root: root, Dotfiles: true}))
	for _, path := range []string{
		"/../secret.txt", "/..\\secret.txt", "/dir/../../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/%2e%2e%2fsecret.txt",
		"/..%5csecret.txt", "/dir/..%5c..%5csecret.txt", "//../secret.txt", "/./../secret.txt", "/..;/secret.txt", "/%252e%252e/secret.txt",
		"/dir/..", "/..", "//" + root + "/../secret.txt", "/a.txt%00", "/\x00", "/up/secret.txt",
	} {
		req := httptest.NewRequest(http.MethodGet, "/", nil)
		parsed, err := req.URL.Parse("/")
		require.NoError(t, err)
		parsed.Path, parsed.RawPath = path, ""
		if unescaped, err := pathUnescape(path); err == nil {
			parsed.Path, parsed.RawPath = unescaped, path
		}
		req.URL = parsed
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		assert.Equal(t, http.StatusNotFound, w.Code, path)
		assert.NotContains(t, w.Body.String(), "secret\n", path)
	}
}

// The guard of a path that the router sees must not be bypassed by writing its
// slash as %2F, which the file system takes for a slash.
func TestEchoStaticEscapedSlashBypassesAGuard(t *testing.T) {
	for name, set := range map[string]func(*dram.Engine){
		"decoded": func(*dram.Engine) {},
		"raw":     func(r *dram.Engine) { r.UseRawPath = true },
		"escaped": func(r *dram.Engine) { r.UseEscapedPath = true },
	} {
		t.Run(name, func(t *testing.T) {
			r := dram.New()
			set(r)
			static := middleware.Static(middleware.StaticConfig{FS: fstest.MapFS{"private/a.txt": {Data: []byte("guarded")}, "b.txt": {Data: []byte("open")}}})
			r.GET("/private/*filepath", func(c *dram.Context) { c.AbortWithStatus(http.StatusUnauthorized) }, static)
			r.GET("/*filepath", static)
			assert.Equal(t, "open", get(r, "/b.txt").Body.String())
			for _, path := range []string{"/private/a.txt", "/private%2Fa.txt", "/private%2fa.txt", "/private%5Ca.txt", "/x/..%2Fprivate/a.txt", "/%70rivate/a.txt"} {
				w := get(r, path)
				assert.NotEqual(t, http.StatusOK, w.Code, path)
				assert.NotContains(t, w.Body.String(), "guarded", path)
			}
		})
	}
}

func TestStaticSettings(t *testing.T) {
	root := site(t)
	serve := func(cfg middleware.StaticConfig, path string) *httptest.ResponseRecorder {
		r := dram.New()
		r.Use(middleware.Static(cfg))
		r.GET("/route", func(c *dram.Context) { c.String(200, "route") })
		return get(r, path)
	}
	assert.Equal(t, "password", serve(middleware.StaticConfig{Root: root, Dotfiles: true}, "/.env").Body.String())
	assert.Equal(t, 404, serve(middleware.StaticConfig{Root: root, Index: "-"}, "/").Code)
	assert.Equal(t, 404, serve(middleware.StaticConfig{Root: root, Index: "-"}, "/dir").Code)
	assert.Equal(t, "a", serve(middleware.StaticConfig{Root: root, Index: "a.txt"}, "/").Body.String())
	assert.Equal(t, 404, serve(middleware.StaticConfig{Root: root}, "/route").Code)
	assert.Equal(t, "route", serve(middleware.StaticConfig{Root: root, Fallthrough: true}, "/route").Body.String())
	assert.Equal(t, "a", serve(middleware.StaticConfig{Root: root, Fallthrough: true}, "/a.txt").Body.String())
	w := serve(middleware.StaticConfig{Root: root, Prefix: "/files"}, "/files")
	assert.Equal(t, "./files/", w.Header().Get("Location"))

	r := dram.New()
	r.Use(middleware.Static(middleware.StaticConfig{Root: root, Fallthrough: true}))
	r.POST("/a.txt", func(c *dram.Context) { c.String(200, "posted") })
	assert.Equal(t, "posted", send(r, "POST", "/a.txt", "").Body.String())
}

func TestStaticPrecompressed(t *testing.T) {
	then, later := time.Unix(1e9, 0), time.Unix(1e9+1, 0)
	files := fstest.MapFS{
		"app.js": {Data: []byte("plain"), ModTime: then}, "app.js.br": {Data: []byte("brotli"), ModTime: then}, "app.js.gz": {Data: []byte("gzipped"), ModTime: later},
		"old.js": {Data: []byte("plain"), ModTime: later}, "old.js.gz": {Data: []byte("gzip of before"), ModTime: then},
		"noext": {Data: []byte("<!doctype html>"), ModTime: then}, "noext.gz": {Data: []byte("gzipped"), ModTime: then},
	}
	r := dram.New()
	r.Use(middleware.Compress(middleware.CompressConfig{MinSize: 1}))
	r.NoRoute(middleware.Static(middleware.StaticConfig{FS: files, Precompressed: true}))
	cases := []struct{ path, accept, body, coding, contentType string }{
		{"/app.js", "gzip, br", "brotli", "br", "text/javascript; charset=utf-8"},
		{"/app.js", "gzip, br;q=0.9", "gzipped", "gzip", "text/javascript; charset=utf-8"},
		{"/app.js", "gzip, br;q=0", "gzipped", "gzip", "text/javascript; charset=utf-8"},
		{"/app.js", "identity, gzip;q=0.5", "plain", "", "text/javascript; charset=utf-8"},
		{"/app.js", "*", "brotli", "br", "text/javascript; charset=utf-8"},
		{"/app.js", "zstd", "plain", "", "text/javascript; charset=utf-8"},
		{"/app.js", "", "plain", "", "text/javascript; charset=utf-8"},
		{"/noext", "gzip", "gzipped", "gzip", "text/html; charset=utf-8"},
	}
	tags := map[string]bool{}
	for _, tc := range cases {
		t.Run(tc.path+" "+tc.accept, func(t *testing.T) {
			w := get(r, tc.path, header("Accept-Encoding", tc.accept))
			assert.Equal(t, tc.body, w.Body.String())
			assert.Equal(t, tc.coding, w.Header().Get("Content-Encoding"))
			assert.Equal(t, tc.contentType, w.Header().Get("Content-Type"))
			assert.Equal(t, []string{"Accept-Encoding"}, w.Header().Values("Vary"))
			assert.Equal(t, fmt.Sprint(len(tc.body)), w.Header().Get("Content-Length"))
			tags[w.Header().Get("ETag")] = true
			again := get(r, tc.path, header("Accept-Encoding", tc.accept), header("If-None-Match", w.Header().Get("ETag")))
			assert.Equal(t, http.StatusNotModified, again.Code)
			part := get(r, tc.path, header("Accept-Encoding", tc.accept), header("Range", "bytes=1-2"))
			assert.Equal(t, tc.body[1:3], part.Body.String())
		})
	}
	assert.Len(t, tags, 4, "each variant has its own tag")
	assert.Equal(t, "plain", unzip(t, get(r, "/old.js", header("Accept-Encoding", "gzip")).Body), "an old variant is not sent")
}

// Conditions or ranges that do not fit the file are a problem, through OnError,
// without any of the file's headers.
func TestStaticThatDoesNotFitTheRequest(t *testing.T) {
	then := time.Unix(1e9, 0)
	files := fstest.MapFS{"app.js": {Data: []byte("plain"), ModTime: then}, "app.js.gz": {Data: []byte("gzipped"), ModTime: then}, "index.html": {Data: []byte("page"), ModTime: then}}
	r := dram.New()
	r.NoRoute(middleware.Static(middleware.StaticConfig{FS: files, Precompressed: true}))
	spa := dram.New()
	spa.NoRoute(middleware.SPA(middleware.SPAConfig{FS: files, Precompressed: true}))
	for _, engine := range []*dram.Engine{r, spa} {
		for _, accept := range []string{"gzip", "identity"} {
			for name, refusal := range map[string]struct {
				value  string
				status int
			}{"Range": {"bytes=100-", 416}, "If-Match": {`"other"`, 412}, "If-Unmodified-Since": {"Mon, 01 Jan 2001 00:00:00 GMT", 412}} {
				w := get(engine, "/app.js", header("Accept-Encoding", accept), header(name, refusal.value))
				assert.Equal(t, refusal.status, problemIn(t, w).Status)
				for _, left := range []string{"Content-Encoding", "Content-Length", "Etag", "Last-Modified", "Cache-Control"} {
					assert.Empty(t, w.Header().Get(left), "%s: %s", name, left)
				}
			}
		}
	}
	assert.Equal(t, "bytes */5", get(r, "/app.js", header("Range", "bytes=100-")).Header().Get("Content-Range"))
}

// The spellings of RouterGroup.Static's tests, where a path has no route.
func TestStaticTakesOneSpelling(t *testing.T) {
	files := fstest.MapFS{"a.txt": {Data: []byte("a")}, "d/b c.txt": {Data: []byte("b")}, "d/index.html": {Data: []byte("d")}, "index.html": {Data: []byte("home")}}
	static, spa := dram.New(), dram.New()
	static.NoRoute(middleware.Static(middleware.StaticConfig{FS: files}))
	spa.NoRoute(middleware.SPA(middleware.SPAConfig{FS: files}))
	for path, want := range map[string]string{"/a.txt": "a", "/d/b%20c.txt": "b"} {
		assert.Equal(t, want, get(static, path).Body.String(), path)
		assert.Equal(t, want, get(spa, path).Body.String(), path)
	}
	for _, path := range []string{
		"//a.txt", "/./a.txt", "/d/../a.txt", "/d//b%20c.txt", "/d%2Fb%20c.txt", "/d%5Cb%20c.txt", "/%61.txt", "/a%2Etxt", "/%2e/a.txt", "/a.txt%00", "/a.txt%20", "/a.txt.", "/d./b%20c.txt",
		"/d%20/b%20c.txt", "/%2fa.txt", "/a.txt%0a", "/%c0%afa.txt", "/a.txt%5c", "//", "/.", "/d/.", "/d/..", "/a.txt/..",
	} {
		assert.Equal(t, 404, get(static, "/", pathOf(path)).Code, path)
		assert.Equal(t, 404, get(spa, "/", pathOf(path), header("Accept", "text/html")).Code, path)
	}
}

// A router that matches escaped paths does not take these for the guard's.
func TestStaticOfARouterThatSeesEscapes(t *testing.T) {
	files := fstest.MapFS{"a@b/a.txt": {Data: []byte("guarded")}, "caf\u00e9/a.txt": {Data: []byte("guarded")}, "b c.txt": {Data: []byte("open")}}
	for name, set := range routerModes {
		r := dram.New()
		set(r)
		for _, guarded := range []string{"/a@b/*f", "/caf\u00e9/*f", "/caf%C3%A9/*f"} {
			r.GET(guarded, func(c *dram.Context) { c.AbortWithStatus(http.StatusUnauthorized) })
		}
		r.NoRoute(middleware.Static(middleware.StaticConfig{FS: files}))
		assert.Equal(t, "open", get(r, "/b%20c.txt").Body.String(), name)
		for _, path := range []string{"/a@b/a.txt", "/a%40b/a.txt", "/caf%C3%A9/a.txt", "/caf%c3%a9/a.txt", "/a%40b/a.txt/"} {
			assert.NotContains(t, get(r, "/", pathOf(path)).Body.String(), "guarded", "%s%s", path, name)
		}
	}
}

func TestStaticFromAnArchive(t *testing.T) {
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	f, err := w.CreateHeader(&zip.FileHeader{Name: "a", Method: zip.Deflate, Modified: time.Unix(1e9, 0)})
	require.NoError(t, err)
	_, _ = io.WriteString(f, "<h1>hello</h1>")
	require.NoError(t, w.Close())
	files, err := zip.NewReader(bytes.NewReader(archive.Bytes()), int64(archive.Len()))
	require.NoError(t, err)
	r := dram.New()
	r.NoRoute(middleware.Static(middleware.StaticConfig{FS: files}))
	got := get(r, "/a")
	assert.Equal(t, 200, got.Code)
	assert.Equal(t, "<h1>hello</h1>", got.Body.String())
	assert.Equal(t, "text/html; charset=utf-8", got.Header().Get("Content-Type"))
	assert.Equal(t, "14", got.Header().Get("Content-Length"))
	assert.Equal(t, 304, get(r, "/a", header("If-None-Match", got.Header().Get("ETag"))).Code)
	assert.Equal(t, 304, get(r, "/a", header("If-Modified-Since", got.Header().Get("Last-Modified"))).Code)
	head := send(r, "HEAD", "/a", "")
	assert.Equal(t, "14", head.Header().Get("Content-Length"))
	assert.Empty(t, head.Body.String())
}

func TestHashedName(t *testing.T) {
	for name, want := range map[string]bool{
		"app.3f2a9c1b.js": true, "a/index-DiwrgT8a.css": true, "x.0123456789abcdef.woff2": true,
		"app.js": false, "report-20240101.pdf": false, "my-document.pdf": false, "3f2a9c1b.js": false, "jquery-3.7.1.min.js": false, "a": false, "": false,
	} {
		assert.Equal(t, want, middleware.HashedName(name), name)
	}
}

// No request gets anything but the files that may be served.
func FuzzStatic(f *testing.F) {
	top := f.TempDir()
	root := filepath.Join(top, "public")
	require.NoError(f, os.MkdirAll(filepath.Join(root, "dir"), 0o755))
	for name, content := range map[string]string{"secret": "secret", "public/a": "open", "public/dir/b": "open", "public/.hidden": "secret"} {
		require.NoError(f, os.WriteFile(filepath.Join(top, name), []byte(content), 0o644))
	}
	require.NoError(f, os.Symlink("..", filepath.Join(root, "up")))
	r := dram.New()
	r.NoRoute(middleware.Static(middleware.StaticConfig{Root: root}))
	for _, seed := range []string{"/a", "/dir/b", "/../secret", "/up/secret", "/.hidden", "/dir/%2e%2e/a", "//a", "/dir%2fb"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		req := httptest.NewRequest(http.MethodGet, "/", nil)
		req.URL.Path = path
		if unescaped, err := pathUnescape(path); err == nil {
			req.URL.Path, req.URL.RawPath = unescaped, path
		}
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		if w.Code == http.StatusOK {
			require.Equal(t, "open", w.Body.String())
		}
	})
}

// A file is for all, and the cookie that a layer outside has set is for one.
func TestStaticKeepsACookieFromSharedCaches(t *testing.T) {
	r := dram.New()
	r.Use(func(c *dram.Context) { c.SetCookie("visitor", "7", 0, "/", "", true, true) })
	r.GET("/*path", middleware.Static(middleware.StaticConfig{
		FS: fstest.MapFS{"a.js": {}, "b.js": {}}, Immutable: func(name string) bool { return name == "a.js" },
	}))
	assert.Equal(t, "max-age=31536000, immutable, private", get(r, "/a.js").Header().Get("Cache-Control"))
	assert.Equal(t, "no-cache, private", get(r, "/b.js").Header().Get("Cache-Control"))
}

func TestAFolderThatIsNotThereIsSaidAtOnce(t *testing.T) {
	sub, err := fs.Sub(fstest.MapFS{"dist/index.html": {}}, "dsit")
	require.NoError(t, err)
	for _, call := range []func(){
		func() { middleware.Static(middleware.StaticConfig{FS: sub}) },
		func() { middleware.Static(middleware.StaticConfig{FS: os.DirFS(filepath.Join(t.TempDir(), "dsit"))}) },
		func() { middleware.SPA(middleware.SPAConfig{FS: sub}) },
	} {
		var fault *middleware.ConfigError
		func() {
			defer func() { require.ErrorAs(t, recover().(error), &fault) }()
			call()
		}()
		assert.Equal(t, "FS", fault.Field)
	}
	assert.NotPanics(t, func() { middleware.Static(middleware.StaticConfig{FS: fstest.MapFS{}}) })
}
