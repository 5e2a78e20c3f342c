package schema

// A struct is an object: the fields that JSON has, what clients must send of them, and what
// is always there in an answer.

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/internal/jsonfield"
)

// builder makes the schema of one type, at one field.
type builder struct {
	*Registry
	owner reflect.Type // the struct of the field, for errors and notes
	field string       // Go's name
	// enumAsked reports that the current field has the rule enum.
	enumAsked bool
	// text has the fields whose value is text, which binding converts; nil for JSON. source is
	// the current one.
	text   []binding.Source
	source binding.Source
}

// value returns the schema of a value with the rules of its field.
func (b builder) value(typ reflect.Type, rules []item, v variant) (*Schema, error) {
	inner, pointer, optional := unwrapped(typ)
	own, elements := splitDive(rules)
	b.enumAsked = slices.ContainsFunc(own, func(it item) bool { return it.is("enum") })
	nested := v
	if v == checked && isShallow(own) {
		nested = unchecked
	}
	if v == checked && !pointer && b.skipsZeroStruct(inner, own) {
		nested = unchecked
	}
	if v != checked {
		elements = nil
	}
	if v == checked && elements != nil && !isCollection(inner) {
		return nil, b.fail("dive", "does not fit the type "+inner.String()+": take it out of the tag `binding`, or make the field a list or a map")
	}
	if elements != nil && inner.Kind() == reflect.Interface {
		b.inexact(rules, "what the value is, is for the client to say")
	}
	s, err := b.base(inner, elements, nested)
	if err != nil {
		return nil, err
	}
	switch v {
	case checked:
		if it, panics := panicsOnNil(rules); panics && (pointer || optional) {
			return nil, b.fail(texts(rules), "ask "+it.String()+" of what is nil when "+rules[0].String()+" lets it pass, which panics: write omitempty before "+it.String())
		}
		asked, err := b.rules(inner, rules, pointer, v)
		if err != nil {
			return nil, err
		}
		s.and(asked)
		if err := b.refusesAll(s, own); err != nil {
			return nil, err
		}
		if (pointer || optional) && acceptsNil(rules) && b.text == nil {
			return orNull(s), nil
		}
	case unchecked:
		if (pointer || optional) && b.text == nil {
			return orNull(s), nil
		}
	case written:
		kind := inner.Kind()
		if isOpaque(inner, v) { // a list that writes itself does so when it is nil
			kind = reflect.Invalid
		}
		if pointer || optional || kind == reflect.Slice || kind == reflect.Map || kind == reflect.Interface {
			return orNull(s), nil
		}
	}
	return s, nil
}

func isCollection(typ reflect.Type) bool {
	kind := typ.Kind()
	return kind == reflect.Slice || kind == reflect.Array || kind == reflect.Map || kind == reflect.Interface
}

// orNull returns a schema that accepts null as well.
func orNull(s *Schema) *Schema {
	switch {
	case !s.constrains():
		return s
	case len(s.Type) > 0 && s.Ref == nil && s.Const == nil && s.Enum == nil && s.Not == nil && s.If == nil && s.AllOf == nil && s.AnyOf == nil && s.OneOf == nil:
		s.Type = append(slices.Clip(s.Type), "null")
		return s
	}
	return &Schema{AnyOf: []*Schema{s, {Type: Types{"null"}}}}
}

// withoutNull undoes orNull.
func withoutNull(s *Schema) *Schema {
	if s.isNullable() {
		return s.AnyOf[0]
	}
	if n := len(s.Type); n > 1 && s.Type[n-1] == "null" {
		s.Type = s.Type[:n-1]
	}
	return s
}

// object describes a struct.
func (b builder) object(s *Schema, typ reflect.Type, v variant) error {
	return b.objectOf(s, typ, v, jsonfield.Of(typ).List)
}

// objectOf describes some fields of a struct, by the names that they have there.
func (b builder) objectOf(s *Schema, typ reflect.Type, v variant, fields []jsonfield.Field) error {
	s.Type = Types{"object"}
	o := object{builder: b, schema: s, typ: typ, fields: fields}
	o.owner = typ
	for _, f := range o.fields {
		if f.Hidden {
			if err := o.unread(f); err != nil {
				return err
			}
			continue
		}
		if err := o.add(f, v); err != nil {
			return err
		}
	}
	if about, ok := typ.FieldByName("_"); ok {
		s.Description = about.Tag.Get("doc")
	}
	if v != written && b.text == nil && binding.EnableDecoderDisallowUnknownFields {
		s.AdditionalProperties = Nothing()
	}
	if v != checked {
		return nil
	}
	if err := o.unreachable(); err != nil {
		return err
	}
	for pointer, names := range o.behind {
		for _, name := range o.groups[pointer] {
			if s.DependentRequired == nil {
				s.DependentRequired = make(map[string][]string)
			}
			if others := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == name }); len(others) > 0 {
				s.DependentRequired[name] = others
			}
		}
	}
	return o.conditions()
}

// unread returns an error for a hidden field whose name another one beside it has. Fields of two
// embedded structs may hide each other, as they do in Go.
func (o *object) unread(hidden jsonfield.Field) error {
	o.field = goPath(o.typ, hidden.Index)
	at := len(hidden.Index) - 1
	parent := o.typ
	if at > 0 {
		parent, _, _ = unwrapped(fieldAt(o.typ, hidden.Index[:at]).Type)
	}
	for i := range parent.NumField() {
		sf := parent.Field(i)
		name, _, _ := strings.Cut(sf.Tag.Get("json"), ",")
		if i != hidden.Index[at] && sf.IsExported() && name == hidden.Name {
			return o.fail("", "has the name "+strconv.Quote(name)+" in JSON, as "+sf.Name+" has, so that JSON has neither: give one of them another name, or `json:\"-\"`")
		}
	}
	return nil
}

// object is a struct whose schema is being made.
type object struct {
	builder
	schema *Schema
	typ    reflect.Type
	fields []jsonfield.Field
	// The names of the fields behind an embedded pointer, which stand for nothing if none of them is
	// sent; and which of them are required then.
	groups, behind map[string][]string
}

// add adds the property of a field.
func (o *object) add(f jsonfield.Field, v variant) error {
	sf := fieldAt(o.typ, f.Index)
	b := o.builder
	if at := slices.IndexFunc(b.text, func(from binding.Source) bool { return slices.Equal(from.Index, f.Index) }); at >= 0 {
		b.source = b.text[at]
	}
	b.field = goPath(o.typ, f.Index)
	pointer, shallow := o.embedding(f.Index)
	rules, err := b.parse(sf)
	if err != nil {
		return err
	}
	if v == checked && (shallow || sf.Tag.Get("binding") == "-") {
		v, rules = unchecked, nil
	}
	s, err := b.value(sf.Type, rules, v)
	if err != nil {
		return err
	}
	if f.Quoted {
		s = b.quoted(s, sf.Type, rules, v)
	}
	omits := omits(sf)
	if _, _, optional := unwrapped(sf.Type); v == written && omits && !optional { // which may be null without being absent
		s = withoutNull(s)
	}
	if err := b.describe(s, sf); err != nil {
		return err
	}
	o.schema.Properties = append(o.schema.Properties, Property{f.Name, s})
	required := v == written && !omits && pointer == ""
	if v == checked {
		accepted, err := b.acceptsZero(sf.Type, rules)
		if err != nil {
			return err
		}
		required = !accepted
	}
	if pointer != "" && v == checked {
		if o.groups == nil {
			o.groups, o.behind = make(map[string][]string), make(map[string][]string)
		}
		o.groups[pointer] = append(o.groups[pointer], f.Name)
		if required {
			o.behind[pointer] = append(o.behind[pointer], f.Name)
		}
		return nil
	}
	if required {
		o.schema.Required = append(o.schema.Required, f.Name)
	}
	return nil
}

// unreachable returns an error for a field that nothing fills, and whose rules refuse that.
func (o *object) unreachable() error {
	for i := range o.typ.NumField() {
		sf := o.typ.Field(i)
		filled := slices.ContainsFunc([]string{"uri", "query", "header", "cookie", "form"}, func(tag string) bool { return sf.Tag.Get(tag) != "" })
		if !sf.IsExported() || sf.Tag.Get("json") != "-" || filled {
			continue
		}
		b := o.builder
		b.field = sf.Name
		rules := parseRules(sf.Tag.Get("binding"))
		accepted, err := b.acceptsZero(sf.Type, rules)
		if err != nil {
			return err
		}
		if !accepted {
			return b.fail(texts(rules), "cannot be kept by a field that nothing fills, as its tag is `json:\"-\"`: take one of the tags out")
		}
	}
	return nil
}

// embedding looks at the structs that a field is embedded in: the name of the innermost that is a
// pointer, and whether the validator does not go into one of them.
func (o *object) embedding(index []int) (pointer string, shallow bool) {
	for n := 1; n < len(index); n++ {
		sf := fieldAt(o.typ, index[:n])
		if _, isPointer, isOptional := unwrapped(sf.Type); isPointer || isOptional {
			pointer = goPath(o.typ, index[:n])
		}
		tag := sf.Tag.Get("binding")
		shallow = shallow || tag == "-" || isShallow(parseRules(tag))
	}
	return pointer, shallow
}

// fieldAt is typ.FieldByIndex, which goes through an Optional as well.
func fieldAt(typ reflect.Type, index []int) (sf reflect.StructField) {
	for _, i := range index {
		typ, _, _ = unwrapped(typ)
		sf = typ.Field(i)
		typ = sf.Type
	}
	return sf
}

// goPath is what the program calls a field: Page.Size.
func goPath(typ reflect.Type, index []int) string {
	names := make([]string, len(index))
	for n := range index {
		names[n] = fieldAt(typ, index[:n+1]).Name
	}
	return strings.Join(names, ".")
}
