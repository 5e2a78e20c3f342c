package middleware_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// guardedNames are directories whose names a client may escape in several ways.
var guardedNames = []string{"admin", "user@corp", "a+b", "adm!n", "caf\u00e9", "a b", "x(y)", "a'b", "[id]"}

// spellings are the paths of a directory's file with more and fewer escapes.
func spellings(name string) (paths []string) {
	usual := (&url.URL{Path: "/" + name}).EscapedPath()
	sparse := strings.NewReplacer("%21", "!", "%28", "(", "%29", ")", "%27", "'", "%5B", "[", "%5D", "]").Replace(usual)
	var all, odd strings.Builder
	for _, c := range []byte(name) {
		fmt.Fprintf(&all, "%%%02X", c)
		if 'a' <= c && c <= 'z' {
			odd.WriteByte(c)
		} else {
			fmt.Fprintf(&odd, "%%%02x", c)
		}
	}
	for _, dir := range []string{usual, sparse, "/" + all.String(), "/" + odd.String(), strings.Replace(usual, "%29", ")", 1)} {
		for _, file := range []string{"/s.txt", "%2Fs.txt", "/{x}/../s.txt", "/{x}.txt", "%2F{x}.txt", "/!x.txt", "/%21x.txt", "/caf\xc3\xa9.txt", "%2Fa|b.txt"} {
			paths = append(paths, dir+file)
		}
	}
	return paths
}

// Whoever reads a path behind a router that matches escaped ones gets no secret past
// the guard, however the names of both are escaped.
func TestNoSpellingOfANameGetsPastAGuard(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "index.html"), []byte("page"), 0o600))
	for _, name := range guardedNames {
		require.NoError(t, os.Mkdir(filepath.Join(dir, name), 0o755))
		for _, file := range []string{"s.txt", "{x}.txt", "!x.txt", "caf\u00e9.txt", "a|b.txt"} {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name, file), []byte("SECRET"), 0o600))
		}
	}
	server := http.FileServer(http.Dir(dir))
	behind := httptest.NewServer(server)
	defer behind.Close()
	clean := middleware.CleanPath(middleware.CleanPathConfig{})
	for reader, set := range map[string]func(*dram.Engine){
		"Static":             func(r *dram.Engine) { r.GET("/*f", middleware.Static(middleware.StaticConfig{Root: dir})) },
		"Static on NoRoute":  func(r *dram.Engine) { r.NoRoute(middleware.Static(middleware.StaticConfig{Root: dir})) },
		"SPA":                func(r *dram.Engine) { r.NoRoute(middleware.SPA(middleware.SPAConfig{Root: dir})) },
		"Proxy":              func(r *dram.Engine) { r.Any("/*f", middleware.Proxy(middleware.ProxyConfig{Target: behind.URL})) },
		"CleanPath":          func(r *dram.Engine) { r.Use(clean); r.GET("/*f", dram.WrapH(server)) },
		"CleanPath, WrapF":   func(r *dram.Engine) { r.Use(clean); r.GET("/*f", dram.WrapF(server.ServeHTTP)) },
		"CleanPath, NoRoute": func(r *dram.Engine) { r.Use(clean); r.NoRoute(dram.WrapH(server)) },
		"CleanPath and Proxy": func(r *dram.Engine) {
			r.Use(clean)
			r.NoRoute(middleware.Proxy(middleware.ProxyConfig{Target: behind.URL}))
		},
	} {
		for mode, option := range routerModes {
			r := dram.New(option)
			set(r)
			for _, name := range guardedNames {
				r.Any("/"+name+"/*f", func(c *dram.Context) { c.AbortWithStatus(http.StatusUnauthorized) })
			}
			front := httptest.NewServer(r)
			for _, name := range guardedNames {
				for _, path := range spellings(name) {
					_, body := ask(t, front.Listener.Addr().String(), "GET", path)
					assert.NotContains(t, body, "SECRET", "%s%s: %s", reader, mode, path)
				}
			}
			front.Close()
		}
	}
}

// CleanPath leads to the spelling that the guard has, and in no circle.
func TestCleanPathLeadsToTheStricterSpelling(t *testing.T) {
	for mode, option := range routerModes {
		r := dram.New(option)
		r.Use(middleware.CleanPath(middleware.CleanPathConfig{}))
		for _, name := range guardedNames {
			r.GET("/"+name+"/*f", func(c *dram.Context) { c.AbortWithStatus(http.StatusUnauthorized) })
		}
		r.GET("/*f", func(c *dram.Context) { c.Status(http.StatusOK) })
		for _, name := range guardedNames {
			for _, path := range spellings(name) {
				status, hops := 308, 0
				for ; status == 308 && hops < 5; hops++ {
					w := httptest.NewRecorder()
					r.ServeHTTP(w, rawRequest(t, path))
					status, path = w.Code, w.Header().Get("Location")
				}
				want := []int{401}
				if mode == " UseEscapedPath" && (name == "caf\u00e9" || name == "a b") {
					want = []int{400, 401} // no request has the guard's spelling
				}
				assert.Contains(t, want, status, "%s%s: after %d redirects to %s", name, mode, hops, path)
			}
		}
	}
}

// rawRequest is a GET of a path as net/http reads it.
func rawRequest(t *testing.T, path string) *http.Request {
	t.Helper()
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	u, err := url.ParseRequestURI(path)
	require.NoError(t, err)
	req.URL = u
	return req
}

// What a client leaves unescaped does not make a "%2F" elsewhere a slash.
func TestEscapedSlashBesideWhatIsNotEscaped(t *testing.T) {
	server := upstream(t, func(w http.ResponseWriter, req *http.Request) { _, _ = io.WriteString(w, req.RequestURI) })
	for sent, kept := range map[string]string{"/v1/a/b%2F{c}": "/a/b%2F%7Bc%7D", "/v1/a/b%2F\xc3\xa9": "/a/b%2F%C3%A9", "/v1/a/b%2Fc|d": "/a/b%2Fc%7Cd", "/v1/a/(b)%2f\"": "/a/(b)%2f%22"} {
		redirects := dram.New()
		redirects.Use(middleware.Redirects(middleware.RedirectsConfig{HTTPS: true, Hosts: []string{"example.com"}}))
		req := rawRequest(t, sent)
		req.Host = "example.com"
		w := httptest.NewRecorder()
		redirects.ServeHTTP(w, req)
		assert.Equal(t, "https://example.com/v1"+kept, w.Header().Get("Location"))

		for _, rule := range []middleware.RewriteRule{{Path: "/v1/*", To: "/api/*"}, {Pattern: regexp.MustCompile("/v1/(.*)"), To: "/api/$1"}} {
			rewriting := dram.New()
			rewriting.UseRawPath = true
			rewriting.Use(middleware.Rewrite(middleware.RewriteConfig{Engine: rewriting, Rules: []middleware.RewriteRule{rule}}))
			rewriting.GET("/api/a/:x", func(c *dram.Context) { c.String(200, c.Request.URL.EscapedPath()) })
			w = httptest.NewRecorder()
			rewriting.ServeHTTP(w, rawRequest(t, sent))
			assert.Equal(t, "/api"+kept, w.Body.String())
		}

		proxying := proxied(middleware.ProxyConfig{Target: server.URL, StripPrefix: "/v1", AllowEncodedSlash: true})
		w = httptest.NewRecorder()
		proxying.ServeHTTP(w, rawRequest(t, sent))
		assert.Equal(t, kept, w.Body.String())

		cleaning := dram.New()
		cleaning.UseRawPath = true
		cleaning.Use(middleware.CleanPath(middleware.CleanPathConfig{EscapedSlashes: true}))
		cleaning.NoRoute(func(c *dram.Context) { c.Status(http.StatusOK) })
		w = httptest.NewRecorder()
		cleaning.ServeHTTP(w, rawRequest(t, sent))
		assert.Contains(t, []string{"", "/v1" + kept}, w.Header().Get("Location"))
	}
}
