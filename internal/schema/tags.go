package schema

// The tags of a field that say what no rule does.
//
//	doc:"…"           the description; that of the struct on a field _ struct{}
//	example:"…"       a value, as JSON has it; a string without quotes
//	deprecated:"true"
//	format:"…"        the format, where the type has no better one

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/dram-go/dram/internal/enum"
)

// describe adds what the tags of a field say.
func (b builder) describe(s *Schema, sf reflect.StructField) error {
	if doc := sf.Tag.Get("doc"); doc != "" {
		s.Description = doc
	}
	if format := sf.Tag.Get("format"); format != "" {
		s.Format = format
	}
	if text := sf.Tag.Get("deprecated"); text != "" {
		deprecated, err := strconv.ParseBool(text)
		if err != nil {
			return b.fail("", "has the tag deprecated:"+strconv.Quote(text)+", which is neither true nor false: write deprecated:\"true\", or leave it out")
		}
		s.Deprecated = deprecated
	}
	text, ok := sf.Tag.Lookup("example")
	if !ok {
		return nil
	}
	example, err := literal(text, s)
	if err == nil && len(b.Check(s, example)) > 0 {
		err = strconv.ErrSyntax
	}
	if err != nil {
		return b.fail("", "has the tag example:"+strconv.Quote(text)+", which the field does not accept: write one that keeps its type and rules")
	}
	s.Examples = append(s.Examples, example)
	return nil
}

// literal reads what a tag says of a value: text where the schema is one of strings, else JSON.
func literal(text string, s *Schema) (any, error) {
	for s.Ref != nil {
		s = s.Ref.schema
	}
	isText := slices.Contains(s.Type, "string")
	for _, part := range s.AnyOf {
		isText = isText || slices.Contains(part.Type, "string")
	}
	if isText {
		return text, nil
	}
	return decoded(text)
}

// decoded reads JSON as Check wants it.
func decoded(text string) (v any, err error) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	err = dec.Decode(&v)
	return v, err
}

// enumerated adds the constants of a type that lists them: a method EnumValues() []T. What
// is read has them only if the type reads itself, or by the rule enum.
func (b builder) enumerated(s *Schema, typ reflect.Type, v variant) *Schema {
	list, ok := enum.Values(typ)
	switch {
	case !ok:
	case v == written, isOpaque(typ, v):
		s.Enum = constants(list)
	case !b.enumAsked:
		b.note(Note{Unasked, b.owner.String(), b.field, "EnumValues", "binding accepts any value: write the rule enum"})
	}
	return s
}

// constants are values as JSON has them; nil if it has no form for one.
func constants(list reflect.Value) (values []any) {
	for i := range list.Len() {
		text, err := json.Marshal(list.Index(i).Interface())
		if err != nil {
			return nil
		}
		value, _ := decoded(string(text))
		values = append(values, value)
	}
	return values
}

// omits reports whether encoding/json leaves out a field that has the zero value, which
// null is in JSON.
func omits(sf reflect.StructField) bool {
	_, options, _ := strings.Cut(sf.Tag.Get("json"), ",")
	for option := range strings.SplitSeq(options, ",") {
		switch option {
		case "omitzero":
			return true
		case "omitempty":
			switch sf.Type.Kind() {
			case reflect.Struct:
			case reflect.Array:
				return sf.Type.Len() == 0
			default:
				return true
			}
		}
	}
	return false
}

// quoted is the option string of the tag json: a number, a bool or a string in a string.
func (b builder) quoted(s *Schema, typ reflect.Type, rules []item, v variant) *Schema {
	inner, _, _ := unwrapped(typ)
	if len(rules) > 0 && v == checked {
		b.inexact(rules, "its value is text in JSON, but not in Go")
	}
	text := &Schema{Type: Types{"string"}}
	switch kind := inner.Kind(); {
	case kind == reflect.Bool:
		text.Enum = []any{"true", "false"}
	case isInt(kind), isUint(kind):
		text.Pattern = `^-?[0-9]+$`
	case kind == reflect.String:
		text.Pattern = `^"[^\n]*"$`
		text.samples = []string{`"a"`, `"b"`}
	default:
		text.Pattern = `^-?[0-9.eE+-]+$`
		text.samples = []string{"1.5", "0"}
	}
	if slices.Contains(s.Type, "null") || s.isNullable() {
		return orNull(text)
	}
	return text
}
