package binding

// What the validator says of a plain rule that is broken is the same each time, but for the value.
// So it is asked once, and All says it from then on by itself: a request that breaks rules costs
// little more than one that keeps them.
// See docs/internals/15-binding.md.

import (
	"reflect"
	"slices"

	"github.com/go-playground/validator/v10"
)

// said is what was said of a rule, without a value, and what a client is told, without Err.
type said struct {
	validator.FieldError
	told   FieldError
	source string // of the body, which names of fields depend on
	next   *said  // of another source
	// made is that of the validator, which a program that never binds would link for As if it were called by its name.
	made func(...validator.FieldError) validator.ValidationErrors
}

// in returns what was said where the body comes from a source, nil if nothing was.
func (s *said) in(source string) *said {
	for s != nil && s.source != source {
		s = s.next
	}
	return s
}

// brokenRule is what is said of a value. Only errors of the validator's own have translations.
type brokenRule struct {
	*said
	value any
}

func (b *brokenRule) Value() any { return b.value }

// saidOf returns what was said of broken rules; nil if that is not known of them all.
func saidOf(found []breach, source string) error {
	rules, list := make([]brokenRule, len(found)), make(brokenRules, len(found))
	for i, at := range found {
		known := at.rule.said.Load().in(source)
		if known == nil || !at.value.CanInterface() { // an embedded type's that is not exported
			return nil
		}
		rules[i] = brokenRule{known, at.value.Interface()}
		list[i] = &rules[i]
	}
	return list
}

// remember keeps what the validator has said of broken rules, if they are those that were found.
func (v *defaultValidator) remember(found []breach, errs validator.ValidationErrors, source string) {
	if len(found) != len(errs) {
		return
	}
	for i, at := range found {
		if errs[i].Tag() != at.rule.name || errs[i].Param() != at.rule.param {
			return
		}
	}
	for i, at := range found {
		before := at.rule.said.Load()
		if before.in(source) != nil {
			continue
		}
		now := &said{FieldError: errs[i], made: v.made, told: *ruleError(errs[i]), source: source, next: before}
		now.FieldError, now.told.Err = v.made(&brokenRule{now, reflect.Zero(errs[i].Type()).Interface()})[0], nil
		at.rule.said.Store(now)
	}
}

// brokenRules is the error of All where nothing but rules is broken: validator.ValidationErrors,
// but for elements that are not the validator's own.
type brokenRules validator.ValidationErrors

func (b brokenRules) Error() string { return validator.ValidationErrors(b).Error() }

// As makes the validator's own errors, which have translations, or those that FieldErrors lists.
func (b brokenRules) As(target any) bool {
	switch target := target.(type) {
	case *validator.ValidationErrors:
		*target = b.own()
	case *Errors:
		*target = ruleErrors(b)
	default:
		return false
	}
	return true
}

func (b brokenRules) own() validator.ValidationErrors {
	list := slices.Clone(validator.ValidationErrors(b))
	for i, rule := range list {
		if said, ok := rule.(*brokenRule); ok {
			list[i] = said.made(said)[0]
		}
	}
	return list
}
