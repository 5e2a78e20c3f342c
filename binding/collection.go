package binding

// The values of one key become one field: the first value, or all of them as a slice
// or an array.
// See docs/internals/15-binding.md.

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// maxItems bounds what collection_format may split values into. net/url and
// net/http stop at as many keys.
const maxItems = 10_000

var errTooManyItems = errors.New("there are too many items")

// collected is how a field takes its values: one, or all of them.
type collected struct {
	set  setter
	many bool
}

// newCollection compiles how a field of type typ is set. Slices and arrays take all
// values, everything else, and a slice or array type that parses itself, the first.
func newCollection(typ reflect.Type, opts options) collected {
	if isPointer(typ) {
		inner := newCollection(typ.Elem(), opts)
		return collected{set: pointerSetter(typ.Elem(), inner.set), many: inner.many}
	}
	if held, ok := inOptional(typ); ok {
		inner := newCollection(held, opts)
		return collected{set: optionalSetter(held, inner.set), many: inner.many}
	}
	if !isList(typ.Kind()) || parsesItself(typ) {
		return collected{set: single(newConverter(typ, opts))}
	}
	convert := newConverter(typ.Elem(), opts)
	if inner := convert; isPointer(typ.Elem()) { // trimmed even where the type parses itself, as in Gin
		convert = func(v reflect.Value, text string) error { return inner(v, strings.TrimSpace(text)) }
	}
	set := func(v reflect.Value, values []string) error {
		values, err := split(values, opts.separator)
		if err != nil {
			return err
		}
		return setItems(v, values, convert)
	}
	return collected{set: set, many: true}
}

// pointerSetter sets a new value, so that a failure leaves the pointer alone.
func pointerSetter(elem reflect.Type, set setter) setter {
	return func(v reflect.Value, values []string) error {
		p := reflect.New(elem)
		if !v.IsNil() {
			p.Elem().Set(v.Elem())
		}
		if err := set(p.Elem(), values); err != nil {
			return err
		}
		v.Set(p)
		return nil
	}
}

// setItems stores the values in v, a slice or an array.
func setItems(v reflect.Value, values []string, convert converter) error {
	if v.Kind() == reflect.Array && len(values) != v.Len() {
		return &lengthError{got: len(values), want: v.Len()}
	}
	// Into a list of its own first: a failure leaves the field as it is.
	var list reflect.Value
	if v.Kind() == reflect.Slice {
		list = reflect.MakeSlice(v.Type(), len(values), len(values))
	} else {
		list = reflect.New(v.Type()).Elem()
	}
	for i, text := range values {
		if err := convert(list.Index(i), text); err != nil {
			return &itemError{index: i, err: err}
		}
	}
	v.Set(list)
	return nil
}

// split cuts each value at the separator.
func split(values []string, separator string) ([]string, error) {
	n := len(values)
	if separator != "" {
		for _, value := range values {
			n += strings.Count(value, separator)
		}
	}
	if n == len(values) {
		return values, nil
	}
	if n > maxItems {
		return nil, errTooManyItems
	}
	items := make([]string, 0, n)
	for _, value := range values {
		items = append(items, strings.Split(value, separator)...)
	}
	return items, nil
}

// itemError says which item of a list failed.
type itemError struct {
	index int
	err   error
}

func (e *itemError) Error() string { return fmt.Sprintf("item %d: %v", e.index, e.err) }

// lengthError reports that an array got too many or too few items.
type lengthError struct{ got, want int }

func (e *lengthError) Error() string {
	return fmt.Sprintf("%d items were given where exactly %d belong", e.got, e.want)
}
