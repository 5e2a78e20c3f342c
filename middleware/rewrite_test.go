package middleware_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

func ExampleMethodOverride() {
	r := dram.New()
	// The first of all layers: those outside of it would run twice.
	r.Use(middleware.MethodOverride(middleware.MethodOverrideConfig{Engine: r, FormField: "_method"}))
	r.Use(dram.Recovery())
	r.DELETE("/notes/:id", func(c *dram.Context) { c.String(http.StatusOK, "deleted %s", c.Param("id")) })

	form := strings.NewReader(url.Values{"_method": {"delete"}}.Encode())
	req := httptest.NewRequest(http.MethodPost, "/notes/7", form)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	fmt.Println(w.Code, w.Body)
	// Output: 200 deleted 7
}

func ExampleRewrite() {
	r := dram.New()
	r.Use(middleware.Rewrite(middleware.RewriteConfig{Engine: r, Rules: []middleware.RewriteRule{
		{Path: "/v1/*", To: "/api/*"},
		{Pattern: regexp.MustCompile(`/article-(\d+)\.php`), To: "/articles?id=$1"},
	}}))
	r.GET("/api/users", func(c *dram.Context) { c.String(http.StatusOK, "users") })
	r.GET("/articles", func(c *dram.Context) { c.String(http.StatusOK, "article %s", c.Query("id")) })

	for _, path := range []string{"/v1/users", "/article-12.php"} {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		fmt.Println(w.Body)
	}
	// Output:
	// users
	// article 12
}

// overriding returns an engine whose routes answer with their methods.
func overriding(cfg middleware.MethodOverrideConfig) *dram.Engine {
	r := dram.New()
	r.HandleMethodNotAllowed = true
	cfg.Engine = r
	r.Use(middleware.MethodOverride(cfg))
	for _, method := range []string{"GET", "POST", "PUT", "DELETE"} {
		r.Handle(method, "/", func(c *dram.Context) { _, _ = c.Writer.WriteString(c.Request.Method) })
	}
	r.PUT("/only", func(c *dram.Context) { _, _ = c.Writer.WriteString("put") })
	r.POST("/slash/", func(*dram.Context) {})
	r.DELETE("/slash", func(c *dram.Context) { _, _ = c.Writer.WriteString("slash") })
	return r
}

func TestMethodOverride(t *testing.T) {
	over := func(method string) func(*http.Request) { return header("X-HTTP-Method-Override", method) }
	cases := []struct {
		method, path, override string
		want                   int
		body                   string
	}{
		{"POST", "/", "", 200, "POST"},
		{"POST", "/", "POST", 200, "POST"},
		{"POST", "/", "PUT", 200, "PUT"},
		{"POST", "/", " put ", 200, "PUT"},
		{"GET", "/", "DELETE", 200, "GET"},
		{"PUT", "/", "DELETE", 200, "PUT"},
		{"POST", "/", "GET", 400, ""},
		{"POST", "/", "TRACE", 400, ""},
		{"POST", "/", "X\n", 400, ""},
		{"POST", "/only", "PUT", 200, "put"}, // a 405 as POST
		{"POST", "/only", "DELETE", 405, ""},
		{"POST", "/slash", "DELETE", 200, "slash"}, // a redirect as POST
		{"POST", "/none", "DELETE", 404, ""},
	}
	for _, tc := range cases {
		t.Run(tc.method+tc.path+" as "+tc.override, func(t *testing.T) {
			w := send(overriding(middleware.MethodOverrideConfig{}), tc.method, tc.path, "", over(tc.override))
			assert.Equal(t, tc.want, w.Code)
			if tc.body != "" {
				assert.Equal(t, tc.body, w.Body.String())
				assert.Empty(t, w.Header().Get("Allow"))
			}
		})
	}
	r := overriding(middleware.MethodOverrideConfig{Header: "X-Method", Methods: []string{"DELETE"}})
	assert.Equal(t, "POST", send(r, "POST", "/", "", over("DELETE")).Body.String())
	assert.Equal(t, "DELETE", send(r, "POST", "/", "", header("X-Method", "DELETE")).Body.String())
	assert.Equal(t, 400, send(r, "POST", "/", "", header("X-Method", "PUT")).Code)
}

func TestMethodOverrideByForm(t *testing.T) {
	form := header("Content-Type", "application/x-www-form-urlencoded")
	with := overriding(middleware.MethodOverrideConfig{FormField: "_method"})
	assert.Equal(t, "PUT", send(with, "POST", "/", "_method=PUT", form).Body.String())
	assert.Equal(t, "POST", send(with, "POST", "/", "_method=PUT", header("Content-Type", "text/plain")).Body.String())
	without := overriding(middleware.MethodOverrideConfig{})
	assert.Equal(t, "POST", send(without, "POST", "/", "_method=PUT", form).Body.String())
	for _, r := range []*dram.Engine{with, without} { // the header comes first
		assert.Equal(t, "DELETE", send(r, "POST", "/", "_method=PUT", form, header("X-HTTP-Method-Override", "DELETE")).Body.String())
	}
}

// An overridden request meets the guards of the route that it gets, CSRF among
// them, and the handlers of the former route do not run.
func TestMethodOverrideRunsTheGuards(t *testing.T) {
	r := dram.New()
	r.Use(middleware.MethodOverride(middleware.MethodOverrideConfig{Engine: r}))
	ran := ""
	r.POST("/x", func(*dram.Context) { ran += "post " })
	r.DELETE("/x", func(c *dram.Context) { c.AbortWithStatus(http.StatusForbidden) }, func(*dram.Context) { ran += "delete " })
	w := send(r, "POST", "/x", "", header("X-HTTP-Method-Override", "DELETE"))
	assert.Equal(t, http.StatusForbidden, w.Code)
	assert.Empty(t, ran)
}

func TestReroutedUploadsAreRemoved(t *testing.T) {
	r := overriding(middleware.MethodOverrideConfig{})
	r.MaxMultipartMemory = 1
	var file string
	r.PUT("/upload", func(c *dram.Context) {
		upload, err := c.FormFile("f")
		if !assert.NoError(t, err) {
			return
		}
		f, err := upload.Open()
		if !assert.NoError(t, err) {
			return
		}
		defer f.Close()
		if named, ok := f.(*os.File); ok {
			file = named.Name()
		}
	})
	server := httptest.NewServer(r)
	defer server.Close()
	body := "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n" + strings.Repeat("x", 11<<20) + "\r\n--b--\r\n"
	req, err := http.NewRequest(http.MethodPost, server.URL+"/upload", strings.NewReader(body))
	require.NoError(t, err)
	req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	req.Header.Set("X-HTTP-Method-Override", "PUT")
	res, err := server.Client().Do(req)
	require.NoError(t, err)
	_ = res.Body.Close()
	server.Close()
	require.NotEmpty(t, file, "the file is not in memory")
	assert.NoFileExists(t, file)
}

func TestRewrite(t *testing.T) {
	r := dram.New()
	r.Use(middleware.Rewrite(middleware.RewriteConfig{Engine: r, Rules: []middleware.RewriteRule{
		{Path: "/old", To: "/new"},
		{Path: "/all/*", To: "/one"},
		{Path: "/v1/*", To: "/api/*"},
		{Path: "/api/v1/*", To: "/loop/*"},
		{Path: "/q", To: "/new?a=1"},
		{Path: "/s/*", To: "/api/*?from=s"},
		{Pattern: regexp.MustCompile(`/u/(?P<name>[^/]+)`), To: "/user?name=${name}&x=y"},
		{Pattern: regexp.MustCompile(`/a|/ab`), To: "/new"},
		{Pattern: regexp.MustCompile(`/p/(.+)`), To: "/page/$1"},
	}}))
	r.GET("/*path", func(c *dram.Context) { c.String(200, "%s ? %s", c.Request.URL.EscapedPath(), c.Request.URL.RawQuery) })
	for target, want := range map[string]string{
		"/old":              "/new ? ",
		"/old?x=1":          "/new ? x=1",
		"/older":            "/older ? ",
		"/all/of/it":        "/one ? ",
		"/v1/users/7?x=1":   "/api/users/7 ? x=1",
		"/v1":               "/v1 ? ",
		"/v1/v1/x":          "/api/v1/x ? ", // not once more to /loop
		"/q?b=2":            "/new ? a=1",
		"/s/x?y=z":          "/api/x ? from=s",
		"/u/gopher":         "/user ? name=gopher&x=y",
		"/u/a%26x=z%3Fadm":  "/user ? name=a%26x%3Dz%3Fadm&x=y", // stays a value
		"/v1/a%3Fb=c":       "/api/a%3Fb=c ? ",                  // stays a path
		"/ab":               "/new ? ",
		"/p/one?x=1":        "/page/one ? x=1",
		"/abc":              "/abc ? ",
		"/v1/%2e%2e/secret": "/api/../secret ? ",
	} {
		assert.Equal(t, want, get(r, target).Body.String(), target)
	}
}

// What a rule keeps of a path keeps its escapes, so that an engine that matches
// escaped paths sees the same segments as before.
func TestRewriteKeepsEscapes(t *testing.T) {
	for _, escaped := range []string{"decoded", "raw", "escaped"} {
		r := dram.New()
		r.UseRawPath, r.UseEscapedPath = escaped == "raw", escaped == "escaped"
		r.Use(middleware.Rewrite(middleware.RewriteConfig{Engine: r, Rules: []middleware.RewriteRule{
			{Path: "/v1/*", To: "/api/*"},
			{Path: "/ä ö/*", To: "/ü ß/*"},
			{Pattern: regexp.MustCompile(`/p/([^/]+(?:/[^/]+)?)/files/(?P<rest>.*)`), To: "/{x} ä/${rest}/of/$1?name=$1"},
		}}))
		show := func(c *dram.Context) { c.String(200, "%s %v", c.Request.URL.RequestURI(), c.Params) }
		r.GET("/api/:project/x", show)
		r.NoRoute(func(c *dram.Context) { c.String(200, "%s", c.Request.URL.RequestURI()) })
		for target, want := range map[string]string{
			"/v1/a%2Fb/x":             "/api/a%2Fb/x",
			"/v1/a%252Fb/x":           "/api/a%252Fb/x",
			"/v1/a%20b/x":             "/api/a%20b/x",
			"/v1/a%3bb/x":             "/api/a%3bb/x",
			"/v%31/%61/x":             "/api/a/x",
			"/%C3%A4%20%c3%b6/a%2fb":  "/%C3%BC%20%C3%9F/a%2fb",
			"/p/a%2Fb/files/c%2Fd%3F": "/%7Bx%7D%20%C3%A4/c%2Fd%3F/of/a%2Fb?name=a%2Fb",
			"/p/a%26b/files/":         "/%7Bx%7D%20%C3%A4//of/a%26b?name=a%26b",
			"/v1/..%2fadmin/x":        "/api/..%2fadmin/x",
		} {
			assert.Contains(t, get(r, target).Body.String(), want, "%s: %s", escaped, target)
		}
		if escaped != "decoded" {
			assert.Contains(t, get(r, "/v1/a%2Fb/x").Body.String(), "[{project a/b}]")
		}
	}
}

func TestRewriteRunsTheGuardsOfTheNewRoute(t *testing.T) {
	r := dram.New()
	r.Use(middleware.Rewrite(middleware.RewriteConfig{Engine: r, Rules: []middleware.RewriteRule{{Path: "/open", To: "/admin"}}}))
	admin := r.Group("/admin", func(c *dram.Context) { c.AbortWithStatus(http.StatusUnauthorized) })
	admin.GET("", func(c *dram.Context) { c.String(200, "secret") })
	r.GET("/open", func(c *dram.Context) { c.String(200, "open") })
	assert.Equal(t, http.StatusUnauthorized, get(r, "/open").Code)
	assert.Equal(t, http.StatusUnauthorized, send(r, "HEAD", "/open", "").Code)
	assert.Equal(t, http.StatusNotFound, send(r, "POST", "/open", "").Code)
}

func TestRewriteFromPathsWithoutARoute(t *testing.T) {
	r := dram.New()
	r.Use(middleware.Rewrite(middleware.RewriteConfig{Engine: r, Rules: []middleware.RewriteRule{{Path: "/old", To: "/new"}}}))
	r.GET("/new", func(c *dram.Context) { _, _ = c.Writer.WriteString("new") }) // the status is not the former 404
	w := get(r, "/old")
	assert.Equal(t, http.StatusOK, w.Code)
	assert.Equal(t, "new", w.Body.String())
	gone := dram.New()
	gone.Use(middleware.Rewrite(middleware.RewriteConfig{Engine: gone, Rules: []middleware.RewriteRule{{Path: "/old", To: "/new"}}}))
	gone.GET("/new", func(c *dram.Context) { c.Status(http.StatusNotFound) })
	w = get(gone, "/old")
	assert.Equal(t, http.StatusNotFound, w.Code)
	assert.Empty(t, w.Body.String())
}

// Requests that are not rerouted cost nothing.
func TestReroutingLayersAllocateNothingForOthers(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector drops entries of pools")
	}
	r := inProduction()
	r.Use(middleware.MethodOverride(middleware.MethodOverrideConfig{Engine: r}), middleware.Rewrite(middleware.RewriteConfig{
		Engine: r, Rules: []middleware.RewriteRule{{Path: "/v1/*", To: "/*"}, {Path: "/a", To: "/b?c=d"}},
	}))
	r.POST("/", func(*dram.Context) {})
	w, req := &sink{make(http.Header)}, httptest.NewRequest(http.MethodPost, "/", nil)
	assert.Zero(t, testing.AllocsPerRun(100, func() { r.ServeHTTP(w, req) }))
}
