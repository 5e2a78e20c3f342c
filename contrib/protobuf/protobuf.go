// Package protobuf lets dram read and write protocol buffers. One import line
// does it:
//
//	import _ "github.com/dram-go/dram/contrib/protobuf"
//
// From then on c.ProtoBuf, c.ShouldBindWith(&m, binding.ProtoBuf), render.ProtoBuf
// and content negotiation know the format. Values are messages that protoc-gen-go
// made; the library is google.golang.org/protobuf.
package protobuf

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/dram-go/dram/codec"
)

// ErrNotMessage is what the error for a value that is not a proto.Message unwraps
// to.
var ErrNotMessage = errors.New("not a proto.Message")

// Codec is protocol buffers as a codec, safe for concurrent use. The import
// registers it.
type Codec struct{}

func init() { codec.Register(Codec{}) }

// Name is "protobuf".
func (Codec) Name() string { return "protobuf" }

// MIMETypes are application/x-protobuf, application/protobuf and
// application/vnd.google.protobuf, all of which are in use.
func (Codec) MIMETypes() []string {
	return []string{"application/x-protobuf", "application/protobuf", "application/vnd.google.protobuf"}
}

// Marshal encodes v, which has to be a proto.Message.
func (Codec) Marshal(v any) ([]byte, error) {
	m, err := message(v)
	if err != nil {
		return nil, err
	}
	return proto.Marshal(m)
}

// Unmarshal resets v, which has to be a proto.Message, and decodes data into it.
func (Codec) Unmarshal(data []byte, v any) error {
	m, err := message(v)
	if err != nil {
		return err
	}
	return proto.Unmarshal(data, m)
}

func message(v any) (proto.Message, error) {
	if m, ok := v.(proto.Message); ok {
		return m, nil
	}
	return nil, fmt.Errorf("dram: %T cannot be a protocol buffer; use a pointer to a type that protoc-gen-go made: %w", v, ErrNotMessage)
}
