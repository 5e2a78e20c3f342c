// Package binding turns a request into a Go value and validates it.
//
// On the way of a request it stands between the handler and its business code:
// Context.ShouldBind and its kin choose a [Binding] and hand it the request. A
// Binding decodes (JSON, XML, forms, query, headers, path parameters, or a format
// of package codec) and then validates with go-playground/validator and the tag
// "binding".
//
// # Reading order
//
//	binding.go     the interfaces, the names, Default
//	body.go json.go xml.go plain.go codec.go   whole bodies
//	form.go query.go header.go uri.go          keys and values
//	plan.go options.go   what a struct type wants from them, compiled once
//	mapping.go     a plan, run on one request
//	convert.go collection.go times.go files.go    text → one Go value
//	validate.go depth.go email.go   the validator behind Validator
//	errors.go messages.go fielderrors.go names.go rename.go   what went wrong, in the client's words
//	optional.go    absent, null or a value: PATCH
//
// # Errors
//
// Every field that is wrong is reported, not only the first. What a Bind returns
// depends on what failed:
//
//   - Values that are there but break a rule: [validator.ValidationErrors], as
//     Gin returns it, so a plain type assertion works, as does Translate. Field()
//     is the name that the client knows (from the json, form, uri, header … tag
//     of what was bound), StructField() the Go name.
//   - Elements of a top-level array that break a rule: [SliceValidationError].
//   - Keys and values that are not of the field's type: [Errors], with a
//     [FieldError] per field, followed by the broken rules of all other fields.
//     errors.As finds *strconv.NumError, validator.ValidationErrors and whatever
//     a type's own parser returned.
//   - A body that cannot be decoded: the decoder's own error, as it is:
//     *json.SyntaxError, *json.UnmarshalTypeError, io.EOF for an empty body,
//     *http.MaxBytesError.
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
// none, UnmarshalText. Text that is not UTF-8 (but for headers), NaN, infinities
// and numbers of more than 512 characters are errors.
//
// # Bounds
//
// What a stranger sends cannot cost more than it should: at most 1000 field errors
// are reported, collection_format splits into at most 10,000 items, values of types
// that contain themselves are validated to a depth of 256 ([ErrTooDeep]), and
// net/http bounds the number of keys. The size of a body is for http.MaxBytesReader
// to bound.
//
// # The validator
//
// Its rule "email" accepts plain addresses without the regular expression; the
// answer is the same for every address. It is built when it is first used. The option WithRequiredStructEnabled is not
// set, as in Gin: "required" on a nested struct that is no pointer says nothing;
// the rules of its fields count.
package binding
