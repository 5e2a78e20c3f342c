package typed

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/files"
)

// This file serves the document.

// Spec registers a route for the document in JSON, and one for it in YAML, where the ending
// .json of the path is .yaml: "/openapi.json" and "/openapi.yaml". The document is made when it
// is first asked for, and has the routes that are registered by then. Behind a trusted proxy that
// has put the service below a prefix (Context.BasePath) the server in it is that, unless Info.Servers
// has others.
func (api *API) Spec(path string) {
	api.RouterGroup.GET(path, serveBelow("application/json", api.documentBelow))
	if base, ok := strings.CutSuffix(path, ".json"); ok {
		api.RouterGroup.GET(base+".yaml", serveBelow("application/yaml", func(prefix string) []byte { return toYAML(api.documentBelow(prefix)) }))
	}
}

// serveBelow is serve for a text that is another one below each prefix. The one of the last request
// is kept: a service has one prefix, most often.
func serveBelow(media string, text func(prefix string) []byte) dram.HandlerFunc {
	type known struct {
		prefix string
		answer dram.HandlerFunc
	}
	var last atomic.Pointer[known]
	return func(c *dram.Context) {
		of, prefix := last.Load(), c.BasePath()
		if of == nil || of.prefix != prefix {
			of = &known{prefix, serve(media, sync.OnceValue(func() []byte { return text(prefix) }))}
			last.Store(of)
		}
		of.answer(c)
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
		http.ServeContent(c.Writer, files.FewRanges(c.Request), "", noTime, bytes.NewReader(text()))
	}
}
