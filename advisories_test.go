// Advisories about frameworks and routers, by their identifiers: each test sends what
// was accepted there. The table in docs/reliability.md lists all of them, with the tests that
// were there before; advisories_wire_test.go has those about net/http, and the packages below have
// such files of their own.

package dram_test

import (
	"html/template"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

func TestAdvisoriesOfClaims(t *testing.T) {
	claims := http.Header{
		"X-Forwarded-For": {"127.0.0.1"}, "X-Real-Ip": {"127.0.0.1"}, "Forwarded": {"for=127.0.0.1;proto=https;host=evil.example"}, "True-Client-Ip": {"127.0.0.1"},
		"X-Forwarded-Prefix": {"//evil.example"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-Host": {"evil.example"},
	}
	ask := func(peer string, trusted ...string) (c *dram.Context, w *httptest.ResponseRecorder) {
		w = httptest.NewRecorder()
		c, r := dram.CreateTestContext(w)
		require.NoError(t, r.SetTrustedProxies(trusted))
		c.Request = httptest.NewRequest("GET", "/", nil)
		c.Request.RemoteAddr, c.Request.Header = peer, claims.Clone()
		return c, w
	}
	t.Run("GO-2021-0052 CVE-2020-28483 gin believed X-Forwarded-For of anybody", func(t *testing.T) {
		c, _ := ask("203.0.113.9:1")
		assert.Equal(t, "203.0.113.9", c.ClientIP())
	})
	t.Run("GO-2023-2052 CVE-2023-41338 fiber took a forwarded 127.0.0.1 for this machine", func(t *testing.T) {
		c, _ := ask("203.0.113.9:1", "10.0.0.0/8")
		assert.Equal(t, "203.0.113.9 203.0.113.9", c.ClientIP()+" "+c.RemoteIP())
	})
	t.Run("GO-2026-6841 GHSA-h53f-rm2w-w7rg echo asked whether the address in X-Real-IP is trusted, not the peer's", func(t *testing.T) {
		c, _ := ask("203.0.113.9:1", "127.0.0.0/8")
		assert.Equal(t, "203.0.113.9", c.ClientIP())
	})
	t.Run("GO-2023-1755 CVE-2023-26125 gin redirected to the prefix in X-Forwarded-Prefix", func(t *testing.T) {
		r := dram.New()
		r.GET("/a/", ok)
		for _, proxies := range [][]string{nil, {"192.0.2.1"}} {
			require.NoError(t, r.SetTrustedProxies(proxies))
			for _, prefix := range []string{"//evil.example", "/\\evil.example", "https://evil.example", "/%2Fevil.example", "/\tevil.example", "\\\\evil.example", "/..//evil.example"} {
				req := httptest.NewRequest("GET", "/a", nil)
				req.Header.Set("X-Forwarded-Prefix", prefix)
				w := httptest.NewRecorder()
				r.ServeHTTP(w, req)
				if location := w.Header().Get("Location"); location != "" {
					led, err := req.URL.Parse(location)
					require.NoError(t, err)
					assert.Equal(t, req.URL.Host, led.Host, prefix)
					assert.Regexp(t, `^/([^/\\]|$)`, location, prefix)
				}
			}
		}
	})
}

func TestAdvisoriesOfRedirects(t *testing.T) {
	r := dram.New()
	r.RedirectFixedPath = true
	r.GET("/:a/", ok)
	r.GET("/:a/b/", ok)
	r.Static("/files", site(t))
	for name, paths := range map[string][]string{
		"GO-2022-1031 CVE-2022-40083 echo: a directory called as another host":       {"//evil.example/..", "//evil.example%2f..", "/files//evil.example/%2e%2e", "/files/..//evil.example/", "/%5cevil.example/%2e%2e"},
		"GO-2025-3770 GHSA-vrw8-fxc6-2r93 chi: the Host header in a redirect":        {"/a", "/a/b", "//a"},
		"GO-2026-4316 GHSA-mqqf-5wvp-8fh8 chi: a backslash in front of another host": {`/\evil.example/b`, "/%5cevil.example", "/%5Cevil.example/b", `/\/evil.example`, `\\evil.example/b`},
		"GO-2026-6883 CVE-2026-118656 echo: a control character in front of a slash": {"/\t/evil.example/b", "/%09/evil.example/b", "/%0a/evil.example", "/%00//evil.example/b", "/%0d%5cevil.example/b", "/%20/evil.example/b", "\x01//evil.example"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, path := range paths {
				for _, r.UseRawPath = range []bool{false, true} {
					req := httptest.NewRequest("GET", "/", nil)
					req.Host = "evil.example"
					req.URL = &url.URL{Path: path}
					if plain, err := url.PathUnescape(path); err == nil && plain != path {
						req.URL.Path, req.URL.RawPath = plain, path
					}
					w := httptest.NewRecorder()
					r.ServeHTTP(w, req)
					if location := w.Header().Get("Location"); location != "" {
						assert.Regexp(t, `^(\.{1,2}/|/([^/\\[:cntrl:] ]|$))[^\\[:cntrl:]]*$`, location, path)
						assert.NotContains(t, location, "//", path)
					}
				}
			}
		})
	}
	r.UseRawPath = false
	assert.Equal(t, "/a/b/", serve(r, "GET", "/a/b").Header().Get("Location"), "there are redirects")
}

func TestAdvisoriesOfWhatIsWritten(t *testing.T) {
	t.Run("GO-2020-0001 CVE-2020-36567 gin's log had the lines that a path brought", func(t *testing.T) {
		for _, path := range []string{"/\n[DRAM] 200 | GET \"/forged\"", "/\r\nforged", "/\u2028forged", "/\x1b[1Aforged", "/\x85forged"} {
			req := httptest.NewRequest("GET", "/", nil)
			req.URL = &url.URL{Path: path}
			line := logged(dram.LoggerConfig{}, req, ok)
			assert.Equal(t, 1, strings.Count(line, "\n"), path)
			assert.NotContains(t, strings.TrimSuffix(line, "\n"), strings.TrimSuffix(strings.TrimPrefix(path, "/"), "forged"), path)
		}
	})
	t.Run("GO-2023-1737 CVE-2023-29401 gin, GO-2021-0108 CVE-2020-15111 fiber: a file's name ended Content-Disposition", func(t *testing.T) {
		for _, name := range []string{`setup.bat";x=.txt`, `a\";x=.txt`, "a.txt\r\nX-Forged: 1\r\n\r\nbody", "a\x00.txt", `"; filename*=UTF-8''setup.bat`, "a.txt\n"} {
			w := answer(func(c *dram.Context) { c.FileAttachment("advisories_test.go", name) })
			_, params, err := mime.ParseMediaType(w.Header().Get("Content-Disposition"))
			require.NoError(t, err, name)
			assert.Len(t, params, 1, name)
			assert.Equal(t, name, params["filename"])
			assert.Empty(t, w.Header().Get("X-Forged"))
		}
	})
	t.Run("GO-2026-6876 CVE-2026-118652 echo's JSONP called whatever the client named", func(t *testing.T) {
		for _, callback := range []string{"alert(1)//", "</script><script>alert(1)</script>", "a;b", "eval`1`", "x=alert", "\u2028a"} {
			r := dram.New()
			r.GET("/", func(c *dram.Context) { c.JSONP(200, 1) })
			w := serve(r, "GET", "/?callback="+url.QueryEscape(callback))
			assert.Equal(t, 400, w.Code, callback)
			assert.NotContains(t, w.Body.String(), callback)
		}
	})
	t.Run("GO-2026-5585 CVE-2026-42554 fiber's AutoFormat put text into a page as it was", func(t *testing.T) {
		const text = "<script>alert(1)</script>"
		for _, accept := range []string{"text/html", "text/html, */*;q=0.1", "application/xhtml+xml, text/html"} {
			for _, h := range []dram.HandlerFunc{
				func(c *dram.Context) {
					c.Negotiate(200, dram.Negotiate{Offered: []string{dram.MIMEJSON, dram.MIMEXML, dram.MIMEPlain}, Data: text})
				},
				dram.Try(func(*dram.Context) error { return dram.NewProblem(400, text) }),
			} {
				r := dram.New()
				r.GET("/", h)
				req := httptest.NewRequest("GET", "/", nil)
				req.Header.Set("Accept", accept)
				w := httptest.NewRecorder()
				r.ServeHTTP(w, req)
				if strings.Contains(w.Header().Get("Content-Type"), "html") {
					assert.NotContains(t, w.Body.String(), "<script>", accept)
					assert.Contains(t, w.Body.String(), "&lt;script&gt;", accept)
				} else if w.Code != 406 {
					assert.Contains(t, []string{"application/json; charset=utf-8", "application/problem+json", "text/plain; charset=utf-8"}, w.Header().Get("Content-Type"), accept)
				}
			}
		}
	})
	t.Run("GO-2024-2461 CVE-2024-22199 fiber's django templates did not escape", func(t *testing.T) {
		r := dram.New()
		r.SetHTMLTemplate(template.Must(template.New("page").Parse(`<p title="{{.}}">{{.}}</p><script>x = {{.}}</script>`)))
		r.GET("/", func(c *dram.Context) { c.HTML(200, "page", `"><script>alert(1)</script>`) })
		assert.Equal(t, 1, strings.Count(serve(r, "GET", "/").Body.String(), "<script>"))
	})
}

// GO-2021-0226 (CVE-2020-24553): net/http/cgi and fcgi called an upload of HTML text/html, since
// they guessed. A handler that says no type gets net/http's guess, so what a client sent is
// written with a type; Data does so, and File goes by the name.
func TestGO_2021_0226_TypesAreNotGuessedFromWhatIsSaid(t *testing.T) {
	w := answer(func(c *dram.Context) { c.Data(200, "text/plain; charset=utf-8", []byte("<html><script>")) })
	assert.Equal(t, "text/plain; charset=utf-8", w.Header().Get("Content-Type"))
	w = answer(func(c *dram.Context) { c.String(200, "%s", "<html><script>") })
	assert.Equal(t, "text/plain; charset=utf-8", w.Header().Get("Content-Type"))
}

func TestAdvisoriesOfNames(t *testing.T) {
	t.Run("GO-2026-4502 CVE-2026-25766 echo, GO-2021-0051 CVE-2020-36565 echo: backslashes led out of the directory on Windows", func(t *testing.T) {
		dir := t.TempDir()
		require.NoError(t, os.Mkdir(filepath.Join(dir, "site"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "secret.txt"), []byte("SECRET"), 0o600))
		if runtime.GOOS != "windows" { // where a backslash is a letter of a name
			require.NoError(t, os.WriteFile(filepath.Join(dir, "site", `..\secret.txt`), []byte("SECRET"), 0o600))
		}
		r := dram.New()
		r.Static("/files", filepath.Join(dir, "site"))
		for _, path := range []string{`/files/..\secret.txt`, "/files/..%5csecret.txt", "/files/%2e%2e%5Csecret.txt", "/files/..%255csecret.txt", "/files/c:%5csecret.txt", "/files/%5c%5chost%5cshare"} {
			w := httptest.NewRecorder()
			r.ServeHTTP(w, request(t, "GET", path))
			assert.Equal(t, 404, w.Code, path)
			assert.NotContains(t, w.Body.String(), "SECRET", path)
		}
	})
	t.Run("GO-2026-4543 CVE-2026-25882 fiber ended with a panic at more than 30 parameters of a route", func(t *testing.T) {
		r := dram.New()
		r.GET(strings.Repeat("/:a/x", 200), func(c *dram.Context) { c.String(200, "%d", len(c.Params)) })
		assert.Equal(t, "200", serve(r, "GET", strings.Repeat("/v/x", 200)).Body.String())
		for _, path := range []string{strings.Repeat("/v/x", 199), strings.Repeat("/v/x", 201), strings.Repeat("/", 10_000)} {
			assert.NotEqual(t, 200, serve(r, "GET", path).Code)
		}
	})
}
