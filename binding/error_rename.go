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

// renamed is a broken rule by what it is called.
type renamed struct {
	validator.FieldError
	before, field string
}

func (r renamed) Namespace() string { return r.before + r.field }
func (r renamed) Field() string     { return r.field }

// rename replaces each error by one with the source and the client's path as its Namespace and
// the last name of the path as its Field, or the one that a program's own tag-name function gave:
// Go's name is what the validator takes where it gave none.
func (v *defaultValidator) rename(errs validator.ValidationErrors, root reflect.Type, placed placing) {
	var list []validator.FieldError
	var at []int
	for i, fe := range errs {
		steps := followed(root, fe.StructNamespace())
		if len(steps) == 0 {
			continue
		}
		source, before, field := placed.path(steps)
		given := steps[len(steps)-1].given()
		if fe.Field() != fe.StructField() && fe.Namespace() != given && !strings.HasSuffix(fe.Namespace(), "."+given) {
			field = fe.Field()
		}
		list, at = append(list, renamed{fe, source + "." + before, field}), append(at, i)
	}
	for i, fe := range v.made(list...) {
		errs[at[i]] = fe
	}
}

// asSent returns what fe says, by the client's name of its field where the program's own tag-name
// function gave another.
func asSent(fe *FieldError, root reflect.Type, placed placing) *FieldError {
	rule, ok := fe.Err.(validator.FieldError)
	if !ok {
		return fe
	}
	sent := *fe
	index := ""
	for root = valueType(root); (root.Kind() == reflect.Slice || root.Kind() == reflect.Array) && strings.HasPrefix(sent.Field, "["); root = valueType(root.Elem()) {
		end := strings.IndexByte(sent.Field, ']') + 1
		index, sent.Field = index+sent.Field[:end], sent.Field[end:]
	}
	if steps := followed(root, rule.StructNamespace()); len(steps) > 0 {
		_, before, field := placed.path(steps)
		sent.Field = before + field
	}
	if index == "" {
		return &sent
	}
	return sent.in(index, sent.Source)
}

// made returns errors of the validator's own that say what those in a list say.
func (v *defaultValidator) made(list ...validator.FieldError) validator.ValidationErrors {
	reported := v.reported(func(level validator.StructLevel) {
		for _, fe := range list {
			level.ReportError(fe.Value(), fe.Field(), fe.StructField(), fe.Tag(), fe.Param())
		}
	})
	// The names before the last one come in a second step.
	return v.reported(func(level validator.StructLevel) {
		for i, fe := range list {
			level.ReportValidationErrors(strings.TrimSuffix(fe.Namespace(), fe.Field()), strings.TrimSuffix(fe.StructNamespace(), fe.StructField()), reported[i:i+1])
		}
	})
}

func (v *defaultValidator) reported(report func(validator.StructLevel)) validator.ValidationErrors {
	errs, _ := v.engine().Struct(renaming{report}).(validator.ValidationErrors)
	return errs
}
