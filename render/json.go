// JSON as it is: compact, unescaped, or indented. The forms that wrap or rewrite
// it stand in jsonwrap.go.
// See docs/internals/14-render.md.

package render

import (
	"bytes"
	"fmt"
	"net/http"
	"sync"

	"github.com/dram-go/dram/codec/json"
)

// JSON is a value as JSON: <, > and & escaped, so that it may be embedded in
// HTML, and without a newline at the end.
type JSON struct {
	// Data is the value; nil is null.
	Data any
}

// Render writes the JSON of r.Data.
func (r JSON) Render(w http.ResponseWriter) error { return WriteJSON(w, r.Data) }

// WriteContentType sets application/json; charset=utf-8.
func (r JSON) WriteContentType(w http.ResponseWriter) { setContentType(w.Header(), jsonType) }

// WriteJSON is JSON{obj}.Render(w) without the Render: it allocates nothing
// besides what encoding obj takes.
func WriteJSON(w http.ResponseWriter, obj any) error { return writeJSON(w, obj, true) }

// PureJSON is a value as JSON with <, > and & as they are, and a newline at the
// end. Do not embed it in HTML.
type PureJSON struct {
	// Data is the value; nil is null.
	Data any
}

// Render writes the JSON of r.Data.
func (r PureJSON) Render(w http.ResponseWriter) error { return writeJSON(w, r.Data, false) }

// WriteContentType sets application/json; charset=utf-8.
func (r PureJSON) WriteContentType(w http.ResponseWriter) { setContentType(w.Header(), jsonType) }

// IndentedJSON is a value as JSON for people: four spaces for each level. It
// costs more processor time and bytes than JSON.
type IndentedJSON struct {
	// Data is the value; nil is null.
	Data any
}

// Render writes the indented JSON of r.Data.
func (r IndentedJSON) Render(w http.ResponseWriter) error {
	body, err := json.API.MarshalIndent(r.Data, "", "    ")
	if err != nil {
		return encodeError("JSON", r.Data, err)
	}
	return writeBody(w, jsonType, body)
}

// WriteContentType sets application/json; charset=utf-8.
func (r IndentedJSON) WriteContentType(w http.ResponseWriter) {
	setContentType(w.Header(), jsonType)
}

// encodeError tells which value could not be written in which format. It unwraps
// to what the encoder said.
func encodeError(format string, v any, err error) error {
	return fmt.Errorf("dram: cannot render %T as %s: %w", v, format, err)
}

// writeBody sends a body that is complete.
func writeBody(w http.ResponseWriter, contentType []string, body []byte) error {
	setContentType(w.Header(), contentType)
	_, err := w.Write(body)
	return err
}

// A jsonStream sends what an encoder writes to a response. It is pooled together
// with its encoder, which saves making one for each response.
//
// encoding/json hands over a value in one Write, when all of it is encoded, so
// the bytes go to the response without a copy of ours, and only if there was no
// error. The stream takes the newline away and keeps the error of writing to
// itself: an encoder remembers that one for ever.
type jsonStream struct {
	encoder json.Encoder
	w       http.ResponseWriter
	pure    bool  // keep the newline
	large   bool  // the body was too large for the pool
	err     error // of writing to w
}

var jsonStreams = sync.Pool{New: func() any {
	s := new(jsonStream)
	s.encoder = json.API.NewEncoder(s)
	return s
}}

func (s *jsonStream) Write(p []byte) (int, error) {
	body := p
	if !s.pure {
		body = bytes.TrimSuffix(p, []byte{'\n'})
	}
	s.large = len(p) > maxPooled
	s.err = writeBody(s.w, jsonType, body)
	return len(p), nil
}

// writeJSON sends v: escaped and without a newline, or pure.
func writeJSON(w http.ResponseWriter, v any, escape bool) error {
	// A pooled encoder belongs to the engine that made it, and only
	// encoding/json is known to write once.
	if !json.IsStandard() {
		return writeSwappedJSON(w, v, escape)
	}
	s := jsonStreams.Get().(*jsonStream)
	s.w, s.pure = w, !escape
	s.encoder.SetEscapeHTML(escape)
	if err := s.encoder.Encode(v); err != nil {
		s.w = nil
		jsonStreams.Put(s)
		return encodeError("JSON", v, err)
	}
	err := s.err
	s.w, s.err = nil, nil
	if !s.large {
		jsonStreams.Put(s)
	}
	return err
}

// writeSwappedJSON is writeJSON with an engine of which nothing is known but its
// interface.
func writeSwappedJSON(w http.ResponseWriter, v any, escape bool) error {
	if escape {
		body, err := json.API.Marshal(v)
		if err != nil {
			return encodeError("JSON", v, err)
		}
		return writeBody(w, jsonType, body)
	}
	buf := getBuffer()
	defer putBuffer(buf)
	encoder := json.API.NewEncoder(buf)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return encodeError("JSON", v, err)
	}
	return writeBody(w, jsonType, buf.Bytes())
}
