// Package gojson makes github.com/goccy/go-json the JSON engine of dram.
// Importing it is enough:
//
//	import _ "github.com/dram-go/dram/contrib/gojson"
//
// It is plain Go, and faster than encoding/json on every processor. The output
// is that of encoding/json: HTML escaped, map keys sorted. docs/contrib.md
// lists the differences between the engines.
//
// Import either this package or contrib/sonic; of both, the one that is
// initialized last is used.
package gojson

import (
	"io"

	gojson "github.com/goccy/go-json"

	"github.com/dram-go/dram/codec/json"
)

// Engine is go-json as a json.Core. Importing the package makes it json.API.
type Engine struct{}

func init() { json.API = Engine{} }

// Marshal returns the JSON of v.
func (Engine) Marshal(v any) ([]byte, error) { return gojson.Marshal(v) }

// Unmarshal decodes data into the pointer v.
func (Engine) Unmarshal(data []byte, v any) error { return gojson.Unmarshal(data, v) }

// MarshalIndent returns the indented JSON of v.
func (Engine) MarshalIndent(v any, prefix, indent string) ([]byte, error) {
	return gojson.MarshalIndent(v, prefix, indent)
}

// NewEncoder returns an encoder that writes to writer.
func (Engine) NewEncoder(writer io.Writer) json.Encoder { return gojson.NewEncoder(writer) }

// NewDecoder returns a decoder that reads from reader.
func (Engine) NewDecoder(reader io.Reader) json.Decoder { return gojson.NewDecoder(reader) }
