package dram_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

// What a program may rely on about engines, registration and matching, beyond
// what the tests of the single files say.

func TestNewHasTheDefaults(t *testing.T) {
	r := dram.New()
	on := map[string]bool{
		"RedirectTrailingSlash": r.RedirectTrailingSlash, "ForwardedByClientIP": r.ForwardedByClientIP,
		"UnescapePathValues": r.UnescapePathValues, "ContextWithFallback": r.ContextWithFallback,
	}
	for name, value := range on {
		assert.True(t, value, name)
	}
	off := map[string]bool{
		"RedirectFixedPath": r.RedirectFixedPath, "HandleMethodNotAllowed": r.HandleMethodNotAllowed,
		"AppEngine": r.AppEngine, "UseRawPath": r.UseRawPath, "UseEscapedPath": r.UseEscapedPath,
		"RemoveExtraSlash": r.RemoveExtraSlash, "UseH2C": r.UseH2C,
	}
	for name, value := range off {
		assert.False(t, value, name)
	}
	assert.Equal(t, []string{"X-Forwarded-For", "X-Real-IP"}, r.RemoteIPHeaders)
	assert.Empty(t, r.TrustedPlatform)
	assert.EqualValues(t, 32<<20, r.MaxMultipartMemory)
	assert.NotNil(t, r.FuncMap)
	assert.Nil(t, r.HTMLRender)
	assert.Empty(t, r.Handlers)
	assert.Equal(t, "/", r.BasePath())
}

func TestOptionsAreAppliedInOrderAndLast(t *testing.T) {
	var layers []int
	count := func(r *dram.Engine) { layers = append(layers, len(r.Handlers)) }
	fixed := func(r *dram.Engine) { r.RedirectFixedPath = true }
	unfixed := func(r *dram.Engine) { r.RedirectFixedPath = false }
	assert.True(t, dram.New(count, unfixed, fixed).RedirectFixedPath)
	captureWriter(t)
	assert.False(t, dram.Default(count, fixed, unfixed).RedirectFixedPath)
	assert.Equal(t, []int{0, 2}, layers, "Default's options see its Logger and Recovery")
	r := dram.New()
	assert.Same(t, r, r.With(fixed))
	assert.True(t, r.RedirectFixedPath)
}

func TestRoutesAreListedMethodByMethod(t *testing.T) {
	r := dram.New()
	r.POST("/b", ok)
	r.GET("/z", ok)
	r.POST("/a", namedLayer, ok)
	r.GET("/y", ok)
	var got []string
	for _, route := range r.Routes() {
		got = append(got, route.Method+" "+route.Path+" "+route.Handler)
	}
	const name = "github.com/dram-go/dram_test.ok"
	assert.Equal(t, []string{"POST /b " + name, "POST /a " + name, "GET /z " + name, "GET /y " + name}, got)
}

func TestADuplicateNamesBothPlaces(t *testing.T) {
	r := dram.New()
	r.GET("/u/:id", ok)
	message := ""
	func() {
		defer func() { message, _ = recover().(string) }()
		r.GET("/u/:name", ok)
	}()
	places := regexp.MustCompile(`facts_engine_test\.go:(\d+)`).FindAllStringSubmatch(message, -1)
	require.Len(t, places, 2, message)
	assert.NotEqual(t, places[0][1], places[1][1])
	assert.Contains(t, message, "/u/:id")
	assert.Contains(t, message, "/u/:name")
	assert.Len(t, r.Routes(), 1, "a refused route changes nothing")
}

func TestRoutesMayBeRegisteredAfterTheFirstRequest(t *testing.T) {
	r := dram.New()
	assert.Equal(t, 404, serve(r, "GET", "/a:b").Code)
	r.GET(`/a\:b`, ok)
	assert.Equal(t, "/a:b", serve(r, "GET", "/a:b").Body.String(), "an escape is resolved whenever it is registered")
	assert.Equal(t, 404, serve(r, "GET", `/a%5C:b`).Code)
}

// echo answers with the pattern and the params.
func echo(c *dram.Context) { c.String(http.StatusOK, "%s %v", c.FullPath(), c.Params) }

func TestMatching(t *testing.T) {
	tests := []struct {
		name     string
		patterns []string
		path     string
		want     string // the pattern and the params; "" for a 404
	}{
		{"backs out of a param", []string{"/users/:id/posts", "/:a/:b"}, "/users/7", "/:a/:b [{a users} {b 7}]"},
		{"a match beats a slash variant", []string{"/abc/", "/:a"}, "/abc", "/:a [{a abc}]"},
		{"backs out of a static branch", []string{"/a/b/c", "/:x/b/d"}, "/a/b/d", "/:x/b/d [{x a}]"},
		{"backs out twice", []string{"/a/:b/c", "/a/*rest", "/:x/:y/d"}, "/a/1/d", "/a/*rest [{rest /1/d}]"},
		{"param behind a literal", []string{"/v:ver/x"}, "/v1/x", "/v:ver/x [{ver 1}]"},
		{"that param may not be empty at the end", []string{"/v:ver"}, "/v", ""},
		{"an empty param at the end", []string{"/user/:id"}, "/user/", ""},
		{"an empty param in the middle", []string{"/x/:y/z"}, "/x//z", "/x/:y/z [{y }]"},
		{"catch-all takes its slash", []string{"/s/*p"}, "/s/a/b", "/s/*p [{p /a/b}]"},
		{"catch-all of a slash", []string{"/s/*p"}, "/s/", "/s/*p [{p /}]"},
		{"catch-all beside its own front", []string{"/s/*p", "/s"}, "/s", "/s []"},
		{"static, then param, then catch-all: static", []string{"/*c", "/:p", "/s"}, "/s", "/s []"},
		{"static, then param, then catch-all: param", []string{"/*c", "/:p", "/s"}, "/x", "/:p [{p x}]"},
		{"static, then param, then catch-all: catch-all", []string{"/*c", "/:p", "/s"}, "/x/y", "/*c [{c /x/y}]"},
		{"each route has its own names", []string{"/u/:id", "/u/:name/posts"}, "/u/7/posts", "/u/:name/posts [{name 7}]"},
		{"decoded slashes split", []string{"/:a/:b"}, "/x%2Fy", "/:a/:b [{a x} {b y}]"},
		{"plus stays", []string{"/:a"}, "/x+y", "/:a [{a x+y}]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := dram.New()
			r.RedirectTrailingSlash = false
			for _, pattern := range tt.patterns {
				r.GET(pattern, echo)
			}
			w := serve(r, "GET", tt.path)
			if tt.want == "" {
				assert.Equal(t, 404, w.Code)
				return
			}
			assert.Equal(t, tt.want, w.Body.String())
		})
	}
}

func TestNothingMatched(t *testing.T) {
	r := dram.New()
	r.HandleMethodNotAllowed = true
	r.GET("/u/:id/", ok)
	var fullPaths []string
	var params []int
	r.Use(func(c *dram.Context) {
		fullPaths = append(fullPaths, c.FullPath())
		params = append(params, len(c.Params))
	})
	for _, path := range []string{"/none", "/u/7/none", "/u/7"} {
		serve(r, "GET", path)
	}
	serve(r, "PUT", "/u/7/")
	assert.Equal(t, []string{"", "", "", ""}, fullPaths)
	assert.Equal(t, []int{0, 0, 0, 0}, params, "no params of routes that did not match")
}

func TestOptionsIsNotAnsweredByItself(t *testing.T) {
	r := dram.New()
	r.GET("/x", ok)
	assert.Equal(t, 404, serve(r, "OPTIONS", "/x").Code)
	r.HandleMethodNotAllowed = true
	assert.Equal(t, 405, serve(r, "OPTIONS", "/x").Code)
}

func TestRedirectsThatAreNone(t *testing.T) {
	r := dram.New()
	r.HandleMethodNotAllowed = true
	r.GET("/only-get", ok)
	r.POST("/both/", ok)
	r.GET("/both", ok)
	r.Handle("CONNECT", "/tunnel", ok)
	tests := []struct {
		name, method, path string
		status             int
		location           string
	}{
		{"the root has no slash variant", "GET", "/", 404, ""},
		{"CONNECT asks for no path", "CONNECT", "/tunnel/", 404, ""},
		{"a redirect wins over 405", "GET", "/both/", 301, "/both"},
		{"and for other methods", "POST", "/both", 307, "/both/"},
		{"no slash variant for this method", "PUT", "/only-get/", 404, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := serve(r, tt.method, tt.path)
			assert.Equal(t, tt.status, w.Code)
			assert.Equal(t, tt.location, w.Header().Get("Location"))
		})
	}
}

// Wherever a redirect of dram leads to, there is a route: the client does not
// follow it into a 404 or another redirect.
func TestRedirectsLeadToARoute(t *testing.T) {
	patterns := []string{"/a", "/a/", "/:x/", "/:x/:y", "/B/c/", "/d/*rest", "/e/:x/f/"}
	paths := []string{
		"/a", "/b", "/b/c/", "/B/C", "/..", "/./", "/x/..", "/x/../", "//", "//a", "/a//", "/d", "/D", "/e//f", "/e/x/f",
		"/e/../x", "/E/1/F", "/%2e%2e", "/x/%2e",
	}
	for set := range 1 << len(patterns) {
		r := dram.New()
		r.RedirectFixedPath = set%3 == 0
		for i, pattern := range patterns {
			if set&(1<<i) != 0 {
				r.GET(pattern, ok)
			}
		}
		for _, path := range paths {
			location := serve(r, "GET", path).Header().Get("Location")
			if location == "" {
				continue
			}
			require.Regexp(t, `^/($|[^/\\])`, location, path)
			require.Equal(t, 200, serve(r, "GET", location).Code, "%s redirects to %s", path, location)
		}
	}
}

func TestContextsOfMissesAreNotShared(t *testing.T) {
	r := dram.New()
	var group, noRoute int
	r.Group("/g", func(*dram.Context) { group++ }).GET("/x", ok)
	r.NoRoute(func(c *dram.Context) { noRoute++; c.Abort() })
	w := serve(r, "GET", "/g/y")
	assert.Equal(t, "404 page not found", w.Body.String(), "the default body comes even after Abort")
	assert.Zero(t, group, "a group's middleware does not run")
	assert.Equal(t, 1, noRoute)
}

func TestStaticRoutesAreGetAndHead(t *testing.T) {
	r := dram.New()
	r.HandleMethodNotAllowed = true
	r.Static("/s", t.TempDir())
	r.StaticFile("/f", "x")
	var got []string
	for _, route := range r.Routes() {
		got = append(got, route.Method+" "+route.Path)
	}
	assert.Equal(t, []string{"GET /s/*filepath", "GET /f", "HEAD /s/*filepath", "HEAD /f"}, got)
	assert.Equal(t, "GET, HEAD", serve(r, "POST", "/f").Header().Get("Allow"))
}

func TestDebugModeWarnsOfALateStatus(t *testing.T) {
	out := captureWriter(t)
	inMode(t, dram.DebugMode)
	r := dram.New()
	r.GET("/", func(c *dram.Context) {
		c.String(http.StatusOK, "x")
		out.Reset()
		c.Status(http.StatusTeapot)
	})
	assert.Equal(t, 200, serve(r, "GET", "/").Code)
	assert.Contains(t, out.String(), "[DRAM-debug] [WARNING] Headers were already written")
	assert.Contains(t, out.String(), "200 with 418")
}

func TestParseErrorsOfFormsAreOnlyPrinted(t *testing.T) {
	out := captureWriter(t)
	inMode(t, dram.DebugMode)
	r := dram.New()
	r.POST("/", func(c *dram.Context) { c.String(http.StatusOK, c.DefaultPostForm("a", "none")) })
	req := httptest.NewRequest("POST", "/", strings.NewReader("no multipart"))
	req.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	out.Reset()
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	assert.Equal(t, "none", w.Body.String())
	assert.Contains(t, out.String(), "[DRAM-debug] ")
}

func TestStreamingNeedsNoCloseNotifier(t *testing.T) {
	w := answer(func(c *dram.Context) {
		c.Stream(func(w io.Writer) bool {
			_, _ = io.WriteString(w, "once")
			return false
		})
	})
	assert.Equal(t, "once", w.Body.String())
}
