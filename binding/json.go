package binding

// JSON bodies: read once, decoded by the engine of codec/json, validated.
// See docs/internals/15-binding.md.

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"

	"github.com/dram-go/dram/codec/json"
)

// EnableDecoderUseNumber makes a JSON number that is bound into an any a
// json.Number instead of a float64. Set it before the first request.
var EnableDecoderUseNumber = false

// EnableDecoderDisallowUnknownFields makes a JSON key that the destination struct
// has no field for an error. Set it before the first request.
var EnableDecoderDisallowUnknownFields = false

// errTrailingJSON is what a second JSON value gives where a Decoder has no error of
// its own.
var errTrailingJSON = errors.New("dram: the body goes on after its JSON value; send exactly one value")

type jsonBinding struct{}

func (jsonBinding) Name() string { return "json" }

func (b jsonBinding) Bind(req *http.Request, obj any) error {
	if json.IsStandard() {
		return withBody(req, sourceJSON, func(body []byte) error { return b.BindBody(body, obj) })
	}
	// Another engine may let strings point into the body, so it gets its own.
	body, err := readBody(req, sourceJSON)
	if err != nil {
		return err
	}
	return b.BindBody(body, obj)
}

// BindBody reports all that is wrong: values of a wrong type, then the broken rules of
// the rest.
func (jsonBinding) BindBody(body []byte, obj any) error {
	err := unmarshalJSON(body, obj)
	if err == nil {
		return validate(obj, sourceJSON)
	}
	errs, mended := explainJSON(err, body, obj)
	if errs == nil {
		return undecodable(obj, err)
	}
	if mended == nil || unmarshalMended(mended, obj) != nil {
		return errs
	}
	return errs.and(validate(obj, sourceJSON), reflect.TypeOf(obj), placedIn(sourceJSON), errs.concern)
}

// undecodable is the error of a mistake of the program: an obj that cannot be decoded into.
func undecodable(obj any, err error) error {
	if v := reflect.ValueOf(obj); v.Kind() != reflect.Pointer || v.IsNil() {
		return fmt.Errorf("dram: JSON cannot be decoded into %T: pass a pointer to what it is for: %w", obj, err)
	}
	return err
}

// decodeJSON decodes exactly one value into obj. Its error is Errors.
func decodeJSON(text []byte, obj any) error {
	err := unmarshalJSON(text, obj)
	if err == nil {
		return nil
	}
	errs, _ := explainJSON(err, text, obj)
	return errs
}

// unmarshalMended has the engine decode what explainJSON has left of a body.
func unmarshalMended(body []byte, obj any) (err error) {
	defer withoutReceiver(reflect.TypeOf(obj), &err)
	return json.API.Unmarshal(body, obj)
}

// unmarshalJSON has the engine decode exactly one value, with the package's switches.
// Nothing is to be read from its errors.
func unmarshalJSON(body []byte, obj any) (err error) {
	defer withoutReceiver(reflect.TypeOf(obj), &err)
	if isBlank(body) {
		return io.EOF
	}
	if err := compareFirst(body, obj); err != nil {
		return err
	}
	if !EnableDecoderUseNumber && !EnableDecoderDisallowUnknownFields {
		return json.API.Unmarshal(body, obj)
	}
	dec := json.API.NewDecoder(bytes.NewReader(body)) // only a Decoder has these switches
	if EnableDecoderUseNumber {
		dec.UseNumber()
	}
	if EnableDecoderDisallowUnknownFields {
		dec.DisallowUnknownFields()
	}
	if err := dec.Decode(obj); err != nil {
		return err
	}
	var rest stdjson.RawMessage
	if err := dec.Decode(&rest); !errors.Is(err, io.EOF) {
		return errors.Join(errTrailingJSON, err)
	}
	if !json.IsStandard() && !stdjson.Valid(body) { // the Decoder of sonic takes what is not a value for the end
		return errTrailingJSON
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
