package binding

// Most requests keep their rules, and most rules are a few plain ones. Those are compiled
// when a type is first validated, and asked first: what keeps them all is done. Where one does
// not hold, or cannot be compiled, the validator is asked, so that each error is its own; what
// it has said of a plain rule is remembered for All (validate_said.go). That needs the rules to
// be the validator's as they come: once a program has had its hands on it (Engine), it is asked
// about everything.
// See docs/internals/15-binding.md.

import (
	"reflect"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/go-playground/validator/v10"
)

// plainRule is a rule in the tag of a field of a struct type.
type plainRule struct {
	name, param string
	keeps       func(reflect.Value) bool
	said        atomic.Pointer[said]
}

// unplain stands for the rule that is broken where only the validator can say which one it is, if any.
var unplain = new(plainRule)

// check returns the first rule that a value breaks, nil if it keeps them all.
type check func(reflect.Value) *plainRule

// plainStruct is a struct type with rules that are all plain: its fields that have some, those
// of the structs in it among them.
type plainStruct []plainField

type plainField struct {
	index []int
	check check
}

// breach is a rule that is broken by a value.
type breach struct {
	rule  *plainRule
	value reflect.Value
}

// plainly returns the compiled rules of a struct type, which is not ok if they are not all plain.
func (v *defaultValidator) plainly(typ reflect.Type) (rules plainStruct, ok bool) {
	if v.lent.Load() {
		return nil, false
	}
	known, cached := v.plain.Load(typ)
	if !cached {
		compiled := new(plainStruct)
		if *compiled, ok = plainFields(typ, nil); !ok {
			compiled = nil
		}
		known, _ = v.plain.LoadOrStore(typ, compiled)
	}
	compiled := known.(*plainStruct)
	if compiled == nil {
		return nil, false
	}
	return *compiled, true
}

// keeps reports whether a struct keeps all rules.
func (s plainStruct) keeps(v reflect.Value) bool { return s.broken(v, nil) == nil }

// broken appends what breaks the rules of a struct.
func (s plainStruct) broken(v reflect.Value, list []breach) []breach {
	for i := range s {
		at := v.FieldByIndex(s[i].index)
		if rule := s[i].check(at); rule != nil {
			list = append(list, breach{rule, reflect.Indirect(at)})
		}
	}
	return list
}

// plainFields compiles the rules of a struct type, or of one that is found in another at index.
func plainFields(typ reflect.Type, index []int) (all plainStruct, ok bool) {
	if isRecursive(typ) {
		return nil, false
	}
	for i := range typ.NumField() {
		sf := typ.Field(i)
		tag := sf.Tag.Get("binding")
		if tag == "-" || !sf.IsExported() && !sf.Anonymous {
			continue
		}
		var rules []string
		if tag != "" {
			rules = strings.Split(tag, ",")
		}
		index := append(slices.Clip(index), i)
		if inside(sf.Type) && rules == nil {
			inner, ok := plainFields(sf.Type, index)
			if !ok {
				return nil, false
			}
			all = append(all, inner...)
			continue
		}
		first, ok := plainValue(sf.Type, rules)
		if !ok {
			return nil, false
		}
		if first != nil {
			all = append(all, plainField{index, first})
		}
	}
	return all, true
}

// inside reports whether the validator looks into the fields of a type.
func inside(typ reflect.Type) bool {
	return typ.Kind() == reflect.Struct && !typ.ConvertibleTo(timeType) && !reflect.PointerTo(typ).Implements(valuerType)
}

var valuerType = reflect.TypeFor[validator.Valuer]()

// plainValue compiles the rules of a value of a type; nil if there are none to ask, not ok if they
// are not all plain.
func plainValue(typ reflect.Type, rules []string) (first check, ok bool) {
	if reflect.PointerTo(typ).Implements(valuerType) { // what typ has, its pointer has
		return nil, false
	}
	switch {
	case typ.Kind() == reflect.Pointer:
		return plainPointer(typ.Elem(), rules)
	case typ.Kind() == reflect.Interface, typ.Kind() == reflect.Struct && len(rules) > 0:
		return nil, false
	case inside(typ):
		inner, ok := plainFields(typ, nil)
		return inner.check(), ok
	case len(rules) == 0:
		return nil, true
	}
	if rules[0] == "omitempty" {
		rest, ok := plainValue(typ, rules[1:])
		return func(v reflect.Value) *plainRule {
			if rest == nil || isUnset(v) {
				return nil
			}
			return rest(v)
		}, ok
	}
	if rules[0] == "dive" && typ.Kind() == reflect.Slice {
		each, ok := plainValue(typ.Elem(), rules[1:])
		return func(v reflect.Value) *plainRule {
			for i := 0; each != nil && i < v.Len(); i++ {
				if each(v.Index(i)) != nil {
					return unplain // it has the number in its name
				}
			}
			return nil
		}, ok
	}
	rule := newPlainRule(typ, rules[0])
	if rule == nil {
		return nil, false
	}
	rest, ok := plainValue(typ, rules[1:])
	return rule.before(rest), ok
}

// before is the check of a rule, and of the rest.
func (r *plainRule) before(rest check) check {
	broken, keeps := r, r.keeps
	if r.name == "email" { // what is not plainly one may be one
		broken = unplain
	}
	if rest == nil {
		return func(v reflect.Value) *plainRule {
			if keeps(v) {
				return nil
			}
			return broken
		}
	}
	return func(v reflect.Value) *plainRule {
		if keeps(v) {
			return rest(v)
		}
		return broken
	}
}

// check is the check of a struct in a list, or behind a pointer; nil if there is nothing to ask.
func (s plainStruct) check() check {
	if len(s) == 0 {
		return nil
	}
	return func(v reflect.Value) *plainRule {
		if s.keeps(v) {
			return nil
		}
		return unplain // it may be several
	}
}

// plainPointer compiles the rules of a pointer. What it points to has a value for required and
// omitempty, even the zero value, but for a list or a map, which may be nil.
func plainPointer(elem reflect.Type, rules []string) (first check, ok bool) {
	absent := unplain
	switch kind := elem.Kind(); {
	case kind == reflect.Pointer:
		return nil, false
	case len(rules) == 0:
		absent = nil
	case kind == reflect.Slice, kind == reflect.Map:
		return nil, false
	case rules[0] == "omitempty", rules[0] == "omitnil":
		absent, rules = nil, rules[1:]
	case rules[0] == "required":
		rules = rules[1:]
	}
	if slices.Contains(rules, "omitempty") || slices.Contains(rules, "required") { // which see the pointer, not the zero value
		return nil, false
	}
	inner, ok := plainValue(elem, rules)
	return func(v reflect.Value) *plainRule {
		switch {
		case v.IsNil():
			return absent
		case inner == nil:
			return nil
		}
		return inner(v.Elem())
	}, ok
}
