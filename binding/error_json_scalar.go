package binding

// Why a string, a number or a bool of JSON does not go into a Go type, for error_json.go.
// See docs/internals/15-binding.md.

import (
	"encoding"
	"encoding/base64"
	stdjson "encoding/json"
	"reflect"
	"runtime"
	"strconv"
	"strings"
)

// fitsScalar returns why a string, a number or a bool does not go into a type.
func fitsScalar(t stdjson.Token, typ reflect.Type) error {
	kind := typ.Kind()
	switch t := t.(type) {
	case nil:
		return nil
	case bool:
		if kind == reflect.Bool {
			return nil
		}
	case string:
		switch {
		case typ == numberType && isNumber(t):
			return nil
		case typ != numberType && kind == reflect.String:
			return nil
		case kind == reflect.Slice && typ.Elem().Kind() == reflect.Uint8:
			_, err := base64.StdEncoding.DecodeString(t)
			return err
		}
	case stdjson.Number:
		if typ == numberType {
			return nil
		}
		return fitsNumber(t.String(), typ)
	}
	return errWrongKind
}

// isNumber reports whether text is a number of JSON and nothing else.
func isNumber(text string) bool {
	return text != "" && strings.IndexByte("-0123456789", text[0]) >= 0 && text[len(text)-1] >= '0' && stdjson.Valid([]byte(text))
}

// fitsNumber returns why a number does not go into a type.
func fitsNumber(text string, typ reflect.Type) (err error) {
	switch kind := typ.Kind(); {
	case kind >= reflect.Int && kind <= reflect.Int64:
		_, err = strconv.ParseInt(text, 10, typ.Bits())
	case kind >= reflect.Uint && kind <= reflect.Uintptr:
		if isNegative(text) {
			return errNegative
		}
		_, err = strconv.ParseUint(text, 10, typ.Bits())
	case kind == reflect.Float32, kind == reflect.Float64:
		_, err = strconv.ParseFloat(text, typ.Bits())
	default:
		return errWrongKind
	}
	return err
}

// fitsKey returns why the name of a member is not a key of a map.
func fitsKey(name string, typ reflect.Type) error {
	if reflect.PointerTo(typ).Implements(textUnmarshalerType) {
		return parseText(typ, name)
	}
	if typ.Kind() == reflect.String {
		return nil
	}
	return fitsNumber(name, typ)
}

// parseJSON returns the error of typ's UnmarshalJSON.
func parseJSON(typ reflect.Type, value []byte) (err error) {
	defer withoutReceiver(typ, &err)
	return reflect.New(typ).Interface().(stdjson.Unmarshaler).UnmarshalJSON(value)
}

// parseText returns the error of typ's UnmarshalText.
func parseText(typ reflect.Type, text string) (err error) {
	defer withoutReceiver(typ, &err)
	return reflect.New(typ).Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text))
}

// withoutReceiver, deferred, makes errUnsupported of the panic of a method that a struct in
// typ has only by embedding a pointer or an interface: nil in a value that a decoder makes.
// Only the client decides whether it calls such a method, or sets, as encoding/xml does, an
// embedded field that is not exported.
func withoutReceiver(typ reflect.Type, err *error) {
	panicked := recover()
	if panicked == nil {
		return
	}
	if text, ok := panicked.(string); ok && strings.HasSuffix(text, "using value obtained using unexported field") {
		*err = errUnexported
		return
	}
	if _, ok := panicked.(runtime.Error); !ok || typ == nil || !promotes(typ) {
		panic(panicked)
	}
	*err = errUnsupported
}

// jsonName is what JSON calls a value that begins with t.
func jsonName(t stdjson.Token) string {
	switch t := t.(type) {
	case string:
		return "string"
	case bool:
		return "bool"
	case stdjson.Number:
		return "number " + shorten(t.String())
	}
	if t == stdjson.Delim('[') {
		return "array"
	}
	return "object"
}
