package schema

// Rules that name values, and those of several kinds.

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// equal is eq: the value itself, or the number of items.
func equal(c *call) string {
	switch {
	case c.class == isText:
		c.Const = c.param
	case c.class == isBool:
		yes, err := strconv.ParseBool(c.param)
		if err != nil {
			return "has a parameter that is not a bool: write true or false"
		}
		c.Const = yes
	default:
		return bound("=")(c)
	}
	return ""
}

// negated makes a rule of its opposite.
func negated(apply func(*call) string) func(*call) string {
	return func(c *call) string {
		inner := *c
		inner.Schema = &Schema{}
		if why := apply(&inner); why != "" {
			return why
		}
		c.inexact = inner.inexact
		switch {
		case c.inexact != "":
		case c.class == isArray:
			return "refuses every value, since " + c.typ.String() + " has so many items: correct the number"
		default:
			c.Not = inner.Schema
		}
		return ""
	}
}

var words = regexp.MustCompile(`'[^']*'|\S+`)

// params splits the parameter of a rule as the validator does: at spaces, but for 'in quotes'.
func params(text string) []string {
	all := words.FindAllString(text, -1)
	for i, word := range all {
		all[i] = strings.ReplaceAll(word, "'", "")
	}
	return all
}

// oneOf is an enum of strings or integers.
func oneOf(c *call) string {
	values := params(c.param)
	if len(values) == 0 {
		return "names no value: write them behind it, as in oneof=red green"
	}
	for _, text := range values {
		if c.class == isText {
			c.Enum = append(c.Enum, text)
			continue
		}
		value := reflect.New(c.typ).Elem()
		var err error
		var canonical string
		if c.class == isSigned {
			var n int64
			n, err = strconv.ParseInt(text, 10, c.typ.Bits())
			canonical = fmt.Sprint(n)
		} else {
			var n uint64
			n, err = strconv.ParseUint(text, 10, c.typ.Bits())
			canonical = fmt.Sprint(n)
		}
		if err != nil || canonical != text {
			return fmt.Sprintf("names %q, which no %s is: write integers in their usual form", text, value.Type())
		}
		c.Enum = append(c.Enum, json.Number(text))
	}
	return ""
}

// unique is exact for what Go and JSON compare alike.
func unique(c *call) string {
	if c.param != "" {
		c.inexact = "a schema does not compare one field of the items"
		return ""
	}
	switch {
	case c.class == isMap:
		c.inexact = "a schema does not compare the values of an object"
		return ""
	case c.class == isArray && !c.text:
		c.inexact = "what is missing is zero, and what is too much is not looked at"
		return ""
	}
	elem := c.typ.Elem()
	if elem.Kind() == reflect.Pointer {
		elem = elem.Elem()
	}
	if !elem.Comparable() {
		return "compares items of type " + elem.String() + ", which Go cannot compare: write a rule of your own"
	}
	if !(isText | isNumber | isBool).has(classOf(elem)) {
		c.inexact = "what is equal in Go need not be so in JSON"
		return ""
	}
	if classOf(elem) == isFloat && elem.Bits() == 32 {
		c.inexact = "numbers that differ in JSON may be equal as float32"
	}
	c.UniqueItems = true
	return ""
}

func coordinate(most json.Number, pattern string) func(*call) string {
	return func(c *call) string {
		if c.class == isText {
			c.Pattern = pattern
		} else {
			c.Minimum, c.Maximum = "-"+most, most
		}
		return ""
	}
}

func boolean(c *call) string {
	if c.class == isText {
		c.Enum = []any{"1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"}
	}
	return ""
}

// and adds the keywords of a schema: where both have one, the stricter, or both in allOf.
func (s *Schema) and(t *Schema) {
	if t.isEmpty() {
		return
	}
	if s.isEmpty() {
		*s = *t
		return
	}
	rest := *t
	s.MinLength, rest.MinLength = stricter(s.MinLength, t.MinLength, 1), nil
	s.MaxLength, rest.MaxLength = stricter(s.MaxLength, t.MaxLength, -1), nil
	s.MinItems, rest.MinItems = stricter(s.MinItems, t.MinItems, 1), nil
	s.MaxItems, rest.MaxItems = stricter(s.MaxItems, t.MaxItems, -1), nil
	s.MinProperties, rest.MinProperties = stricter(s.MinProperties, t.MinProperties, 1), nil
	s.MaxProperties, rest.MaxProperties = stricter(s.MaxProperties, t.MaxProperties, -1), nil
	s.UniqueItems, rest.UniqueItems = s.UniqueItems || t.UniqueItems, false
	s.Minimum, rest.Minimum = stricterNumber(s.Minimum, t.Minimum, 1), ""
	s.Maximum, rest.Maximum = stricterNumber(s.Maximum, t.Maximum, -1), ""
	s.ExclusiveMinimum, rest.ExclusiveMinimum = stricterNumber(s.ExclusiveMinimum, t.ExclusiveMinimum, 1), ""
	s.ExclusiveMaximum, rest.ExclusiveMaximum = stricterNumber(s.ExclusiveMaximum, t.ExclusiveMaximum, -1), ""
	if rest.Comment != "" && s.Comment != "" {
		s.Comment, rest.Comment = s.Comment+","+rest.Comment, ""
	}
	s.AllOf, rest.AllOf = append(slices.Clip(s.AllOf), rest.AllOf...), nil
	s.samples, rest.samples = append(slices.Clip(s.samples), rest.samples...), nil
	if s.ContentEncoding != "" || s.Format != "" && t.Format != "" {
		s.Format = t.Format // what a rule says is more than what the type does
		rest.Format = ""
	}
	s.asked, rest.asked = append(slices.Clip(s.asked), rest.asked...), nil
	s.take(&rest)
}

// movable are the exported fields of a Schema, but for Then and Else, which go with If.
var movable = func() (fields []int) {
	for i, sf := range reflect.VisibleFields(reflect.TypeFor[Schema]()) {
		if sf.IsExported() && sf.Name != "Then" && sf.Name != "Else" {
			fields = append(fields, i)
		}
	}
	return fields
}()

// take moves each keyword of t into s where s has none, and what is left into allOf.
func (s *Schema) take(t *Schema) {
	hadIf := s.If != nil
	into, from := reflect.ValueOf(s).Elem(), reflect.ValueOf(t).Elem()
	for _, i := range movable {
		if to := into.Field(i); to.IsZero() {
			to.Set(from.Field(i))
			from.Field(i).SetZero()
		}
	}
	if !hadIf {
		s.Then, s.Else, t.Then, t.Else = t.Then, t.Else, nil, nil
	}
	if !t.isEmpty() {
		s.AllOf = append(s.AllOf, t)
	}
}

func stricter(a, b *int64, sign int64) *int64 {
	if a == nil || b != nil && (*b-*a)*sign > 0 {
		return b
	}
	return a
}

func stricterNumber(a, b json.Number, sign int) json.Number {
	if a == "" || b != "" && compareNumbers(b, a)*sign > 0 {
		return b
	}
	return a
}
