package api

import (
	"net/http"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/realworld/internal/apidoc"
	"github.com/dram-go/dram/examples/realworld/internal/fault"
)

// document answers GET /openapi.json.
func document(c *dram.Context) { c.Data(http.StatusOK, "application/json; charset=utf-8", apidoc.JSON) }

// docsPage answers GET /docs: the page to read and try the API. It may load from this
// server only; its components style themselves, hence the inline styles.
func docsPage(c *dram.Context) {
	c.Header("Content-Security-Policy", "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:")
	c.Data(http.StatusOK, "text/html; charset=utf-8", apidoc.Page)
}

// docsScript answers GET /docs/{file}: the script of the page.
func docsScript(c *dram.Context) error {
	if c.Param("file") != apidoc.ScriptName {
		return fault.Missing("file")
	}
	script, err := apidoc.Script()
	if err != nil {
		return err
	}
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	c.Data(http.StatusOK, "text/javascript; charset=utf-8", script)
	return nil
}
