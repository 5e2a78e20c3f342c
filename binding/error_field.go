package binding

// What a binding reports about one field, and about all of them: the types that a
// handler sees. error_list.go makes them of any error, error_message.go writes their
// sentences, error_path.go their paths, error_json.go those of a JSON body.
// See docs/internals/15-binding.md.

import (
	"errors"
	"io"
	"reflect"
	"strconv"
	"strings"

	"github.com/dram-go/dram/codec"
	"github.com/dram-go/dram/internal/body"
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
	sourceCookie = "cookie"
)

// ruleType is the Rule of a value that is not of its field's type, ruleSyntax that of a
// body that its decoder cannot read.
const (
	ruleType   = "type"
	ruleSyntax = "syntax"
)

// FieldError is what is wrong with one field of a request, in the client's words. It
// encodes to JSON as it is.
type FieldError struct {
	// Source is where the value stood: "json", "xml", "form", "query", "uri",
	// "header", "cookie", the name of a codec, or the tag given to MapFormWithTag; "" for an
	// error that another StructValidator or the program's own validator returned.
	Source string `json:"source,omitempty"`
	// Field is the path to the value: "age", "address.zip", "items[2].qty". It is ""
	// for the body as a whole.
	Field string `json:"field"`
	// Rule is the rule that was broken: "required", "min" … ; "type" for a value that
	// is not of the field's type, "unknown" for a key that no field takes, "syntax" for
	// a body that cannot be decoded; of an engine that refuses these, "duplicate" for a
	// key that is there twice and "utf8" for text that is not UTF-8.
	Rule string `json:"rule"`
	// Param is the rule's parameter: the 3 of `min=3`, or the type that a value
	// should be of: "integer", "number", "boolean", "string", "duration", "time",
	// "array", "object" …
	Param string `json:"param,omitempty"`
	// Message says in plain English what the value must be. It repeats nothing of the value, nor
	// what a type's own UnmarshalText, UnmarshalJSON or UnmarshalParam said of it, unless that
	// returned a *FieldError, whose Message is for clients.
	Message string `json:"message"`
	// Err is the cause: a validator.FieldError, a *strconv.NumError, the error of
	// a type's UnmarshalText …
	Err error `json:"-"`
}

// Error returns text of the form `dram: query "limit": must be an integer (type=integer)`, or
// `dram: json body: is cut off (syntax)`.
func (e *FieldError) Error() string {
	where := e.Source
	switch {
	case e.Field != "":
		where += " " + strconv.Quote(e.Field)
	case e.Source != "" && e.Source != sourceQuery:
		where += " body"
	}
	if where = strings.TrimPrefix(where, " "); where != "" {
		where += ": "
	}
	text := "dram: " + where + e.Message + " (" + e.Constraint() + ")"
	inFormat := e.Rule == ruleSyntax && e.Field == "" && e.Source != sourceJSON && e.Err != nil
	if inFormat || errors.Is(e.Err, codec.ErrNotRegistered) {
		text += ": " + shorten(e.Err.Error()) // decoders of other formats say where; which codec is missing
	}
	if errors.Is(e.Err, body.ErrReadBefore) {
		text += ": " + body.ErrReadBefore.Error()
	}
	return text
}

// Constraint returns the rule with its parameter, as in the tag: "required", "min=3".
func (e *FieldError) Constraint() string {
	if e.Param == "" {
		return e.Rule
	}
	return e.Rule + "=" + e.Param
}

// Unwrap returns the cause.
func (e *FieldError) Unwrap() error { return e.Err }

// Errors is everything that is wrong with a request, field by field. Bind returns it
// when a body cannot be decoded or values are not of their fields' types: these first,
// then the broken rules of the other fields. FieldErrors makes them from any error.
type Errors []*FieldError

// Error returns one line per field.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, fe := range e {
		lines[i] = fe.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns each field's error and, if some come from the validator, one of these, so that
// errors.As finds validator.ValidationErrors as well.
func (e Errors) Unwrap() []error {
	all := make([]error, 0, len(e)+1)
	var broken brokenRules
	for _, fe := range e {
		all = append(all, fe)
		if rule, ok := fe.Err.(validator.FieldError); ok {
			broken = append(broken, rule)
		}
	}
	if len(broken) > 0 {
		all = append(all, broken)
	}
	return all
}

// orNil makes an error of e, which is nil when it is empty.
func (e Errors) orNil() error {
	if len(e) == 0 {
		return nil
	}
	return e
}

// syntaxErrors says that a body of a format cannot be decoded. An empty one is io.EOF.
func syntaxErrors(format string, err error) Errors {
	fe := &FieldError{Source: format, Rule: ruleSyntax, Message: "cannot be decoded as " + format, Err: err}
	if errors.Is(err, io.EOF) {
		fe.Rule, fe.Message = "required", "must not be empty"
	}
	return Errors{fe}
}

// Undecodable is what All says of a source that cannot be decoded because of err. It is err
// itself if that is none of the source's: a body that is too large, or could not be kept.
func Undecodable(source string, err error) error {
	if body.IsTooLarge(err) || body.IsUnkept(err) {
		return err
	}
	return syntaxErrors(source, err)
}

// concern reports whether what other says follows from one of e: it is about the same
// value, something in it, or what it is in.
func (e Errors) concern(other *FieldError) bool {
	for _, fe := range e {
		if isWithin(other.Field, fe.Field) || isWithin(fe.Field, other.Field) {
			return true
		}
	}
	return false
}

// and puts what err says of other fields of root behind e: not of those that concerned names.
func (e Errors) and(err error, root reflect.Type, placed placing, concerned func(*FieldError) bool) error {
	broken := FieldErrors(err)
	if err != nil && broken == nil {
		return errors.Join(e, err)
	}
	all := e
	for _, fe := range broken {
		if !concerned(asSent(fe, root, placed)) {
			all = append(all, fe)
		}
	}
	return all
}

// isWithin reports whether path is outer or goes on from there.
func isWithin(path, outer string) bool {
	rest, ok := strings.CutPrefix(path, outer)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

// in returns a copy of e for a value that stands in outer: "[2]", "address".
func (e *FieldError) in(outer, source string) *FieldError {
	inner := *e
	inner.Source = source
	if e.Field != "" && e.Field[0] != '[' {
		outer += "."
	}
	inner.Field = outer + e.Field
	return &inner
}

// conversionErrors says that the values of a key do not fit into typ.
func conversionErrors(name, source string, typ reflect.Type, err error) Errors {
	typ = valueType(typ)
	switch err := err.(type) {
	case *itemError:
		return conversionErrors(name+"["+strconv.Itoa(err.index)+"]", source, typ.Elem(), err.err)
	case Errors: // of JSON in the value
		list := make(Errors, len(err))
		for i, fe := range err {
			list[i] = fe.in(name, source)
		}
		return list
	}
	fe := &FieldError{Source: source, Field: name, Rule: ruleType, Err: err}
	describeConversion(fe, typ)
	return Errors{fe}
}
