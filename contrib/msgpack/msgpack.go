// Package msgpack lets dram read and write MessagePack. One import line does it:
//
//	import _ "github.com/dram-go/dram/contrib/msgpack"
//
// From then on c.ShouldBindWith(&v, binding.MsgPack), render.MsgPack and
// render.WriteMsgPack know the format.
//
// The library is github.com/ugorji/go/codec. Of the MessagePack libraries it is
// the one that is both maintained and Gin's, so that struct tags (`codec:"name"`,
// or else `json:"name"`) mean what they meant: vmihailenco/msgpack had no release
// since 2023, shamaton/msgpack has tags of its own. Before it decodes, the message
// is checked in one pass: nesting is bounded, and no length may promise more than
// there is.
package msgpack

import (
	"reflect"

	"github.com/ugorji/go/codec"

	drams "github.com/dram-go/dram/codec"
)

// Codec is MessagePack as a codec, safe for concurrent use. The import registers
// it.
//
// It writes the current specification: []byte as bin, time.Time as the timestamp
// extension. Decoded into an any, a map is a map[string]any and a str a string,
// so that what was read can be written as JSON.
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

// Name is "msgpack".
func (Codec) Name() string { return "msgpack" }

// MIMETypes are application/msgpack, and two older names of it.
func (Codec) MIMETypes() []string {
	return []string{"application/msgpack", "application/x-msgpack", "application/vnd.msgpack"}
}

// Marshal encodes v.
func (Codec) Marshal(v any) ([]byte, error) {
	var data []byte
	err := codec.NewEncoderBytes(&data, handle).Encode(v)
	return data, err
}

// Unmarshal decodes data, one value, into v. Without any data its error is io.EOF.
func (Codec) Unmarshal(data []byte, v any) error {
	if err := check(data); err != nil {
		return err
	}
	return codec.NewDecoderBytes(data, handle).Decode(v)
}
