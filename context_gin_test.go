package dram_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

// What ported programs rely on, in places where it is easily lost.

func TestNegotiateFormatFillsAcceptedAndKeepsTheWeights(t *testing.T) {
	c, _ := dram.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest("GET", "/", nil)
	c.Request.Header["Accept"] = []string{"text/html;q=0.5, application/json;charset=utf-8", "*/*;q=0"}
	for range 2 { // the second time it is not the list without weights that counts
		assert.Equal(t, "application/json", c.NegotiateFormat("text/html", "application/json"))
		assert.Equal(t, []string{"text/html", "application/json", "*/*"}, c.Accepted)
	}
	assert.Empty(t, c.NegotiateFormat("text/csv"))

	c.SetAccepted("text/html")
	assert.Equal(t, "text/html", c.NegotiateFormat("text/html", "application/json"), "what the program sets goes before the header")
	c.Accepted = nil
	assert.Equal(t, "application/json", c.NegotiateFormat("text/html", "application/json"))
}

func TestFormsAreParsedByOneGoroutine(t *testing.T) {
	for contentType, body := range map[string]string{
		"application/x-www-form-urlencoded": "a=1&b=2",
		"multipart/form-data; boundary=x":   "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x--\r\n",
	} {
		c, _ := dram.CreateTestContext(httptest.NewRecorder())
		c.Request = httptest.NewRequest("POST", "/", strings.NewReader(body))
		c.Request.Header.Set("Content-Type", contentType)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				assert.Equal(t, "1", c.PostForm("a"))
				assert.Equal(t, []string{"1"}, c.PostFormArray("a"))
				_, _ = c.MultipartForm()
			})
		}
		all.Wait()
	}
}

func TestARedirectHasItsOwnPage(t *testing.T) {
	r := dram.New()
	r.Use(func(c *dram.Context) {
		for _, name := range []string{"Content-Type", "Content-Length", "Content-Encoding", "Content-Disposition"} {
			c.Header(name, "1")
		}
		c.Header("Cache-Control", "max-age=60")
	})
	r.GET("/a", func(c *dram.Context) { c.Redirect(http.StatusFound, "/b") })
	w := serve(r, "GET", "/a")
	assert.Equal(t, http.Header{"Content-Type": {"text/html; charset=utf-8"}, "Location": {"/b"}, "Cache-Control": {"max-age=60"}}, w.Header())
	assert.Contains(t, w.Body.String(), `<a href="/b">`)
}

func TestErrorJSONIsAnH(t *testing.T) {
	assert.IsType(t, dram.H{}, (&dram.Error{Err: errors.New("x")}).JSON())
}

func TestBindWithoutARequestIsAnError(t *testing.T) {
	c, _ := dram.CreateTestContext(httptest.NewRecorder())
	assert.EqualError(t, c.ShouldBindJSON(&struct{}{}), "invalid request")
	assert.EqualError(t, c.BindJSON(&struct{}{}), "invalid request")
	assert.Equal(t, http.StatusBadRequest, c.Writer.Status())
}

func TestStreamWithoutARequest(t *testing.T) {
	w := httptest.NewRecorder()
	c, _ := dram.CreateTestContext(w)
	assert.False(t, c.Stream(func(out io.Writer) bool { _, _ = io.WriteString(out, "a"); return false }))
	assert.Equal(t, "a", w.Body.String())
}

func TestGetRawDataOfNoBody(t *testing.T) {
	c, _ := dram.CreateTestContext(httptest.NewRecorder())
	c.Request = &http.Request{}
	_, err := c.GetRawData()
	require.EqualError(t, err, "cannot read nil body")
}

func TestARouteMayHaveItsGroupsHandlersOnly(t *testing.T) {
	r := dram.New()
	r.Group("/g", func(c *dram.Context) { c.String(200, "group") }).GET("/a")
	assert.Equal(t, "group", serve(r, "GET", "/g/a").Body.String())
	r.Use(func(c *dram.Context) { c.String(200, "engine") })
	r.GET("/b")
	assert.Equal(t, "engine", serve(r, "GET", "/b").Body.String())
}

func TestBodySizeIsThatOfTheAnswer(t *testing.T) {
	sizes := map[string]int{}
	r := dram.New()
	r.HandleMethodNotAllowed = true
	r.Use(func(c *dram.Context) {
		c.Next()
		sizes[c.Request.Method+" "+c.Request.URL.Path] = c.BodySize()
	})
	r.GET("/text", func(c *dram.Context) { c.String(200, "12345") })
	r.GET("/empty", func(c *dram.Context) { c.Status(204) })
	r.NoRoute(func(c *dram.Context) {
		if c.Request.URL.Path == "/teapot" {
			c.Status(http.StatusTeapot)
		}
	})
	for target, want := range map[string]int{"GET /text": 5, "GET /empty": 0, "GET /none": 18, "POST /text": 22, "GET /teapot": 0} {
		method, path, _ := strings.Cut(target, " ")
		w := serve(r, method, path)
		assert.Equal(t, want, sizes[target], target)
		assert.Len(t, w.Body.String(), want, target)
	}
}
