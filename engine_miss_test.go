package dram_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
)

func ok(c *dram.Context) { c.String(http.StatusOK, c.FullPath()) }

func TestTrailingSlashRedirect(t *testing.T) {
	r := dram.New()
	r.GET("/path", ok)
	r.GET("/dir/", ok)
	r.POST("/post", ok)
	r.PUT("/put/", ok)
	r.GET("/:a/:b/", ok)

	tests := []struct {
		method, target string
		status         int
		location       string
	}{
		{"GET", "/path/", 301, "/path"},
		{"GET", "/path/?q=1&r=%20", 301, "/path?q=1&r=%20"},
		{"GET", "/dir", 301, "/dir/"},
		{"HEAD", "/dir", 301, "/dir/"},
		{"POST", "/post/", 307, "/post"},
		{"PUT", "/put", 307, "/put/"},
		{"GET", "/é/x", 301, "/%C3%A9/x/"},
		{"CONNECT", "/path/", 404, ""},
		{"GET", "/none/", 404, ""},
		{"DELETE", "/path/", 404, ""},
		{"GET", "/..", 404, ""},
		{"GET", "/x/..", 404, ""},
		{"GET", "//evil.example", 404, ""},
		{"GET", "//evil.example/x", 404, ""},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.target, func(t *testing.T) {
			w := serve(r, tt.method, tt.target)
			assert.Equal(t, tt.status, w.Code)
			assert.Equal(t, tt.location, w.Header().Get("Location"))
		})
	}

	r.RedirectTrailingSlash = false
	assert.Equal(t, 404, serve(r, "GET", "/path/").Code)
}

func TestNoRedirectLeavesTheHost(t *testing.T) {
	r := dram.New()
	r.RedirectFixedPath = true
	r.GET("/:host/x/", ok)
	for _, path := range []string{"//evil.example/x", `/\evil.example/x`, "///evil.example/x", `/\/evil.example/x`} {
		for _, r.UseRawPath = range []bool{false, true} {
			req := httptest.NewRequest("GET", "/", nil)
			req.URL.Path, req.URL.RawPath = path, path
			w := httptest.NewRecorder()
			r.ServeHTTP(w, req)
			if location := w.Header().Get("Location"); location != "" {
				assert.Regexp(t, `^/[^/\\]`, location, path)
			}
		}
	}
	r.UseRawPath = true
	req := httptest.NewRequest("GET", "/", nil)
	req.URL.Path, req.URL.RawPath = `/a\..\b/x`, `/a\..\b/x`
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	assert.Equal(t, 404, w.Code, "a browser would ask for /b/x/")
}

func TestFixedPathRedirect(t *testing.T) {
	r := dram.New()
	r.RedirectFixedPath = true
	r.GET("/Path", ok)
	r.GET("/Dir/:Name", ok)
	r.POST("/Post/", ok)
	tests := []struct {
		method, path string
		status       int
		location     string
	}{
		{"GET", "/PATH", 301, "/Path"},
		{"GET", "/path/", 301, "/Path"},
		{"GET", "/../path", 301, "/Path"},
		{"GET", "/dir/KeEp", 301, "/Dir/KeEp"},
		{"HEAD", "/path", 301, "/Path"},
		{"POST", "/pOST", 307, "/Post/"},
		{"GET", "/nope", 404, ""},
	}
	for _, tt := range tests {
		w := serve(r, tt.method, tt.path)
		assert.Equal(t, tt.status, w.Code, tt.path)
		assert.Equal(t, tt.location, w.Header().Get("Location"), tt.path)
	}
	r.RedirectTrailingSlash = false
	assert.Equal(t, "/Post/", serve(r, "POST", "/post").Header().Get("Location"), "slashes are fixed by this option alone too")
	assert.Equal(t, "/Post/", serve(r, "POST", "/Post").Header().Get("Location"))
}

func TestGlobalMiddlewareRunsOnMisses(t *testing.T) {
	r := dram.New()
	r.HandleMethodNotAllowed = true
	r.GET("/path", ok)
	runs, status := 0, 0
	r.Use(func(c *dram.Context) {
		runs++
		c.Header("X-Layer", "yes")
		c.Next()
		status = c.Writer.Status()
	})
	group := r.Group("/g", func(c *dram.Context) { c.Header("X-Group", "yes") })
	group.GET("/x", ok)

	for want, path := range map[int]string{301: "/path/", 404: "/g/none"} {
		runs = 0
		w := serve(r, "GET", path)
		assert.Equal(t, want, w.Code)
		assert.Equal(t, want, status)
		assert.Equal(t, 1, runs, path)
		assert.Equal(t, "yes", w.Header().Get("X-Layer"))
		assert.Empty(t, w.Header().Get("X-Group"), "a group's middleware never runs on a miss")
	}
	assert.Equal(t, 405, serve(r, "POST", "/path").Code)
	runs = 0
	serve(r, "GET", "/path")
	assert.Zero(t, runs, "Use does not reach routes that were there before")
}

func TestDefaultBodies(t *testing.T) {
	r := dram.New()
	r.HandleMethodNotAllowed = true
	r.GET("/a", ok)

	w := serve(r, "GET", "/none")
	assert.Equal(t, 404, w.Code)
	assert.Equal(t, "404 page not found", w.Body.String())
	assert.Equal(t, []string{"text/plain"}, w.Header()["Content-Type"])

	w = serve(r, "POST", "/a")
	assert.Equal(t, 405, w.Code)
	assert.Equal(t, "405 method not allowed", w.Body.String())
	assert.Equal(t, "GET, HEAD", w.Header().Get("Allow"))

	assert.Equal(t, 404, serve(dram.New(), "GET", "/").Code, "an engine without routes")
}

func TestMethodNotAllowed(t *testing.T) {
	r := dram.New()
	r.POST("/u/:id", ok)
	r.GET("/u/:id", ok)
	r.PUT("/u/", ok)
	r.Handle("PURGE", "/u/:id", ok)
	assert.Equal(t, 404, serve(r, "DELETE", "/u/1").Code, "off by default")

	r.HandleMethodNotAllowed = true
	w := serve(r, "DELETE", "/u/1")
	assert.Equal(t, 405, w.Code)
	assert.Equal(t, "POST, GET, HEAD, PURGE", w.Header().Get("Allow"), "in the order of registration")
	assert.Equal(t, 404, serve(r, "DELETE", "/u").Code, "a match but for the slash is none")
}

func TestNoRouteAndNoMethod(t *testing.T) {
	tests := []struct {
		name    string
		handler dram.HandlerFunc
		status  int
		body    string
	}{
		{"writes nothing", func(*dram.Context) {}, 404, "404 page not found"},
		{"aborts", func(c *dram.Context) { c.Abort() }, 404, "404 page not found"},
		{"other status", func(c *dram.Context) { c.Status(410) }, 410, ""},
		{"keeps the status", func(c *dram.Context) { c.String(-1, "mine") }, 404, "mine"},
		{"answers", func(c *dram.Context) { c.JSON(200, 1) }, 200, "1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := dram.New()
			r.NoRoute(tt.handler)
			w := serve(r, "GET", "/")
			assert.Equal(t, tt.status, w.Code)
			assert.Equal(t, tt.body, w.Body.String())
		})
	}
	r := dram.New()
	r.HandleMethodNotAllowed = true
	r.GET("/", ok)
	r.NoMethod(func(c *dram.Context) { c.String(-1, "no %s", c.Request.Method) })
	w := serve(r, "PUT", "/")
	assert.Equal(t, 405, w.Code)
	assert.Equal(t, "no PUT", w.Body.String())
}

func TestCustomMethodAndQuery(t *testing.T) {
	r := dram.New()
	r.Handle("PURGE", "/x", ok)
	r.QUERY("/x", func(c *dram.Context) {
		var in struct{ Q string }
		assert.NoError(t, c.ShouldBindJSON(&in))
		c.String(http.StatusOK, in.Q)
	})
	assert.Equal(t, 200, serve(r, "PURGE", "/x").Code)
	assert.Equal(t, 404, serve(r, "LOCK", "/x").Code)
}

func TestMissesAllocateNothing(t *testing.T) {
	inMode(t, dram.ReleaseMode)
	r := dram.New()
	nothing := func(*dram.Context) {}
	r.GET("/static", nothing)
	r.GET("/users/:id/posts", nothing)
	r.GET("/users/me/x", nothing)
	r.GET("/files/*path", nothing)
	r.NoRoute(func(c *dram.Context) { c.Status(204) })
	w := &countingWriter{header: http.Header{}}
	for _, tt := range []struct{ name, method, path string }{
		{"static", "GET", "/static"},
		{"param", "GET", "/users/7/posts"},
		{"backtracking", "GET", "/users/me/posts"},
		{"catch-all", "GET", "/files/a/b/c"},
		{"HEAD by GET", "HEAD", "/users/7/posts"},
		{"miss", "GET", "/users/7/none"},
		{"miss that asks for a slash", "GET", "/nothing"},
		{"miss with a slash", "GET", "/nothing/"},
		{"miss of a HEAD", "HEAD", "/nothing"},
	} {
		req := httptest.NewRequest(tt.method, tt.path, nil)
		r.ServeHTTP(w, req)
		allocs := testing.AllocsPerRun(200, func() {
			w.codes = w.codes[:0]
			r.ServeHTTP(w, req)
		})
		assert.Zero(t, allocs, tt.name)
	}
}

func TestBareMisses(t *testing.T) {
	r := dram.New()
	r.BareMisses = true
	r.Use(func(c *dram.Context) { c.Header("X-Layer", "ran"); c.Next() })
	r.GET("/a", ok)
	r.POST("/b/", ok)
	ask := func(method, path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest(method, path, nil))
		return w
	}
	for _, tt := range []struct {
		method, path string
		code         int
		layer        string
	}{
		{"GET", "/a", 200, "ran"}, {"HEAD", "/a", 200, "ran"}, {"GET", "/a/", 301, "ran"}, {"POST", "/b", 307, "ran"},
		{"OPTIONS", "/a", 404, "ran"}, {"GET", "/b/", 404, "ran"},
		{"GET", "/wp-login.php", 404, ""}, {"POST", "/.env", 404, ""}, {"BREW", "/x", 404, ""}, {"HEAD", "/x", 404, ""},
	} {
		w := ask(tt.method, tt.path)
		assert.Equal(t, tt.code, w.Code, "%+v", tt)
		assert.Equal(t, tt.layer, w.Header().Get("X-Layer"), "%+v", tt)
	}
	r.HandleMethodNotAllowed = true
	assert.Equal(t, "ran", ask("DELETE", "/a").Header().Get("X-Layer"))
	assert.Equal(t, "404 page not found", ask("GET", "/x").Body.String())
	r.NoRoute(func(c *dram.Context) { c.String(410, "gone") })
	w := ask("GET", "/x")
	assert.Equal(t, "410 gone ran", fmt.Sprint(w.Code, " ", w.Body, " ", w.Header().Get("X-Layer")), "a layer may guard what NoRoute serves")
	r.NoRoute()
	r.OnError(func(c *dram.Context, err error) { c.WriteProblem(dram.ProblemOf(err)) })
	assert.Equal(t, "application/problem+json", ask("GET", "/x").Header().Get("Content-Type"))
}

// A Context of the pool knows nothing of the path without a route that it had before.
func TestAMissEndsWithItsRequest(t *testing.T) {
	inMode(t, dram.ReleaseMode)
	r := dram.New()
	r.Use(dram.Recovery())
	r.OnError(func(c *dram.Context, _ error) { c.String(-1, "of OnError") })
	r.NoRoute(func(c *dram.Context) { c.String(404, "of NoRoute") })
	r.GET("/bare", func(c *dram.Context) { c.Status(404); c.Abort() })
	for range 10 {
		assert.Equal(t, "of NoRoute", serve(r, "GET", "/none").Body.String())
		assert.Empty(t, serve(r, "GET", "/bare").Body.String())
	}
}

func TestOnErrorIsAskedOnceAboutAMissThatALayerHasAborted(t *testing.T) {
	asked := 0
	r := dram.New()
	r.Use(dram.Recovery(), func(c *dram.Context) { c.Abort() })
	r.OnError(func(*dram.Context, error) { asked++ })
	assert.Equal(t, 404, serve(r, "GET", "/none").Code)
	assert.Equal(t, 1, asked)
}
