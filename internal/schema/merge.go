package schema

// Schemas of one value are put together, keyword by keyword.

import (
	"encoding/json"
	"reflect"
	"slices"
)

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
