package binding

// The rules that are plain, one at a time: validate_plain.go finds them in the tags of a type.
// See docs/internals/15-binding.md.

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// newPlainRule compiles one rule; nil if it is not plain.
func newPlainRule(typ reflect.Type, rule string) *plainRule {
	name, param, _ := strings.Cut(rule, "=")
	if keeps := plainKeeps(typ, rule, name, param); keeps != nil {
		return &plainRule{name: name, param: param, keeps: keeps}
	}
	return nil
}

func plainKeeps(typ reflect.Type, rule, name, param string) func(reflect.Value) bool {
	if strings.ContainsAny(param, "|'") || strings.Contains(param, "0x2C") || strings.Contains(param, "0x7C") {
		return nil
	}
	isText := typ.Kind() == reflect.String
	switch {
	case rule == "required":
		return func(v reflect.Value) bool { return !isUnset(v) }
	case rule == "email" && isText:
		return func(v reflect.Value) bool { return isPlainEmail(v.String()) }
	case name == "oneof" && isText:
		values := strings.FieldsFunc(param, func(r rune) bool { return strings.ContainsRune("\t\n\f\r ", r) })
		return func(v reflect.Value) bool { return slices.Contains(values, v.String()) }
	case (name == "eq" || name == "ne") && isText:
		return func(v reflect.Value) bool { return (v.String() == param) == (name == "eq") }
	}
	compare, wanted := comparison(typ, param), orders[name]
	if compare == nil || wanted == "" {
		return nil
	}
	return func(v reflect.Value) bool { return strings.IndexByte(wanted, compare(v)) >= 0 }
}

// orders are the rules that compare, with what may come of it: less, equal or more.
var orders = map[string]string{"min": "=>", "gte": "=>", "max": "<=", "lte": "<=", "gt": ">", "lt": "<", "len": "=", "eq": "="}

// order compares as those do.
func order[T int64 | uint64 | float64](value, limit T) byte {
	switch {
	case value < limit:
		return '<'
	case value == limit:
		return '='
	case value > limit:
		return '>'
	}
	return '?' // not a number
}

// comparison compares a number, or the length of what has one, with a parameter; nil if the
// validator would not, or in another way.
func comparison(typ reflect.Type, param string) func(reflect.Value) byte {
	whole, err := strconv.ParseInt(param, 0, 64)
	switch kind := typ.Kind(); {
	case typ == reflect.TypeFor[time.Duration]():
		return nil
	case kind == reflect.Float32 || kind == reflect.Float64:
		limit, err := strconv.ParseFloat(param, typ.Bits())
		if err != nil {
			return nil
		}
		return func(v reflect.Value) byte { return order(v.Float(), limit) }
	case kind >= reflect.Uint && kind <= reflect.Uintptr:
		limit, err := strconv.ParseUint(param, 0, 64)
		if err != nil {
			return nil
		}
		return func(v reflect.Value) byte { return order(v.Uint(), limit) }
	case err != nil:
		return nil
	case kind >= reflect.Int && kind <= reflect.Int64:
		return func(v reflect.Value) byte { return order(v.Int(), whole) }
	case kind == reflect.String:
		return func(v reflect.Value) byte { return order(int64(utf8.RuneCountInString(v.String())), whole) }
	case kind == reflect.Slice || kind == reflect.Map:
		return func(v reflect.Value) byte { return order(int64(v.Len()), whole) }
	}
	return nil
}

// isUnset reports whether a value is what omitempty leaves out and required refuses.
func isUnset(v reflect.Value) bool {
	if kind := v.Kind(); kind == reflect.Slice || kind == reflect.Map {
		return v.IsNil()
	}
	return v.IsZero()
}
