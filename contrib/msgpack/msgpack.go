// Package msgpack lets dram read and write MessagePack. Importing it is enough:
//
//	import _ "github.com/dram-go/dram/contrib/msgpack"
//
// It enables c.ShouldBindWith(&v, binding.MsgPack), render.MsgPack and
// render.WriteMsgPack.
//
// The library is github.com/ugorji/go/codec. Of the MessagePack libraries it is
// the only one that is both maintained and used by Gin, so that struct tags
// (`codec:"name"`, or else `json:"name"`) keep their meaning. Before a message
// is decoded, it is checked in one pass: nesting is limited, and no length may
// exceed the data that follows. See docs/contrib.md.
package msgpack

import (
	"reflect"

	"github.com/ugorji/go/codec"

	drams "github.com/dram-go/dram/codec"
)

// Codec is the MessagePack codec, safe for concurrent use. Importing the
// package registers it.
//
// It writes the current specification: []byte as bin, time.Time as the
// timestamp extension. Decoded into an any, a map becomes a map[string]any and
// a str a string, so that the result can be written as JSON.
type Codec struct{}

func init() { drams.Register(Codec{}) }

// handle holds the settings of the library; it is safe for concurrent use once
// it is set up.
var handle = newHandle()

func newHandle() *codec.MsgpackHandle {
	h := new(codec.MsgpackHandle)
	h.WriteExt = true
	h.RawToString = true
	h.MapType = reflect.TypeFor[map[string]any]()
	return h
}

// Name returns "msgpack".
func (Codec) Name() string { return "msgpack" }

// MIMETypes returns application/msgpack and two older names of it.
func (Codec) MIMETypes() []string {
	return []string{"application/msgpack", "application/x-msgpack", "application/vnd.msgpack"}
}

// Marshal encodes v.
func (Codec) Marshal(v any) ([]byte, error) {
	var data []byte
	err := codec.NewEncoderBytes(&data, handle).Encode(v)
	return data, err
}

// Unmarshal decodes data, a single value, into v. It returns io.EOF if data is
// empty.
func (Codec) Unmarshal(data []byte, v any) error {
	if err := check(data); err != nil {
		return err
	}
	return codec.NewDecoderBytes(data, handle).Decode(v)
}
