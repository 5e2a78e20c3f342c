// What a render cannot write, and what Negotiate and JSONP refuse, is a failure like any other.

package dram_test

import (
	"fmt"
	"html/template"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/render"
)

func TestOnErrorAnswersWhatCannotBeRendered(t *testing.T) {
	routes := map[string]struct {
		handler dram.HandlerFunc
		with    string // OnError
		without string
		is      error
	}{
		"Negotiate": {func(c *dram.Context) { c.Negotiate(200, dram.Negotiate{Offered: []string{dram.MIMEYAML}, Data: 1}) }, "406 Not Acceptable", "406 ", dram.ErrNotAcceptable},
		"JSONP":     {func(c *dram.Context) { c.JSONP(200, 1) }, "400 Bad Request", "400 " + render.ErrCallback.Error(), render.ErrCallback},
		"JSON":      {func(c *dram.Context) { c.JSON(200, func() {}) }, "500 Internal Server Error", "500 ", nil},
		"PureJSON":  {func(c *dram.Context) { c.PureJSON(201, func() {}) }, "500 Internal Server Error", "500 ", nil},
		"template":  {func(c *dram.Context) { c.HTML(200, "none", nil) }, "500 Internal Server Error", "500 ", nil},
		"templates": {func(c *dram.Context) { c.HTML(200, "none", nil) }, "500 Internal Server Error", "500 ", render.ErrNoTemplate},
		"reader": {func(c *dram.Context) {
			c.DataFromReader(200, -1, "text/plain", iotest.ErrReader(io.ErrUnexpectedEOF), nil)
		}, "500 Internal Server Error", "500 ", io.ErrUnexpectedEOF},
	}
	for name, route := range routes {
		for _, asked := range []bool{true, false} {
			t.Run(fmt.Sprint(name, " ", asked), func(t *testing.T) {
				var errs []error
				r := dram.New()
				if name == "template" {
					r.SetHTMLTemplate(template.Must(template.New("one").Parse("page")))
				}
				r.Use(func(c *dram.Context) {
					c.Next()
					assert.True(t, c.IsAborted())
					for _, err := range c.Errors {
						errs = append(errs, err)
					}
				})
				if asked {
					r.OnError(func(c *dram.Context, err error) { c.String(-1, "%s", dram.ProblemOf(err).Title) })
				}
				r.GET("/", route.handler, func(*dram.Context) { t.Error("the chain goes on") })
				req := httptest.NewRequest("GET", "/?callback=a(b", nil)
				req.Header.Set("Accept", "text/html")
				w := httptest.NewRecorder()
				r.ServeHTTP(w, req)
				want := route.without
				if asked {
					want = route.with
				}
				assert.Equal(t, want, fmt.Sprint(w.Code, " ", w.Body))
				require.Len(t, errs, 1)
				if route.is != nil {
					assert.ErrorIs(t, errs[0], route.is)
				}
				if name == "Negotiate" {
					assert.Equal(t, "Accept", w.Header().Get("Vary"))
				}
			})
		}
	}
}

func TestAnErrorFuncThatCannotBeRenderedIsNotAskedAgain(t *testing.T) {
	r, asked := dram.New(), 0
	r.OnError(func(c *dram.Context, _ error) { asked++; c.JSON(-1, func() {}) })
	r.GET("/", func(c *dram.Context) { c.JSON(200, func() {}) })
	w := serve(r, "GET", "/")
	assert.Equal(t, 500, w.Code)
	assert.Empty(t, w.Body.String())
	assert.Equal(t, 1, asked)
}

func TestAnAnswerThatHasBegunIsCutWhenItsRestCannotBeRendered(t *testing.T) {
	r := dram.New()
	r.OnError(func(*dram.Context, error) { t.Error("there is no room for its answer") })
	r.GET("/", func(c *dram.Context) {
		_, _ = c.Writer.WriteString("half;")
		c.Writer.Flush()
		c.JSON(-1, func() {})
	})
	assert.True(t, strings.HasSuffix(got(t, r), ", cut"))
}
