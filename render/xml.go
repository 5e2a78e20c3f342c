// XML. It stands alone, since only what this file names links encoding/xml.
// See docs/internals/14-render.md.

package render

import (
	"encoding/xml"
	"net/http"
)

// XML is a value as XML, by encoding/xml, without a declaration before it.
type XML struct {
	// Data is the value. encoding/xml cannot encode maps, but for those that
	// implement xml.Marshaler, as dram.H does.
	Data any
}

// Render writes the XML of r.Data.
func (r XML) Render(w http.ResponseWriter) error {
	buf := getBuffer()
	defer putBuffer(buf)
	if err := xml.NewEncoder(buf).Encode(r.Data); err != nil {
		return encodeError("XML", r.Data, err)
	}
	return writeBody(w, xmlType, buf.Bytes())
}

// WriteContentType sets application/xml; charset=utf-8.
func (r XML) WriteContentType(w http.ResponseWriter) { setContentType(w.Header(), xmlType) }
