//go:build go1.27 && goexperiment.jsonv2

package json

import (
	"encoding/json"
	"encoding/json/jsontext"
	jsonv2 "encoding/json/v2"
	"errors"
	"io"
)

// V2 is an engine on encoding/json/v2, which Go has since 1.27 (and lacks where it is
// built with GOEXPERIMENT=nojsonv2). Choose it by an import,
//
//	import _ "github.com/dram-go/dram/codec/json/v2"
//
// or by json.API = json.V2{}. It writes what encoding/json writes, byte for byte. It
// reads what encoding/json reads, into the same values, but refuses documents that two
// readers may take for two things (RFC 8259 sections 4 and 8, RFC 7493):
//
//   - an object that has a name twice, of which encoding/json takes the last, also where
//     no field takes the name;
//   - text that is not UTF-8, or in which \u writes half of a surrogate pair, which
//     encoding/json replaces by U+FFFD;
//   - a name that differs in case from a field's is not that field's: it is unknown, and
//     as such ignored or, with DisallowUnknownFields, refused. The tag option case:ignore
//     lifts this for one field.
//
// An UnmarshalJSON that calls encoding/json itself reads what it is given by that
// package's rules; names and UTF-8 have been checked before. A program that wants other
// options of encoding/json/v2 embeds V2 and overrides its methods.
type V2 struct{ standard }

var _ Core = V2{}

// v2Options are encoding/json's, but for what is refused.
var v2Options = jsonv2.JoinOptions(json.DefaultOptionsV1(),
	jsontext.AllowDuplicateNames(false), jsontext.AllowInvalidUTF8(false), jsonv2.MatchCaseInsensitiveNames(false))

// v2Numbers makes a number that is decoded into an any a json.Number.
var v2Numbers = jsonv2.WithUnmarshalers(jsonv2.UnmarshalFromFunc(func(dec *jsontext.Decoder, v *any) error {
	if dec.PeekKind() != jsontext.KindNumber {
		return errors.ErrUnsupported // that is: by the other rules
	}
	number, err := dec.ReadValue()
	*v = json.Number(number)
	return err
}))

// Unmarshal decodes data into the pointer v.
func (V2) Unmarshal(data []byte, v any) error { return jsonv2.Unmarshal(data, v, v2Options) }

// NewDecoder returns a decoder that reads from reader.
func (V2) NewDecoder(reader io.Reader) Decoder {
	return &v2Decoder{jsontext.NewDecoder(reader, v2Options), v2Options}
}

type v2Decoder struct {
	dec     *jsontext.Decoder
	options jsonv2.Options
}

func (d *v2Decoder) UseNumber() { d.options = jsonv2.JoinOptions(d.options, v2Numbers) }

func (d *v2Decoder) DisallowUnknownFields() {
	d.options = jsonv2.JoinOptions(d.options, jsonv2.RejectUnknownMembers(true))
}

func (d *v2Decoder) Decode(v any) error { return jsonv2.UnmarshalDecode(d.dec, v, d.options) }
