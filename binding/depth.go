package binding

import (
	"errors"
	"reflect"
)

// A type that contains itself lets the client decide how deep a value is, and the
// validator repeats the whole path in each error: ten thousand levels in 80 kB of
// JSON would make half a gigabyte of paths. So such values are measured first.
// See docs/internals/15-binding.md.

// maxDepth is how many levels a value that is validated may have.
const maxDepth = 256

// ErrTooDeep reports that a value of a type that contains itself is nested too
// deeply to be validated.
var ErrTooDeep = errors.New("dram: the value is nested more than 256 levels deep; send a flatter one")

// isDeeper reports whether v has more than levels structs inside each other.
func isDeeper(v reflect.Value, levels int) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return !v.IsNil() && isDeeper(v.Elem(), levels)
	case reflect.Slice, reflect.Array:
		return hasRules(v.Type().Elem()) && anyDeeper(v, levels)
	case reflect.Map:
		for entries := v.MapRange(); entries.Next(); {
			if isDeeper(entries.Value(), levels) {
				return true
			}
		}
	case reflect.Struct:
		if levels == 0 {
			return true
		}
		if !isRecursive(v.Type()) {
			return false // its type bounds how deep it is
		}
		for i := range v.NumField() {
			if isDeeper(v.Field(i), levels-1) {
				return true
			}
		}
	}
	return false
}

func anyDeeper(list reflect.Value, levels int) bool {
	for i := range list.Len() {
		if isDeeper(list.Index(i), levels) {
			return true
		}
	}
	return false
}
