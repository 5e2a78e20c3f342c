package binding

// JSON bodies: read once, decoded by the engine of codec/json, validated.

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/dram-go/dram/codec/json"
)

// EnableDecoderUseNumber makes a JSON number that is bound into an any a
// json.Number instead of a float64. Set it before the first request.
var EnableDecoderUseNumber = false

// EnableDecoderDisallowUnknownFields makes a JSON key that the destination struct
// has no field for an error. Set it before the first request.
var EnableDecoderDisallowUnknownFields = false

// errTrailingJSON is what a second JSON value after the first one gives where the
// engine has no error of its own.
var errTrailingJSON = errors.New("dram: the body goes on after its JSON value; send exactly one value")

type jsonBinding struct{}

func (jsonBinding) Name() string { return "json" }

func (b jsonBinding) Bind(req *http.Request, obj any) error {
	if json.IsStandard() {
		return withBody(req, func(body []byte) error { return b.BindBody(body, obj) })
	}
	// Another engine may let strings point into the body, so it gets its own.
	body, err := readBody(req)
	if err != nil {
		return err
	}
	return b.BindBody(body, obj)
}

func (jsonBinding) BindBody(body []byte, obj any) error {
	if err := decodeJSON(body, obj); err != nil {
		return err
	}
	return validate(obj, sourceJSON)
}

// decodeJSON decodes exactly one value. Its errors are those of a json.Decoder,
// which is what users of Gin test for: io.EOF when there is nothing,
// io.ErrUnexpectedEOF when the value is cut off.
func decodeJSON(body []byte, obj any) error {
	if isBlank(body) {
		return io.EOF
	}
	if EnableDecoderUseNumber || EnableDecoderDisallowUnknownFields {
		return decodeJSONStrict(body, obj)
	}
	err := json.API.Unmarshal(body, obj)
	var syntax *stdjson.SyntaxError
	if errors.As(err, &syntax) && syntax.Offset >= int64(len(body)) && syntax.Error() == "unexpected end of JSON input" {
		return io.ErrUnexpectedEOF
	}
	return bounded(err)
}

// bounded cuts the value that a type error repeats. It may be a number of 10 MB.
func bounded(err error) error {
	var wrongType *stdjson.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		wrongType.Value = shorten(wrongType.Value)
	}
	return err
}

// decodeJSONStrict is decodeJSON with the switches that only a Decoder has.
func decodeJSONStrict(body []byte, obj any) error {
	dec := json.API.NewDecoder(bytes.NewReader(body))
	if EnableDecoderUseNumber {
		dec.UseNumber()
	}
	if EnableDecoderDisallowUnknownFields {
		dec.DisallowUnknownFields()
	}
	if err := dec.Decode(obj); err != nil {
		return bounded(err)
	}
	var rest stdjson.RawMessage
	if err := dec.Decode(&rest); !errors.Is(err, io.EOF) {
		return errors.Join(errTrailingJSON, err)
	}
	return nil
}

// isBlank reports whether body holds nothing but JSON's white space.
func isBlank(body []byte) bool {
	for _, c := range body {
		if c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return false
		}
	}
	return true
}
