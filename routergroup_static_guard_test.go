package dram_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

// The tests of this file hold the promise of docs/adr/0012: a layer that guards
// the routes below a path guards the files below it as well, however a request
// writes the path.

// guardedNames are directories of secrets. Most have letters that a URL may escape.
var guardedNames = []string{"admin", "user@corp", "a+b", "adm!n", "caf\u00e9", "a b", "x(y)", "a'b", "[id]", "100%25"}

// guardedSite is a directory with public files and secret ones.
func guardedSite(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	contents := map[string]string{"a.txt": "public", "index.html": "home", "only.txt": "SECRET", "x/b.txt": "public"}
	for _, name := range guardedNames {
		contents[name+"/secret.txt"], contents[name+"/index.html"] = "SECRET", "SECRET"
	}
	for name, content := range contents {
		file := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(content), 0o644))
	}
	return dir
}

// matchings are the options that change which path the router sees.
var matchings = map[string]dram.OptionFunc{
	"default":                     func(*dram.Engine) {},
	"RemoveExtraSlash":            func(r *dram.Engine) { r.RemoveExtraSlash = true },
	"RedirectFixedPath":           func(r *dram.Engine) { r.RedirectFixedPath = true },
	"UseRawPath":                  func(r *dram.Engine) { r.UseRawPath = true },
	"UseRawPath, escaped values":  func(r *dram.Engine) { r.UseRawPath, r.UnescapePathValues = true, false },
	"UseEscapedPath":              func(r *dram.Engine) { r.UseEscapedPath = true },
	"UseEscapedPath, escaped":     func(r *dram.Engine) { r.UseEscapedPath, r.UnescapePathValues = true, false },
	"UseRawPath and extra slash":  func(r *dram.Engine) { r.UseRawPath, r.RemoveExtraSlash = true, true },
	"UseEscapedPath, extra slash": func(r *dram.Engine) { r.UseEscapedPath, r.RemoveExtraSlash = true, true },
	"no redirects":                func(r *dram.Engine) { r.RedirectTrailingSlash = false },
}

// fileServers are the ways to serve a directory beside guarded routes.
var fileServers = map[string]func(r *dram.Engine, dir string){
	"Static":               func(r *dram.Engine, dir string) { r.Static("/", dir) },
	"StaticFS of http.Dir": func(r *dram.Engine, dir string) { r.StaticFS("/", http.Dir(dir)) },
	"StaticFS of Dir":      func(r *dram.Engine, dir string) { r.StaticFS("/", dram.Dir(dir, true)) },
	"StaticFS of OnlyFilesFS": func(r *dram.Engine, dir string) {
		r.StaticFS("/", dram.OnlyFilesFS{FileSystem: http.Dir(dir)})
	},
	"StaticFS of an fs.FS": func(r *dram.Engine, dir string) { r.StaticFS("/", http.FS(os.DirFS(dir))) },
	"FileFromFS of a param": func(r *dram.Engine, dir string) {
		r.GET("/*f", func(c *dram.Context) { c.FileFromFS(c.Param("f"), http.Dir(dir)) })
	},
	"FileFromFS of a joined param": func(r *dram.Engine, dir string) {
		r.GET("/*f", func(c *dram.Context) { c.FileFromFS(path.Join("/", c.Param("f")), http.Dir(dir)) })
	},
	"FileFromFS of the URL": func(r *dram.Engine, dir string) {
		r.GET("/*f", func(c *dram.Context) { c.FileFromFS(c.Request.URL.Path, http.Dir(dir)) })
	},
	"File of a param": func(r *dram.Engine, dir string) {
		r.GET("/*f", func(c *dram.Context) { c.File(dir + c.Param("f")) })
	},
	"File of a joined param": func(r *dram.Engine, dir string) {
		r.GET("/*f", func(c *dram.Context) { c.File(filepath.Join(dir, c.Param("f"))) })
	},
	"NoRoute's File of a joined URL": func(r *dram.Engine, dir string) {
		r.NoRoute(func(c *dram.Context) { c.File(filepath.Join(dir, c.Request.URL.Path)) })
	},
	"NoRoute's FileFromFS of the URL": func(r *dram.Engine, dir string) {
		r.NoRoute(func(c *dram.Context) { c.FileFromFS(c.Request.URL.Path, http.Dir(dir)) })
	},
	"FileAttachment of a joined URL": func(r *dram.Engine, dir string) {
		r.GET("/*f", func(c *dram.Context) { c.FileAttachment(filepath.Join(dir, c.Request.URL.Path), "f") })
	},
}

// guarded is an engine whose files below guardedNames are behind a guard that refuses.
func guarded(dir string, option dram.OptionFunc, files func(*dram.Engine, string)) *dram.Engine {
	r := dram.New(option)
	for _, name := range guardedNames {
		group := r.Group("/"+name, func(c *dram.Context) { c.AbortWithStatus(http.StatusUnauthorized) })
		group.GET("/*f", func(c *dram.Context) { c.String(200, "guarded") })
	}
	r.GET("/only.txt", func(c *dram.Context) { c.AbortWithStatus(http.StatusUnauthorized) })
	files(r, dir)
	return r
}

// disguises are other spellings of the secret files' paths.
var disguises = append(escapes(), []string{
	"/only.txt", "//only.txt", "/only.txt/", "/only.txt//", "/only.txt/.", "/x/../only.txt", "/./only.txt", "/%6fnly.txt", "/only%2etxt", "/only.txt%2f", "/%2fonly.txt",
	"/x%2f..%2fonly.txt", "/only.txt%20", "/only.txt.", "/only.txt%5c", "/only.txt/x/..", "/only.txt%00", "/only.txt;",

	"//admin/secret.txt", "///admin/secret.txt", "/./admin/secret.txt", "/x/../admin/secret.txt", "/../admin/secret.txt",
	"/admin//secret.txt", "//admin//", "//admin", "/./admin", "/x/..//admin/", "/%2fadmin/secret.txt", "/%2Fadmin/secret.txt",
	"/admin%2Fsecret.txt", "/admin%2fsecret.txt", "/x%2F..%2Fadmin%2Fsecret.txt", "/x/..%2fadmin/secret.txt",
	"/%2e/admin/secret.txt", "/x/%2e%2e/admin/secret.txt", "/x/.%2E/admin/secret.txt", "/%61dmin/secret.txt", "/admi%6e%2fsecret.txt",
	"/%5cadmin/secret.txt", `/\admin/secret.txt`, "/admin%5Csecret.txt", "/x%5c..%5cadmin%5csecret.txt", "/admin/secret.txt%00", "/%00/admin/secret.txt",
	"/admin;x/secret.txt", "/x/..;/admin/secret.txt", "/;/../admin/secret.txt", "/admin./secret.txt", "/admin%20/secret.txt", "/admin/secret.txt::$DATA",
	"/ADMIN~1/secret.txt", "/%252fadmin/secret.txt", "/admin%252Fsecret.txt", "/%252e%252e/admin/secret.txt", "/%c0%afadmin/secret.txt",
	"/%c0%ae%c0%ae/admin/secret.txt", "/admin/secret.txt/", "/admin/./secret.txt", "/%0aadmin/secret.txt", "/%7f/../admin/secret.txt",
	"/admin", "/admin/", "/admin/index.html", "/admin%2findex.html", "/admin%2f", "//admin/index.html",
	`/x\y/../admin/secret.txt`, "/x%5Cy/../admin/secret.txt", "/x/a%5cb/../../admin/secret.txt", `/x/a\b/../../..\admin/secret.txt`, "/%61dmin/x%5Cy/..", "/%61dmin/x%5Cy/../",
	"/x/../../../admin/secret.txt", "/" + strings.Repeat("x/../", 200) + "admin/secret.txt", "/" + strings.Repeat("./", 200) + "admin/secret.txt",
}...)

// escapes are the paths of guardedNames with more or fewer escapes than usual.
func escapes() (paths []string) {
	odd := regexp.MustCompile(`[^a-z]`)
	hex := func(s string) string {
		var b strings.Builder
		for _, c := range []byte(s) {
			fmt.Fprintf(&b, "%%%02X", c)
		}
		return b.String()
	}
	for _, name := range guardedNames {
		usual := (&url.URL{Path: "/" + name}).EscapedPath()
		sparse := strings.NewReplacer("%21", "!", "%28", "(", "%29", ")", "%27", "'", "%2A", "*", "%5B", "[", "%5D", "]").Replace(usual)
		full := "/" + odd.ReplaceAllStringFunc(name, hex)
		half := strings.Replace(usual, "%29", ")", 1)
		for _, dir := range []string{usual, sparse, full, half, strings.ToLower(full), "/" + hex(name), "/" + name} {
			for _, file := range []string{"/secret.txt", "", "/", "/index.html", "/%73ecret.txt", "%2Fsecret.txt", "/(x)/../secret.txt"} {
				paths = append(paths, dir+file)
			}
		}
	}
	return paths
}

// request is a GET or HEAD for a path as a client writes it.
func request(t testing.TB, method, raw string) *http.Request {
	t.Helper()
	req := httptest.NewRequest(method, "/", nil)
	u, err := url.ParseRequestURI(raw)
	if err != nil {
		u = &url.URL{Path: raw}
	}
	if strings.HasPrefix(raw, "//") { // net/http reads a request line's path so
		u = &url.URL{Path: u.Path, RawPath: u.RawPath}
		if decoded, err := url.PathUnescape(raw); err == nil {
			u.Path, u.RawPath = decoded, raw
		}
	}
	req.URL = u
	return req
}

func TestNoSpellingOfAPathGetsPastAGuard(t *testing.T) {
	dir := guardedSite(t)
	for matching, option := range matchings {
		for server, files := range fileServers {
			t.Run(matching+"/"+server, func(t *testing.T) {
				r := guarded(dir, option, files)
				assert.Equal(t, "public", serve(r, "GET", "/a.txt").Body.String())
				assert.Equal(t, 200, serve(r, "HEAD", "/a.txt").Code)
				for _, disguise := range append([]string{"/admin/secret.txt"}, disguises...) {
					for _, method := range []string{"GET", "HEAD"} {
						w := httptest.NewRecorder()
						r.ServeHTTP(w, request(t, method, disguise))
						assert.NotEqual(t, 200, w.Code, "%s %s", method, disguise)
						assert.NotContains(t, w.Body.String(), "SECRET", "%s %s", method, disguise)
						assert.Empty(t, w.Header().Get("Last-Modified"), "%s %s", method, disguise)
					}
				}
			})
		}
	}
}

// Every path of up to two segments in front of a guarded file, of those that some reader takes for more or for less.
func TestNoSequenceOfSegmentsGetsPastAGuard(t *testing.T) {
	segments := []string{"", "x", "admin", "%61dmin", ".", "..", "%2e%2e", `a\b`, `..\`, "a%5Cb", "a%2Fb", "..;"}
	paths, ends := []string{""}, []string{""}
	for range 2 {
		var longer []string
		for _, end := range ends {
			for _, segment := range segments {
				longer = append(longer, end+"/"+segment)
			}
		}
		paths, ends = append(paths, longer...), longer
	}
	dir := guardedSite(t)
	for matching, option := range matchings {
		for server, files := range fileServers {
			r := guarded(dir, option, files)
			for _, path := range paths {
				for _, file := range []string{"/", "/admin/secret.txt"} {
					w := httptest.NewRecorder()
					r.ServeHTTP(w, request(t, "GET", path+file))
					require.NotContains(t, w.Body.String(), "SECRET", "%s/%s: %s", matching, server, path+file)
				}
			}
		}
	}
}

// A file system begins anew below what the program cuts off in front of a path. With RemoveExtraSlash
// that has to be the path that the router has seen.
func TestNoSpellingOfAPathGetsPastAGuardWhereItsBeginningIsCutOff(t *testing.T) {
	dir := guardedSite(t)
	disguises := append([]string{"/x/y/../../only.txt", "/only.txt/x/..", "/admin/x/..", "/admin/x/../"}, disguises...)
	for matching, option := range matchings {
		for server, file := range map[string]func(*dram.Context, string){
			"File":       func(c *dram.Context, name string) { c.File(filepath.Join(dir, name)) },
			"FileFromFS": func(c *dram.Context, name string) { c.FileFromFS(path.Join("/", name), http.Dir(dir)) },
		} {
			r := dram.New(option)
			r.NoRoute(func(c *dram.Context) {
				asked := c.Request.URL.Path
				if r.RemoveExtraSlash {
					asked = c.RoutePath()
				}
				if name, ok := strings.CutPrefix(asked, "/files/"); ok {
					file(c, name)
				}
			})
			for _, name := range guardedNames {
				r.Group("/files/"+name).GET("/*f", func(c *dram.Context) { c.AbortWithStatus(http.StatusUnauthorized) })
			}
			r.GET("/files/only.txt", func(c *dram.Context) { c.AbortWithStatus(http.StatusUnauthorized) })
			assert.Equal(t, "public", serve(r, "GET", "/files/a.txt").Body.String())
			for _, disguise := range disguises {
				w := httptest.NewRecorder()
				r.ServeHTTP(w, request(t, "GET", "/files"+disguise))
				assert.NotContains(t, w.Body.String(), "SECRET", "%s/%s: %s", matching, server, disguise)
			}
		}
	}
}

// A route is found under the spelling that it is registered with, and its files as
// well: beside a guard for that of others.
func TestStaticUnderANameWithEscapes(t *testing.T) {
	dir := guardedSite(t)
	for matching, option := range matchings {
		for _, name := range []string{"/x(y)", "/adm!n", "/user@corp"} {
			r := dram.New(option)
			r.Static(name, dir)
			r.GET("/*f", func(c *dram.Context) { c.Status(http.StatusTeapot) })
			for _, method := range []string{"GET", "HEAD"} {
				w := httptest.NewRecorder()
				r.ServeHTTP(w, request(t, method, name+"/a.txt"))
				assert.Equal(t, 200, w.Code, "%s: %s %s", matching, method, name)
			}
		}
	}
}

// What is written in another way than the file's name is redirected or not
// found; letters of names that look odd are served.
func TestOneSpellingOfAFile(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a b.txt", "ä.txt", "a;b.txt", "a%2eb.txt", "a~1.txt", "a+b.txt", "-a.txt", "a:b.txt", ".well-known", "a...txt", "a#b?.txt"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(name), 0o644))
	}
	for _, matching := range []string{"default", "RemoveExtraSlash", "UseRawPath", "UseRawPath, escaped values", "UseEscapedPath", "UseEscapedPath, escaped"} {
		t.Run(matching, func(t *testing.T) {
			r := dram.New(matchings[matching])
			r.Group("/:tenant").Static("/files", dir)
			for path, want := range map[string]string{
				"/t/files/a%20b.txt": "a b.txt", "/t/files/%C3%A4.txt": "ä.txt", "/t/files/a;b.txt": "a;b.txt", "/t/files/a%3Bb.txt": "a;b.txt",
				"/t/files/a%252eb.txt": "a%2eb.txt", "/t/files/a~1.txt": "a~1.txt", "/t/files/a+b.txt": "a+b.txt", "/t/files/a%2Bb.txt": "a+b.txt", "/t/files/-a.txt": "-a.txt",
				"/t/files/a:b.txt": "a:b.txt", "/t/files/a%3Ab.txt": "a:b.txt", "/t/files/.well-known": ".well-known", "/t/files/a...txt": "a...txt", "/t/files/a%23b%3F.txt": "a#b?.txt",
				"/t/files/a%2eb.txt": "", "/t/files/%61%20b.txt": "", "/t%2Ffiles/a~1.txt": "", "/t/files/a~1.txt%20": "", "/t/files/a~1.txt.": "",
				"/t/files/%E4.txt": "", "/t/files/a~1.txt%0A": "", "/../files/a~1.txt": "", "/t/files/" + strings.Repeat("a", 5000): "", "/t/files/%2E/a~1.txt": "",
			} {
				w := httptest.NewRecorder()
				r.ServeHTTP(w, request(t, "GET", path))
				if want == "" {
					assert.NotEqual(t, 200, w.Code, path)
				} else {
					assert.Equal(t, 200, w.Code, path)
					assert.Equal(t, want, w.Body.String(), path)
				}
			}
		})
	}
	r := dram.New(matchings["RemoveExtraSlash"])
	r.Static("/", dir)
	assert.Equal(t, "a~1.txt", serve(r, "GET", "/x/..//a~1.txt").Body.String(), "the router saw the clean path")
}

// A HEAD meets the guard that stands at GET's route only, and gets its answer.
func TestHeadIsAnsweredByTheMoreSpecificRouteOfGet(t *testing.T) {
	r := dram.New()
	r.Static("/", guardedSite(t))
	r.GET("/api/:id", func(c *dram.Context) { c.String(200, "user %s", c.Param("id")) })
	r.GET("/:x/y", func(c *dram.Context) { c.String(200, "get") })
	r.HEAD("/h/:z", func(c *dram.Context) { c.Header("X-Z", c.Param("z")) })
	w := serve(r, "HEAD", "/api/7")
	assert.Equal(t, 200, w.Code)
	assert.Equal(t, "6", w.Header().Get("Content-Length"))
	assert.Equal(t, "6", serve(r, "HEAD", "/a.txt").Header().Get("Content-Length"))
	assert.Equal(t, "y", serve(r, "HEAD", "/h/y").Header().Get("X-Z"), "HEAD's route is the more specific one")
}

// caseless is a file system that takes a name in any case for the same, as those
// of Windows and macOS do.
type caseless struct{ http.Dir }

func (f caseless) Open(name string) (http.File, error) { return f.Dir.Open(strings.ToLower(name)) }

func TestAFileSystemWithoutCaseGetsNotPastAGuard(t *testing.T) {
	dir := guardedSite(t)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "LICENSE"), []byte("upper"), 0o644))
	for matching, option := range matchings {
		r := guarded(dir, option, func(r *dram.Engine, dir string) { r.StaticFS("/", caseless{http.Dir(dir)}) })
		for _, path := range []string{"/ADMIN/secret.txt", "/Admin/SECRET.TXT", "/admıN/secret.txt", "/aDmin/", "/aDmin", "/%41dmin/secret.txt", "/ADM%21N/secret.txt", "/ADM!N/secret.txt", "/CAF%C3%A9/secret.txt", "/X%28y%29/secret.txt", "/A%20B/secret.txt"} {
			w := httptest.NewRecorder()
			r.ServeHTTP(w, request(t, "GET", path))
			assert.NotContains(t, w.Body.String(), "SECRET", "%s: %s", matching, path)
		}
		assert.Equal(t, "public", serve(r, "GET", "/A.TXT").Body.String(), "no other route has it")
	}
	r := dram.New()
	r.GET("/license", func(c *dram.Context) { c.String(200, "route") })
	r.Static("/", dir)
	assert.Equal(t, "upper", serve(r, "GET", "/LICENSE").Body.String(), "with case these are two things")
}

func TestStaticInAGroupWithParams(t *testing.T) {
	dir := guardedSite(t)
	r := dram.New()
	r.Group("/:filepath/x").Static("/files", dir)
	r.Group("/t/:a").StaticFS("/", http.FS(fstest.MapFS{"a.txt": {Data: []byte("embedded")}, "d/index.html": {Data: []byte("page")}}))
	assert.Equal(t, "public", serve(r, "GET", "/v/x/files/a.txt").Body.String())
	assert.Equal(t, "./x/", serve(r, "GET", "/v/x/files/x").Header().Get("Location"))
	assert.Equal(t, "embedded", serve(r, "GET", "/t/1/a.txt").Body.String())
	assert.Equal(t, "page", serve(r, "GET", "/t/1/d/").Body.String())
}

// What layers do to a request does not change which file was matched, nor make a
// path clean that was not.
func TestStaticBehindLayersThatChangeTheRequest(t *testing.T) {
	r := dram.New()
	r.Use(func(c *dram.Context) {
		c.AddParam("user", "/admin/secret.txt")
		req := c.Request.Clone(c.Request.Context())
		req.URL = &url.URL{Path: "/other"}
		c.NextWith(nil, req)
	})
	r.Static("/", guardedSite(t))
	assert.Equal(t, "public", serve(r, "GET", "/a.txt").Body.String())
	w := httptest.NewRecorder()
	r.ServeHTTP(w, request(t, "GET", "//a.txt"))
	assert.Equal(t, 404, w.Code)
}

// FuzzNoByteOfAFileWithoutItsGuard: whatever the path, if the cleaned and decoded
// one is the guard's, no byte of a file below it is served.
func FuzzNoByteOfAFileWithoutItsGuard(f *testing.F) {
	dir := guardedSite(f)
	var engines []*dram.Engine
	var names []string
	for matching, option := range matchings {
		for server, files := range fileServers {
			engines = append(engines, guarded(dir, option, files))
			names = append(names, matching+"/"+server)
		}
	}
	for _, disguise := range disguises {
		f.Add(disguise)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if !strings.HasPrefix(raw, "/") {
			raw = "/" + raw
		}
		for i, engine := range engines {
			for _, method := range []string{"GET", "HEAD"} {
				w := httptest.NewRecorder()
				engine.ServeHTTP(w, request(t, method, raw))
				require.NotContains(t, w.Body.String(), "SECRET", "%s: %s %q", names[i], method, raw)
				if isGuarded(request(t, method, raw).URL.Path) {
					require.NotEqual(t, 200, w.Code, "%s: %s %q", names[i], method, raw)
				}
			}
		}
	})
}

// isGuarded reports whether a decoded path leads to a guard once it is cleaned.
func isGuarded(decoded string) bool {
	clean := path.Clean(strings.ReplaceAll(decoded, `\`, "/"))
	return clean == "/only.txt" || slices.ContainsFunc(guardedNames, func(name string) bool {
		return clean == "/"+name || strings.HasPrefix(clean, "/"+name+"/")
	})
}

// A layer cleans the path when its route has been chosen.
func TestALayerThatCleansThePathGetsNothingPastAGuard(t *testing.T) {
	dir := guardedSite(t)
	for matching, option := range matchings {
		for server, files := range fileServers {
			r := dram.New(option)
			r.Use(func(c *dram.Context) {
				c.Request.URL.Path = path.Clean(c.Request.URL.Path)
				c.Request.URL.RawPath = ""
			})
			for _, name := range guardedNames {
				r.Group("/"+name).GET("/*f", func(c *dram.Context) { c.AbortWithStatus(http.StatusUnauthorized) })
			}
			files(r, dir)
			for _, disguise := range []string{"//admin/secret.txt", "/x/../admin/secret.txt", "/./admin/secret.txt", "//a%20b/secret.txt", `/x\y/../admin/secret.txt`} {
				w := httptest.NewRecorder()
				r.ServeHTTP(w, request(t, "GET", disguise))
				assert.NotContains(t, w.Body.String(), "SECRET", "%s/%s: %s", matching, server, disguise)
			}
		}
	}
}

// A guard of GET is one of the file, whatever the method is.
func TestNoOtherMethodGetsPastAGuard(t *testing.T) {
	dir := guardedSite(t)
	for server, files := range fileServers {
		r := guarded(dir, matchings["default"], files)
		r.NoRoute(func(c *dram.Context) { c.File(filepath.Join(dir, c.Request.URL.Path)) })
		r.POST("/a.txt", func(c *dram.Context) { c.File(filepath.Join(dir, "a.txt")) })
		for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "QUERY", "TRACE", "FOO", "get"} {
			assert.NotContains(t, serve(r, method, "/admin/secret.txt").Body.String(), "SECRET", "%s: %s", server, method)
		}
		assert.Equal(t, "public", serve(r, "POST", "/a.txt").Body.String(), server)
	}
}

// An application of one page is served for each path, whatever its name has in common with the file's.
func TestOnePageForEveryCleanPath(t *testing.T) {
	page := filepath.Join(t.TempDir(), "dist", "index.html")
	require.NoError(t, os.MkdirAll(filepath.Dir(page), 0o755))
	require.NoError(t, os.WriteFile(page, []byte("the page"), 0o600))
	for matching, option := range matchings {
		for name, register := range map[string]func(r *dram.Engine, page dram.HandlerFunc){
			"NoRoute": func(r *dram.Engine, page dram.HandlerFunc) { r.NoRoute(page) },
			"params":  func(r *dram.Engine, page dram.HandlerFunc) { r.GET("/:lang/*rest", page) },
		} {
			r := dram.New(option)
			register(r, func(c *dram.Context) { c.File(page) })
			for _, path := range []string{
				"/de/about", "/de/about/", "/users/dist/", "/users/i/", "/users/d/", "/html/", "/users/index", "/a/caf%C3%A9/", "/a/b.c/", "/a/x%20y/", "/i/i/i/",
			} {
				w := httptest.NewRecorder()
				r.ServeHTTP(w, request(t, "GET", path))
				assert.Equal(t, "the page", w.Body.String(), "%s/%s: %s", matching, name, path)
			}
		}
	}
}

// A path that is empty, or does not begin with a slash, comes from the absolute form of a request's target
// and from http.StripPrefix.
func TestAPathWithoutASlashGetsNotPastAGuard(t *testing.T) {
	dir := guardedSite(t)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "index.html"), []byte("SECRET"), 0o600))
	for matching, option := range matchings {
		for server, files := range fileServers {
			if server == "Static" || strings.HasPrefix(server, "StaticFS") {
				continue // which has the route "/" itself
			}
			r := guarded(dir, option, files)
			r.GET("/", func(c *dram.Context) { c.String(http.StatusUnauthorized, "path %q", c.Request.URL.Path) })
			for prefix, paths := range map[string][]string{
				"":      {""},
				"/app":  {"/app", "/app/admin/secret.txt"},
				"/app/": {"/app/", "/app/admin/secret.txt", "/app/only.txt"},
			} {
				for _, path := range paths {
					for _, method := range []string{"GET", "HEAD"} {
						req := httptest.NewRequest(method, "http://example.com/", nil)
						req.URL.Path = path
						w := httptest.NewRecorder()
						http.StripPrefix(prefix, r).ServeHTTP(w, req)
						assert.NotContains(t, w.Body.String(), "SECRET", "%s/%s: %s %s", matching, server, prefix, path)
						assert.NotEqual(t, http.StatusOK, w.Code, "%s/%s: %s %s", matching, server, prefix, path)
					}
				}
			}
			req := httptest.NewRequest("GET", "http://example.com/", nil)
			req.URL.Path = ""
			w := httptest.NewRecorder()
			r.ServeHTTP(w, req)
			assert.Equal(t, http.StatusUnauthorized, w.Code, "%s/%s", matching, server)
			assert.Empty(t, req.URL.Path, "the request outside is as it was")
		}
	}
}

func ExampleRouterGroup_Static() {
	dir, _ := os.MkdirTemp("", "site")
	defer os.RemoveAll(dir)
	_ = os.Mkdir(filepath.Join(dir, "admin"), 0o755)
	_ = os.WriteFile(filepath.Join(dir, "admin", "secret.txt"), []byte("secret"), 0o600)

	r := dram.New()
	admin := r.Group("/admin", func(c *dram.Context) { c.AbortWithStatus(http.StatusUnauthorized) })
	admin.Static("/", filepath.Join(dir, "admin"))
	r.Static("/", dir)

	for _, path := range []string{"/admin/secret.txt", "//admin/secret.txt", "/x/../admin/secret.txt"} {
		req := httptest.NewRequest(http.MethodGet, "/", nil)
		req.URL.Path = path
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		fmt.Println(w.Code)
	}
	// Output:
	// 401
	// 404
	// 404
}
