package dram_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
)

// TestWhatFailsHasNoHeadersOfWhatWasMeant: a cache would keep the failure, and a client read it
// in a coding that it does not have.
func TestWhatFailsHasNoHeadersOfWhatWasMeant(t *testing.T) {
	meant := map[string]string{
		"Cache-Control": "public, max-age=3600, immutable", "Etag": `"1"`, "Last-Modified": "Thu, 26 Nov 2026 08:00:00 GMT", "Expires": "Thu, 26 Nov 2099 08:00:00 GMT",
		"Content-Encoding": "br", "Content-Language": "de", "Content-Disposition": "inline", "Content-Digest": "sha-256=:AA==:",
	}
	handlers := map[string]dram.HandlerFunc{
		"JSON":      func(c *dram.Context) { c.JSON(200, make(chan int)) },
		"XML":       func(c *dram.Context) { c.XML(200, make(chan int)) },
		"TOML":      func(c *dram.Context) { c.TOML(200, 1) },
		"JSONP":     func(c *dram.Context) { c.JSONP(200, 1) },
		"Negotiate": func(c *dram.Context) { c.Negotiate(200, dram.Negotiate{Offered: []string{dram.MIMEXML}}) },
		"BindJSON":  func(c *dram.Context) { _ = c.BindJSON(&struct{}{}) },
		"BindUri": func(c *dram.Context) {
			_ = c.BindUri(&struct {
				ID string `uri:"id" binding:"required"`
			}{})
		},
		"BindAll":           func(c *dram.Context) { _ = c.BindAll(&struct{ A chan int }{}) },
		"File":              func(c *dram.Context) { c.File("none") },
		"a range of a file": func(c *dram.Context) { c.File("context.go") },
		"BasicAuth":         dram.BasicAuth(dram.Accounts{"ann": "secret"}),
		"a panic":           func(*dram.Context) { panic("on purpose") },
		"no route":          nil,
	}
	for name, handler := range handlers {
		for said, left := range map[string]string{"": "", "no-store": "no-store", "private, No-Store, max-age=0": "no-store"} {
			r := dram.New()
			r.Use(func(c *dram.Context) {
				for name, value := range meant {
					c.Header(name, value)
				}
				if said != "" {
					c.Header("Cache-Control", said)
				}
			}, dram.RecoveryWithWriter(nil))
			if handler != nil {
				r.POST("/", handler)
			}
			req := httptest.NewRequest(http.MethodPost, "/?callback=alert(1)", strings.NewReader("{"))
			req.Header.Set("Accept", dram.MIMEJSON)
			if name == "a range of a file" {
				req.Header.Set("Range", "bytes=99999999-")
			}
			w := httptest.NewRecorder()
			r.ServeHTTP(w, req)
			assert.GreaterOrEqual(t, w.Code, 400, name)
			for header := range meant {
				want := ""
				if header == "Cache-Control" && name != "a range of a file" { // there net/http has removed it
					want = left
				}
				assert.Equal(t, want, w.Header().Get(header), "%s: %s, if Cache-Control was %q", name, header, said)
			}
		}
	}
}

func TestARedirectOfTheRouterIsItsOwnPage(t *testing.T) {
	r := dram.New()
	r.Use(func(c *dram.Context) {
		c.Header("Content-Type", dram.MIMEJSON)
		c.Header("Content-Encoding", "br")
	})
	r.GET("/a/", func(c *dram.Context) { c.String(200, "a") })
	w := serve(r, "GET", "/a?b=%22%3E")
	assert.Equal(t, 301, w.Code)
	assert.Equal(t, "/a/?b=%22%3E", w.Header().Get("Location"))
	assert.Equal(t, "text/html; charset=utf-8", w.Header().Get("Content-Type"))
	assert.Empty(t, w.Header().Get("Content-Encoding"))
	assert.Equal(t, "<a href=\"/a/?b=%22%3E\">Moved Permanently</a>.\n\n", w.Body.String())
}
