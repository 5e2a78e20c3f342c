// Package schema makes JSON Schemas (2020-12, as OpenAPI 3.1 has them) of Go types: of what
// package binding accepts, and of what encoding/json writes.
//
// # Reading order
//
//	schema.go       what a schema is, and how it is written
//	registry.go     Registry, notes and errors
//	component.go    components and their names
//	types.go collection.go union.go   what a Go type is in JSON
//	fields.go tags.go   a struct is an object
//	request.go request_body.go   a struct of BindAll: parameters and a body
//	rules.go rules_zero.go rules_fields.go   the tag binding, rule after rule
//	table.go table_values.go table_text.go   what each rule is in a schema
//	merge.go        two schemas of one value
//	check.go check_equal.go     whether a value fits
//	sample.go sample_object.go sample_pattern.go sample_invalid.go   values that fit, and that do not
//
// # Two directions
//
// [Input] is what a client sends. A field is required if the validator refuses the struct
// without it; that is asked of the validator itself and not guessed from omitempty. [Output] is what
// a handler answers: a field without omitempty or omitzero is always there, and a nil list is null.
//
// # What the schema says, and what it does not
//
// A schema accepts what binding accepts, and refuses what it refuses, but for the following.
//
//   - Rules of which a schema can say less, or nothing, are noted as [Inexact]: it accepts more.
//     docs/adr/0022-rules-and-schemas.md lists them.
//   - null: encoding/json takes it for every field and leaves that at its zero value. The
//     schema has it where Go's type knows it: for pointers, Optional and interfaces.
//   - Names: encoding/json takes a name that differs in case only. To the schema that is an unknown
//     one, which it accepts and does not look into, as unknown ones are ignored; with
//     binding.EnableDecoderDisallowUnknownFields it refuses them.
//   - A name that is there twice is the decoder's; JSON Schema does not see it. A key of a map that
//     is there in two spellings, "5" and "05", is one to Go and two to the schema.
//   - Numbers: 1.0 is an integer to JSON Schema, and not to encoding/json. A number that no
//     float64 holds is compared before it is rounded.
//   - An array of Go takes fewer items, and more, at which encoding/json does not look. Where
//     an array has more than 8, these are to be of its type to the schema.
//   - []byte is base64; encoding/json reads a list of numbers as well.
//   - format is a hint. What must hold is in patterns and bounds.
package schema
