// Bodies that are bytes already. Those that come from a stream are in reader.go.
// See docs/internals/14-render.md.

package render

import "net/http"

// Data is a body as it is.
type Data struct {
	// ContentType is the value of that header. If it is empty, net/http finds
	// one out from the first bytes of the body.
	ContentType string
	// Data is the body. If it is not empty, Content-Length is set.
	Data []byte
}

// Render writes r.Data.
func (r Data) Render(w http.ResponseWriter) error { return WriteData(w, r.ContentType, r.Data) }

// WriteContentType sets r.ContentType, if it is not empty.
func (r Data) WriteContentType(w http.ResponseWriter) { setNamedType(w.Header(), r.ContentType) }

// WriteData is Data{contentType, data}.Render(w) without the Render. With one of
// the usual content types and less than 1 KiB it allocates nothing.
func WriteData(w http.ResponseWriter, contentType string, data []byte) error {
	h := w.Header()
	setNamedType(h, contentType)
	if len(data) > 0 {
		setContentLength(h, len(data))
	}
	_, err := w.Write(data)
	return err
}

func setNamedType(h http.Header, contentType string) {
	if contentType != "" && len(h[headerContentType]) == 0 {
		h[headerContentType] = sharedContentType(contentType)
	}
}
