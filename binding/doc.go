// Package binding turns a request into a Go value and validates it.
//
// Context.ShouldBind and the methods like it choose a [Binding] and pass it the
// request. A Binding decodes (JSON, XML, forms, query, headers, path parameters, or a format
// of package codec) and then validates with go-playground/validator and the tag
// "binding".
//
// # Reading order
//
// A handler binds before it does anything else; docs/internals/15-binding.md follows a
// request into a struct through these files.
//
//	binding.go     the interfaces, the names, Default
//	body.go json.go xml.go plain.go codec.go   whole bodies
//	form.go query.go header.go uri.go          keys and values
//	types.go       what a Go type is to a binding: one value, a list, a file, a struct to walk
//	plan.go options.go   what a struct type wants from keys and values, compiled once
//	mapping.go     a plan, run on one request
//	convert.go collection.go times.go files.go    text → one Go value
//	all.go all_plan.go all_body.go all_json.go all_sources.go all_rules.go    one struct from all sources: BindAll
//	parse.go       one value without a struct: the typed getters
//	optional.go optional_xml.go    absent, null or a value: PATCH
//	validate.go validate_any.go validate_typo.go depth.go email.go   the validator behind Validator
//	error_field.go error_list.go   what went wrong, field by field
//	error_message.go error_own.go error_path.go error_rename.go   … in the client's words and names
//	error_json.go error_json_walk.go error_json_scalar.go error_json_engine.go json_paths.go   … in a JSON body
//
// # Errors
//
// Every field that is wrong is reported, not only the first. What a Bind returns
// depends on what failed:
//
//   - Values that are there but break a rule: [validator.ValidationErrors], as
//     Gin returns it, so a plain type assertion works, as does Translate. (Of All
//     it is for errors.As to find.) Field()
//     is the name that the client knows (from the json, form, uri, header … tag
//     of what was bound), Namespace() the source and the whole path
//     ("json.items[2].qty"), StructField() and StructNamespace() have the Go names.
//   - Elements of a top-level array that break a rule: [SliceValidationError].
//   - Values that are not of the field's type: [Errors], with a [FieldError] per
//     value, followed by the broken rules of all other fields. errors.As finds
//     *strconv.NumError, *json.UnmarshalTypeError, validator.ValidationErrors and
//     whatever a type's own parser returned.
//   - A body that cannot be decoded: [Errors] with one FieldError that has no field.
//     errors.Is and errors.As find the decoder's error in it: io.EOF for an empty
//     body, io.ErrUnexpectedEOF for JSON that is cut off, *json.SyntaxError …
//   - A body that cannot be read or is too large: the error of the read as it is,
//     *http.MaxBytesError.
//
// The errors of a JSON body depend neither on the engine in codec/json nor on the Go
// release: after an engine has failed, this package compares body and type itself.
//
// [FieldErrors] turns any of them into one list: field ("address.zip",
// "items[2].qty"), rule ("min") and parameter ("3"), source ("json", "query",
// "form", "uri", "header" …) and a message for people, ready to be encoded as the
// body of a 422.
//
// # Where keys and values go
//
// A field takes the key that its tag names, or its Go name. Nested structs are
// walked with the same flat keys; a key equal to the nested field's own name
// carries the struct as JSON. A struct type that contains itself is walked once:
// inside itself it is only read from JSON, since flat keys would fill every level
// with the same values.
//
// A type parses itself with UnmarshalParam ([BindUnmarshaler]) or, if it has
// none, UnmarshalText. Methods that a struct has only by embedding a type, beside
// other fields, do not count: struct{ slog.Level; Size int } is walked. An embedded struct
// that parses itself has its type's name as its key, and its fields have their own; one of an
// unexported type has only those. JSON is left to the
// engine: encoding/json calls a promoted UnmarshalJSON or UnmarshalText,
// which reads one value and leaves the other fields alone. Name the field, or give
// the struct a method of its own, if JSON has to fill both. Where such a method is that of a
// nil pointer or interface, the value is an error, as it is where encoding/xml would panic.
//
// Text that is not UTF-8 (except in headers), NaN, infinities and numbers of more than
// 512 characters are errors.
//
// # Bounds
//
// What a client sends cannot cost more than it should: at most 1000 field errors
// are reported, collection_format splits into at most 10,000 items, values of types
// that contain themselves are validated to a depth of 256 ([ErrTooDeep]), and
// net/http bounds the number of keys. The size of a body is bounded by the Context
// (Engine.MaxBodyMemory); code that calls a Binding itself can bound it with
// http.MaxBytesReader.
//
// Not bounded is what the validator remembers of a list whose elements have rules: each
// element that breaks one, 300 bytes and more, until all are looked at. Put the most that there
// may be in front, as in "max=1000,dive": a list that is longer is not looked into.
//
// # The validator
//
// [Validator] is built when it is first used. Its rule "email" accepts plain addresses without
// the regular expression; the answer is the same for every address. The option
// WithRequiredStructEnabled is not set, as in Gin: "required" on a nested struct that
// is not a pointer has no effect; the rules of its fields do.
//
// No value in an any, or beside one, makes it panic: where a rule does not fit, the
// rule is broken. A rule that is unknown or contradicts the type of its field is a
// mistake of the program: it panics with the names of the field and the rule.
package binding
