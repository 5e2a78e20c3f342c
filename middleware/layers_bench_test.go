// What the layers for bodies, files and gateways cost, in release mode, and a
// test that their allocations stay what docs/middleware.md says. Run the
// benchmarks with: go test -bench 'Edge|Rerouting|Answering|Cache' ./middleware

package middleware_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// inProduction returns an engine in the mode of production: Contexts are returned
// to the pool.
func inProduction(layers ...dram.HandlerFunc) *dram.Engine {
	dram.SetMode(dram.ReleaseMode)
	defer dram.SetMode(dram.TestMode)
	r := dram.New()
	r.Use(layers...)
	dram.CreateTestContextOnly(nil, r) // with which the Engine keeps its mode
	return r
}

// edgeCost is a layer, what makes it work, and what it allocates for that.
type edgeCost struct {
	name   string
	edit   func(*http.Request)
	layer  dram.HandlerFunc
	allocs float64
}

func edgeCosts() []edgeCost {
	none, gz := func(*http.Request) {}, header("Accept-Encoding", "gzip")
	return []edgeCost{
		{"bare", none, nil, 0},
		{"CacheControl", none, middleware.CacheControl(middleware.CacheControlConfig{}), 2},
		{"NoCache", none, middleware.NoCache(), 3},
		{"Compress, gzip", gz, middleware.Compress(middleware.CompressConfig{}), 2},
		{"Compress, not wanted", none, middleware.Compress(middleware.CompressConfig{}), 1},
		{"ETag", none, middleware.ETag(middleware.ETagConfig{}), 3},
		{"Cache, passes", header("Cookie", "a=b"), middleware.Cache(middleware.CacheConfig{}), 0},
		{"Decompress, plain body", none, middleware.Decompress(middleware.DecompressConfig{}), 0},
		{"Redirects, right address", none, middleware.Redirects(middleware.RedirectsConfig{Hosts: []string{"example.com"}, WWW: middleware.RemoveWWW}), 0},
		{"CircuitBreaker", none, middleware.CircuitBreaker(middleware.CircuitBreakerConfig{Breaker: &breaker{}}), 1},
		{"Split, by key", header("X-User", "7"), middleware.Split(middleware.SplitConfig{Variants: []middleware.SplitVariant{{Name: "a", Weight: 1}}, Key: middleware.ByHeader("X-User")}), 4},
		{"Pprof, other path", none, middleware.Pprof(middleware.PprofConfig{}), 0},
	}
}

// engine has the layer around a handler that writes 2 KiB of text.
func (tc edgeCost) engine() *dram.Engine {
	var layers []dram.HandlerFunc
	if tc.layer != nil {
		layers = append(layers, tc.layer)
	}
	r, text := inProduction(layers...), []byte(long[:2048])
	r.GET("/", func(c *dram.Context) {
		c.Writer.Header()["Content-Type"] = textType
		_, _ = c.Writer.Write(text)
	})
	return r
}

// BenchmarkEdgeLayers shows what each layer adds to "bare".
func BenchmarkEdgeLayers(b *testing.B) {
	for _, tc := range edgeCosts() {
		b.Run(tc.name, func(b *testing.B) { run(b, tc.engine(), http.MethodGet, "/", tc.edit) })
	}
}

func TestEdgeLayersAllocate(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector drops entries of pools")
	}
	for _, tc := range edgeCosts() {
		t.Run(tc.name, func(t *testing.T) {
			r, w := tc.engine(), &sink{make(http.Header)}
			req := httptest.NewRequest(http.MethodGet, "/", nil)
			tc.edit(req)
			got := testing.AllocsPerRun(100, func() {
				clear(w.header)
				r.ServeHTTP(w, req)
			})
			assert.LessOrEqual(t, got, tc.allocs)
		})
	}
}

var textType = []string{"text/plain; charset=utf-8"}

// run sends one request again and again.
func run(b *testing.B, r http.Handler, method, path string, edits ...func(*http.Request)) {
	req := httptest.NewRequest(method, path, nil)
	for _, edit := range edits {
		edit(req)
	}
	w := &sink{make(http.Header)}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		r.ServeHTTP(w, req)
	}
}

func BenchmarkPreconditions(b *testing.B) {
	for name, edit := range map[string]func(*http.Request){
		"without conditions": func(*http.Request) {}, "that hold": header("If-Match", `"a"`), "that do not, 304": header("If-None-Match", `"v1", W/"v2"`),
	} {
		b.Run(name, func(b *testing.B) {
			r := inProduction()
			tag := `"v2"`
			if name == "that hold" {
				tag = `"a"`
			}
			r.GET("/", func(c *dram.Context) { middleware.Preconditions(c, tag, time.Time{}) })
			run(b, r, http.MethodGet, "/", edit)
		})
	}
}

// cacheCosts are what Cache does with a request, by its method and path, and what it allocates.
var cacheCosts = []struct {
	name, method, path string
	allocs             float64
}{
	{"hit", "GET", "/", 3},
	{"hit, HEAD", "HEAD", "/", 3},
	{"not kept", "GET", "/none", 16},
	{"POST", "POST", "/", 3},
}

func cacheEngine() *dram.Engine {
	r, text, control := inProduction(middleware.Cache(middleware.CacheConfig{})), []byte(long[:2048]), []string{"max-age=3600"}
	answer := func(c *dram.Context) {
		c.Writer.Header()["Content-Type"] = textType
		_, _ = c.Writer.Write(text)
	}
	r.GET("/", func(c *dram.Context) { c.Writer.Header()["Cache-Control"] = control }, answer)
	r.POST("/", answer)
	r.GET("/none", answer)
	get(r, "/")
	return r
}

func BenchmarkCache(b *testing.B) {
	for _, tc := range cacheCosts {
		b.Run(tc.name, func(b *testing.B) { run(b, cacheEngine(), tc.method, tc.path) })
	}
}

func TestCacheAllocates(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector drops entries of pools")
	}
	for _, tc := range cacheCosts {
		t.Run(tc.name, func(t *testing.T) {
			r, w, req := cacheEngine(), &sink{make(http.Header)}, httptest.NewRequest(tc.method, tc.path, nil)
			assert.LessOrEqual(t, testing.AllocsPerRun(100, func() {
				clear(w.header)
				r.ServeHTTP(w, req)
			}), tc.allocs)
		})
	}
}

// BenchmarkReroutingLayers measures the layers that need the engine.
func BenchmarkReroutingLayers(b *testing.B) {
	r := inProduction()
	r.Use(middleware.MethodOverride(middleware.MethodOverrideConfig{Engine: r}))
	r.Use(middleware.Rewrite(middleware.RewriteConfig{Engine: r, Rules: []middleware.RewriteRule{{Path: "/v1/*", To: "/*"}}}))
	r.Any("/", func(*dram.Context) {})
	b.Run("MethodOverride, not named", func(b *testing.B) { run(b, r, http.MethodPost, "/") })
	b.Run("MethodOverride", func(b *testing.B) {
		run(b, r, http.MethodPost, "/", header("X-HTTP-Method-Override", "PUT"))
	})
	b.Run("Rewrite, no match", func(b *testing.B) { run(b, r, http.MethodGet, "/") })
	b.Run("Rewrite", func(b *testing.B) { run(b, r, http.MethodGet, "/v1/") })
}

// BenchmarkAnsweringLayers measures the layers that answer requests themselves.
func BenchmarkAnsweringLayers(b *testing.B) {
	files := fstest.MapFS{"a.txt": {Data: []byte(strings.Repeat("x", 2048)), ModTime: time.Unix(1e9, 0)}, "index.html": {}}
	b.Run("Static", func(b *testing.B) {
		r := inProduction()
		r.GET("/*filepath", middleware.Static(middleware.StaticConfig{FS: files}))
		run(b, r, http.MethodGet, "/a.txt")
	})
	b.Run("Static, 304", func(b *testing.B) {
		r := inProduction()
		r.GET("/*filepath", middleware.Static(middleware.StaticConfig{FS: files}))
		run(b, r, http.MethodGet, "/a.txt", header("If-None-Match", get(r, "/a.txt").Header().Get("ETag")))
	})
	b.Run("SPA, page", func(b *testing.B) {
		r := inProduction()
		r.NoRoute(middleware.SPA(middleware.SPAConfig{FS: files}))
		run(b, r, http.MethodGet, "/page", header("Accept", "text/html"))
	})
	b.Run("Proxy, loopback", func(b *testing.B) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok")) }))
		defer server.Close()
		r := inProduction()
		r.Any("/*path", middleware.Proxy(middleware.ProxyConfig{Target: server.URL}))
		run(b, r, http.MethodGet, "/")
	})
}
