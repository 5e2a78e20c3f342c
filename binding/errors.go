package binding

// What a binding reports about one field, and about all of them.

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/go-playground/validator/v10"
)

// The sources that a FieldError names, as the client sees them: a value in the
// query, say, whichever Binding read it there. Formats of codecs go by the codec's
// name.
const (
	sourceJSON   = "json"
	sourceXML    = "xml"
	sourceForm   = "form"
	sourceQuery  = "query"
	sourceURI    = "uri"
	sourceHeader = "header"
)

// ruleType is the Rule of a value that is not of its field's type.
const ruleType = "type"

// FieldError tells what is wrong with one field of a request, in the client's
// words. It encodes to JSON as it is.
type FieldError struct {
	// Source is where the value stood: "json", "xml", "form", "query", "uri",
	// "header", the name of a codec, or the tag given to MapFormWithTag.
	Source string `json:"source"`
	// Field is the path to the value: "age", "address.zip", "items[2].qty".
	Field string `json:"field"`
	// Rule is the rule that was broken: "required", "min" … , or "type" for a
	// value that is not of the field's type.
	Rule string `json:"rule"`
	// Param is the rule's parameter: the 3 of `min=3`, or the type that a value
	// should be of: "integer", "number", "boolean", "string", "duration", "time",
	// "array", "object" …
	Param string `json:"param,omitempty"`
	// Message says in plain English what the value must be. It repeats nothing of
	// the value, only what the field's own parser said.
	Message string `json:"message"`
	// Err is the cause: a validator.FieldError, a *strconv.NumError, the error of
	// a type's UnmarshalText …
	Err error `json:"-"`
}

// Error is of the form `dram: query "limit": must be an integer (type=integer)`.
func (e *FieldError) Error() string {
	var b strings.Builder
	b.WriteString("dram: ")
	if e.Source != "" {
		b.WriteString(e.Source + " ")
	}
	b.WriteString(strconv.Quote(e.Field) + ": " + e.Message + " (" + e.Constraint() + ")")
	return b.String()
}

// Constraint is the rule with its parameter, as in the tag: "required", "min=3".
func (e *FieldError) Constraint() string {
	if e.Param == "" {
		return e.Rule
	}
	return e.Rule + "=" + e.Param
}

// Unwrap returns the cause.
func (e *FieldError) Unwrap() error { return e.Err }

// Errors is everything that is wrong with a request, field by field, in the order
// of the struct's fields. Bind returns it when values were not of their fields'
// types; FieldErrors makes it from any error.
type Errors []*FieldError

// Error is one line per field.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, fe := range e {
		lines[i] = fe.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns each field's error and, if some come from the validator,
// validator.ValidationErrors with these, so that errors.As finds both.
func (e Errors) Unwrap() []error {
	all := make([]error, 0, len(e)+1)
	var broken validator.ValidationErrors
	for _, fe := range e {
		all = append(all, fe)
		if v, ok := fe.Err.(validator.FieldError); ok {
			broken = append(broken, v)
		}
	}
	if len(broken) > 0 {
		all = append(all, broken)
	}
	return all
}

// orNil makes an error of e, which is nil when there is nothing to tell.
func (e Errors) orNil() error {
	if len(e) == 0 {
		return nil
	}
	return e
}

// conversionError tells that the values of a key do not fit into typ.
func conversionError(name, source string, typ reflect.Type, err error) *FieldError {
	fe := &FieldError{Source: source, Field: name, Rule: ruleType, Err: err}
	typ = indirect(typ)
	if item, ok := err.(*itemError); ok {
		fe.Field += "[" + strconv.Itoa(item.index) + "]"
		fe.Err, typ = item.err, indirect(typ.Elem())
	}
	describeConversion(fe, typ)
	return fe
}
