// Advisories about frameworks, routers and net/http, by their identifiers: each test sends what
// was accepted there. The table in docs/reliability.md lists all of them, with the tests that
// were there before; the packages below have such files of their own.

package dram_test

import (
	"bufio"
	"bytes"
	"html/template"
	"io"
	"mime"
	"mime/multipart"
	"net"
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

// multipartOf is a form of the parts that write makes.
func multipartOf(write func(*multipart.Writer)) *http.Request {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	write(form)
	_ = form.Close()
	req := httptest.NewRequest("POST", "/", &body)
	req.Header.Set("Content-Type", form.FormDataContentType())
	return req
}

// letters is a body that does not end.
type letters struct{}

func (letters) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// countingReader counts what was read.
type countingReader struct {
	io.Reader
	read int64
}

func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.read += int64(n)
	return n, err
}

// What net/http bounds since these advisories stays bounded behind the getters and Bind.
func TestAdvisoriesOfForms(t *testing.T) {
	refused := []int{400, 413}
	bind := func(req *http.Request) int {
		r := dram.New()
		r.MaxMultipartMemory = 1 << 10
		r.POST("/", func(c *dram.Context) {
			var in struct {
				A []string `form:"a"`
			}
			if c.Bind(&in) == nil {
				c.String(200, "%d", len(in.A))
			}
		})
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		return w.Code
	}
	t.Run("GO-2023-1569 CVE-2022-41725 and GO-2023-1705 CVE-2023-24536 forms of very many parts", func(t *testing.T) {
		assert.Contains(t, refused, bind(multipartOf(func(form *multipart.Writer) {
			for range 2000 {
				_ = form.WriteField("a", "")
			}
		})))
	})
	t.Run("GO-2024-2599 CVE-2023-45290 a line of a part's header without an end", func(t *testing.T) {
		endless := io.MultiReader(strings.NewReader("--b\r\nContent-Disposition: form-data; name=\"a\"; x="), io.LimitReader(letters{}, 1<<30))
		body := &countingReader{Reader: endless}
		req := httptest.NewRequest("POST", "/", body)
		req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		assert.Contains(t, refused, bind(req))
		assert.Less(t, body.read, int64(12<<20), "the rest is not read")
	})
	t.Run("GO-2026-5039 CVE-2026-42507 the text of a malformed header stood in the error as it came", func(t *testing.T) {
		req := httptest.NewRequest("POST", "/", strings.NewReader("--b\r\nforged\x1b[2J\u0085[DRAM] 200\r\n\r\n\r\n--b--\r\n"))
		req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		line := logged(dram.LoggerConfig{}, req, func(c *dram.Context) {
			_, err := c.MultipartForm()
			assert.Error(t, err)
			_ = c.Error(err)
		})
		assert.NotContains(t, line, "\x1b")
		assert.NotContains(t, line, "\u0085")
	})
	t.Run("GO-2026-4341 CVE-2025-61726 queries of very many parameters", func(t *testing.T) {
		r := dram.New()
		r.GET("/", func(c *dram.Context) {
			var in struct {
				A []string `form:"a"`
			}
			assert.Error(t, c.BindQuery(&in))
			assert.Empty(t, c.QueryArray("a"))
		})
		assert.Equal(t, 400, serve(r, "GET", "/?"+strings.Repeat("a=&", 20_000)).Code)
	})
	t.Run("GO-2025-4012 CVE-2025-58186 requests of very many cookies", func(t *testing.T) {
		c := contextFor("GET", "/", "", "")
		c.Request.Header.Set("Cookie", strings.Repeat("a=; ", 100_000))
		_, err := c.Cookie("a")
		assert.Error(t, err)
	})
}

// net/http, GO-2026-6609 (CVE-2026-78667): a Range of 1 MiB that asks for one byte 250,000 times
// took seconds, and 35 MB of parts.
func TestGO_2026_6609_AFileInVeryManyParts(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.bin"), make([]byte, 100_000), 0o600))
	r := dram.New()
	r.Static("/static", dir)
	r.StaticFile("/file", filepath.Join(dir, "a.bin"))
	r.GET("/fs", func(c *dram.Context) { c.FileFromFS("a.bin", http.Dir(dir)) })
	for _, path := range []string{"/static/a.bin", "/file", "/fs"} {
		for ranges, want := range map[string]int{
			"0-0,2-2": 206, strings.Repeat("0-0,", 20_000) + "0-0": 200, strings.Repeat(",", 500_000) + "0-0": 200,
		} {
			req := httptest.NewRequest("GET", path, nil)
			req.Header.Set("Range", "bytes="+ranges)
			w := httptest.NewRecorder()
			r.ServeHTTP(w, req)
			assert.Equal(t, want, w.Code, "%s %.10s", path, ranges)
			assert.LessOrEqual(t, w.Body.Len(), 100_000, path)
		}
	}
}

// exchange sends bytes to a server of dram's and returns the status of each answer, and the
// paths that a handler saw.
func exchange(t *testing.T, h2c bool, sent string) (statuses []int, paths []string) {
	t.Helper()
	engine := dram.New()
	engine.UseH2C = h2c
	engine.NoRoute(func(c *dram.Context) {
		if _, err := io.Copy(io.Discard, c.Request.Body); err != nil {
			c.AbortWithStatus(400)
			return
		}
		paths = append(paths, c.Request.URL.Path)
		c.String(200, "%s", c.Request.Proto)
	})
	r := start(t, engine, func() error { return engine.Run("127.0.0.1:0") })
	conn, err := net.Dial("tcp", r.addr.String())
	require.NoError(t, err)
	defer conn.Close()
	_, _ = io.WriteString(conn, sent)
	_ = conn.(*net.TCPConn).CloseWrite()
	reader := bufio.NewReader(conn)
	for {
		res, err := http.ReadResponse(reader, nil)
		if err != nil {
			return statuses, paths
		}
		statuses = append(statuses, res.StatusCode)
		_, _ = io.Copy(io.Discard, res.Body)
	}
}

func TestAdvisoriesOfTheWire(t *testing.T) {
	const next = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
	chunked := "POST /first HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
	for name, sent := range map[string]string{
		"GO-2022-0525 CVE-2022-1705 a Transfer-Encoding that only looks like chunked":               chunked + "\x0bchunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + next,
		"GO-2025-3563 CVE-2025-22871 a chunk whose line ends in LF alone":                           chunked + "chunked\r\n\r\n5;a\nabcde\r\n0\r\n\r\n" + next,
		"GO-2023-2382 CVE-2023-39326 chunks that are mostly extensions":                             chunked + "chunked\r\n\r\n" + strings.Repeat("1;"+strings.Repeat("x", 2000)+"\r\na\r\n", 200) + "0\r\n\r\n" + next,
		"GO-2023-1878 CVE-2023-29406 a Host with the line of another header":                        "GET /first HTTP/1.1\r\nHost: x\x0aX-Forged: 1/\r\nHost: y\r\n\r\n" + next,
		"GO-2023-1704 CVE-2023-24534 and GO-2022-0236 CVE-2021-31525 very long headers":             "GET /first HTTP/1.1\r\nHost: x\r\nA: " + strings.Repeat("a", 2<<20) + "\r\n\r\n" + next,
		"GO-2025-4010 CVE-2025-47912 and GO-2026-4601 CVE-2026-25679 a Host that is not an address": "GET http://[::1]evil.example/first HTTP/1.1\r\nHost: x\r\n\r\n" + next,
	} {
		t.Run(name, func(t *testing.T) {
			statuses, paths := exchange(t, false, sent)
			assert.NotContains(t, paths, "/smuggled")
			assert.NotContains(t, paths, "/first")
			for _, status := range statuses {
				assert.GreaterOrEqual(t, status, 400)
			}
		})
	}
	t.Run("GO-2023-1495 CVE-2022-41721 x/net's h2c took the rest of a body for frames", func(t *testing.T) {
		for _, h2c := range []bool{false, true} {
			body := "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
			statuses, paths := exchange(t, h2c, "POST /first HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Length: 24\r\n\r\n"+body)
			assert.Equal(t, []int{200}, statuses, "an answer of HTTP/1.1, and no switch")
			assert.Equal(t, []string{"/first"}, paths)
		}
	})
}
