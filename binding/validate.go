package binding

// The last step of a binding: the rules of the tag "binding".
// See docs/internals/15-binding.md.

import (
	"reflect"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/go-playground/validator/v10"
)

// maxErrors bounds what is reported about one request: nobody reads more, and a
// body of ten million empty objects must not become an answer of a gigabyte.
const maxErrors = 1000

// SliceValidationError is what validating a slice or an array gives. Its index is
// the element's: it is nil where the element keeps its rules, and ends with the
// last one that does not.
type SliceValidationError []error

// Error returns one line per element: `[2]: …`.
func (e SliceValidationError) Error() string {
	var lines []string
	for i, err := range e {
		if err != nil {
			lines = append(lines, "["+strconv.Itoa(i)+"]: "+err.Error())
		}
	}
	return strings.Join(lines, "\n")
}

// Unwrap lets errors.As find an element's validator.ValidationErrors.
func (e SliceValidationError) Unwrap() []error { return e }

// defaultValidator is go-playground/validator, built when it is first used.
type defaultValidator struct {
	once     sync.Once
	validate *validator.Validate
	second   sync.Map // reflect.Type → *validator.Validate; see validate_any.go
	plain    sync.Map // reflect.Type → *plainStruct; see validate_plain.go
	lent     atomic.Bool
}

// Engine returns the *validator.Validate.
func (v *defaultValidator) Engine() any {
	v.lent.Store(true)
	return v.engine()
}

func (v *defaultValidator) engine() *validator.Validate {
	v.once.Do(func() {
		v.validate = validator.New()
		v.validate.SetTagName("binding")
		v.validate.RegisterTagNameFunc(clientName)
		v.validate.RegisterStructValidation(report, renaming{})
		// They cannot fail: the names are not empty and not of the reserved ones.
		_ = v.validate.RegisterValidation("email", validEmail)
		_ = v.validate.RegisterValidation(ruleEnum, validEnum)
	})
	return v.validate
}

// ValidateStruct validates a struct, or each element of a slice or an array.
func (v *defaultValidator) ValidateStruct(obj any) error {
	if obj == nil {
		return nil
	}
	return v.validateValue(reflect.ValueOf(obj))
}

func (v *defaultValidator) validateValue(value reflect.Value) error {
	for value.Kind() == reflect.Pointer || value.Kind() == reflect.Interface {
		if value.IsNil() {
			return nil
		}
		elem := value.Elem()
		if value.Kind() == reflect.Pointer && elem.Kind() == reflect.Struct {
			return v.validateStruct(elem.Type(), value)
		}
		value = elem
	}
	switch value.Kind() {
	case reflect.Struct:
		return v.validateStruct(value.Type(), value)
	case reflect.Slice, reflect.Array:
		return v.validateElements(value)
	}
	return nil
}

// validateStruct validates a struct or a pointer to one. A time has no rules.
func (v *defaultValidator) validateStruct(typ reflect.Type, value reflect.Value) (err error) {
	if rules, ok := v.plainly(typ); ok && rules.keeps(reflect.Indirect(value)) {
		return nil
	}
	if isRecursive(typ) && isDeeper(value, maxDepth) {
		return Errors{{Rule: "max", Param: strconv.Itoa(maxDepth), Message: "is nested more than " + strconv.Itoa(maxDepth) + " levels deep", Err: ErrTooDeep}}
	}
	defer func() {
		if panicked := recover(); panicked != nil {
			err = v.validateCarefully(typ, value, panicked)
		}
	}()
	err = v.engine().Struct(value.Interface())
	if _, isTime := err.(*validator.InvalidValidationError); isTime {
		return nil
	}
	return err
}

func (v *defaultValidator) validateElements(list reflect.Value) error {
	if !hasRules(list.Type().Elem()) {
		return nil
	}
	var errs SliceValidationError
	for i, failed := 0, 0; i < list.Len() && failed < maxErrors; i++ {
		elem := list.Index(i)
		if elem.Kind() == reflect.Struct && elem.CanAddr() {
			elem = elem.Addr()
		}
		if err := v.validateValue(elem); err != nil {
			errs = append(errs, make(SliceValidationError, i-len(errs)+1)...)
			errs[i] = err
			failed++
		}
	}
	if errs == nil {
		return nil
	}
	return errs
}

// validate validates what was bound from a source. Another StructValidator's errors
// are its own.
func validate(obj any, source string) error {
	if Validator == nil {
		return nil
	}
	err := Validator.ValidateStruct(obj)
	if v, ok := Validator.(*defaultValidator); ok && err != nil {
		return v.inSource(err, reflect.ValueOf(obj), source, placedIn(source))
	}
	return err
}

// checked validates what was bound and puts what is found behind errs, the fields
// that could not be filled. Rules of those say nothing.
func checked(obj any, source string, errs Errors) error {
	err := validate(obj, source)
	if len(errs) == 0 {
		return err
	}
	failed := make(map[string]bool, len(errs))
	for _, fe := range errs {
		failed[baseName(fe.Field)] = true
	}
	return errs.and(err, reflect.TypeOf(obj), placedIn(source), func(fe *FieldError) bool { return failed[baseName(fe.Field)] })
}

// baseName is the first name of a path: the key.
func baseName(path string) string {
	if end := strings.IndexAny(path, ".["); end > 0 {
		return path[:end]
	}
	return path
}
