package binding

// From whatever a binding returned to one list of fields. The validator knows neither
// where a value came from nor what its field is called there; both are added here.

import (
	stdjson "encoding/json"
	"errors"
	"reflect"
	"strconv"

	"github.com/go-playground/validator/v10"
)

// FieldErrors lists what err, of any Bind, says about the fields of the request.
// It is nil when err is nil or concerns no field: a body that is cut off, say.
//
// encoding/json stops at nothing but reports only the first value of a wrong type,
// so a *json.UnmarshalTypeError makes a list of one.
func FieldErrors(err error) Errors {
	var (
		list   Errors
		slice  SliceValidationError
		broken validator.ValidationErrors
		inJSON *stdjson.UnmarshalTypeError
		one    *FieldError
	)
	switch {
	case errors.As(err, &list):
		return list
	case errors.As(err, &slice):
		return elementErrors(slice)
	case errors.As(err, &broken):
		return ruleErrors(broken)
	case errors.As(err, &one):
		return Errors{one}
	case errors.As(err, &inJSON):
		fe := &FieldError{Source: sourceJSON, Field: inJSON.Field, Rule: ruleType, Param: typeName(inJSON.Type), Err: inJSON}
		fe.Message = "must be " + article(fe.Param)
		return Errors{fe}
	}
	return nil
}

// elementErrors puts the index of the element before the field: "[2].qty".
func elementErrors(slice SliceValidationError) (list Errors) {
	for i, err := range slice {
		for _, fe := range FieldErrors(err) {
			path := "[" + strconv.Itoa(i) + "]"
			if fe.Field != "" && fe.Field[0] != '[' {
				path += "."
			}
			indexed := *fe
			indexed.Field = path + fe.Field
			list = append(list, &indexed)
		}
	}
	return list
}

func ruleErrors(broken validator.ValidationErrors) Errors {
	o := originOf(broken)
	list := make(Errors, len(broken))
	for i, err := range broken {
		path := err.Field()
		if o.root != nil {
			path = translate(o.root, err.StructNamespace(), o.source).path
		}
		list[i] = &FieldError{
			Source: o.source, Field: path, Rule: err.Tag(), Param: err.Param(), Message: ruleMessage(err), Err: err,
		}
	}
	return list
}

// An origin tells what validator.ValidationErrors are about. Gin's users assert
// that very type, so there is no room for it in the error itself: it lies behind
// the slice's length, in its spare capacity, where len and range do not see it.
type origin struct {
	validator.FieldError // nil; makes an origin an element
	root                 reflect.Type
	source               string
}

func originOf(errs validator.ValidationErrors) origin {
	if n := len(errs); cap(errs) > n {
		if o, ok := errs[:n+1][n].(*origin); ok {
			return *o
		}
	}
	return origin{}
}

// inSource notes where validation errors come from and gives their fields the
// names of that source. v is what was validated.
func inSource(err error, v reflect.Value, source string) error {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	switch errs := err.(type) {
	case validator.ValidationErrors:
		o := &origin{source: source}
		if v.IsValid() {
			o.root = v.Type()
		}
		n := min(len(errs), maxErrors)
		kept := make(validator.ValidationErrors, n, n+1)
		for i, fe := range errs[:n] {
			kept[i] = rename(fe, translate(o.root, fe.StructNamespace(), source))
		}
		return append(kept, o)[:n]
	case SliceValidationError:
		for i, err := range errs {
			if err != nil && isList(v.Kind()) && i < v.Len() {
				errs[i] = inSource(err, v.Index(i), source)
			}
		}
	}
	return err
}
