package schema

// What a schema is: the keywords of JSON Schema 2020-12 that this package writes, and
// OpenAPI's discriminator, in the order in which they are written.

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
)

// Schema is a JSON Schema of the draft 2020-12, as OpenAPI 3.1 has it. The zero value
// accepts everything. A keyword with its zero value is not written.
type Schema struct {
	Ref         *Component `json:"$ref,omitempty"`
	Type        Types      `json:"type,omitempty"`
	Title       string     `json:"title,omitempty"`
	Description string     `json:"description,omitempty"`
	// Enum and Const hold what JSON can write; numbers are json.Number or Go's.
	Enum   []any  `json:"enum,omitempty"`
	Const  any    `json:"const,omitempty"`
	Format string `json:"format,omitempty"`
	// Pattern means the same to ECMA-262 and to package regexp.
	Pattern          string      `json:"pattern,omitempty"`
	ContentEncoding  string      `json:"contentEncoding,omitempty"`
	ContentMediaType string      `json:"contentMediaType,omitempty"`
	ContentSchema    *Schema     `json:"contentSchema,omitempty"`
	Minimum          json.Number `json:"minimum,omitempty"`
	ExclusiveMinimum json.Number `json:"exclusiveMinimum,omitempty"`
	Maximum          json.Number `json:"maximum,omitempty"`
	ExclusiveMaximum json.Number `json:"exclusiveMaximum,omitempty"`
	MinLength        *int64      `json:"minLength,omitempty"`
	MaxLength        *int64      `json:"maxLength,omitempty"`
	MinItems         *int64      `json:"minItems,omitempty"`
	MaxItems         *int64      `json:"maxItems,omitempty"`
	UniqueItems      bool        `json:"uniqueItems,omitempty"`
	MinProperties    *int64      `json:"minProperties,omitempty"`
	MaxProperties    *int64      `json:"maxProperties,omitempty"`

	PrefixItems          []*Schema           `json:"prefixItems,omitempty"`
	Items                *Schema             `json:"items,omitempty"`
	Properties           Properties          `json:"properties,omitempty"`
	Required             []string            `json:"required,omitempty"`
	AdditionalProperties *Schema             `json:"additionalProperties,omitempty"`
	PropertyNames        *Schema             `json:"propertyNames,omitempty"`
	DependentRequired    map[string][]string `json:"dependentRequired,omitempty"`
	DependentSchemas     Properties          `json:"dependentSchemas,omitempty"`

	AllOf         []*Schema      `json:"allOf,omitempty"`
	AnyOf         []*Schema      `json:"anyOf,omitempty"`
	OneOf         []*Schema      `json:"oneOf,omitempty"`
	Not           *Schema        `json:"not,omitempty"`
	If            *Schema        `json:"if,omitempty"`
	Then          *Schema        `json:"then,omitempty"`
	Else          *Schema        `json:"else,omitempty"`
	Discriminator *Discriminator `json:"discriminator,omitempty"`

	Default    any    `json:"default,omitempty"`
	Examples   []any  `json:"examples,omitempty"`
	Deprecated bool   `json:"deprecated,omitempty"`
	ReadOnly   bool   `json:"readOnly,omitempty"`
	WriteOnly  bool   `json:"writeOnly,omitempty"`
	Comment    string `json:"$comment,omitempty"`

	// samples are values that keep rules which the keywords do not say all of.
	samples []string
	// asked are those rules, which the validator knows.
	asked []string
}

// Discriminator is OpenAPI's: the property whose value says which schema of OneOf it is.
type Discriminator struct {
	PropertyName string                `json:"propertyName"`
	Mapping      map[string]*Component `json:"mapping,omitempty"`
}

// Types are the types that a value may have: null, boolean, number, integer, string, array,
// object. One is written as a string.
type Types []string

// MarshalJSON writes "string" or ["string","null"].
func (t Types) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return json.Marshal(t[0])
	}
	return json.Marshal([]string(t))
}

// Property is a member of an object, and what it is to be.
type Property struct {
	Name   string
	Schema *Schema
}

// Properties are written as an object, in their order.
type Properties []Property

// Get returns the schema of a property, nil if it is not among them.
func (p Properties) Get(name string) *Schema {
	for _, property := range p {
		if property.Name == name {
			return property.Schema
		}
	}
	return nil
}

// MarshalJSON writes {"name":{…}}.
func (p Properties) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	out.WriteByte('{')
	for i, property := range p {
		if i > 0 {
			out.WriteByte(',')
		}
		if err := enc.Encode(property.Name); err != nil {
			return nil, err
		}
		out.WriteByte(':')
		if err := enc.Encode(property.Schema); err != nil {
			return nil, err
		}
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// Nothing is a schema that no value fits.
func Nothing() *Schema { return &Schema{Not: &Schema{}} }

// isNullable reports whether a schema is: another one, or null.
func (s *Schema) isNullable() bool {
	return len(s.AnyOf) == 2 && slices.Equal(s.AnyOf[1].Type, Types{"null"})
}

// isEmpty reports whether a schema accepts everything and says nothing.
func (s *Schema) isEmpty() bool { return s == nil || reflect.ValueOf(*s).IsZero() }

// constrains reports whether a schema has a keyword that refuses a value.
func (s *Schema) constrains() bool {
	rest := *s
	rest.Title, rest.Description, rest.Format, rest.ContentEncoding, rest.ContentMediaType = "", "", "", "", ""
	rest.Default, rest.Examples, rest.Deprecated, rest.ReadOnly, rest.WriteOnly, rest.Comment, rest.samples, rest.asked = nil, nil, false, false, false, "", nil, nil
	return !rest.isEmpty()
}
