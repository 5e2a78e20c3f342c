package schema

// The body of a request in its formats: a body is one of them, so that a field which only a form
// has is not there in JSON.

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/internal/jsonfield"
)

// bodyOf describes the fields of a struct that a JSON body fills.
func (r *Registry) bodyOf(typ reflect.Type, fields []jsonfield.Field) (*Schema, error) {
	describe := func(s *Schema) error { return builder{Registry: r, owner: typ}.objectOf(s, typ, r.asked(), fields) }
	if typ.Name() == "" {
		s := &Schema{}
		return s, describe(s)
	}
	c, err := r.component(typ, bodyPart, describe)
	return &Schema{Ref: c}, err
}

// choose leaves out the format in which no request is right, since a field that is required comes
// in the other one alone. It is an error if a field is lost by that.
func (q *Request) choose(typ reflect.Type, sources []binding.Source) error {
	inJSON, inForm := alone(sources, "json", "form"), alone(sources, "form", "json")
	if q.JSON == nil || q.Form == nil {
		return nil
	}
	asJSON, asForm := requiredOf(q.JSON, inJSON), requiredOf(q.Form, inForm)
	switch {
	case asForm != nil && len(inJSON) > 0:
		return bodyError(typ, *asForm, inJSON[0], "a form", "JSON")
	case asJSON != nil && len(inForm) > 0:
		return bodyError(typ, *asJSON, inForm[0], "JSON", "a form")
	case asForm != nil:
		q.JSON = nil
	case asJSON != nil:
		q.Form, q.Files = nil, false
	}
	return nil
}

// alone returns the fields that come in one format of a body and not in another.
func alone(sources []binding.Source, format, other string) (list []binding.Source) {
	for _, from := range sources {
		if from.In == format && !slices.ContainsFunc(sources, func(also binding.Source) bool {
			return also.In == other && slices.Equal(also.Index, from.Index)
		}) {
			list = append(list, from)
		}
	}
	return list
}

// requiredOf returns the first of some fields that a body has to have.
func requiredOf(body *Schema, fields []binding.Source) *binding.Source {
	for body.Ref != nil {
		body = body.Ref.schema
	}
	for _, from := range fields {
		if slices.Contains(body.Required, from.Name) {
			return &from
		}
	}
	return nil
}

func bodyError(typ reflect.Type, required, lost binding.Source, format, other string) error {
	return &RuleError{Type: typ.String(), Field: required.Field, Why: fmt.Sprintf(
		"is required and comes in %s alone, and %s in %s alone, so that no body has both: give one of them the tag of the other as well, or another source", format, lost.Field, other)}
}
