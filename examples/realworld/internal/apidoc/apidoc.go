// Package apidoc holds the OpenAPI document of Conduit and the page that shows it.
//
// openapi.yml is the RealWorld project's own document (MIT licence), unchanged.
// openapi.json is made from it; only its server differs: this one. After a change run
//
//	go test ./examples/realworld/internal/apidoc -update
//
// The page is OpenAPI Explorer (Apache 2.0, its licence lies beside it), one script,
// kept gzipped. Nothing is fetched from elsewhere.
package apidoc

import (
	"bytes"
	"compress/gzip"
	_ "embed" // for the files below
	"io"
	"sync"
)

// YAML is the document as the RealWorld project publishes it.
//
//go:embed openapi.yml
var YAML []byte

// JSON is the same document for this server: its only server is /api.
//
//go:embed openapi.json
var JSON []byte

// Page is the HTML of the page. It loads ScriptName from a folder "docs" beside it.
//
//go:embed docs.html
var Page []byte

// ScriptName is the file name of the script. It holds the version, so it may be cached for ever.
const ScriptName = "openapi-explorer-2.4.820.min.js"

//go:embed assets/openapi-explorer-2.4.820.min.js.gz
var scriptGzip []byte

// Script returns the script, unpacked once.
var Script = sync.OnceValues(func() ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(scriptGzip))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
})
