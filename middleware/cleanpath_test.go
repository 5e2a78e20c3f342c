package middleware_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

func ExampleCleanPath() {
	r := dram.New()
	r.Use(middleware.CleanPath(middleware.CleanPathConfig{}))
	r.GET("/admin/*path", func(c *dram.Context) { c.AbortWithStatus(http.StatusUnauthorized) })
	r.GET("/*path", dram.WrapH(http.FileServer(http.Dir("public")))) // cleans paths, as the router does not

	for _, path := range []string{"/admin/secret.txt", "//admin/secret.txt?a=b", "/x/../admin/%73ecret.txt"} {
		req := httptest.NewRequest(http.MethodGet, "http://example.com"+path, nil)
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		fmt.Printf("%d %q\n", w.Code, w.Header().Get("Location"))
	}
	// Output:
	// 401 ""
	// 308 "/admin/secret.txt?a=b"
	// 308 "/admin/secret.txt"
}

// pathOf makes a request's path what a client wrote.
func pathOf(raw string) func(*http.Request) {
	return func(req *http.Request) {
		path, query, _ := strings.Cut(raw, "?")
		req.URL = &url.URL{Path: path, RawQuery: query}
		if decoded, err := url.PathUnescape(path); err == nil && (&url.URL{Path: decoded}).EscapedPath() != path {
			req.URL.Path, req.URL.RawPath = decoded, path
		} else if err == nil {
			req.URL.Path = decoded
		}
	}
}

func TestCleanPath(t *testing.T) {
	cases := []struct {
		path, want, escapedSlashes string // what is asked for: a Location, "" for 200, "400"
	}{
		{"/", "", ""},
		{"/a/b?q=//", "", ""},
		{"/a/", "", ""},
		{"/a%20b/%C3%A4/%3B;x", "", ""},
		{"/%c3%a4", "", ""},
		{"/ä", "", ""},
		{"/a%252fb", "", ""},
		{"//", "/", "/"},
		{"//a", "/a", "/a"},
		{"/a//b/", "/a/b/", "/a/b/"},
		{"//evil.example/..", "/", "/"},
		{"///evil.example", "/evil.example", "/evil.example"},
		{"/.//evil.example", "/evil.example", "/evil.example"},
		{"/./a?x=1&y=%2F", "/a?x=1&y=%2F", "/a?x=1&y=%2F"},
		{"/a/./b", "/a/b", "/a/b"},
		{"/a/.", "/a/", "/a/"},
		{"/x/../a", "/a", "/a"},
		{"/../../a", "/a", "/a"},
		{"/%2e%2e/a", "/a", "/a"},
		{"/x/.%2E/a", "/a", "/a"},
		{"/%61dmin/%7Eme", "/admin/~me", "/admin/~me"},
		{"/a%2Fb", "/a/b", ""},
		{"/a%2fb", "/a/b", ""},
		{"/%2fevil.example", "/evil.example", ""},
		{"/x%2F..%2Fa", "/a", ""},
		{"/a%5Cb", "400", ""},
		{"/%5c%5cevil.example", "400", ""},
		{`/\evil.example`, "400", "400"},
		{`/a\..\b`, "400", "400"},
		{"/a%00", "400", "400"},
		{"/a%0d%0aX:%20y", "400", "400"},
		{"/a%7f", "400", "400"},
		{"/%c0%ae%c0%ae/a", "400", "400"},
		{"/%ff", "400", "400"},
	}
	for _, escapedSlashes := range []bool{false, true} {
		r := dram.New()
		r.Use(middleware.CleanPath(middleware.CleanPathConfig{EscapedSlashes: escapedSlashes}))
		r.Any("/*path", func(c *dram.Context) { c.Status(http.StatusOK) })
		for _, tc := range cases {
			want := tc.want
			if escapedSlashes {
				want = tc.escapedSlashes
			}
			for _, method := range []string{"GET", "HEAD", "POST"} {
				w := send(r, method, "/", "", pathOf(tc.path))
				switch want {
				case "":
					assert.Equal(t, 200, w.Code, tc.path)
				case "400":
					assert.Equal(t, 400, w.Code, tc.path)
				default:
					assert.Equal(t, 308, w.Code, tc.path)
					assert.Equal(t, want, w.Header().Get("Location"), tc.path)
				}
			}
		}
		assert.Contains(t, problemIn(t, get(r, "/", pathOf(`/\evil.example`))).Detail, "backslash")
		assert.Equal(t, 404, send(r, "OPTIONS", "/", "", func(req *http.Request) { req.URL = &url.URL{Path: "*"} }).Code, "OPTIONS * has no path")
	}
}

// With CleanPath in front, a guard covers everything that http.FileServer serves.
func TestARedirectSaysNothingOfAnotherBody(t *testing.T) {
	r := dram.New()
	r.Use(func(c *dram.Context) {
		c.Header("Content-Type", "image/png")
		c.Header("Content-Length", "7")
		c.Header("Content-Encoding", "br")
		c.Header("Cache-Control", "private")
	}, middleware.CleanPath(middleware.CleanPathConfig{}))
	w := get(r, "//a")
	assert.Equal(t, 308, w.Code)
	assert.Equal(t, http.Header{"Location": {"/a"}, "Cache-Control": {"private"}}, w.Header())
}

func TestCleanPathGuardsWhatCleansPaths(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "admin"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "admin", "secret.txt"), []byte("SECRET"), 0o600))
	for name, set := range map[string]func(*dram.Engine){
		"decoded": func(*dram.Engine) {},
		"raw":     func(r *dram.Engine) { r.UseRawPath = true },
		"escaped": func(r *dram.Engine) { r.UseEscapedPath = true },
	} {
		open, clean := 0, dram.New()
		set(clean)
		bare := dram.New()
		set(bare)
		clean.Use(middleware.CleanPath(middleware.CleanPathConfig{}))
		for _, r := range []*dram.Engine{clean, bare} {
			r.GET("/admin/*f", func(c *dram.Context) { c.AbortWithStatus(http.StatusUnauthorized) })
			r.GET("/*f", dram.WrapH(http.FileServer(http.Dir(dir))))
		}
		for _, path := range []string{
			"/admin/secret.txt", "//admin/secret.txt", "/./admin/secret.txt", "/x/../admin/secret.txt", "/%2fadmin/secret.txt", "/admin%2Fsecret.txt",
			"/x%2f..%2fadmin/secret.txt", "/%2e/admin/secret.txt", "/%61dmin/secret.txt", "/admin//secret.txt",
		} {
			assert.NotContains(t, get(clean, "/", pathOf(path)).Body.String(), "SECRET", "%s: %s", name, path)
			if strings.Contains(get(bare, "/", pathOf(path)).Body.String(), "SECRET") {
				open++
			}
		}
		assert.Positive(t, open, "without it there are ways past the guard")
	}
}

// A router that matches escaped paths takes these for paths other than the guard's.
func TestCleanPathOfARouterThatSeesEscapes(t *testing.T) {
	for mode, set := range routerModes {
		r := dram.New()
		set(r)
		r.Use(middleware.CleanPath(middleware.CleanPathConfig{}))
		for _, guarded := range []string{"/a@b/*f", "/admin/*f", "/caf\u00e9/*f", "/caf%C3%A9/*f"} {
			r.GET(guarded, func(c *dram.Context) { c.AbortWithStatus(http.StatusUnauthorized) })
		}
		r.GET("/*f", func(c *dram.Context) { c.String(http.StatusOK, c.Request.URL.Path) })
		for _, path := range []string{"/a%40b/x", "/caf%c3%a9/x", "/caf%C3%A9/%78", `/%61dmin/"x`, `/a%40b/"x`, "/admin%2Fx"} {
			w := get(r, "/", pathOf(path))
			if w.Code == http.StatusPermanentRedirect {
				w = get(r, w.Header().Get("Location"))
			}
			assert.Equal(t, http.StatusUnauthorized, w.Code, "%s%s: %s", path, mode, w.Body)
		}
	}
}

func TestCleanPathAllocatesNothingForCleanPaths(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector drops entries of pools")
	}
	r := inProduction()
	r.Use(middleware.CleanPath(middleware.CleanPathConfig{}))
	r.GET("/a/b", func(*dram.Context) {})
	w, req := &sink{make(http.Header)}, httptest.NewRequest(http.MethodGet, "/a/b", nil)
	assert.Zero(t, testing.AllocsPerRun(100, func() { r.ServeHTTP(w, req) }))
}

// A redirect leads to a path that is clean, of this host.
func FuzzCleanPath(f *testing.F) {
	var engines []*dram.Engine
	for _, set := range routerModes {
		r := dram.New()
		set(r)
		r.Use(middleware.CleanPath(middleware.CleanPathConfig{}))
		r.GET("/*path", func(c *dram.Context) { c.Status(http.StatusOK) })
		engines = append(engines, r)
	}
	for _, seed := range []string{"/a", "//evil", "/%2f%2fevil", "/a/../b", `/\evil`, "/%61", "/%2%65", "/a?//b", "/.%2f.//", "/%25%32%66", "/a%40(b)", `/%61"`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		raw = "/" + raw
		for _, r := range engines {
			w := get(r, "/", pathOf(raw))
			if w.Code != http.StatusPermanentRedirect {
				continue
			}
			location := w.Header().Get("Location")
			require.True(t, strings.HasPrefix(location, "/"), location)
			require.False(t, strings.HasPrefix(location, "//") || strings.HasPrefix(location, `/\`), location)
			u, err := url.ParseRequestURI(location)
			if err != nil {
				continue // of a query that no client can send
			}
			again := get(r, "/", func(req *http.Request) { req.URL = u })
			require.Equal(t, http.StatusOK, again.Code, "%q leads to %q", raw, location)
		}
	})
}

func TestCleanPathEndsTheWarningOfGuardsBesideHandlers(t *testing.T) {
	mode := dram.Mode()
	dram.SetMode(dram.DebugMode)
	defer dram.SetMode(mode)
	var lines []string
	dram.DebugPrintFunc = func(format string, values ...any) { lines = append(lines, fmt.Sprintf(format, values...)) }
	defer func() { dram.DebugPrintFunc = nil }()
	for _, layers := range [][]dram.HandlerFunc{nil, {middleware.CleanPath(middleware.CleanPathConfig{})}} {
		lines = nil
		r := dram.New()
		r.Use(layers...)
		r.GET("/admin/*f", func(*dram.Context) {}, func(*dram.Context) {})
		r.GET("/*f", dram.WrapH(http.NotFoundHandler()))
		assert.Equal(t, layers == nil, strings.Contains(strings.Join(lines, "\n"), "[WARNING] GET /*f"))
	}
}
