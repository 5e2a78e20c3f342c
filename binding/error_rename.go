package binding

import (
	"reflect"
	"strings"

	"github.com/go-playground/validator/v10"
)

// The validator asks for one name per struct field, once, and puts the Go type before
// it. Programs that came from Gin assert validator.ValidationErrors and translate them,
// and only the validator can make an error that its Translate accepts. A struct-level
// validation may report errors under names of its choice: report is one, called for the
// struct type renaming, which has no name that would be put before these.
//
// All else about the error stays, but for the ActualTag of an alias: it is the alias.
// See docs/internals/15-binding.md.

type renaming = struct{ report func(validator.StructLevel) }

func report(level validator.StructLevel) {
	level.Current().Interface().(renaming).report(level)
}

// renamed is a broken rule, its place in the list, and what it is called.
type renamed struct {
	validator.FieldError
	at            int
	before, field string
}

// rename replaces each error by one with the source and the client's path as its Namespace and
// the last name of the path as its Field, or the one that a program's own tag-name function gave.
func (v *defaultValidator) rename(errs validator.ValidationErrors, root reflect.Type, placed placing) {
	list := make([]renamed, 0, len(errs))
	for i, fe := range errs {
		steps := followed(root, fe.StructNamespace())
		if len(steps) == 0 {
			continue
		}
		source, tag, tagged := placed(steps)
		before, field := clientPath(steps, tag, isFlat(source), tagged)
		given := steps[len(steps)-1].given()
		if fe.Namespace() != given && !strings.HasSuffix(fe.Namespace(), "."+given) {
			field = fe.Field()
		}
		list = append(list, renamed{fe, i, source + "." + before, field})
	}
	reported := v.reported(func(level validator.StructLevel) {
		for _, r := range list {
			level.ReportError(r.Value(), r.field, r.StructField(), r.Tag(), r.Param())
		}
	})
	// The names before the last one come in a second step.
	reported = v.reported(func(level validator.StructLevel) {
		for i, r := range list {
			level.ReportValidationErrors(r.before, strings.TrimSuffix(r.StructNamespace(), r.StructField()), reported[i:i+1])
		}
	})
	for i, r := range list {
		errs[r.at] = reported[i]
	}
}

func (v *defaultValidator) reported(report func(validator.StructLevel)) validator.ValidationErrors {
	errs, _ := v.engine().Struct(renaming{report}).(validator.ValidationErrors)
	return errs
}
