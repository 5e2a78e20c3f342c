// docs/handlers.md: its snippets are of the Examples, its links lead somewhere, and what it
// says that things cost is what they cost.

package dram_test

import (
	"context"
	"iter"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/render"
)

// unindented is a text whose lines begin at their first letter.
func unindented(text string) string {
	return regexp.MustCompile(`(?m)^[\t ]+`).ReplaceAllString(text, "")
}

func TestTheHandlersGuideQuotesExamples(t *testing.T) {
	page, err := os.ReadFile("docs/handlers.md")
	require.NoError(t, err)
	sources, err := filepath.Glob("*_test.go")
	require.NoError(t, err)
	var examples strings.Builder
	for _, name := range sources {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		for _, example := range regexp.MustCompile(`(?ms)^func Example.*?^}`).FindAllString(string(text), -1) {
			examples.WriteString(unindented(example) + "\n")
		}
	}
	snippets := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	assert.Greater(t, len(snippets), 7)
	for _, snippet := range snippets {
		assert.Contains(t, examples.String(), unindented(snippet[1]))
	}
	for _, link := range regexp.MustCompile(`\]\(([^)#:"]+)\)`).FindAllStringSubmatch(string(page), -1) {
		assert.FileExists(t, filepath.Join("docs", link[1]))
	}
}

func TestWhatTheHandlersGuideSaysThatThingsCost(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	inMode(t, dram.ReleaseMode)
	stream := func(events int) dram.HandlerFunc {
		return func(c *dram.Context) {
			dram.SSE(c, func(context.Context, string) (iter.Seq[render.SSEvent], error) {
				return func(yield func(render.SSEvent) bool) {
					for range events {
						if !yield(render.SSEvent{Data: "x"}) {
							return
						}
					}
				}, nil
			})
		}
	}
	for name, tc := range map[string]struct {
		handler dram.HandlerFunc
		most    float64
	}{
		"Try":       {dram.Try(func(*dram.Context) error { return nil }), 0},
		"a Problem": {dram.Try(func(*dram.Context) error { return dram.NewProblem(404, "None.") }), 9}, // 7 before Go 1.27
		"ParamAs":   {func(c *dram.Context) { _, _ = dram.ParamAs[int](c, "id") }, 2},
		"QueryOr":   {func(c *dram.Context) { _, _ = dram.QueryOr(c, "size", 20) }, 1 + 4}, // the query
		"Stopping":  {func(c *dram.Context) { c.Stopping() }, 0},
		"SSE":       {stream(0), 14},
		"10 events": {stream(10), 14 + 10*4 + 1}, // the first one begins a buffer
		"Go": {func(c *dram.Context) {
			done := make(chan bool) // this and the function are the test's
			c.Go(func(context.Context) { close(done) })
			<-done
		}, 12 + 2},
	} {
		t.Run(name, func(t *testing.T) {
			r := dram.New()
			r.GET("/books/:id", tc.handler)
			req, w := httptest.NewRequest("GET", "/books/7?size=9", nil), nullConn{nullWriter{http.Header{}}}
			assert.LessOrEqual(t, testing.AllocsPerRun(200, func() {
				clear(w.header)
				r.ServeHTTP(w, req)
			}), tc.most)
		})
	}
}

// nullConn can do what the server's writers can.
type nullConn struct{ nullWriter }

func (nullConn) Flush()                           {}
func (nullConn) SetWriteDeadline(time.Time) error { return nil }
