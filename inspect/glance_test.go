package inspect_test

import (
	"bytes"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/inspect"
	"github.com/dram-go/dram/middleware"
)

// glance is what the page of the last request says first, without lines.
func (s *site) glance() string {
	s.t.Helper()
	_, list, found := strings.Cut(s.page(fmt.Sprint("requests/", s.last().ID)), `<ul class="glance">`)
	require.True(s.t, found)
	list, _, _ = strings.Cut(list, "</ul>")
	return inFile(html.UnescapeString(regexp.MustCompile(`<[^>]+>`).ReplaceAllString(list, " ")))
}

// guards returns layers that differ in what they have captured, as those of a constructor do.
func guards(status int) (first, second dram.HandlerFunc) {
	first = func(c *dram.Context) { c.Next() }
	second = func(c *dram.Context) { c.AbortWithStatus(status) }
	return first, second
}

// Closures of one function have one name: sentences and the list say which one it was.
func TestClosuresOfOneNameAreToldApart(t *testing.T) {
	r := dram.New()
	first, second := guards(http.StatusForbidden)
	third := func(*dram.Context) {}
	r.GET("/x", first, second, third, func(*dram.Context) {})
	s := serve(t, r, inspect.Config{}).open()
	s.ask("GET", "/x", "")
	rec := s.last()
	require.Equal(t, rec.Layers[0].Name, rec.Layers[1].Name)
	page := s.page(fmt.Sprint("requests/", rec.ID))
	who := rec.Layers[1].Name + " (" + rec.Layers[1].Position + ")"
	assert.Contains(t, page, "403 was set by "+who)
	assert.Contains(t, page, who+" aborted the chain: ")
	assert.Contains(t, page, rec.NotRun[0]+", "+rec.NotRun[1]+" did not run.")
	assert.NotEqual(t, rec.NotRun[0], rec.NotRun[1])
	assert.Contains(t, s.page("requests"), "aborted by "+who)
}

func TestSentencesAreTrue(t *testing.T) {
	r := dram.New()
	r.HandleMethodNotAllowed = true
	r.Use(func(c *dram.Context) { c.Next(); c.Status(c.Writer.Status()) })
	r.NoRoute(missing404)
	r.GET("/x", answers)
	r.GET("/panic", panics)
	r.GET("/abort", func(*dram.Context) { panic(http.ErrAbortHandler) })
	r.GET("/hijack", func(c *dram.Context) {
		conn, _, err := c.Writer.Hijack()
		assert.NoError(t, err)
		_, _ = conn.Write([]byte("HTTP/1.1 418 Mine\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"))
		_ = conn.Close()
	})
	s := serve(t, r, inspect.Config{}).open()
	for path, want := range map[string]string{
		"GET /none":    "404 is what a path without a route begins with, and what it had when inspect_test.missing404 (glance_test.go:N) sent it.",
		"POST /x":      "405 is what a path begins with that has routes of other methods: no layer set another one.",
		"GET /x":       "201 was set by inspect_test.answers (record_test.go:N).",
		"GET /panic":   "the connection was cut",
		"GET /abort":   "the connection was cut",
		"GET /hijack":  "took the connection over (Hijack)",
		"DELETE /none": "404 is what a path without a route begins with, and",
	} {
		method, path, _ := strings.Cut(path, " ")
		if path == "/panic" || path == "/abort" {
			req, err := http.NewRequest(method, s.server.URL+path, nil)
			require.NoError(t, err)
			s.server.Config.ErrorLog = quiet
			_, err = transport.RoundTrip(req)
			require.Error(t, err)
		} else {
			s.ask(method, path, "")
		}
		assert.Contains(t, s.glance(), want, path)
		if strings.Contains(want, "connection") {
			assert.NotContains(t, s.glance(), "200", path)
			assert.NotContains(t, s.page(fmt.Sprint("requests/", s.last().ID)), `data-status="2xx"`, path)
		}
	}
}

func missing404(c *dram.Context) { c.String(http.StatusNotFound, "nothing here") }

// The line that sent the header is one of the program, which sent it: not one of a layer of dram, and not
// the one that has panicked.
func TestTheLineThatSentItIsOneOfTheProgram(t *testing.T) {
	r := dram.New()
	r.Use(dram.RecoveryWithWriter(nil), middleware.Compress(middleware.CompressConfig{}))
	r.GET("/panic", panics)
	r.GET("/large", func(c *dram.Context) { c.Data(http.StatusOK, "text/plain", bytes.Repeat([]byte("a line\n"), 100_000)) })
	s := serve(t, r, inspect.Config{}).open()
	for path, want := range map[string]string{"/panic": "", "/large": "glance_test.go:"} {
		s.ask("GET", path, "", "Accept-Encoding", "gzip")
		found := 0
		for _, l := range s.last().Layers {
			for _, e := range l.Events {
				if e.Kind == "header" {
					found++
					assert.True(t, strings.HasPrefix(e.Position, want) && (want != "" || e.Position == ""), "%s: %s", path, e.Position)
				}
			}
		}
		assert.Equal(t, 1, found, path)
	}
}

// Of several net/http middlewares each has its own name and position; what OnError says of a miss is called that.
func TestWrappedMiddlewaresAreToldApart(t *testing.T) {
	r := dram.New()
	r.OnError(func(c *dram.Context, _ error) { c.String(http.StatusNotFound, "nothing here") })
	first := func(next http.Handler) http.Handler { return next }
	r.GET("/", dram.WrapMiddleware(first), within(time.Minute), answers)
	s := serve(t, r, inspect.Config{}).open()
	s.ask("GET", "/", "")
	layers := s.last().Layers
	assert.Equal(t, []string{"inspect_test.TestWrappedMiddlewaresAreToldApart", "inspect_test.within", "inspect_test.answers"}, []string{layers[0].Name, layers[1].Name, layers[2].Name})
	assert.Contains(t, layers[0].Position, "glance_test.go:")
	assert.Contains(t, layers[1].Position, "strand_test.go:")
	s.ask("GET", "/none", "")
	assert.Equal(t, "OnError", s.last().Layers[0].Name)
}
