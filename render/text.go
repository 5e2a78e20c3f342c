// Plain text.
// See docs/internals/14-render.md.

package render

import (
	"fmt"
	"net/http"
	"unsafe"
)

// String is plain text: Format with Data, as in fmt.Sprintf. Without Data, Format
// is the text itself and a % in it stands for itself.
//
// Never make a format out of what a client sent, not even when Data is empty
// today: hand it over as Data with the format "%s".
type String struct {
	// Format is the text, or the format of Data.
	Format string
	// Data are the values for the verbs of Format.
	Data []any
}

// Render writes the text.
func (r String) Render(w http.ResponseWriter) error { return WriteString(w, r.Format, r.Data) }

// WriteContentType sets text/plain; charset=utf-8.
func (r String) WriteContentType(w http.ResponseWriter) { setContentType(w.Header(), plainType) }

// WriteString is String{format, data}.Render(w) without the Render. It allocates
// nothing if data is empty.
func WriteString(w http.ResponseWriter, format string, data []any) error {
	setContentType(w.Header(), plainType)
	if len(data) > 0 {
		_, err := fmt.Fprintf(w, format, data...)
		return err
	}
	// Write, not WriteString, since a middleware that wraps the writer may
	// override only Write. An io.Writer must not modify the bytes.
	_, err := w.Write(unsafe.Slice(unsafe.StringData(format), len(format)))
	return err
}
