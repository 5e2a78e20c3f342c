package inspect_test

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/inspect"
	"github.com/dram-go/dram/middleware"
)

var update = flag.Bool("update", false, "write testdata/explain.golden anew")

func show(c *dram.Context)      { c.String(http.StatusOK, c.FullPath()) }
func posts(*dram.Context)       {}
func create(*dram.Context)      {}
func auth(c *dram.Context)      { c.Next() }
func missing(*dram.Context)     {}
func fails(*dram.Context) error { return nil }

// library has a route of every kind.
func library(options ...dram.OptionFunc) *dram.Engine {
	r := dram.New(options...)
	r.Use(dram.Logger(), dram.Recovery())
	r.NoRoute(missing)
	r.GET("/users", show)
	r.GET("/users/new", show)
	r.GET("/users/:id", show)
	users := r.Group("/users", auth)
	users.GET("/:id/posts", middleware.ETag(middleware.ETagConfig{}), posts)
	users.POST("/", middleware.BodyLimit(middleware.BodyLimitConfig{}), dram.Try(fails))
	r.POST("/users", create)
	r.GET("/files/*path", show)
	r.HEAD("/files/:name", show)
	r.GET("/v:version/status", show)
	r.GET("/a/b c", show)
	return r
}

// positions are those that a text names.
var positions = regexp.MustCompile(`[^ ("]*\.go:\d+`)

func TestExplain(t *testing.T) {
	hosts := func(r *dram.Engine) { r.Host("{tenant}.example.com", auth).GET("/users/:id", show) }
	var text strings.Builder
	for _, q := range []struct {
		name, method, path string
		option             dram.OptionFunc
	}{
		{"a route without params", "GET", "/users/new", nil},
		{"a param", "GET", "/users/7?full=1", nil},
		{"turning back", "GET", "/users/new/posts", nil},
		{"a catch-all", "GET", "/files/css/site.css", nil},
		{"a prefix before a param", "GET", "/v2/status", nil},
		{"HEAD by GET", "HEAD", "/users/7", nil},
		{"HEAD's own route", "HEAD", "/files/a", nil},
		{"a handler that returns an error", "POST", "/users/", nil},
		{"an escaped path", "GET", "/a/b%20c", nil},
		{"nothing at all", "GET", "/nobody/knows", nil},
		{"a slash too many", "GET", "/users/7/", nil},
		{"a slash too many, not redirected", "GET", "/users/7/", func(r *dram.Engine) { r.RedirectTrailingSlash = false }},
		{"the wrong case", "GET", "//Users/NEW", nil},
		{"the wrong case, redirected", "GET", "//Users/NEW", func(r *dram.Engine) { r.RedirectFixedPath = true }},
		{"the wrong method", "DELETE", "/users/7", nil},
		{"the wrong method, said", "PUT", "/users", func(r *dram.Engine) { r.HandleMethodNotAllowed = true }},
		{"UseRawPath", "GET", "/users/a%2Fb", func(r *dram.Engine) { r.UseRawPath = true }},
		{"UseEscapedPath", "GET", "/a/b%20c", func(r *dram.Engine) { r.UseEscapedPath = true }},
		{"RemoveExtraSlash", "GET", "//users/./7", func(r *dram.Engine) { r.RemoveExtraSlash = true }},
		{"a host", "GET", "http://shop.example.com/users/7", hosts},
		{"a host without routes", "GET", "http://example.org/users/7", hosts},
		{"no host", "GET", "/users/7", hosts},
		{"what is not a host", "GET", "http://a..b/users", hosts},
		{"a line break", "GET", "/users/a%0Ab%09c", nil},
		{"HEAD's own route that GET's precedes", "HEAD", "/users/7", func(r *dram.Engine) { r.HEAD("/*any", show) }},
		{"BareMisses", "GET", "/nobody", func(r *dram.Engine) { r.BareMisses = true; r.NoRoute() }},
		{"what is not a path", "GET", "users", nil},
	} {
		r := library()
		if q.option != nil {
			q.option(r)
		}
		fmt.Fprintf(&text, "# %s\n\n%s\n\n", q.name, inspect.Explain(r, q.method, q.path))
	}
	got := inFile(text.String())
	const golden = "testdata/explain.golden"
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(got), 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.Equal(t, string(want), got, "go test ./inspect -run TestExplain -update writes it anew")
}

// One guard in two groups and in a route was put there by three lines, whatever else was registered later.
func TestALayerIsPlacedWhereItsOwnChainGotIt(t *testing.T) {
	for _, mounted := range []string{"never", "before the routes", "after the routes"} {
		r := dram.New()
		mount := func() { require.NoError(t, inspect.Mount(r, inspect.Config{})) }
		if mounted == "before the routes" {
			mount()
		}
		_, _, line, _ := runtime.Caller(0)
		r.Use(auth)
		admin, users := r.Group("/admin", auth), r.Group("/users")
		admin.GET("/a", show)
		users.Use(auth)
		users.GET("/a", show)
		r.GET("/own", auth, show)
		users.Handlers = users.Handlers[1:]
		users.GET("/b", show)
		if mounted == "after the routes" {
			mount()
		}
		for path, want := range map[string][]int{"/admin/a": {1, 2}, "/users/a": {1, 4}, "/own": {1}, "/none": {1}} {
			var lines []int
			for _, found := range placedAt.FindAllStringSubmatch(inspect.Explain(r, "GET", path), -1) {
				n, err := strconv.Atoi(found[1])
				require.NoError(t, err)
				lines = append(lines, n-line)
			}
			assert.Equal(t, want, lines, "%s, mounted %s", path, mounted)
		}
		assert.Contains(t, inspect.Explain(r, "GET", "/users/b"), "auth  layer of")
	}
}

var placedAt = regexp.MustCompile(`layer of \S+\.go:(\d+)`)

// Whatever a client has sent, each line of the text is inspect's own.
func TestAttackAPathForgesNoLine(t *testing.T) {
	options := map[string]dram.OptionFunc{
		"none": func(*dram.Engine) {}, "RemoveExtraSlash": func(r *dram.Engine) { r.RemoveExtraSlash = true },
		"UseRawPath": func(r *dram.Engine) { r.UseRawPath = true }, "no redirect": func(r *dram.Engine) { r.RedirectTrailingSlash = false },
		"RedirectFixedPath": func(r *dram.Engine) { r.RedirectFixedPath = true }, "405": func(r *dram.Engine) { r.HandleMethodNotAllowed = true },
	}
	for name, option := range options {
		for _, path := range []string{
			"/a/%0aroute%09GET%20/fake%20(evil.go:1)%1b[31m/", "//a/%0aroute%20fake/", "/A/%0aroute%20fake", "/a/x%e2%80%a8route%20fake", "/a/x%e2%80%aeroute/", "/a/%0d%0aroute/b",
			"http://x%0aroute/a/b",
		} {
			for _, method := range []string{"GET", "HEAD", "PUT", "G\nroute   fake", "\x1b[2J"} {
				r := dram.New(option)
				r.GET("/a/:id", show)
				r.GET("/a/b\nroute   fake", show)
				r.Host("shop.example.com").GET("/a", show)
				text := inspect.Explain(r, method, path)
				assert.NotContains(t, text, "\x1b", "%s %q %s", name, method, path)
				assert.NotContains(t, text, "\u202e", "%s %q %s", name, method, path)
				for line := range strings.SplitSeq(text, "\n") {
					if strings.HasPrefix(line, "route") {
						assert.Regexp(t, `^route   [A-Z]+ ("?)/a/`, line, "%s %q %s", name, method, path)
					}
				}
			}
		}
	}
}

func FuzzExplain(f *testing.F) {
	for _, path := range []string{"/users/new/posts", "//Users/NEW", "/users/a%2Fb?x=%zz", "http://shop.example.com/users/7", "https://[::1]:8443/", "*", "", "http://", "mailto:a"} {
		f.Add("GET", path, uint8(0))
		f.Add("HEAD", path, uint8(7))
	}
	f.Fuzz(func(t *testing.T, method, path string, options uint8) {
		r := library()
		r.Host("{tenant}.example.com").HEAD("/*all", show)
		r.UseRawPath, r.RedirectFixedPath, r.HandleMethodNotAllowed = options&1 != 0, options&2 != 0, options&4 != 0
		text := inspect.Explain(r, method, path)
		if !strings.HasPrefix(text, "dram: ") {
			assert.Regexp(t, `\n(route   |answer  )`, text)
		}
	})
}

// A hint says where the option leads, and is there only if it does.
func TestHintsOfRedirectsAreTrue(t *testing.T) {
	engine := func(slash, fixed bool) *dram.Engine {
		r := dram.New()
		r.RedirectTrailingSlash, r.RedirectFixedPath = slash, fixed
		for _, pattern := range []string{"/:x/:y/", "/a/b", "/users/", "/b/:p/x/"} {
			r.POST(pattern, beside)
		}
		return r
	}
	leads := func(r *dram.Engine, path string) string {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest("POST", "http://h"+path, nil))
		return w.Header().Get("Location")
	}
	hinted := 0
	for _, path := range []string{"//A", "/../a", "/users", "/USERS", "//users", "/a/b/", "/A/b", "/b/../a/b", "/b/c/x", "/B/c/X", "/b/%2e%2e/x", "/b/é/x", "/", "/none/x"} {
		slash, fixed := leads(engine(true, false), path), leads(engine(false, true), path)
		text := inspect.Explain(engine(false, false), "POST", path)
		assert.Equal(t, slash != "", strings.Contains(text, " "+slash+" has a route: RedirectTrailingSlash would lead there"), "%s: %q\n%s", path, slash, text)
		assert.Equal(t, fixed != "" && fixed != slash, strings.Contains(text, " "+fixed+" has a route: RedirectFixedPath would lead there"), "%s: %q\n%s", path, fixed, text)
		hinted += strings.Count(text, "would lead there")
		assert.NotContains(t, inspect.Explain(engine(true, true), "POST", path), "would lead there", "it does, or does not")
	}
	assert.GreaterOrEqual(t, hinted, 6)
}

// What a client sends with CONNECT is a host and a port.
func TestExplainConnect(t *testing.T) {
	told := inspect.Explain(dram.New(), "CONNECT", "example.com:443")
	assert.Contains(t, told, "answer  404")
	assert.Contains(t, told, "path    none: CONNECT names a host\n")
}

func TestNoEngineIsSaid(t *testing.T) {
	assert.Contains(t, inspect.Explain(nil, "GET", "/"), "no engine")
	assert.Contains(t, fmt.Sprint(inspect.Lint(nil)), "no engine")
}
