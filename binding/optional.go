package binding

// A field of three states, for PATCH.

import (
	"bytes"
	"reflect"
	"time"

	"github.com/dram-go/dram/codec/json"
)

// Optional is a field that knows whether the client sent it: absent, null or a
// value. It is what PATCH needs, where absent means "leave it" and null "clear it":
//
//	type Patch struct {
//		Title  binding.Optional[string] `json:"title" binding:"omitempty,min=1"`
//		Series binding.Optional[int]    `json:"series"`
//	}
//
// The zero Optional is absent. In a form an empty value is null, but for strings,
// where it is the empty string. Rules apply to the value; "required" asks for one,
// and without "omitempty" or "omitnil" before it no other rule accepts an absent or
// null one. To leave an absent one out of JSON that is written, tag it omitzero.
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

// Get returns the value and whether there is one; the zero T if not.
func (o Optional[T]) Get() (value T, ok bool) { return o.value, o.state == present }

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

// IsZero reports whether it is absent; encoding/json asks for omitzero.
func (o Optional[T]) IsZero() bool { return o.state == absent }

// MarshalJSON writes the value, or null if there is none.
func (o Optional[T]) MarshalJSON() ([]byte, error) {
	if o.state != present {
		return []byte("null"), nil
	}
	return json.API.Marshal(o.value)
}

// UnmarshalJSON is called for a key that is there, with null as well.
func (o *Optional[T]) UnmarshalJSON(data []byte) error {
	if bytes.Equal(data, []byte("null")) {
		*o = Null[T]()
		return nil
	}
	var value T
	if err := json.API.Unmarshal(data, &value); err != nil {
		return err
	}
	*o = Some(value)
	return nil
}

// UnmarshalParam reads a form value, a query value, a path parameter or a header.
func (o *Optional[T]) UnmarshalParam(param string) error {
	typ := reflect.TypeFor[T]()
	if param == "" && typ.Kind() != reflect.String {
		*o = Null[T]()
		return nil
	}
	var value T
	if err := newConverter(typ, options{times: timeOptions{layout: time.RFC3339, location: time.Local}})(reflect.ValueOf(&value).Elem(), param); err != nil {
		return err
	}
	*o = Some(value)
	return nil
}

// ValidatorValue gives the validator the value, or nil if there is none.
func (o Optional[T]) ValidatorValue() any {
	if o.state != present {
		return nil
	}
	return o.value
}

func (Optional[T]) valueType() reflect.Type { return reflect.TypeFor[T]() }
