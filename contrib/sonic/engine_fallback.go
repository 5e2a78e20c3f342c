//go:build !amd64 && !arm64

package sonic

import (
	stdjson "encoding/json"
	"io"

	"github.com/dram-go/dram/codec/json"
)

// sonic does not build where an int has 32 bits, and elsewhere would do the
// same as this file.

// Marshal returns the JSON of v.
func (Engine) Marshal(v any) ([]byte, error) { return stdjson.Marshal(v) }

// Unmarshal decodes data into the pointer v.
func (Engine) Unmarshal(data []byte, v any) error { return stdjson.Unmarshal(data, v) }

// MarshalIndent returns the indented JSON of v.
func (Engine) MarshalIndent(v any, prefix, indent string) ([]byte, error) {
	return stdjson.MarshalIndent(v, prefix, indent)
}

// NewEncoder returns an encoder that writes to writer.
func (Engine) NewEncoder(writer io.Writer) json.Encoder { return stdjson.NewEncoder(writer) }

// NewDecoder returns a decoder that reads from reader.
func (Engine) NewDecoder(reader io.Reader) json.Decoder { return stdjson.NewDecoder(reader) }
