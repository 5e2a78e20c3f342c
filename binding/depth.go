package binding

import (
	"errors"
	"reflect"
	"sync"
)

// A type that contains itself lets the client decide how deep a value is, and the
// validator repeats the whole path in each error: ten thousand levels in 80 kB of
// JSON would make half a gigabyte of paths. So such values are measured first.

// maxDepth is how many levels a value that is validated may have.
const maxDepth = 256

// ErrTooDeep tells that a value of a type that contains itself is nested too
// deeply to be validated.
var ErrTooDeep = errors.New("dram: the value is nested more than 256 levels deep; send a flatter one")

// recursive remembers which types contain themselves.
var recursive sync.Map // reflect.Type → bool

// isRecursive reports whether a struct of type typ may hold another one like it.
func isRecursive(typ reflect.Type) bool {
	if known, ok := recursive.Load(typ); ok {
		return known.(bool)
	}
	found := reachesLoop(typ, map[reflect.Type]visit{})
	recursive.Store(typ, found)
	return found
}

type visit uint8

const (
	entered visit = iota + 1
	left
)

// reachesLoop is a depth-first search for a struct type inside itself.
func reachesLoop(typ reflect.Type, visits map[reflect.Type]visit) bool {
	typ = elementType(typ)
	if typ.Kind() != reflect.Struct || visits[typ] == left {
		return false
	}
	if visits[typ] == entered {
		return true
	}
	visits[typ] = entered
	for i := range typ.NumField() {
		if sf := typ.Field(i); (sf.IsExported() || sf.Anonymous) && reachesLoop(sf.Type, visits) {
			return true
		}
	}
	visits[typ] = left
	return false
}

// maxWraps is how many lists and maps a type may be inside of: `type list []list`
// has no end.
const maxWraps = 32

// elementType returns what pointers, lists, maps and Optionals are made of.
func elementType(typ reflect.Type) reflect.Type {
	typ = valueType(typ)
	for range maxWraps {
		switch typ.Kind() {
		case reflect.Slice, reflect.Array, reflect.Map:
			typ = valueType(typ.Elem())
		default:
			return typ
		}
	}
	return typ
}

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
