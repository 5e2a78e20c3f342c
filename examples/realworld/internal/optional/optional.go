// Package optional tells the three states of a JSON member apart: absent, null, and a
// value. A partial update needs all three: leave it, empty it, set it.
package optional

import (
	"bytes"
	"encoding/json"
)

// Field is one member of a partial update. The zero value is an absent one.
type Field[T any] struct {
	Set   bool // the member was in the JSON, if only as null
	Null  bool // it was null
	Value T    // what it was otherwise
}

// Of returns a field that holds v.
func Of[T any](v T) Field[T] { return Field[T]{Set: true, Value: v} }

// UnmarshalJSON implements json.Unmarshaler. It is called only for members that are there.
func (f *Field[T]) UnmarshalJSON(data []byte) error {
	f.Set = true
	if bytes.Equal(data, []byte("null")) {
		f.Null = true
		return nil
	}
	return json.Unmarshal(data, &f.Value)
}

// Or returns the value when there is one, the zero value of T when it was null, and
// current when the member was absent.
func (f Field[T]) Or(current T) T {
	if f.Set {
		return f.Value
	}
	return current
}
