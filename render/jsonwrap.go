// JSON that is wrapped or rewritten for clients that cannot take it as it is:
// script tags (JSONP), old browsers (SecureJSON), and links that are not 8-bit
// clean (AsciiJSON).
// See docs/internals/14-render.md.

package render

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/dram-go/dram/codec/json"
)

// SecureJSON is JSON that starts with Prefix if it is an array. An array is a
// valid JavaScript program, which any site can run in an old browser to read its
// values; a prefix such as "while(1);" prevents that. The client strips the prefix.
type SecureJSON struct {
	// Prefix is written before an array; the engine's default is "while(1);".
	Prefix string
	// Data is the value; nil is null.
	Data any
}

// Render writes the JSON of r.Data, with the prefix if it is an array.
func (r SecureJSON) Render(w http.ResponseWriter) error {
	return writeWrappedJSON(w, r.Data, jsonType, func(buf *bytes.Buffer, body []byte) {
		if bytes.HasPrefix(body, []byte{'['}) {
			buf.WriteString(r.Prefix)
		}
		buf.Write(body)
	})
}

// WriteContentType sets application/json; charset=utf-8.
func (r SecureJSON) WriteContentType(w http.ResponseWriter) { setContentType(w.Header(), jsonType) }

// ErrCallback is what the error of JsonpJSON unwraps to when Callback is not the
// name of a function.
var ErrCallback = errors.New("the callback is not a name, or names joined by dots")

// JsonpJSON is a script that calls the function Callback with a value. Any site
// can read what it says to the user's browser: use it for public data only, and
// prefer CORS.
type JsonpJSON struct {
	// Callback is the function's name: letters, digits, "_" and "$", in names that
	// dots join (app.show). It comes from the client, which could otherwise
	// choose a script for the site to serve as its own. If it is empty, the body is
	// plain JSON.
	Callback string
	// Data is the argument; nil is null.
	Data any
}

// Valid returns an error that unwraps to ErrCallback if Callback is not a name.
func (r JsonpJSON) Valid() error {
	for name := range strings.SplitSeq(r.Callback, ".") {
		if r.Callback != "" && !isJSName(name) {
			return fmt.Errorf("dram: render: %w: %.40q", ErrCallback, r.Callback)
		}
	}
	return nil
}

// isJSName reports whether s is the name of a variable in JavaScript, of ASCII.
func isJSName(s string) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c == '$':
		case '0' <= c && c <= '9' && i > 0:
		default:
			return false
		}
	}
	return s != ""
}

// Render writes callback(JSON); or the JSON alone, and has browsers take it for
// nothing but a script. It writes nothing if Callback is not a name.
func (r JsonpJSON) Render(w http.ResponseWriter) error {
	if err := r.Valid(); err != nil {
		return err
	}
	return writeWrappedJSON(w, r.Data, javascriptType, func(buf *bytes.Buffer, body []byte) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if r.Callback == "" {
			buf.Write(body)
			return
		}
		buf.WriteString(r.Callback)
		buf.WriteByte('(')
		buf.Write(body)
		buf.WriteString(");")
	})
}

// WriteContentType sets application/javascript; charset=utf-8.
func (r JsonpJSON) WriteContentType(w http.ResponseWriter) {
	setContentType(w.Header(), javascriptType)
}

// AsciiJSON is JSON in which every character beyond ASCII is a \u escape, two of
// them (a surrogate pair; RFC 8259, section 7) beyond U+FFFF.
type AsciiJSON struct {
	// Data is the value; nil is null.
	Data any
}

// Render writes the JSON of r.Data in ASCII.
func (r AsciiJSON) Render(w http.ResponseWriter) error {
	return writeWrappedJSON(w, r.Data, asciiJSONType, writeASCII)
}

// WriteContentType sets application/json.
func (r AsciiJSON) WriteContentType(w http.ResponseWriter) {
	setContentType(w.Header(), asciiJSONType)
}

// writeWrappedJSON encodes v, lets wrap put the body together, and sends it.
func writeWrappedJSON(w http.ResponseWriter, v any, contentType []string, wrap func(buf *bytes.Buffer, body []byte)) error {
	body, err := json.API.Marshal(v)
	if err != nil {
		return encodeError("JSON", v, err)
	}
	buf := getBuffer()
	defer putBuffer(buf)
	buf.Grow(len(body) + 32)
	wrap(buf, body)
	return writeBody(w, contentType, buf.Bytes())
}

// writeASCII writes JSON with all that is beyond ASCII escaped. Outside strings
// JSON is ASCII, so wherever such a character stands, the escape means the same.
func writeASCII(buf *bytes.Buffer, body []byte) {
	for len(body) > 0 {
		n := 0
		for n < len(body) && body[n] < utf8.RuneSelf {
			n++
		}
		buf.Write(body[:n])
		if body = body[n:]; len(body) == 0 {
			return
		}
		r, size := utf8.DecodeRune(body)
		writeUnicodeEscape(buf, r)
		body = body[size:]
	}
}

// writeUnicodeEscape writes \uXXXX for r, twice if r needs a surrogate pair.
func writeUnicodeEscape(buf *bytes.Buffer, r rune) {
	if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
		writeUnit(buf, high)
		r = low
	}
	writeUnit(buf, r)
}

// writeUnit writes one UTF-16 code unit.
func writeUnit(buf *bytes.Buffer, unit rune) {
	const digits = "0123456789abcdef"
	buf.WriteString(`\u`)
	for shift := 12; shift >= 0; shift -= 4 {
		buf.WriteByte(digits[unit>>shift&15])
	}
}
