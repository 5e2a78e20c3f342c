// Bodies that are bytes already: from memory or from a stream.

package render

import (
	"errors"
	"io"
	"net/http"
	"strconv"
)

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

// ErrNoReader is returned by the Render method of a Reader whose Reader is nil.
var ErrNoReader = errors.New("dram: render.Reader has no Reader to copy from; set its Reader field")

// ErrShort is returned by the Render method of a Reader that ended before its
// ContentLength.
var ErrShort = errors.New("dram: render.Reader has ended before its ContentLength")

// Reader is a body that is copied from a stream. It is the one Render that may
// fail after it began to send.
type Reader struct {
	// ContentType is the value of that header. If it is empty, net/http finds
	// one out from the first bytes of the body.
	ContentType string
	// ContentLength is the body's length in bytes, or less than 0 if unknown.
	ContentLength int64
	// Reader is read to its end, and not closed.
	Reader io.Reader
	// Headers are further headers. They never override one that is set, nor
	// ContentType and ContentLength. The map is not changed.
	Headers map[string]string
}

// Render sets the headers and copies r.Reader to w.
func (r Reader) Render(w http.ResponseWriter) error {
	if r.Reader == nil {
		return ErrNoReader
	}
	h := w.Header()
	setNamedType(h, r.ContentType)
	if r.ContentLength >= 0 && h.Get(headerContentLength) == "" {
		h.Set(headerContentLength, strconv.FormatInt(r.ContentLength, 10))
	}
	for name, value := range r.Headers {
		if h.Get(name) == "" {
			h.Set(name, value)
		}
	}
	n, err := io.Copy(w, r.Reader)
	if err == nil && n < r.ContentLength {
		err = ErrShort
	}
	return err
}

// WriteContentType sets r.ContentType, if it is not empty.
func (r Reader) WriteContentType(w http.ResponseWriter) { setNamedType(w.Header(), r.ContentType) }
