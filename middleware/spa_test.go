package middleware_test

import (
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

func pathUnescape(path string) (string, error) { return url.PathUnescape(path) }

// app returns a built application.
func app() fstest.MapFS {
	return fstest.MapFS{"index.html": {Data: []byte("<app>")}, "assets/app.3f2a9c1b.js": {Data: []byte("run()")}, ".env": {Data: []byte("x")}}
}

func ExampleSPA() {
	r := dram.New()
	r.GET("/api/user", func(c *dram.Context) { c.JSON(http.StatusOK, dram.H{"name": "gopher"}) })
	r.NoRoute(middleware.SPA(middleware.SPAConfig{FS: app(), Exclude: []string{"/api/"}}))

	for _, path := range []string{"/settings/profile", "/assets/app.3f2a9c1b.js", "/api/none"} {
		req := httptest.NewRequest(http.MethodGet, path, nil)
		req.Header.Set("Accept", "text/html,*/*;q=0.8")
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 200 <app>
	// 200 run()
	// 404 404 page not found
}

func TestSPA(t *testing.T) {
	r := dram.New()
	r.NoRoute(middleware.SPA(middleware.SPAConfig{FS: app(), Prefix: "/app", Exclude: []string{"/app/api/"}, Immutable: middleware.HashedName}))
	browser, script := header("Accept", "text/html,application/xhtml+xml"), header("Accept", "*/*")
	cases := []struct {
		method, path string
		edit         func(*http.Request)
		code         int
		cache        string
	}{
		{"GET", "/app/", script, 200, "no-cache"},
		{"GET", "/app", browser, 200, "no-cache"},
		{"GET", "/app/users/7", browser, 200, "no-cache"},
		{"HEAD", "/app/users/7", browser, 200, "no-cache"},
		{"GET", "/app/users/7/", browser, 200, "no-cache"},
		{"GET", "/app/index.html", browser, 200, "no-cache"},
		{"GET", "/app/assets/app.3f2a9c1b.js", script, 200, "public, max-age=31536000, immutable"},
		{"GET", "/app/users/7", script, 404, ""},
		{"GET", "/app/assets/gone.js", browser, 404, ""},
		{"GET", "/app/.env", browser, 404, ""},
		{"GET", "/app/api/x", browser, 404, ""},
		{"GET", "/app/api", browser, 404, ""},
		{"GET", "/else", browser, 404, ""},
		{"GET", "/application", browser, 404, ""},
		{"POST", "/app/", browser, 404, ""},
	}
	for _, tc := range cases {
		t.Run(tc.method+" "+tc.path, func(t *testing.T) {
			w := send(r, tc.method, tc.path, "", tc.edit)
			assert.Equal(t, tc.code, w.Code)
			assert.Equal(t, tc.cache, w.Header().Get("Cache-Control"))
			if tc.code == 404 {
				assert.NotContains(t, w.Body.String(), "<app>")
			}
		})
	}
	assert.Contains(t, get(r, "/app/users", browser).Header().Values("Vary"), "Accept")
}

func TestSPAOfAFileThatDoesNotFitTheRequest(t *testing.T) {
	r := dram.New()
	r.NoRoute(middleware.SPA(middleware.SPAConfig{FS: fstest.MapFS{"about": {Data: []byte("about")}, "index.html": {Data: []byte(strings.Repeat("<app>", 100))}}}))
	w := get(r, "/about", header("Accept", "text/html"), header("Range", "bytes=100-"))
	assert.Equal(t, 416, w.Code)
	assert.NotContains(t, w.Body.String(), "<app>")
}

func TestSPAEndsTheChainWhereItAnswers(t *testing.T) {
	var reached []string
	r := dram.New()
	r.Use(middleware.SPA(middleware.SPAConfig{FS: app(), Prefix: "/app"}))
	r.NoRoute(func(c *dram.Context) { reached = append(reached, c.Request.URL.Path) })
	for _, path := range []string{"/app/users/7", "/app/", "/else"} {
		get(r, path, header("Accept", "text/html"))
	}
	assert.Equal(t, []string{"/else"}, reached)
}

func TestSPANeedsItsPage(t *testing.T) {
	assert.PanicsWithError(t, `dram: middleware.SPA: Index: there is no file "index.html"; build the application first`, func() {
		middleware.SPA(middleware.SPAConfig{FS: fstest.MapFS{}})
	})
}

// unreadable is a file system whose files can no longer be opened at some time.
type unreadable struct {
	fstest.MapFS
	broken bool
}

func (f *unreadable) Open(name string) (fs.File, error) {
	if f.broken {
		return nil, &fs.PathError{Op: "open", Path: name, Err: syscall.EIO}
	}
	return f.MapFS.Open(name)
}

func TestSPAWhosePageCannotBeReadFails(t *testing.T) {
	files := &unreadable{MapFS: app()}
	r := dram.New()
	r.NoRoute(middleware.SPA(middleware.SPAConfig{FS: files}))
	files.broken = true
	for _, path := range []string{"/users/7", "/"} {
		assert.Equal(t, 500, get(r, path, header("Accept", "text/html")).Code, path)
	}
}
