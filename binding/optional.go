package binding

// A field of three states, for PATCH.
// See docs/internals/15-binding.md.

import (
	"bytes"
	"reflect"
	"strings"
	"time"

	"github.com/dram-go/dram/codec/json"
)

// Optional is a field that knows whether the client sent it: absent, null or a
// value. It is what PATCH needs, where absent means "leave it" and null "clear it":
//
//	type Patch struct {
//		Title  binding.Optional[string] `json:"title" binding:"omitnil,min=1"`
//		Series binding.Optional[int]    `json:"series"`
//	}
//
// The zero Optional is absent. It is read as a T is, by the same tags, from JSON, XML,
// forms, queries, headers and path parameters. In all but JSON an empty value is null,
// except for strings, where it is the empty string. So is one of white space, except for
// strings and lists of them. In XML a struct is null only by xsi:nil="true", which any
// element may have, and T may not be an interface or contain itself. The other formats,
// YAML, TOML, MsgPack, BSON and ProtoBuf, do not know an Optional: use a pointer there.
//
// Rules apply to the value. They see an absent or null one as a nil pointer:
//
//	omitnil,min=1     absent, null, or not empty: "" is refused
//	omitempty,min=3   absent, null, empty, or at least three characters
//	required          not absent, not null, and as for a T, not its zero value
//	min=1             the same: without one of the above no rule accepts absent or null
//
// Use it as the type of a field. Do not embed it beside other fields: their rules
// would be lost. To leave an absent one out of JSON that is written, tag it omitzero.
type Optional[T any] struct {
	value T
	state state
}

type state uint8

const (
	absent state = iota
	null
	present
)

// Some returns an Optional with a value.
func Some[T any](value T) Optional[T] { return Optional[T]{value: value, state: present} }

// Null returns an Optional that is null.
func Null[T any]() Optional[T] { return Optional[T]{state: null} }

// Get returns the value, or the zero T, and reports whether there is a value.
func (o Optional[T]) Get() (value T, ok bool) { return o.value, o.state == present }

// Set gives it a value: what Some does, for who has a pointer to it.
func (o *Optional[T]) Set(value T) { *o = Some(value) }

// Or returns the value, or instead if the Optional is absent or null. With the
// stored value it applies a PATCH where null is not allowed.
func (o Optional[T]) Or(instead T) T {
	if o.state == present {
		return o.value
	}
	return instead
}

// IsAbsent reports whether the client sent nothing.
func (o Optional[T]) IsAbsent() bool { return o.state == absent }

// IsNull reports whether the client sent null.
func (o Optional[T]) IsNull() bool { return o.state == null }

// IsZero reports whether the Optional is absent; encoding/json calls it for omitzero.
func (o Optional[T]) IsZero() bool { return o.state == absent }

// MarshalJSON writes the value, or null if there is none.
func (o Optional[T]) MarshalJSON() ([]byte, error) {
	if o.state != present {
		return []byte("null"), nil
	}
	return json.API.Marshal(&o.value) // by its address, for methods with a pointer receiver
}

// UnmarshalJSON sets the value, or null. It is called for a key that is there.
func (o *Optional[T]) UnmarshalJSON(data []byte) error {
	if bytes.Equal(bytes.TrimSpace(data), []byte("null")) {
		*o = Null[T]()
		return nil
	}
	var value T
	if err := unmarshalJSON(data, &value); err != nil {
		return err
	}
	*o = Some(value)
	return nil
}

// UnmarshalParam reads text as a field without further tags would. Plans do not ask it,
// but a struct around an Optional has it.
func (o *Optional[T]) UnmarshalParam(param string) error {
	typ := reflect.TypeFor[Optional[T]]()
	return newConverter(typ, options{times: timeOptions{layout: time.RFC3339, location: time.Local}})(reflect.ValueOf(o).Elem(), param)
}

// ValidatorValue gives the validator the value, or a nil *T if there is none, which the
// rule omitnil knows.
func (o Optional[T]) ValidatorValue() any {
	if o.state != present {
		return (*T)(nil)
	}
	return o.value
}

// optional is what plans and errors know of an Optional without its T.
type optional interface {
	valueType() reflect.Type
	clear()
	open() reflect.Value
}

// valueType is asked of a nil Optional.
func (*Optional[T]) valueType() reflect.Type { return reflect.TypeFor[T]() }

// clear makes it null.
func (o *Optional[T]) clear() { *o = Null[T]() }

// open makes it present and returns its value, to be set.
func (o *Optional[T]) open() reflect.Value {
	o.state = present
	return reflect.ValueOf(&o.value).Elem()
}

// optionalSetter sets what an Optional holds, from values that set puts into an inner.
// A failure leaves the Optional as it was.
func optionalSetter(inner reflect.Type, set setter) setter {
	isText := inner.Kind() == reflect.String
	isTexts := (inner.Kind() == reflect.Slice || inner.Kind() == reflect.Array) && inner.Elem().Kind() == reflect.String
	return func(v reflect.Value, values []string) error {
		o := v.Addr().Interface().(optional)
		if len(values) == 1 && !isText && (values[0] == "" || !isTexts && strings.TrimSpace(values[0]) == "") {
			o.clear()
			return nil
		}
		fresh := reflect.New(inner).Elem()
		if err := set(fresh, values); err != nil {
			return err
		}
		o.open().Set(fresh)
		return nil
	}
}
