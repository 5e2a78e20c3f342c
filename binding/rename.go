package binding

import (
	"strings"

	"github.com/go-playground/validator/v10"
)

// The validator asks for one name per struct field, once. Where the source that was
// bound calls the field otherwise, its error has to be made anew, and only the
// validator can make one that its Translate accepts: a struct-level validation may
// report errors with names of its choice. renaming is the struct that is
// "validated" for it. Its type has no name, so nothing is put before these names.
// All else about the error stays, but for the ActualTag of an alias: it becomes the
// alias.
type renaming = struct{ report func(validator.StructLevel) }

func report(level validator.StructLevel) {
	level.Current().Interface().(renaming).report(level)
}

// rename returns fe with the client's names. Names that a program's own tag-name
// function gave stay.
func rename(fe validator.FieldError, n names) validator.FieldError {
	if fe.Field() == n.field || fe.Field() != n.usual {
		return fe
	}
	v, ok := Validator.(*defaultValidator)
	if !ok {
		return fe
	}
	reported := v.reported(func(level validator.StructLevel) {
		level.ReportError(fe.Value(), n.field, fe.StructField(), fe.Tag(), fe.Param())
	})
	// The names before the last one come in a second step.
	before := strings.TrimSuffix(n.namespace, n.field)
	goBefore := strings.TrimSuffix(fe.StructNamespace(), fe.StructField())
	reported = v.reported(func(level validator.StructLevel) {
		level.ReportValidationErrors(before, goBefore, reported)
	})
	return reported[0]
}

func (v *defaultValidator) reported(report func(validator.StructLevel)) validator.ValidationErrors {
	errs, _ := v.engine().Struct(renaming{report}).(validator.ValidationErrors)
	return errs
}
