package binding

// Bodies of formats that a codec brings: YAML, TOML, protobuf, MessagePack, BSON.
// See docs/internals/15-binding.md.

import (
	"net/http"

	"github.com/dram-go/dram/codec"
)

// codecBinding binds a format that a codec decodes. The codec is asked for at
// each call, since a program may register it after this package was set up.
type codecBinding struct {
	name string
	// trusted formats are not validated: the struct is generated from a schema,
	// as a protobuf message, or has no tags of ours.
	trusted bool
}

func (b codecBinding) Name() string { return b.name }

func (b codecBinding) Bind(req *http.Request, obj any) error {
	body, err := readBody(req, b.name)
	if err != nil {
		return err
	}
	return b.BindBody(body, obj)
}

func (b codecBinding) BindBody(body []byte, obj any) error {
	c, err := codec.Get(b.name)
	if err != nil {
		return err
	}
	if err := c.Unmarshal(body, obj); err != nil {
		return syntaxErrors(b.name, err)
	}
	if b.trusted {
		return nil
	}
	return validate(obj, b.name)
}
