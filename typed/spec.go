package typed

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"

	"github.com/dram-go/dram"
)

// This file serves the document.

// Spec registers a route for the document in JSON, and one for it in YAML, where the ending
// .json of the path is .yaml: "/openapi.json" and "/openapi.yaml". The document is made when it
// is first asked for, and has the routes that are registered by then.
func (api *API) Spec(path string) {
	text := sync.OnceValue(api.Document)
	yaml := sync.OnceValue(func() []byte { return toYAML(text()) })
	api.RouterGroup.GET(path, serve("application/json", text))
	if base, ok := strings.CutSuffix(path, ".json"); ok {
		api.RouterGroup.GET(base+".yaml", serve("application/yaml", yaml))
	}
}

// serve answers with a text that does not change, and an entity tag.
func serve(media string, text func() []byte) dram.HandlerFunc {
	tag := sync.OnceValue(func() string {
		sum := sha256.Sum256(text())
		return `"` + hex.EncodeToString(sum[:12]) + `"`
	})
	return func(c *dram.Context) {
		h := c.Writer.Header()
		h.Set("Content-Type", media)
		h.Set("ETag", tag())
		http.ServeContent(c.Writer, c.Request, "", noTime, bytes.NewReader(text()))
	}
}
