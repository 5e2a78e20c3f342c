package binding

// What is wrong with a JSON body. Engines stop at the first value of a wrong type, each
// with words of its own, encoding/json with others in each release. So when one fails,
// the body is compared with the type here, token by token, and all of it is reported in
// the client's names, whichever engine it was.
// See docs/internals/15-binding.md.

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"io"
	"reflect"
	"strconv"

	"github.com/dram-go/dram/internal/jsonfield"
)

// maxPaths bounds the paths of all errors in a body.
const maxPaths = 1 << 20

// explainJSON returns what is wrong with body, which an engine failed with cause to
// decode into obj; nil if obj is nothing to decode into. mended, if not nil, is body
// with null for each wrong value.
func explainJSON(cause error, body []byte, obj any) (errs Errors, mended []byte) {
	ptr := reflect.ValueOf(obj)
	if ptr.Kind() != reflect.Pointer || ptr.IsNil() {
		return nil, nil
	}
	if fe := jsonSyntax(cause, body); fe != nil {
		return Errors{fe}, nil
	}
	for _, asks := range []int{0, maxAsked * len(body)} {
		c := newJSONCheck(body, newJSONRules())
		c.asks = asks
		c.value(ptr.Type().Elem())
		if len(c.errs) > 0 {
			return c.errs, c.mend()
		}
	}
	fe := misfit(ptr.Type(), cause)
	fe.Source = sourceJSON
	return Errors{fe}, nil
}

// jsonSyntax returns why body is not one JSON value, nil if it is one.
func jsonSyntax(cause error, body []byte) *FieldError {
	fe := &FieldError{Source: sourceJSON, Rule: ruleSyntax, Err: cause}
	dec := stdjson.NewDecoder(bytes.NewReader(body))
	var value stdjson.RawMessage
	err := dec.Decode(&value)
	switch {
	case errors.Is(err, io.EOF):
		fe.Rule, fe.Message, fe.Err = "required", "must not be empty", io.EOF
	case errors.Is(err, io.ErrUnexpectedEOF):
		fe.Message, fe.Err = "is cut off", io.ErrUnexpectedEOF
	case err != nil:
		fe.Message = "is not valid JSON"
	case !isBlank(body[dec.InputOffset():]):
		fe.Message = "must be a single JSON value; there is more behind it"
	default:
		return nil
	}
	return fe
}

// jsonCheck compares one valid JSON value with a type.
type jsonCheck struct {
	body   []byte
	dec    *stdjson.Decoder
	path   []byte // to the current value
	errs   Errors
	size   int      // of their paths
	wrong  [][2]int // from where to where each of errs stands in body; zeros for what cannot be mended
	fields map[reflect.Type]*jsonfield.Fields
	rules  jsonRules
	asks   int // for how many bytes more the engine may be asked
	// inside a value that parses itself no other one is looked into: it would take
	// time beyond all measure.
	inside bool
}

func newJSONCheck(body []byte, rules jsonRules) *jsonCheck {
	dec := stdjson.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	return &jsonCheck{body: body, dec: dec, fields: make(map[reflect.Type]*jsonfield.Fields), rules: rules}
}

// wrongType reports a value, which JSON calls found, that is not of type typ.
func (c *jsonCheck) wrongType(typ reflect.Type, found string, start int, why error) {
	cause := &stdjson.UnmarshalTypeError{Value: found, Type: typ, Offset: c.dec.InputOffset(), Field: string(c.path)}
	fe := &FieldError{Rule: ruleType, Err: cause}
	describeNumber(fe, typ, why)
	switch plain := fe.Message == mustBe(valueType(typ)); {
	case plain && valueType(typ) == durationType: // which JSON has no text for
		fe.Param, fe.Message = "integer", "must be an integer, in nanoseconds"
	case plain && isBytes(valueType(typ)):
		fe.Param, fe.Message = "base64", "must be text in base64"
	}
	c.report(fe, start)
}

// isBytes reports whether JSON has a type as text in base64.
func isBytes(typ reflect.Type) bool {
	return typ.Kind() == reflect.Slice && typ.Elem().Kind() == reflect.Uint8
}

// value compares the next value with typ, in the order of encoding/json: pointers, the
// type's own UnmarshalJSON, its UnmarshalText, its kind.
func (c *jsonCheck) value(typ reflect.Type) {
	start := c.start()
	defer c.confirm(typ, start, len(c.errs))
	isNull := c.body[start] == 'n'
	behind := typ.Kind() == reflect.Pointer || isOptional(typ)
	typ = valueType(typ)
	asked := typ // whose methods are asked: a type without a name has those of its pointer behind one only
	if behind || typ.Name() != "" {
		asked = reflect.PointerTo(typ)
	}
	switch {
	case c.isFull(), behind && isNull:
		c.raw()
	case asked.Implements(jsonUnmarshalerType):
		c.ownJSON(typ, start)
	case typ.Kind() == reflect.Interface:
		var untyped any
		if err := stdjson.Unmarshal(c.raw(), &untyped); err != nil && !EnableDecoderUseNumber {
			c.report(&FieldError{Rule: ruleType, Param: "number", Message: "has a number that is out of range", Err: err}, start)
		} else if typ.NumMethod() > 0 && !isNull {
			c.report(&FieldError{Rule: ruleType, Param: "null", Message: "cannot be read from JSON", Err: errUnsupported}, start)
		}
	case asked.Implements(textUnmarshalerType):
		c.ownText(typ, start)
	default:
		c.shape(typ)
	}
}

// ownJSON has the type parse itself. Where it does so with encoding/json, as types with
// an alias of theirs do, its shape says more than its error.
func (c *jsonCheck) ownJSON(typ reflect.Type, start int) {
	value := c.raw()
	err := parseJSON(typ, value)
	if err == nil {
		return
	}
	var wrongType *stdjson.UnmarshalTypeError
	if errors.As(err, &wrongType) && wrongType.Type != nil && !c.inside {
		deeper := newJSONCheck(value, jsonRules{})
		deeper.path, deeper.fields, deeper.inside = c.path, c.fields, true
		deeper.shape(typ)
		for _, fe := range deeper.errs {
			c.errs, c.wrong = append(c.errs, fe), append(c.wrong, [2]int{})
		}
		if len(deeper.errs) > 0 {
			return
		}
	}
	fe := &FieldError{Rule: ruleType, Err: err}
	describeConversion(fe, typ)
	c.report(fe, start)
}

// ownText has the type parse itself from a string.
func (c *jsonCheck) ownText(typ reflect.Type, start int) {
	switch t := c.token().(type) {
	case nil:
	case string:
		if err := parseText(typ, t); err != nil {
			fe := &FieldError{Rule: ruleType, Err: err}
			describeConversion(fe, typ)
			c.report(fe, start)
		}
	default:
		c.skipRest(t)
		if !parsesText(typ) { // the method is an embedded type's
			typ = reflect.TypeFor[string]()
		}
		c.wrongType(typ, jsonName(t), start, nil)
	}
}

// shape compares the next value with the kind of typ.
func (c *jsonCheck) shape(typ reflect.Type) {
	start := c.start()
	t := c.token()
	switch kind := typ.Kind(); {
	case t == nil:
		return
	case t == stdjson.Delim('{') && kind == reflect.Struct:
		c.members(typ)
		return
	case t == stdjson.Delim('{') && kind == reflect.Map:
		c.entries(typ)
		return
	case t == stdjson.Delim('[') && isList(kind):
		c.items(typ)
		return
	}
	if why := fitsScalar(t, typ); why != nil {
		c.skipRest(t)
		c.wrongType(typ, jsonName(t), start, why)
	}
}

// members compares an object with a struct.
func (c *jsonCheck) members(typ reflect.Type) {
	fields := c.fields[typ]
	if fields == nil {
		fields = jsonfield.Of(typ)
		c.fields[typ] = fields
	}
	once := c.names()
	for c.dec.More() {
		key, _ := c.token().(string)
		start := c.start()
		field, known := fields.Find(key, c.rules.exact)
		if known {
			key = field.Name
		}
		outer := c.enter(key)
		once.add(key)
		switch {
		case known && field.Quoted:
			c.quoted(field.Type)
		case known:
			c.value(field.Type)
		case EnableDecoderDisallowUnknownFields && !c.isFull():
			c.raw()
			c.report(&FieldError{Rule: "unknown", Message: "is not known", Err: errUnknownField}, start)
		default:
			c.raw()
		}
		c.path = c.path[:outer]
	}
	c.token()
}

// entries compares an object with a map.
func (c *jsonCheck) entries(typ reflect.Type) {
	outer := len(c.path)
	once := c.names()
	for c.dec.More() {
		key, _ := c.token().(string)
		if outer == 0 { // the body itself is a map
			c.path = append(c.path, key...)
		} else {
			c.path = append(append(append(c.path, '['), key...), ']')
		}
		once.add(key)
		switch why := fitsKey(key, typ.Key()); {
		case why == nil:
			c.value(typ.Elem())
		case c.isFull():
			c.raw()
		default:
			c.wrongType(typ.Key(), "string", noValue, why)
			c.raw()
		}
		c.path = c.path[:outer]
	}
	c.token()
}

// items compares an array with a slice or an array, which leaves out what is too much.
func (c *jsonCheck) items(typ reflect.Type) {
	outer := len(c.path)
	for i := 0; c.dec.More(); i++ {
		if typ.Kind() == reflect.Array && i >= typ.Len() {
			c.raw()
			continue
		}
		c.path = append(strconv.AppendInt(append(c.path, '['), int64(i), 10), ']')
		c.value(typ.Elem())
		c.path = c.path[:outer]
	}
	c.token()
}

// quoted has the engine say whether a value goes into a field of the tag option string:
// what may stand in that string is another thing in each of them, and in each Go release.
func (c *jsonCheck) quoted(typ reflect.Type) {
	start := c.start()
	t := c.token()
	c.skipRest(t)
	alone := reflect.StructOf([]reflect.StructField{{Name: "F", Type: typ, Tag: `json:"f,string"`}})
	object := append(append([]byte(`{"f":`), c.since(start)...), '}')
	if c.isFull() || unmarshalMended(object, reflect.New(alone).Interface()) == nil {
		return
	}
	c.wrongType(indirect(typ), jsonName(t), start, nil)
	c.errs[len(c.errs)-1].Message += " in a string"
}
