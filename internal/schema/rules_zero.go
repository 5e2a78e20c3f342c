package schema

// The zero value: what omitempty lets pass, and what a field has that nobody sent. Whether that
// keeps the rules the validator is asked itself.

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/dram-go/dram/binding"
)

// orZero returns what accepts the zero value as well: that of strings, numbers and bools; of
// lists and maps only nil, which is null or absent, unless empty ones count.
func (b builder) orZero(own []item, rest *Schema, class class, pointer bool) *Schema {
	zero, ok := zeros[class]
	empty := own[0].is("omitzero")
	switch {
	case !rest.constrains():
		return rest
	case pointer && !empty: // a pointer to a zero value is not empty
		return rest
	case class == isList || class == isMap || class == isBytes:
		if !empty {
			return rest
		}
	case !ok:
		b.inexact(own, "what the zero value is in JSON cannot be said")
		return &Schema{Comment: rest.Comment, samples: rest.samples}
	}
	if len(b.Check(rest, zero)) == 0 {
		return rest
	}
	if only := (Schema{Enum: rest.Enum}); reflect.DeepEqual(*rest, only) {
		return &Schema{Enum: append(slices.Clip(rest.Enum), zero)}
	}
	return &Schema{AnyOf: []*Schema{zeroSchema(class, zero), rest}}
}

func zeroSchema(class class, zero any) *Schema {
	switch class {
	case isText:
		return &Schema{MaxLength: count(0)}
	case isBytes: // base64 may have lines
		return &Schema{Pattern: `^[\r\n]*$`}
	case isList:
		return &Schema{MaxItems: count(0)}
	case isMap:
		return &Schema{MaxProperties: count(0)}
	}
	return &Schema{Const: zero}
}

// skipsZeroStruct reports whether the rules inside a struct are not asked when all its
// fields are zero, however they were sent.
func (b builder) skipsZeroStruct(typ reflect.Type, own []item) bool {
	if classOf(typ) != isStruct {
		return false
	}
	at := slices.IndexFunc(own, func(it item) bool { return it.is("omitempty", "omitzero") })
	if at < 0 {
		return false
	}
	if accepted, err := b.acceptsZero(typ, nil); err == nil && accepted {
		return false
	}
	b.inexact(own[at:at+1], "the rules inside a struct whose fields are all zero are not asked: use a pointer")
	return true
}

var undefined = regexp.MustCompile(`(?:the rule "|Undefined validation function ')([^"']*)`)

// acceptsZero asks the validator itself whether a field that nobody sent keeps its rules,
// those aside that depend on other fields.
func (b builder) acceptsZero(typ reflect.Type, rules []item) (ok bool, err error) {
	asked := slices.DeleteFunc(slices.Clone(rules), dependsOnFields)
	for {
		ok, panicked := validates(typ, asked)
		if panicked == "" {
			return ok, nil
		}
		missing := undefined.FindStringSubmatch(panicked)
		if missing == nil {
			return false, b.fail(texts(rules), "cannot be asked, since the validator panics ("+panicked+"): correct it")
		}
		b.note(Note{Unknown, b.owner.String(), b.field, missing[1], "nor is it known to the validator: register it before the first request"})
		before := len(asked)
		asked = slices.DeleteFunc(asked, func(it item) bool {
			return slices.ContainsFunc(it, func(a alternative) bool { return a.name == missing[1] })
		})
		if len(asked) == before { // it is a rule of a field within
			return true, nil
		}
	}
}

var escape = strings.NewReplacer(",", "0x2C", "|", "0x7C")

// text is an alternative as the tag has it.
func text(a alternative) string { return alternative{a.name, escape.Replace(a.param)}.String() }

// keeps asks the validator about a text and a rule. What it panics for is not kept.
func keeps(value, rule string) (ok bool) {
	defer func() { _ = recover() }()
	field := reflect.StructOf([]reflect.StructField{{Name: "F", Type: reflect.TypeFor[string](), Tag: reflect.StructTag(fmt.Sprintf("binding:%q", rule))}})
	alone := reflect.New(field)
	alone.Elem().Field(0).SetString(value)
	return binding.Validator == nil || binding.Validator.ValidateStruct(alone.Interface()) == nil
}

// validates has the validator look at a zero value.
func validates(typ reflect.Type, rules []item) (ok bool, panicked string) {
	var tag []string
	for _, it := range rules {
		var names []string
		for _, a := range it {
			names = append(names, text(a))
		}
		tag = append(tag, strings.Join(names, "|"))
	}
	alone := reflect.StructOf([]reflect.StructField{{
		Name: "F", Type: typ, Tag: reflect.StructTag(fmt.Sprintf("binding:%q", strings.Join(tag, ","))),
	}})
	defer func() {
		if why := recover(); why != nil {
			panicked = fmt.Sprint(why)
		}
	}()
	return binding.Validator.ValidateStruct(reflect.New(alone).Interface()) == nil, ""
}
