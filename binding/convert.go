package binding

// One text becomes one Go value. Which converter a type gets is decided when the plan
// is compiled; at a request it only runs.
// See docs/internals/15-binding.md.

import (
	"encoding"
	"errors"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// BindUnmarshaler parses itself from the text of a form value, a query value, a
// path parameter or a header. It is asked before anything else, once for a key
// that is there (or has a default), and for each element of a slice.
type BindUnmarshaler interface {
	// UnmarshalParam sets the receiver from param, the first value of the key.
	UnmarshalParam(param string) error
}

// A converter stores one text in v.
type converter func(v reflect.Value, text string) error

// maxNumber is the length up to which text may be a number, a time or a bool.
// strconv copies what it cannot parse into its error.
const maxNumber = 512

var (
	errUnsupported  = errors.New("no text can be stored in this type")
	errUnexported   = errors.New("dram: an embedded field that is not exported cannot be set; give it a name, or leave it out by its tag")
	errTooLong      = errors.New("the text is too long")
	errWrongKind    = errors.New("the value is of another kind")
	errUnknownField = errors.New("no field takes the key")
	errNameTwice    = errors.New("an object has a name twice")
	errNegative     = errors.New("the number is negative")
	errNotFinite    = errors.New("the number is not finite")
	errNotUTF8      = errors.New("the text is not UTF-8")
)

// newConverter compiles how text becomes a value of typ. In this order: the type's
// own UnmarshalParam, times, the type's own UnmarshalText, then the kind.
func newConverter(typ reflect.Type, opts options) converter {
	if isPointer(typ) {
		return oneValue(pointerSetter(typ.Elem(), single(newConverter(typ.Elem(), opts))))
	}
	if inner, ok := inOptional(typ); ok {
		return oneValue(optionalSetter(inner, single(newConverter(inner, opts))))
	}
	switch {
	case opts.textFirst && parsesText(typ):
		return convertText
	case parsesParam(typ):
		return convertParam
	case typ == timeType:
		return trimmed(opts.times.convert)
	case parsesText(typ):
		if typ.Kind() == reflect.String {
			return convertText
		}
		return trimmed(convertText)
	case typ == durationType:
		return trimmed(convertDuration)
	case typ == numberType:
		return trimmed(convertNumber)
	}
	return kindConverter(typ, opts)
}

func kindConverter(typ reflect.Type, opts options) converter {
	switch typ.Kind() {
	case reflect.String:
		if opts.lenient {
			return convertBytes
		}
		return convertString
	case reflect.Bool:
		return trimmed(convertBool)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return trimmed(convertInt)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return trimmed(convertUint)
	case reflect.Float32, reflect.Float64:
		return trimmed(convertFloat)
	case reflect.Struct, reflect.Map:
		return trimmed(convertJSON)
	}
	return func(reflect.Value, string) error { return errUnsupported }
}

// single makes a setter of a converter, oneValue the other way round.
func single(convert converter) setter {
	return func(v reflect.Value, values []string) error { return convert(v, values[0]) }
}

func oneValue(set setter) converter {
	return func(v reflect.Value, text string) error { return set(v, []string{text}) }
}

// trimmed cuts white space, and makes empty text the zero value.
func trimmed(convert converter) converter {
	return func(v reflect.Value, text string) error {
		if text = strings.TrimSpace(text); text == "" {
			v.SetZero()
			return nil
		}
		return convert(v, text)
	}
}

func convertParam(v reflect.Value, text string) error {
	return v.Addr().Interface().(BindUnmarshaler).UnmarshalParam(text)
}

func convertText(v reflect.Value, text string) error {
	return v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text))
}

func convertString(v reflect.Value, text string) error {
	if !utf8.ValidString(text) {
		return errNotUTF8
	}
	v.SetString(text)
	return nil
}

// convertNumber stores a number of JSON as its text.
func convertNumber(v reflect.Value, text string) error {
	switch {
	case len(text) > maxNumber:
		return errTooLong
	case !isNumber(text):
		return strconv.ErrSyntax
	}
	v.SetString(text)
	return nil
}

func convertBytes(v reflect.Value, text string) error {
	v.SetString(text)
	return nil
}

func convertBool(v reflect.Value, text string) error {
	if len(text) > maxNumber {
		return errTooLong
	}
	b, err := strconv.ParseBool(text)
	if err == nil {
		v.SetBool(b)
	}
	return err
}

func convertInt(v reflect.Value, text string) error {
	if len(text) > maxNumber {
		return errTooLong
	}
	n, err := strconv.ParseInt(text, 10, v.Type().Bits())
	if err == nil {
		v.SetInt(n)
	}
	return err
}

func convertUint(v reflect.Value, text string) error {
	if len(text) > maxNumber {
		return errTooLong
	}
	if isNegative(text) {
		return errNegative
	}
	n, err := strconv.ParseUint(text, 10, v.Type().Bits())
	if err == nil {
		v.SetUint(n)
	}
	return err
}

func convertFloat(v reflect.Value, text string) error {
	if len(text) > maxNumber {
		return errTooLong
	}
	x, err := strconv.ParseFloat(text, v.Type().Bits())
	if err != nil {
		return err
	}
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return errNotFinite
	}
	v.SetFloat(x)
	return nil
}

func convertDuration(v reflect.Value, text string) error {
	if len(text) > maxNumber {
		return errTooLong
	}
	d, err := time.ParseDuration(text)
	if err == nil {
		v.SetInt(int64(d))
	}
	return err
}

// isNegative reports whether text is an integer below zero; -0 is none.
func isNegative(text string) bool {
	digits, minus := strings.CutPrefix(text, "-")
	return minus && digits != "" && strings.Trim(digits, "0") != "" && strings.Trim(digits, "0123456789") == ""
}

// convertJSON decodes one JSON value into a struct or a map. Its error is Errors, with
// paths inside the value.
func convertJSON(v reflect.Value, text string) error {
	return decodeJSON([]byte(text), v.Addr().Interface())
}
