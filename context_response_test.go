package dram_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"math"
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
	"github.com/dram-go/dram/render"
)

// answer is what a handler answers to GET /.
func answer(handler dram.HandlerFunc) *httptest.ResponseRecorder {
	r := dram.New()
	r.GET("/", handler)
	return serve(r, "GET", "/?callback=cb")
}

func TestRenders(t *testing.T) {
	v := dram.H{"html": "<b>"}
	tests := []struct {
		name, contentType, body string
		handler                 dram.HandlerFunc
	}{
		{"JSON", "application/json; charset=utf-8", `{"html":"\u003cb\u003e"}`, func(c *dram.Context) { c.JSON(203, v) }},
		{"PureJSON", "application/json; charset=utf-8", `{"html":"<b>"}` + "\n", func(c *dram.Context) { c.PureJSON(203, v) }},
		{"IndentedJSON", "application/json; charset=utf-8", "{\n    \"html\": \"\\u003cb\\u003e\"\n}", func(c *dram.Context) { c.IndentedJSON(203, v) }},
		{"AsciiJSON", "application/json", `{"é":"\ud83d\ude00"}`, func(c *dram.Context) { c.AsciiJSON(203, dram.H{"é": "😀"}) }},
		{"SecureJSON", "application/json; charset=utf-8", `while(1);[1]`, func(c *dram.Context) { c.SecureJSON(203, []int{1}) }},
		{"SecureJSON of an object", "application/json; charset=utf-8", `{}`, func(c *dram.Context) { c.SecureJSON(203, dram.H{}) }},
		{"JSONP", "application/javascript; charset=utf-8", `cb({"a":1});`, func(c *dram.Context) { c.JSONP(203, dram.H{"a": 1}) }},
		{"JSONP without callback", "application/json; charset=utf-8", `{"a":1}`, func(c *dram.Context) { c.Request.URL.RawQuery = ""; c.JSONP(203, dram.H{"a": 1}) }},
		{"XML", "application/xml; charset=utf-8", `<map><a>1</a><b>x</b></map>`, func(c *dram.Context) { c.XML(203, dram.H{"b": "x", "a": 1}) }},
		{"String", "text/plain; charset=utf-8", "7 %", func(c *dram.Context) { c.String(203, "%d %%", 7) }},
		{"String without values", "text/plain; charset=utf-8", "%d %%", func(c *dram.Context) { c.String(203, "%d %%") }},
		{"Data", "image/x", "bytes", func(c *dram.Context) { c.Data(203, "image/x", []byte("bytes")) }},
		{"a header that is set stays", "mine/type", `1`, func(c *dram.Context) { c.Header("Content-Type", "mine/type"); c.JSON(203, 1) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := answer(tt.handler)
			assert.Equal(t, 203, w.Code)
			if tt.name == "AsciiJSON" {
				assert.True(t, json.Valid(w.Body.Bytes()))
				assert.Equal(t, `{"\u00e9":"\ud83d\ude00"}`, w.Body.String())
			} else {
				assert.Equal(t, tt.body, w.Body.String())
			}
			assert.Equal(t, tt.contentType, w.Header().Get("Content-Type"))
		})
	}
}

func TestStatusesWithoutBody(t *testing.T) {
	for _, code := range []int{204, 304} {
		for name, handler := range map[string]dram.HandlerFunc{
			"JSON":   func(c *dram.Context) { c.JSON(code, 1) },
			"String": func(c *dram.Context) { c.String(code, "x") },
			"Data":   func(c *dram.Context) { c.Data(code, "a/b", []byte("x")) },
			"XML":    func(c *dram.Context) { c.XML(code, 1) },
		} {
			w := answer(handler)
			assert.Equal(t, code, w.Code, name)
			assert.Empty(t, w.Body.String(), name)
			assert.NotEmpty(t, w.Header().Get("Content-Type"), name)
		}
	}
	w := answer(func(c *dram.Context) { c.JSON(103, 1); c.JSON(200, 2) })
	assert.Equal(t, "2", w.Body.String(), "an informational status is not the answer")
}

func TestWhatCannotBeEncodedIsA500(t *testing.T) {
	for name, handler := range map[string]dram.HandlerFunc{
		"JSON":         func(c *dram.Context) { c.JSON(200, math.Inf(1)) },
		"PureJSON":     func(c *dram.Context) { c.PureJSON(200, make(chan int)) },
		"XML":          func(c *dram.Context) { c.XML(200, make(chan int)) },
		"YAML":         func(c *dram.Context) { c.YAML(200, 1) },
		"TOML":         func(c *dram.Context) { c.TOML(200, 1) },
		"ProtoBuf":     func(c *dram.Context) { c.ProtoBuf(200, 1) },
		"BSON":         func(c *dram.Context) { c.BSON(200, 1) },
		"HTML":         func(c *dram.Context) { c.HTML(200, "none", nil) },
		"partial JSON": func(c *dram.Context) { c.JSON(200, []any{strings.Repeat("x", 9000), math.NaN()}) },
	} {
		t.Run(name, func(t *testing.T) {
			var errs int
			reached := false
			r := dram.New()
			r.Use(func(c *dram.Context) { c.Next(); errs = len(c.Errors) })
			r.GET("/", handler, func(*dram.Context) { reached = true })
			w := serve(r, "GET", "/")
			assert.Equal(t, 500, w.Code)
			assert.Empty(t, w.Body.String())
			assert.Equal(t, 1, errs)
			assert.False(t, reached, "the chain is aborted")
		})
	}
}

func TestRedirect(t *testing.T) {
	w := answer(func(c *dram.Context) { c.Redirect(http.StatusFound, "/there") })
	assert.Equal(t, 302, w.Code)
	assert.Equal(t, "/there", w.Header().Get("Location"))
	assert.Equal(t, 201, answer(func(c *dram.Context) { c.Redirect(201, "/new") }).Code)
	assertPanics(t, "Cannot redirect with status code 200", func() {
		answer(func(c *dram.Context) { c.Redirect(200, "/x") })
	})
}

func TestSetCookie(t *testing.T) {
	w := answer(func(c *dram.Context) {
		c.SetSameSite(http.SameSiteLaxMode)
		c.SetCookie("a", "x y", 60, "", "example.com", true, true)
		cookie := &http.Cookie{Name: "b", Value: "raw"}
		c.SetCookieData(cookie)
		assert.Empty(t, cookie.Path, "the argument is not changed")
		c.SetCookieData(&http.Cookie{Name: "d", Value: "raw", SameSite: http.SameSiteDefaultMode})
		c.SetCookieData(&http.Cookie{Name: "c", Path: "/p", SameSite: http.SameSiteStrictMode})
	})
	assert.Equal(t, []string{
		"a=x+y; Path=/; Domain=example.com; Max-Age=60; HttpOnly; Secure; SameSite=Lax",
		"b=raw; Path=/", "d=raw; Path=/; SameSite=Lax",
		"c=; Path=/p; SameSite=Strict",
	}, w.Header()["Set-Cookie"])
}

func TestHeaderSetsAndRemoves(t *testing.T) {
	w := answer(func(c *dram.Context) {
		c.Header("X-A", "1")
		c.Header("X-B", "2")
		c.Header("X-A", "")
	})
	assert.NotContains(t, w.Header(), "X-A")
	assert.Equal(t, "2", w.Header().Get("X-B"))
}

func TestDataFromReader(t *testing.T) {
	extra := map[string]string{"X-Extra": "1", "X-Set": "no"}
	w := answer(func(c *dram.Context) {
		c.Header("X-Set", "yes")
		c.DataFromReader(200, 4, "a/b", strings.NewReader("body"), extra)
	})
	assert.Equal(t, "body", w.Body.String())
	assert.Equal(t, "4", w.Header().Get("Content-Length"))
	assert.Equal(t, "1", w.Header().Get("X-Extra"))
	assert.Equal(t, "yes", w.Header().Get("X-Set"), "headers never override")
	assert.Len(t, extra, 2, "the caller's map is not written")
}

func TestSSEvent(t *testing.T) {
	w := answer(func(c *dram.Context) {
		c.SSEvent("x", dram.H{"a": 1})
		c.SSEvent("y", "two\nlines")
	})
	assert.Equal(t, "event:x\ndata:{\"a\":1}\n\nevent:y\ndata:two\ndata:lines\n\n", w.Body.String())
	assert.Equal(t, "text/event-stream;charset=utf-8", w.Header().Get("Content-Type"))
	assert.Equal(t, "no-cache", w.Header().Get("Cache-Control"))
}

func TestStream(t *testing.T) {
	n := 0
	var gone bool
	w := answer(func(c *dram.Context) {
		gone = c.Stream(func(w io.Writer) bool {
			n++
			_, _ = io.WriteString(w, "x")
			return n < 3
		})
	})
	assert.False(t, gone)
	assert.True(t, w.Flushed)
	assert.Equal(t, "xxx", w.Body.String())
}

func TestStreamEndsWithTheClient(t *testing.T) {
	ended := make(chan bool, 1)
	r := dram.New()
	r.GET("/", func(c *dram.Context) {
		ended <- c.Stream(func(w io.Writer) bool {
			_, _ = io.WriteString(w, "x")
			return true
		})
	})
	srv := httptest.NewServer(r)
	defer srv.Close()
	res, err := http.Get(srv.URL)
	require.NoError(t, err)
	_, err = res.Body.Read(make([]byte, 1))
	require.NoError(t, err)
	res.Body.Close()
	assert.True(t, <-ended)
}

func TestHTML(t *testing.T) {
	dir := t.TempDir()
	page := filepath.Join(dir, "page.tmpl")
	write := func(text string) { require.NoError(t, os.WriteFile(page, []byte(text), 0o600)) }
	for _, mode := range []string{dram.ReleaseMode, dram.DebugMode} {
		t.Run(mode, func(t *testing.T) {
			inMode(t, mode)
			captureWriter(t)
			write(`[[shout .]] <b>`)
			load := map[string]func(*dram.Engine){
				"glob":  func(r *dram.Engine) { r.LoadHTMLGlob(filepath.Join(dir, "*.tmpl")) },
				"files": func(r *dram.Engine) { r.LoadHTMLFiles(page) },
				"fs":    func(r *dram.Engine) { r.LoadHTMLFS(http.Dir(dir), "*.tmpl") },
			}
			for name, load := range load {
				r := dram.New()
				assert.Same(t, r, r.Delims("[[", "]]"))
				r.SetFuncMap(template.FuncMap{"shout": strings.ToUpper})
				load(r)
				r.GET("/", func(c *dram.Context) { c.HTML(201, "page.tmpl", "<i>") })
				w := serve(r, "GET", "/")
				assert.Equal(t, "&lt;I&gt; <b>", w.Body.String(), name)
				assert.Equal(t, 201, w.Code)
				assert.Equal(t, "text/html; charset=utf-8", w.Header().Get("Content-Type"))

				write(`changed`)
				changed := serve(r, "GET", "/").Body.String() == "changed"
				assert.Equal(t, mode == dram.DebugMode, changed, "parsed at every request in debug mode only")
				write(`[[shout .]] <b>`)
			}
		})
	}
	assertPanics(t, "*.none", func() { dram.New().LoadHTMLGlob(filepath.Join(dir, "*.none")) })
}

func TestSetHTMLTemplate(t *testing.T) {
	r := dram.New()
	r.SetHTMLTemplate(template.Must(template.New("root").Parse(`{{define "a"}}A{{end}}root {{.}}`)))
	r.GET("/a", func(c *dram.Context) { c.HTML(200, "a", nil) })
	r.GET("/root", func(c *dram.Context) { c.HTML(200, "", 7) })
	assert.Equal(t, "A", serve(r, "GET", "/a").Body.String())
	assert.Equal(t, "root 7", serve(r, "GET", "/root").Body.String())
}

// TestJSONPTakesNamesOnly: a callback is the client's, and so would be a script.
func TestJSONPTakesNamesOnly(t *testing.T) {
	r := dram.New()
	r.GET("/", func(c *dram.Context) { c.JSONP(200, 1) }, func(c *dram.Context) { c.String(200, "next") })
	for callback, want := range map[string]string{
		"show": "200 show(1);", "app.show.$1": "200 app.show.$1(1);", "a_b1": "200 a_b1(1);",
		"alert(1)//": "400", "a.b[0]": "400", "a;b": "400", "</script>": "400", "a..b": "400", ".a": "400", "a.": "400", "1a": "400", "a b": "400", "a\n": "400", "\u00e9": "400", "a\x00": "400",
	} {
		w := serve(r, "GET", "/?callback="+url.QueryEscape(callback))
		assert.True(t, strings.HasPrefix(fmt.Sprint(w.Code, " ", w.Body), want), "%q: %d %s", callback, w.Code, w.Body)
		assert.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"), callback)
		if want == "400" {
			assert.Equal(t, "the callback is not a name, or names joined by dots", w.Body.String(), "nothing of the client's")
		}
	}
}

func TestNegotiateFormat(t *testing.T) {
	offers := []string{dram.MIMEJSON, dram.MIMEXML, dram.MIMEHTML}
	tests := []struct{ accept, want string }{
		{"", dram.MIMEJSON},
		{"text/html", dram.MIMEHTML},
		{"TEXT/HTML;level=1", dram.MIMEHTML},
		{"text/*", dram.MIMEHTML},
		{"*/*", dram.MIMEJSON},
		{"application/xml;q=0.9, text/html;q=0.8", dram.MIMEXML},
		{"application/xml;q=0.8, text/html;q=0.9", dram.MIMEHTML},
		{"text/html, application/xml", dram.MIMEHTML},
		{"*/*, application/json;q=0", dram.MIMEXML},
		{"application/*;q=0.5, application/json;q=0.1", dram.MIMEXML},
		{"*/*, text/html", dram.MIMEJSON},
		{"text/html;q=0.5, */*;q=0.5", dram.MIMEHTML},
		{"*/*;q=0.1, text/html, application/xml", dram.MIMEHTML},
		{"application/*, application/xml", dram.MIMEJSON},
		{"application/js", ""},
		{"image/png", ""},
		{"application/json;q=0", ""},
		{"application/json;q=2", ""},
		{"application/json;q=0x1p-1", ""},
		{"application/json;q=NaN", ""},
		{"application/json;q=1e-1", ""},
		{"application/json;q=.9, application/xml;q=0.1", dram.MIMEXML},
		{`application/json;p="a,b;q=0";q=0.2, application/xml;q=0.1`, dram.MIMEJSON},
		{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", dram.MIMEHTML},
	}
	for _, tt := range tests {
		c := contextFor("GET", "/", "", "")
		if tt.accept != "" {
			c.Request.Header.Set("Accept", tt.accept)
		}
		assert.Equal(t, tt.want, c.NegotiateFormat(offers...), tt.accept)
	}
	c := contextFor("GET", "/", "", "")
	c.Request.Header.Set("Accept", "text/html")
	assert.Equal(t, "text/html; charset=utf-8", c.NegotiateFormat("application/json; charset=utf-8", "text/html; charset=utf-8"))
	c.SetAccepted(dram.MIMEXML)
	assert.Equal(t, dram.MIMEXML, c.NegotiateFormat(offers...))
	assertPanics(t, "at least one offer", func() { c.NegotiateFormat() })
}

func TestNegotiate(t *testing.T) {
	r := dram.New()
	r.SetHTMLTemplate(template.Must(template.New("t").Parse(`page {{.}}`)))
	var err error
	r.GET("/", func(c *dram.Context) {
		c.Negotiate(200, dram.Negotiate{
			Offered:  []string{dram.MIMEJSON, dram.MIMEXML, dram.MIMEHTML, dram.MIMEYAML2, dram.MIMETOML, dram.MIMEPROTOBUF, dram.MIMEBSON},
			HTMLName: "t", HTMLData: "html", Data: "data", XMLData: dram.H{"a": 1},
		})
		if last := c.Errors.Last(); last != nil {
			err = last
		}
	})
	tests := []struct {
		accept, body string
		code         int
	}{
		{"application/json", `"data"`, 200},
		{"application/xml", `<map><a>1</a></map>`, 200},
		{"text/html", `page html`, 200},
		{"application/yaml", ``, 500},
		{"application/toml", ``, 500},
		{"application/x-protobuf", ``, 500},
		{"application/bson", ``, 500},
		{"image/png", ``, 406},
	}
	for _, tt := range tests {
		req := httptest.NewRequest("GET", "/", nil)
		req.Header.Set("Accept", tt.accept)
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		assert.Equal(t, tt.code, w.Code, tt.accept)
		assert.Equal(t, tt.body, w.Body.String(), tt.accept)
		if tt.code != 500 {
			assert.Equal(t, "Accept", w.Header().Get("Vary"), "a cache must not give one client's format to another")
		}
	}
	assert.ErrorIs(t, err, dram.ErrNotAcceptable)
}

func TestAbortWith(t *testing.T) {
	w := answer(func(c *dram.Context) {
		c.AbortWithStatus(401)
		assert.True(t, c.Writer.Written(), "the header is sent at once")
	})
	assert.Equal(t, 401, w.Code)
	w = answer(func(c *dram.Context) { c.AbortWithStatusJSON(418, "<"); assert.True(t, c.IsAborted()) })
	assert.Equal(t, `"\u003c"`, w.Body.String())
	w = answer(func(c *dram.Context) { c.AbortWithStatusPureJSON(418, "<"); assert.True(t, c.IsAborted()) })
	assert.Equal(t, "\"<\"\n", w.Body.String())
	w = answer(func(c *dram.Context) {
		err := c.AbortWithError(500, errors.New("x")).SetType(dram.ErrorTypePublic)
		assert.Same(t, err, c.Errors.Last())
	})
	assert.Equal(t, 500, w.Code)
}

func TestRenderOfOnesOwn(t *testing.T) {
	w := answer(func(c *dram.Context) { c.Render(202, render.Data{ContentType: "a/b", Data: []byte("x")}) })
	assert.Equal(t, 202, w.Code)
	assert.Equal(t, "x", w.Body.String())
}

func TestSecureJsonPrefixOfTheEngine(t *testing.T) {
	r := dram.New()
	assert.Same(t, r, r.SecureJsonPrefix(")]}',"))
	r.GET("/", func(c *dram.Context) { c.SecureJSON(200, []int{1}) })
	assert.Equal(t, ")]}',[1]", serve(r, "GET", "/").Body.String())
}

func TestAnAnswerWithoutABodyIsSentAtOnce(t *testing.T) {
	w := serve(handled(func(c *dram.Context) {
		c.JSON(http.StatusNoContent, nil)
		assert.True(t, c.Writer.Written())
		c.Status(http.StatusOK)
	}), "GET", "/")
	assert.Equal(t, http.StatusNoContent, w.Code)
}
