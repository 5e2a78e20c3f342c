package dram_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
)

// nullWriter is a writer that costs nothing, so that what is measured is dram.
type nullWriter struct{ header http.Header }

func (w nullWriter) Header() http.Header             { return w.header }
func (nullWriter) WriteHeader(int)                   {}
func (nullWriter) Write(p []byte) (int, error)       { return len(p), nil }
func (nullWriter) WriteString(s string) (int, error) { return len(s), nil }

// serveRows are requests through the whole engine, each by its own way.
var serveRows = []struct {
	name, method, path string
}{
	{"Static", "GET", "/static/route"},
	{"Param", "GET", "/user/gordon"},
	{"Param5", "GET", "/p" + strings.Repeat("/test", 5)},
	{"CatchAll", "GET", "/files/css/site.css"},
	{"Backtrack", "GET", "/users/me/posts"},
	{"HeadByGet", "HEAD", "/user/gordon"},
	{"Middleware5", "GET", "/deep"},
	{"String", "GET", "/string"},
	{"JSON", "GET", "/json"},
	{"NotFound", "GET", "/users/me/none"},
	{"MethodNotAllowed", "PUT", "/user/gordon"},
}

func serveEngine() *dram.Engine {
	engine := dram.New()
	engine.HandleMethodNotAllowed = true
	for _, pattern := range []string{
		"/static/route", "/user/:name", "/p/:a/:b/:c/:d/:e", "/files/*path", "/users/me", "/users/:id", "/users/:id/posts",
	} {
		engine.GET(pattern, func(*dram.Context) {})
	}
	deep := engine.Group("/deep")
	for range 5 {
		deep.Use(func(c *dram.Context) { c.Next() })
	}
	deep.GET("", func(*dram.Context) {})
	engine.GET("/string", func(c *dram.Context) { c.String(http.StatusOK, "Hello, World!") })
	user := struct {
		ID   int    `json:"id"`
		Name string `json:"name"`
	}{7, "Gordon"}
	engine.GET("/json", func(c *dram.Context) { c.JSON(http.StatusOK, &user) })
	return engine
}

// BenchmarkServeHTTP is a request from ServeHTTP to the end of its handler.
func BenchmarkServeHTTP(b *testing.B) {
	release(b)
	engine := serveEngine()
	for _, row := range serveRows {
		b.Run(row.name, func(b *testing.B) {
			w, req := nullWriter{http.Header{}}, httptest.NewRequest(row.method, row.path, nil)
			b.ReportAllocs()
			for b.Loop() {
				clear(w.header)
				engine.ServeHTTP(w, req)
			}
		})
	}
}

func TestServeHTTPAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("pools lose what they hold under the race detector")
	}
	release(t)
	engine := serveEngine()
	for _, row := range serveRows {
		t.Run(row.name, func(t *testing.T) {
			w, req := nullWriter{http.Header{}}, httptest.NewRequest(row.method, row.path, nil)
			assert.Zero(t, testing.AllocsPerRun(200, func() {
				clear(w.header)
				engine.ServeHTTP(w, req)
			}))
		})
	}
}

// BenchmarkServeHTTPParallel shows what goroutines share: the pool alone.
func BenchmarkServeHTTPParallel(b *testing.B) {
	release(b)
	engine := serveEngine()
	b.RunParallel(func(pb *testing.PB) {
		w, req := nullWriter{http.Header{}}, httptest.NewRequest("GET", "/user/gordon", nil)
		for pb.Next() {
			engine.ServeHTTP(w, req)
		}
	})
}

// BenchmarkRegister is what a route costs at the start of a program.
func BenchmarkRegister(b *testing.B) {
	release(b)
	for b.Loop() {
		engine := dram.New()
		for i := range 100 {
			engine.GET(fmt.Sprintf("/resource%d/:id", i), func(*dram.Context) {})
		}
	}
}

// release sets release mode, in which Contexts are pooled, for one test.
func release(tb testing.TB) {
	tb.Helper()
	mode := dram.Mode()
	dram.SetMode(dram.ReleaseMode)
	tb.Cleanup(func() { dram.SetMode(mode) })
}
