package schema

// Rules that look at other fields: required_with and the like are if and then of the object.
// A field has a value where the validator says so: it is not zero, or for what may be nil, not
// nil.

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// condition says when a conditional rule asks for a value, or for none.
type condition struct {
	excluded bool // the field has to be without a value
	values   bool // the parameter is pairs of a field and a value, not only fields
	all      bool // all of the others have to meet it, not one
	not      bool // they meet it when they do not: without, unless
}

// conditions by name. required_unless asks where none of its fields has the value.
var conditional = map[string]condition{
	"required_with": {}, "required_with_all": {all: true},
	"required_without": {not: true}, "required_without_all": {all: true, not: true},
	"required_if": {values: true, all: true}, "skip_unless": {values: true, all: true},
	"required_unless": {values: true, all: true, not: true},
	"excluded_with":   {excluded: true}, "excluded_with_all": {excluded: true, all: true},
	"excluded_without": {excluded: true, not: true}, "excluded_without_all": {excluded: true, all: true, not: true},
	"excluded_if":     {excluded: true, values: true, all: true},
	"excluded_unless": {excluded: true, values: true, all: true, not: true},
}

func isConditional(it item) bool {
	_, ok := conditional[it[0].name]
	return ok && len(it) == 1
}

// dependsOnFields reports whether what an item says of a value depends on another field.
func dependsOnFields(it item) bool {
	return slices.ContainsFunc(it, func(a alternative) bool {
		_, ok := conditional[a.name]
		name := strings.TrimPrefix(a.name, "field") // fieldcontains, fieldexcludes
		return ok || strings.HasSuffix(a.name, "field") || name != a.name
	})
}

// conditions adds the conditional rules of all fields to the schema of their struct.
func (o *object) conditions() error {
	for _, f := range o.fields {
		sf := fieldAt(o.typ, f.Index)
		if f.Hidden {
			continue
		}
		own, _ := splitDive(parseRules(sf.Tag.Get("binding")))
		o.field = goPath(o.typ, f.Index)
		if _, shallow := o.embedding(f.Index); shallow {
			continue
		}
		for _, it := range own {
			if it.is("omitempty", "omitzero") || it.is("omitnil") && !zeroIsValue(sf.Type) {
				break // without a value nothing more is asked, and with one nothing new
			}
			if !isConditional(it) {
				continue
			}
			if err := o.condition(f.Index, it[0]); err != nil {
				return err
			}
		}
	}
	return nil
}

// zeroIsValue reports whether the zero value of a type is not nil.
func zeroIsValue(typ reflect.Type) bool {
	_, pointer, optional := unwrapped(typ)
	kind := typ.Kind()
	return !pointer && !optional && kind != reflect.Slice && kind != reflect.Map && kind != reflect.Interface
}

// condition adds one rule: if the others meet it, then the field has a value, or has none.
func (o *object) condition(index []int, a alternative) error {
	c := conditional[a.name]
	words := params(a.param)
	if a.name == "excluded_without" {
		words = []string{strings.TrimSpace(a.param)}
	}
	step := 1
	if c.values {
		step = 2
	}
	if len(words) == 0 || len(words)%step != 0 {
		return o.fail(a.String(), "has to name "+[]string{"fields, by their Go names", "pairs of a field and a value"}[step-1]+": correct its parameter")
	}
	own, ok := o.present(index)
	var met []*Schema
	for i := 0; i < len(words); i += step {
		other, found, err := o.sibling(index, words[i], a)
		if err != nil {
			return err
		}
		var one *Schema
		if found {
			one, found = o.present(other)
			if c.values {
				one, found, err = o.equals(other, words[i+1], a)
			}
		}
		if err != nil {
			return err
		}
		ok = ok && found
		if c.not && found {
			one = &Schema{Not: one}
		}
		met = append(met, one)
	}
	if !ok {
		o.inexact([]item{{a}}, "whether a field has a value cannot be said in JSON of one of the types, or JSON does not have the field")
		return nil
	}
	when := met[0]
	switch {
	case len(met) > 1 && c.all:
		when = &Schema{AllOf: met}
	case len(met) > 1:
		when = &Schema{AnyOf: met}
	}
	if c.excluded {
		own = &Schema{Not: own}
	}
	o.schema.AllOf = append(o.schema.AllOf, &Schema{If: when, Then: own})
	return nil
}

// sibling finds the field that a rule names: one of the struct that declares the rule.
func (o *object) sibling(index []int, name string, a alternative) (other []int, inJSON bool, err error) {
	parent := o.typ
	if n := len(index) - 1; n > 0 {
		parent, _, _ = unwrapped(fieldAt(o.typ, index[:n]).Type)
	}
	first, rest, nested := strings.Cut(name, ".")
	sf, ok := parent.FieldByName(first)
	if !ok {
		return nil, false, o.fail(a.String(), fmt.Sprintf("names %q, which is not a field of %s: write a field's Go name", name, parent))
	}
	if nested && rest != "" {
		return nil, false, nil
	}
	return append(slices.Clip(index[:len(index)-1]), sf.Index...), true, nil
}

// jsonName returns what a field is called in JSON.
func (o *object) jsonName(index []int) (name string, quoted, ok bool) {
	for _, f := range o.fields {
		if slices.Equal(f.Index, index) && !f.Hidden {
			return f.Name, f.Quoted, true
		}
	}
	return "", false, false
}

// present is an object whose field has a value for the validator. ok is false where JSON
// does not tell.
func (o *object) present(index []int) (s *Schema, ok bool) {
	name, quoted, ok := o.jsonName(index)
	if !ok || quoted {
		return nil, false
	}
	inner, pointer, _ := unwrapped(fieldAt(o.typ, index).Type)
	value := &Schema{}
	switch class := o.classOf(inner); {
	case pointer, class == isAny, class == isList, class == isMap, class == isBytes:
		value.Not = &Schema{Type: Types{"null"}}
	case class == isText:
		value.Type, value.MinLength = Types{"string"}, count(1)
	case isNumber.has(class):
		value.Type, value.Not = Types{"number"}, &Schema{Const: json.Number("0")}
	case class == isBool:
		value.Const = true
	default:
		return nil, false
	}
	return &Schema{Properties: Properties{{name, value}}, Required: []string{name}}, true
}

// equals is an object whose field is what the validator calls equal to text.
func (o *object) equals(index []int, text string, a alternative) (s *Schema, ok bool, err error) {
	name, quoted, ok := o.jsonName(index)
	if !ok || quoted {
		return nil, false, nil
	}
	inner, pointer, optional := unwrapped(fieldAt(o.typ, index).Type)
	nilable := pointer || optional
	class := o.classOf(inner)
	if text == "nil" && (nilable || class == isList || class == isMap || class == isBytes) {
		return o.equalsNil(name, class, a)
	}
	value, zero := &Schema{}, false
	switch class {
	case isText:
		value.Const, zero = text, text == ""
	case isBool:
		value.Const, zero = text == "true", text != "true"
	case isSigned, isUnsigned, isFloat:
		c := call{builder: o.builder, typ: inner, class: class, param: text}
		if class == isSigned {
			_, perr := strconv.ParseInt(text, 0, 64)
			if perr != nil {
				return nil, false, o.fail(a.String(), fmt.Sprintf("compares a number with %q: write an integer", text))
			}
			c.typ = reflect.TypeFor[int64]() // a duration is not parsed here
		}
		n, why := c.numberParam()
		if why != "" {
			return nil, false, o.fail(a.String(), why)
		}
		value.Const, zero = n, compareNumbers(n, "0") == 0
	case isList, isMap:
		n, perr := strconv.ParseInt(text, 0, 64)
		if perr != nil {
			return nil, false, o.fail(a.String(), fmt.Sprintf("compares a number of items with %q: write an integer, or nil", text))
		}
		if value.MinItems, value.MaxItems = count(n), count(n); class == isMap {
			value = &Schema{MinProperties: count(n), MaxProperties: count(n)}
		}
		zero = n == 0
	default:
		return nil, false, nil
	}
	s = &Schema{Properties: Properties{{name, value}}}
	if nilable {
		value.and(&Schema{Not: &Schema{Type: Types{"null"}}})
	}
	if !zero || nilable {
		s.Required = []string{name}
	}
	return s, true, nil
}

// equalsNil is an object whose field is nil, or what the validator takes for the text nil
// where it is not.
func (o *object) equalsNil(name string, class class, a alternative) (s *Schema, ok bool, err error) {
	value := &Schema{Not: &Schema{Type: Types{"null"}}}
	switch {
	case isNumber.has(class):
		return nil, false, o.fail(a.String(), "compares a number that is not nil with the text nil, for which the validator panics: write required_with or a rule like it")
	case class == isBool:
		value = &Schema{Const: true} // false is not "true", as nil is not
	case class == isText:
		value = &Schema{Type: Types{"string"}, Not: &Schema{Const: "nil"}}
	case class == isOpaqueValue, class == isAny:
		return nil, false, nil
	}
	return &Schema{Not: &Schema{Properties: Properties{{name, value}}, Required: []string{name}}}, true, nil
}
