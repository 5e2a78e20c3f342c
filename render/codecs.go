// The formats whose libraries are not part of the core. Each asks the registry
// of package codec when it renders, so a codec may be registered at any time.
// See docs/internals/14-render.md.

package render

import (
	"net/http"

	"github.com/dram-go/dram/codec"
)

// writeWithCodec sends v, encoded by the codec that is registered under name.
func writeWithCodec(w http.ResponseWriter, name string, contentType []string, v any) error {
	c, err := codec.Get(name)
	if err != nil {
		return err
	}
	body, err := c.Marshal(v)
	if err != nil {
		return encodeError(name, v, err)
	}
	return writeBody(w, contentType, body)
}

// YAML is a value as YAML. It needs the codec "yaml", contrib/yaml for example.
type YAML struct {
	// Data is the value.
	Data any
}

// Render writes the YAML of r.Data.
func (r YAML) Render(w http.ResponseWriter) error {
	return writeWithCodec(w, "yaml", yamlType, r.Data)
}

// WriteContentType sets application/yaml; charset=utf-8.
func (r YAML) WriteContentType(w http.ResponseWriter) { setContentType(w.Header(), yamlType) }

// TOML is a value as TOML. It needs the codec "toml", contrib/toml for example.
type TOML struct {
	// Data is the value: a struct or a map, since a TOML document is a table.
	Data any
}

// Render writes the TOML of r.Data.
func (r TOML) Render(w http.ResponseWriter) error {
	return writeWithCodec(w, "toml", tomlType, r.Data)
}

// WriteContentType sets application/toml; charset=utf-8.
func (r TOML) WriteContentType(w http.ResponseWriter) { setContentType(w.Header(), tomlType) }

// ProtoBuf is a message in the wire format of protocol buffers. It needs the
// codec "protobuf", contrib/protobuf for example.
type ProtoBuf struct {
	// Data is the message, a proto.Message.
	Data any
}

// Render writes the encoded message.
func (r ProtoBuf) Render(w http.ResponseWriter) error {
	return writeWithCodec(w, "protobuf", protobufType, r.Data)
}

// WriteContentType sets application/x-protobuf.
func (r ProtoBuf) WriteContentType(w http.ResponseWriter) { setContentType(w.Header(), protobufType) }

// MsgPack is a value as MessagePack. It needs the codec "msgpack",
// contrib/msgpack for example.
type MsgPack struct {
	// Data is the value.
	Data any
}

// Render writes the MessagePack of r.Data.
func (r MsgPack) Render(w http.ResponseWriter) error { return WriteMsgPack(w, r.Data) }

// WriteContentType sets application/msgpack; charset=utf-8.
func (r MsgPack) WriteContentType(w http.ResponseWriter) { setContentType(w.Header(), msgpackType) }

// WriteMsgPack is MsgPack{obj}.Render(w) without the Render.
func WriteMsgPack(w http.ResponseWriter, obj any) error {
	return writeWithCodec(w, "msgpack", msgpackType, obj)
}

// BSON is a value as BSON, the format of MongoDB. It needs the codec "bson",
// contrib/bson for example.
type BSON struct {
	// Data is the value: a struct or a map, since BSON has only documents.
	Data any
}

// Render writes the BSON of r.Data.
func (r BSON) Render(w http.ResponseWriter) error {
	return writeWithCodec(w, "bson", bsonType, r.Data)
}

// WriteContentType sets application/bson.
func (r BSON) WriteContentType(w http.ResponseWriter) { setContentType(w.Header(), bsonType) }
