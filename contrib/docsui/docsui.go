// Package docsui shows an OpenAPI document with Swagger UI, which is embedded: nothing comes
// from elsewhere. Package typed has a page of its own (API.Docs), which is smaller and reads
// without JavaScript; this one is for those who want the tool that they know. See docs/contrib.md.
//
//	api := typed.New(&r.RouterGroup, typed.Info{Title: "Library", Version: "1.2"})
//	api.Spec("/openapi.json")
//	docsui.Mount(&r.RouterGroup, "/docs", docsui.Config{Spec: "/openapi.json"})
//
// It is there in debug mode only, unless Config says otherwise.
package docsui

import (
	"bytes"
	"compress/gzip"
	"embed"
	"html/template"
	"io"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/internal/layer"
	"github.com/dram-go/dram/internal/httpfield"
	"github.com/dram-go/dram/middleware"
)

// Version is that of the Swagger UI inside, whose license is Apache-2.0 (ui/LICENSE).
const Version = "5.35.0"

//go:generate sh fetch.sh

//go:embed ui
var files embed.FS

// policy lets the page load what is its own, and send requests to its own server. Swagger UI
// sets styles on elements, and draws its icons from data.
const policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'none'; frame-ancestors 'none'; base-uri 'none'"

// Config sets up Mount. Spec must be set.
type Config struct {
	// Spec is where the document is: a path of the service, "/openapi.json", which has the
	// prefix of a proxy put before it (Context.URL).
	Spec string
	// Title is that of the page. Default "API".
	Title string
	// InAllModes has the page in release and test mode too: for an API that is public, or
	// behind a layer that asks who it is. By default it is a 404 there.
	InAllModes bool
}

// Validate reports what is wrong with the configuration, as a *middleware.ConfigError.
func (cfg Config) Validate() error {
	if !strings.HasPrefix(cfg.Spec, "/") || strings.HasPrefix(cfg.Spec, "//") {
		return layer.Misconfigured("docsui", "Spec", `is not a path of the service; write "/openapi.json"`)
	}
	return nil
}

// Mount registers the page at pattern, which has no params, and what it loads below it. It
// panics if the configuration is wrong.
func Mount(group *dram.RouterGroup, pattern string, cfg Config) {
	layer.Must(cfg.Validate())
	if cfg.Title == "" {
		cfg.Title = "API"
	}
	page := template.Must(template.ParseFS(files, "ui/page.html"))
	pattern = strings.TrimSuffix(pattern, "/")
	at := group.Group(pattern)
	if pattern != "" { // a route, since nothing leads there where the page is not
		group.GET(pattern, cfg.only(func(c *dram.Context) error {
			c.Redirect(http.StatusMovedPermanently, path.Base(pattern)+"/")
			return nil
		}))
	}
	at.GET("/", cfg.only(func(c *dram.Context) error {
		var text bytes.Buffer
		err := page.Execute(&text, struct{ Title, Spec string }{cfg.Title, c.URL(cfg.Spec)})
		c.Data(http.StatusOK, "text/html; charset=utf-8", text.Bytes())
		return err
	}))
	for name, kind := range map[string]string{
		"start.js": "text/javascript", "swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css",
	} {
		at.GET("/"+name, cfg.only(func(c *dram.Context) error { return send(c, name, kind+"; charset=utf-8") }))
	}
}

// only makes a handler of what is there in debug mode, or in all.
func (cfg Config) only(handle func(*dram.Context) error) dram.HandlerFunc {
	return dram.Try(func(c *dram.Context) error {
		if !cfg.InAllModes && dram.Mode() != dram.DebugMode {
			return dram.NewProblem(http.StatusNotFound, "")
		}
		h := c.Writer.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		return handle(c)
	})
}

// send sends a file. The large ones are embedded as gzip, and go out as such to clients that
// take it, under a tag of their own: a strong one is that of one form (RFC 9110 section 8.8.3).
func send(c *dram.Context, name, kind string) error {
	text, err := files.ReadFile("ui/" + name)
	tag, zipped := `"`+Version+`"`, err != nil
	if zipped {
		if text, err = files.ReadFile("ui/" + name + ".gz"); err != nil {
			return err
		}
		httpfield.AddVary(c.Writer.Header(), "Accept-Encoding")
		if weight, _ := httpfield.CodingWeight(c.Request.Header["Accept-Encoding"], "gzip"); weight > 0 {
			tag, zipped = `"`+Version+`-gzip"`, false
			c.Header("Content-Encoding", "gzip")
		}
	}
	if !middleware.Preconditions(c, tag, time.Time{}) {
		return nil // 304
	}
	if zipped {
		if text, err = unzipped(text); err != nil {
			return err
		}
	}
	c.Header("ETag", tag)
	c.Data(http.StatusOK, kind, text)
	return nil
}

// unzipped returns the text of a file that is embedded as gzip.
func unzipped(text []byte) ([]byte, error) {
	plain, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(plain)
}
