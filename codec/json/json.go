// Package json is the JSON engine of dram, behind an interface so that a program
// may swap it.
//
// Everything in dram that reads or writes JSON goes through API. It is
// encoding/json unless an import replaces it:
//
//	import _ "github.com/dram-go/dram/contrib/sonic"  // bytedance/sonic
//	import _ "github.com/dram-go/dram/contrib/gojson" // goccy/go-json
//	import _ "github.com/dram-go/dram/codec/json/v2"  // encoding/json/v2, Go 1.27
//
// or the program does:
//
//	func init() { json.API = myEngine{} }
//
// See docs/internals/14-render.md and docs/internals/15-binding.md.
package json

import (
	"encoding/json"
	"io"
)

// Package is the import path of the engine that API starts with.
const Package = "encoding/json"

// API is the engine in use, encoding/json by default. Set it from an init
// function or at the start of main, before the first request: it is read
// without synchronization. It must not be nil.
var API Core = standard{}

// Core is a JSON engine. Its output should be that of encoding/json, HTML
// escaped and with sorted map keys, since clients and tests compare it.
// Implementations are safe for concurrent use.
type Core interface {
	// Marshal returns the JSON of v, without a newline at the end.
	Marshal(v any) ([]byte, error)
	// Unmarshal decodes data, one JSON value, into the pointer v.
	Unmarshal(data []byte, v any) error
	// MarshalIndent is Marshal with each element on its own line, which starts
	// with prefix and one indent for each level of nesting.
	MarshalIndent(v any, prefix, indent string) ([]byte, error)
	// NewEncoder returns an Encoder that writes to writer.
	NewEncoder(writer io.Writer) Encoder
	// NewDecoder returns a Decoder that reads from reader, possibly beyond the
	// values that it is asked for.
	NewDecoder(reader io.Reader) Decoder
}

// Encoder writes JSON values to a stream. It is not for concurrent use.
type Encoder interface {
	// SetEscapeHTML says whether <, > and & are written as \u003c, \u003e and
	// \u0026; they are unless it is set to false.
	SetEscapeHTML(on bool)
	// Encode writes the JSON of v and a newline.
	Encode(v any) error
}

// Decoder reads JSON values from a stream. It is not for concurrent use.
type Decoder interface {
	// UseNumber makes a number that is decoded into an any a json.Number, which
	// keeps all its digits, in place of a float64.
	UseNumber()
	// DisallowUnknownFields makes a key that no field of the struct takes an
	// error.
	DisallowUnknownFields()
	// Decode stores the next value in the pointer v. At the end of the stream
	// it returns io.EOF.
	Decode(v any) error
}

// IsStandard reports whether API is the engine that it started with. Code that
// relies on what only encoding/json promises, one Write for each Encode say, has
// to ask each time, since API may be swapped.
func IsStandard() bool {
	_, ok := API.(standard)
	return ok
}

// standard is encoding/json.
type standard struct{}

func (standard) Marshal(v any) ([]byte, error) { return json.Marshal(v) }

func (standard) Unmarshal(data []byte, v any) error { return json.Unmarshal(data, v) }

func (standard) MarshalIndent(v any, prefix, indent string) ([]byte, error) {
	return json.MarshalIndent(v, prefix, indent)
}

func (standard) NewEncoder(writer io.Writer) Encoder { return json.NewEncoder(writer) }

func (standard) NewDecoder(reader io.Reader) Decoder { return json.NewDecoder(reader) }
