package typed

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	pathpkg "path"
	"strings"
	"sync"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/typed/internal/commonmark"
)

// This file serves the document as a page for people. It is made by the server, reads without
// JavaScript, and asks for nothing from elsewhere; with JavaScript requests can be tried. What is
// on it is in docs_view.go.

//go:embed docs/page.html docs/style.css docs/try.js
var docsFiles embed.FS

// docsPolicy lets the page load what is its own, and send requests to its own server.
const docsPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; " +
	"form-action 'none'; frame-ancestors 'none'; base-uri 'none'"

// DocsOption changes what Docs does.
type DocsOption func(*docs)

// InAllModes has Docs answer in release and test mode too: for an API that is public, or behind
// a layer that asks who it is.
func InAllModes() DocsOption { return func(d *docs) { d.allModes = true } }

type docs struct{ allModes bool }

// Docs registers a page at path that shows the document. Unless InAllModes says otherwise it is
// there in debug mode only, and a 404 in the others. Credentials that are typed there for the
// declared security schemes stay in the page, and are gone with it.
func (api *API) Docs(path string, options ...DocsOption) {
	var d docs
	for _, option := range options {
		option(&d)
	}
	path = strings.TrimSuffix(path, "/")
	root := strings.Repeat("../", strings.Count(api.RouterGroup.Group(path+"/").BasePath(), "/")-1)
	page := sync.OnceValues(func() ([]byte, error) { return api.page(root) })
	file := func(name string) func() ([]byte, error) {
		return func() ([]byte, error) { return docsFiles.ReadFile("docs/" + name) }
	}
	// The page is at "/docs/", so that what it loads is relative to it, behind any prefix.
	api.RouterGroup.GET(path+"/", d.serve("text/html; charset=utf-8", page))
	api.RouterGroup.GET(path+"/style.css", d.serve("text/css; charset=utf-8", file("style.css")))
	api.RouterGroup.GET(path+"/try.js", d.serve("text/javascript; charset=utf-8", file("try.js")))
	if path != "" { // a route, since nothing leads there where the page is not
		api.RouterGroup.GET(path, d.shown(func(c *dram.Context) error {
			c.Redirect(http.StatusMovedPermanently, pathpkg.Base(path)+"/")
			return nil
		}))
	}
}

// shown is a handler that is there in the modes in which the page is.
func (d docs) shown(handle func(*dram.Context) error) dram.HandlerFunc {
	return dram.Try(func(c *dram.Context) error {
		if !d.allModes && dram.Mode() != dram.DebugMode {
			return dram.NewProblem(http.StatusNotFound, "")
		}
		return handle(c)
	})
}

// serve answers with a part of the page.
func (d docs) serve(media string, text func() ([]byte, error)) dram.HandlerFunc {
	return d.shown(func(c *dram.Context) error {
		body, err := text()
		if err != nil {
			return err
		}
		h := c.Writer.Header()
		h.Set("Content-Security-Policy", docsPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-cache")
		c.Data(http.StatusOK, media, body)
		return nil
	})
}

// page executes the template with what it shows; root leads from the page to the service's root.
func (api *API) page(root string) ([]byte, error) {
	page, err := template.New("page.html").Funcs(template.FuncMap{"blocks": commonmark.HTML, "inline": commonmark.Inline}).ParseFS(docsFiles, "docs/page.html")
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = page.Execute(&out, api.docsView(root))
	return out.Bytes(), err
}
