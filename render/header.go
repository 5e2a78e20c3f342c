// The headers that a Render sets. http.Header.Set allocates a slice for each
// value; the values here are few and known, so each has one slice that all
// responses share. Nobody may write into it, and nobody does by accident: its
// length is its capacity, so that Header.Add copies it, and Header.Set replaces
// it.
// See docs/internals/14-render.md.

package render

import (
	"net/http"
	"strconv"
	"sync/atomic"
)

const (
	headerContentType   = "Content-Type"
	headerContentLength = "Content-Length"
)

var (
	jsonType       = []string{"application/json; charset=utf-8"}
	asciiJSONType  = []string{"application/json"}
	javascriptType = []string{"application/javascript; charset=utf-8"}
	plainType      = []string{"text/plain; charset=utf-8"}
	htmlType       = []string{"text/html; charset=utf-8"}
	xmlType        = []string{"application/xml; charset=utf-8"}
	yamlType       = []string{"application/yaml; charset=utf-8"}
	tomlType       = []string{"application/toml; charset=utf-8"}
	protobufType   = []string{"application/x-protobuf"}
	msgpackType    = []string{"application/msgpack; charset=utf-8"}
	bsonType       = []string{"application/bson"}
	octetType      = []string{"application/octet-stream"}
	bareTextType   = []string{"text/plain"}
	bareHTMLType   = []string{"text/html"}
)

// setContentType sets Content-Type to the shared value unless the handler has
// chosen one.
func setContentType(h http.Header, value []string) {
	if len(h[headerContentType]) == 0 {
		h[headerContentType] = value
	}
}

// sharedContentType is the header value for a content type that a caller names:
// without allocation for the usual ones.
func sharedContentType(contentType string) []string {
	switch contentType {
	case "application/json; charset=utf-8":
		return jsonType
	case "application/json":
		return asciiJSONType
	case "text/plain; charset=utf-8":
		return plainType
	case "text/plain":
		return bareTextType
	case "text/html; charset=utf-8":
		return htmlType
	case "text/html":
		return bareHTMLType
	case "application/octet-stream":
		return octetType
	}
	return []string{contentType}
}

// contentLengths holds the header values of small lengths once they were needed,
// so that a small body costs no allocation. Its size is fixed, whatever clients
// ask for.
var contentLengths [1024]atomic.Pointer[[1]string]

// setContentLength sets Content-Length to n, replacing what was there.
func setContentLength(h http.Header, n int) {
	if n >= len(contentLengths) {
		h[headerContentLength] = []string{strconv.Itoa(n)}
		return
	}
	value := contentLengths[n].Load()
	if value == nil {
		value = &[1]string{strconv.Itoa(n)}
		contentLengths[n].Store(value)
	}
	h[headerContentLength] = value[:]
}
