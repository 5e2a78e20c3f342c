package schema

// What a Go type is in JSON: how encoding/json writes it, and how it is read.

import (
	"encoding"
	"encoding/json"
	"math/big"
	"net/netip"
	"reflect"
	"strings"
	"time"
)

// Describer is what a type implements to say itself what it is in JSON. It is asked of a zero value.
type Describer interface{ JSONSchema() *Schema }

var (
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
	describer    = reflect.TypeFor[Describer]()
	jsonWriter   = reflect.TypeFor[json.Marshaler]()
	jsonReader   = reflect.TypeFor[json.Unmarshaler]()
	textWriter   = reflect.TypeFor[encoding.TextMarshaler]()
	textReader   = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// known are types of the standard library whose methods do not say what they write.
var known = map[reflect.Type]Schema{
	timeType:                           {Type: Types{"string"}, Format: "date-time"},
	reflect.TypeFor[json.Number]():     {Type: Types{"number"}},
	reflect.TypeFor[json.RawMessage](): {},
	reflect.TypeFor[big.Int]():         {Type: Types{"integer"}},
	reflect.TypeFor[netip.Addr]():      {Type: Types{"string"}, Format: "ip", samples: []string{"192.0.2.1", "2001:db8::1"}},
	reflect.TypeFor[netip.AddrPort]():  {Type: Types{"string"}, samples: []string{"192.0.2.1:80"}},
	reflect.TypeFor[netip.Prefix]():    {Type: Types{"string"}, Format: "cidr", samples: []string{"192.0.2.0/24"}},
	reflect.TypeFor[big.Float]():       {Type: Types{"string"}, samples: []string{"1.5"}},
	reflect.TypeFor[big.Rat]():         {Type: Types{"string"}, samples: []string{"1/3"}},
}

const bindingPath = "github.com/dram-go/dram/binding"

// inOptional returns the type that a binding.Optional holds.
func inOptional(typ reflect.Type) (inner reflect.Type, ok bool) {
	if typ.Kind() != reflect.Struct || typ.PkgPath() != bindingPath || !strings.HasPrefix(typ.Name(), "Optional[") {
		return nil, false
	}
	return typ.Field(0).Type, true
}

// unwrapped returns the type of the value itself, and what it is behind: pointers, which the
// validator treats in a way of their own, and an Optional.
func unwrapped(typ reflect.Type) (inner reflect.Type, pointer, optional bool) {
	for {
		if held, ok := inOptional(typ); ok {
			typ, optional = held, true
		} else if typ.Kind() == reflect.Pointer {
			typ, pointer = typ.Elem(), true
		} else {
			return typ, pointer, optional
		}
	}
}

// has reports whether a value of type typ that can be addressed has the methods.
func has(typ, methods reflect.Type) bool {
	return typ.Implements(methods) || reflect.PointerTo(typ).Implements(methods)
}

// isOpaque reports whether a type is not what its kind says, as it reads or writes itself.
func isOpaque(typ reflect.Type, v variant) bool {
	if typ.Kind() == reflect.Interface {
		return false
	}
	if _, ok := known[typ]; ok {
		return true
	}
	if v == written {
		return has(typ, jsonWriter) || has(typ, textWriter)
	}
	return has(typ, jsonReader) || has(typ, textReader)
}

// base returns what a type, not a pointer, is in JSON, before any rule of its own. elements
// are the rules behind dive, nil if there is none.
func (b builder) base(typ reflect.Type, elements *elementRules, v variant) (*Schema, error) {
	if b.text != nil {
		if s, ok, err := b.textBase(typ, elements, v); ok {
			return s, err
		}
	}
	if typ.Kind() == reflect.Interface && typ.NumMethod() > 0 && v != written {
		return nil, b.fail("", "has the type "+typ.String()+", an interface with methods, into which nothing can be read: "+
			"make it a struct with the fields of all that it may be, or a type whose UnmarshalJSON chooses")
	}
	if u := b.unions[typ]; u != nil {
		return b.unionSchema(typ, u, v)
	}
	if typ.Kind() == reflect.Interface {
		b.open[typ] = true
	}
	if has(typ, describer) && typ.Kind() != reflect.Interface {
		own := *reflect.New(typ).Interface().(Describer).JSONSchema()
		return &own, nil
	}
	if s, ok := known[typ]; ok {
		return &s, nil
	}
	if isOpaque(typ, v) {
		return b.opaque(typ, v), nil
	}
	s := scalar(typ)
	switch kind := typ.Kind(); {
	case s != nil:
		return b.enumerated(s, typ, v), nil
	case kind == reflect.Struct && typ.Name() == "":
		if inner, ok := soleEmbedded(typ); ok {
			return b.base(inner, elements, v)
		}
		s = &Schema{}
		return s, b.object(s, typ, v)
	case kind == reflect.Struct:
		c, err := b.component(typ, v, func(s *Schema) error { return b.object(s, typ, v) })
		return &Schema{Ref: c}, err
	case kind == reflect.Interface:
		return &Schema{}, nil
	case kind != reflect.Slice && kind != reflect.Array && kind != reflect.Map:
		return nil, b.fail("", "has the type "+typ.String()+", which JSON does not have: tag the field `json:\"-\"`, or give the type a method JSONSchema")
	case typ.Name() != "" && elements == nil:
		c, err := b.component(typ, v, func(s *Schema) error { return b.collection(s, typ, nil, v) })
		return &Schema{Ref: c}, err
	}
	s = &Schema{}
	return s, b.collection(s, typ, elements, v)
}

// soleEmbedded returns what a struct without a name consists of: struct{ Book } is a Book in JSON.
func soleEmbedded(typ reflect.Type) (inner reflect.Type, ok bool) {
	if typ.NumField() != 1 || !typ.Field(0).Anonymous || typ.Field(0).Tag != "" || typ.Field(0).Type.Kind() != reflect.Struct {
		return nil, false
	}
	return typ.Field(0).Type, true
}

// opaque returns what is known of a type that reads or writes itself: whether that is text.
// What else it reads is seen by having it read something.
func (b builder) opaque(typ reflect.Type, v variant) *Schema {
	s := &Schema{Type: Types{"string"}}
	asJSON, text := has(typ, jsonWriter), has(typ, textWriter) && writesString(typ)
	if v != written {
		asJSON, text = has(typ, jsonReader), text && has(typ, textReader)
	}
	switch {
	case asJSON && !text:
		s.Type = nil
	case typ.Name() == "UUID" && typ.Kind() == reflect.Array && typ.Size() == 16:
		s.Format = "uuid"
	}
	if v == written {
		return b.enumerated(s, typ, v)
	}
	if asJSON && text && reads(typ, "0") {
		s.Type = append(s.Type, "number")
	}
	if zero, ok := zeroText(typ); ok && s.Format == "" && reads(typ, zero) {
		if s.Type != nil {
			_ = json.Unmarshal([]byte(zero), &zero)
		}
		s.samples = []string{zero}
	}
	return b.enumerated(s, typ, v)
}

// writesString reports whether the zero value of a type is a string in JSON.
func writesString(typ reflect.Type) bool {
	text, ok := zeroText(typ)
	return ok && strings.HasPrefix(text, `"`)
}

// zeroText is the zero value of a type in JSON. The methods of a type may panic for it.
func zeroText(typ reflect.Type) (text string, ok bool) {
	defer func() { _ = recover() }()
	data, err := json.Marshal(reflect.New(typ).Interface())
	return string(data), err == nil
}

// zeroOf returns what the zero value of a type is in JSON, if that is read as the zero value.
func zeroOf(typ reflect.Type) (v any, ok bool) {
	defer func() { _ = recover() }()
	text, ok := zeroText(typ)
	value := reflect.New(typ)
	if !ok || json.Unmarshal([]byte(text), value.Interface()) != nil || !value.Elem().IsZero() {
		return nil, false
	}
	v, err := decoded(text)
	return v, err == nil && v != nil
}

// reads reports whether a type takes a value of JSON.
func reads(typ reflect.Type, text string) (ok bool) {
	defer func() { _ = recover() }()
	return json.Unmarshal([]byte(text), reflect.New(typ).Interface()) == nil
}

// scalar returns the schema of a number, a string or a bool, nil for other kinds.
func scalar(typ reflect.Type) *Schema {
	switch kind := typ.Kind(); {
	case kind == reflect.String:
		return &Schema{Type: Types{"string"}}
	case kind == reflect.Bool:
		return &Schema{Type: Types{"boolean"}}
	case kind == reflect.Float32:
		return &Schema{Type: Types{"number"}, Format: "float"}
	case kind == reflect.Float64:
		return &Schema{Type: Types{"number"}, Format: "double"}
	case isInt(kind), isUint(kind):
		return integer(typ)
	case kind == reflect.Slice && typ.Elem().Kind() == reflect.Uint8 && !has(typ.Elem(), jsonWriter) && !has(typ.Elem(), textWriter):
		return &Schema{Type: Types{"string"}, ContentEncoding: "base64"}
	}
	return nil
}

func isInt(kind reflect.Kind) bool  { return kind >= reflect.Int && kind <= reflect.Int64 }
func isUint(kind reflect.Kind) bool { return kind >= reflect.Uint && kind <= reflect.Uintptr }

// integer has the bounds of its type, but for those of 64 bits, which few programs besides
// Go can write.
func integer(typ reflect.Type) *Schema {
	s := &Schema{Type: Types{"integer"}, Format: "int64"}
	bits := typ.Bits()
	switch signed := isInt(typ.Kind()); {
	case !signed && bits == 64:
		s.Format, s.Minimum = "uint64", "0"
	case !signed:
		s.Format, s.Minimum, s.Maximum = "", "0", number(uint64(1)<<bits-1)
	case bits < 64:
		s.Minimum, s.Maximum = number(-(int64(1) << (bits - 1))), number(int64(1)<<(bits-1)-1)
		s.Format = ""
	}
	if bits == 32 && s.Minimum != "0" {
		s.Format = "int32"
	}
	return s
}
