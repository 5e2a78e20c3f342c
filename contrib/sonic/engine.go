//go:build amd64 || arm64

package sonic

import (
	"io"

	"github.com/bytedance/sonic"

	"github.com/dram-go/dram/codec/json"
)

// Marshal returns the JSON of v.
func (Engine) Marshal(v any) ([]byte, error) { return sonic.ConfigStd.Marshal(v) }

// Unmarshal decodes data into the pointer v.
func (Engine) Unmarshal(data []byte, v any) error { return sonic.ConfigStd.Unmarshal(data, v) }

// MarshalIndent returns the indented JSON of v.
func (Engine) MarshalIndent(v any, prefix, indent string) ([]byte, error) {
	return sonic.ConfigStd.MarshalIndent(v, prefix, indent)
}

// NewEncoder returns an encoder that writes to writer.
func (Engine) NewEncoder(writer io.Writer) json.Encoder { return sonic.ConfigStd.NewEncoder(writer) }

// NewDecoder returns a decoder that reads from reader.
func (Engine) NewDecoder(reader io.Reader) json.Decoder { return sonic.ConfigStd.NewDecoder(reader) }
