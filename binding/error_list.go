package binding

// From whatever a binding returned to one list of fields.
// See docs/internals/15-binding.md.

import (
	stdjson "encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"

	"github.com/dram-go/dram/codec"
	"github.com/go-playground/validator/v10"
)

// FieldErrors lists what err, of any Bind, says about the fields of the request. A body
// that cannot be decoded makes a list of one, whose Field is "". The list is nil when
// err is nil or says nothing of what the client sent: a body that could not be read or
// is too large, a codec that is missing.
func FieldErrors(err error) Errors {
	switch known := err.(type) {
	case Errors:
		return known
	case brokenRules:
		return ruleErrors(known)
	}
	var (
		list   Errors
		slice  SliceValidationError
		broken validator.ValidationErrors
		inJSON *stdjson.UnmarshalTypeError
		one    *FieldError
	)
	switch {
	case errors.As(err, &slice):
		return elementErrors(slice)
	case errors.As(err, &list):
		return list
	case errors.As(err, &broken):
		return ruleErrors(broken)
	case errors.As(err, &one):
		return Errors{one}
	case errors.As(err, &inJSON): // from a decoder that the program called itself
		fe := &FieldError{Source: sourceJSON, Field: inJSON.Field, Rule: ruleType, Param: typeName(inJSON.Type), Err: inJSON}
		fe.Message = "must be " + article(fe.Param)
		return Errors{fe}
	}
	return nil
}

// EachFieldError calls tell with each of those that FieldErrors lists, and reports whether there
// are any. It makes no list where it can do without: tell may not keep or change what it is given.
func EachFieldError(err error, tell func(*FieldError)) (found bool) {
	rules, ok := err.(brokenRules)
	if !ok {
		list := FieldErrors(err)
		for _, fe := range list {
			tell(fe)
		}
		return len(list) > 0
	}
	for _, rule := range rules {
		if known, ok := rule.(*brokenRule); ok {
			tell(&known.told)
		} else {
			tell(ruleError(rule))
		}
	}
	return true
}

// elementErrors puts the index of the element before the field: "[2].qty".
func elementErrors(slice SliceValidationError) (list Errors) {
	for i, err := range slice {
		for _, fe := range FieldErrors(err) {
			list = append(list, fe.in("["+strconv.Itoa(i)+"]", fe.Source))
		}
	}
	return list
}

func ruleErrors[List ~[]validator.FieldError](broken List) Errors {
	list := make(Errors, len(broken))
	for i, err := range broken {
		list[i] = ruleError(err)
	}
	return list
}

func ruleError(err validator.FieldError) *FieldError {
	if known, ok := err.(*brokenRule); ok {
		fe := known.told
		fe.Err = known.made(known)[0] // the validator's own, which can be translated
		return &fe
	}
	source, path := placeOf(err)
	fe := &FieldError{Source: source, Field: path, Rule: err.Tag(), Param: err.Param(), Message: ruleMessage(err, source), Err: err}
	switch {
	case fe.Rule == ruleDive:
		fe.Rule = ruleType
	case strings.Contains(fe.Rule, "|"):
		fe.Param = "" // that of the last alternative, which the rule has
	}
	return fe
}

// placeOf returns where the value stood. A Namespace of ours is the source and the path:
// "json.items[2].qty". Any other one begins with the Go type, and there is no source.
func placeOf(fe validator.FieldError) (source, path string) {
	head, rest, found := strings.Cut(fe.Namespace(), ".")
	switch {
	case found && isSource(head):
		return head, rest
	case found && !strings.Contains(head, "[") && strings.HasPrefix(fe.StructNamespace(), head+"."):
		return "", rest
	}
	return "", fe.Field()
}

func isSource(name string) bool {
	switch name {
	case sourceJSON, sourceXML, sourceForm, sourceQuery, sourceURI, sourceHeader, sourceCookie:
		return true
	}
	_, err := codec.Get(name)
	return err == nil
}

// inSource gives the broken rules of value the source that was bound and the names that
// its fields have there.
func (v *defaultValidator) inSource(err error, value reflect.Value, source string, placed placing) error {
	for value.Kind() == reflect.Pointer || value.Kind() == reflect.Interface {
		value = value.Elem()
	}
	switch errs := err.(type) {
	case Errors: // of no field: see ErrTooDeep and validateCarefully
		for _, fe := range errs {
			fe.Source = source
		}
	case validator.ValidationErrors:
		errs = errs[:min(len(errs), maxErrors)]
		v.rename(errs, value.Type(), placed)
		return errs
	case SliceValidationError:
		for i, err := range errs {
			if err != nil {
				errs[i] = v.inSource(err, value.Index(i), source, placed)
			}
		}
	}
	return err
}
