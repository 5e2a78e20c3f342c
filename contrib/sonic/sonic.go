// Package sonic makes github.com/bytedance/sonic the JSON engine of dram. One
// import line does it:
//
//	import _ "github.com/dram-go/dram/contrib/sonic"
//
// sonic compiles code for each type when it is first used, on amd64 and arm64; on
// other processors, and with a Go release that it does not know yet, it falls
// back to encoding/json by itself. The output is that of encoding/json, byte for
// byte: HTML escaped, map keys sorted, invalid UTF-8 replaced.
//
// A program imports either this package or contrib/gojson; of both, the one that
// is initialized last wins.
package sonic

import (
	"io"

	"github.com/bytedance/sonic"

	"github.com/dram-go/dram/codec/json"
)

// Engine is sonic as a json.Core. The import makes it json.API.
type Engine struct{}

func init() { json.API = Engine{} }

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
