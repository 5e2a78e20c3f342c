package binding

// Most requests keep their rules, and most rules are a few plain ones. Those are compiled
// when a type is first validated, and asked first: what keeps them all is done. Where one does
// not hold, or cannot be compiled, the validator is asked, so that each verdict against a
// request, and each error, is its own. That needs the rules to be the validator's as they come:
// once a program has had its hands on it (Engine), it is asked about everything.
// See docs/internals/15-binding.md.

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-playground/validator/v10"
)

// keeps reports whether a value is known to keep its rules. It does not say that it breaks one.
type keeps func(reflect.Value) bool

// plainly asks the compiled rules of a struct type about a value, or a pointer to one.
func (v *defaultValidator) plainly(typ reflect.Type, value reflect.Value) bool {
	if v.lent.Load() {
		return false
	}
	known, ok := v.plain.Load(typ)
	if !ok {
		kept, plain := keeps(nil), !isRecursive(typ)
		if plain {
			kept, plain = plainStruct(typ)
		}
		if !plain {
			kept = func(reflect.Value) bool { return false }
		}
		known, _ = v.plain.LoadOrStore(typ, kept)
	}
	kept := known.(keeps)
	return kept == nil || kept(reflect.Indirect(value))
}

// plainStruct compiles the rules of a struct type; nil if there are none to ask, not ok if they
// are not all plain.
func plainStruct(typ reflect.Type) (all keeps, ok bool) {
	type rule struct {
		field int
		kept  keeps
	}
	var rules []rule
	for i := range typ.NumField() {
		sf := typ.Field(i)
		tag := sf.Tag.Get("binding")
		if tag == "-" || !sf.IsExported() && !sf.Anonymous {
			continue
		}
		var list []string
		if tag != "" {
			list = strings.Split(tag, ",")
		}
		kept, ok := plainValue(sf.Type, list)
		if !ok {
			return nil, false
		}
		if kept != nil {
			rules = append(rules, rule{i, kept})
		}
	}
	if rules == nil {
		return nil, true
	}
	return func(v reflect.Value) bool {
		for _, r := range rules {
			if !r.kept(v.Field(r.field)) {
				return false
			}
		}
		return true
	}, true
}

var valuerType = reflect.TypeFor[validator.Valuer]()

// plainValue compiles the rules of a value of a type, as plainStruct does it.
func plainValue(typ reflect.Type, rules []string) (kept keeps, ok bool) {
	if reflect.PointerTo(typ).Implements(valuerType) { // what typ has, its pointer has
		return nil, false
	}
	switch typ.Kind() {
	case reflect.Pointer:
		return plainPointer(typ.Elem(), rules)
	case reflect.Interface:
		return nil, false
	case reflect.Struct:
		if typ.ConvertibleTo(timeType) {
			return nil, len(rules) == 0
		}
		if len(rules) > 0 {
			return nil, false
		}
		return plainStruct(typ)
	}
	if len(rules) == 0 {
		return nil, true
	}
	if rules[0] == "omitempty" {
		inner, ok := plainValue(typ, rules[1:])
		return func(v reflect.Value) bool { return isUnset(v) || inner == nil || inner(v) }, ok
	}
	if rules[0] == "dive" && typ.Kind() == reflect.Slice {
		inner, ok := plainValue(typ.Elem(), rules[1:])
		return func(v reflect.Value) bool {
			for i := 0; inner != nil && i < v.Len(); i++ {
				if !inner(v.Index(i)) {
					return false
				}
			}
			return true
		}, ok
	}
	first, rest := plainRule(typ, rules[0]), keeps(nil)
	if first == nil {
		return nil, false
	}
	if rest, ok = plainValue(typ, rules[1:]); rest == nil {
		return first, ok
	}
	return func(v reflect.Value) bool { return first(v) && rest(v) }, ok
}

// plainPointer compiles the rules of a pointer. What it points to has a value for required and
// omitempty, even the zero value, but for a list or a map that is nil.
func plainPointer(elem reflect.Type, rules []string) (kept keeps, ok bool) {
	if elem.Kind() == reflect.Pointer {
		return nil, false
	}
	optional := len(rules) == 0
	if !optional && (rules[0] == "omitempty" || rules[0] == "omitnil") {
		optional, rules = true, rules[1:]
	} else if !optional && rules[0] == "required" && elem.Kind() != reflect.Slice && elem.Kind() != reflect.Map {
		rules = rules[1:]
	}
	if slices.Contains(rules, "omitempty") { // which sees the pointer, not the zero value
		return nil, false
	}
	inner, ok := plainValue(elem, rules)
	return func(v reflect.Value) bool {
		if v.IsNil() {
			return optional
		}
		return inner == nil || inner(v.Elem())
	}, ok
}

// isUnset reports whether a value is what omitempty leaves out and required refuses.
func isUnset(v reflect.Value) bool {
	if kind := v.Kind(); kind == reflect.Slice || kind == reflect.Map {
		return v.IsNil()
	}
	return v.IsZero()
}

// plainRule compiles one rule; nil if it is not plain.
func plainRule(typ reflect.Type, rule string) keeps {
	name, param, _ := strings.Cut(rule, "=")
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
