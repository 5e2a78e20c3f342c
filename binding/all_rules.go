package binding

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"github.com/go-playground/validator/v10"
)

// This file asks about the rules of a type before there is a request. See docs/internals/15-binding.md.

// CheckRules reports whether the validator knows the rules in the tags of a struct type, and of
// those that it consists of, and whether defaults keep the rules of their fields, for those who
// would rather know before the first request: it asks them about zero values. The error is
// ErrTags, and names the rule, and one that is like it.
func CheckRules(typ reflect.Type) (err error) {
	v, ok := Validator.(*defaultValidator)
	if !ok {
		return nil
	}
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("%w: %s", ErrTags, strings.TrimPrefix(fmt.Sprint(panicked), "dram: "))
		}
	}()
	eachStruct(typ, map[reflect.Type]visit{}, func(typ reflect.Type, again bool) {
		if !again {
			_ = v.validateStruct(typ, reflect.New(typ))
		}
	})
	return v.checkDefaults(typ)
}

// checkDefaults returns an error for a default that breaks a rule of its field: without the value
// every request would be refused.
func (v *defaultValidator) checkDefaults(typ reflect.Type) error {
	p, err := allPlanFor(typ)
	if err != nil {
		return nil // which is another mistake
	}
	for _, from := range []*plan{p.uri, p.query, p.header, p.cookie, p.form} {
		for _, f := range from.fields {
			if f.defaults == nil {
				continue
			}
			target := reflect.New(typ)
			if err := f.set(f.reach(target.Elem()), f.defaults); err != nil {
				return fmt.Errorf("%w: %w", ErrTags, err)
			}
			broken, _ := v.validateStruct(typ, target).(validator.ValidationErrors)
			name := goName(typ, f.index)
			for _, rule := range broken {
				at := strings.TrimPrefix(rule.StructNamespace(), typ.Name()+".")
				if isWithin(at, name) && !looksAside.MatchString(rule.Tag()) {
					return fmt.Errorf("%w: field %s of %s: the default %q breaks the rule %q of its own field: correct one of them",
						ErrTags, name, typ, strings.Join(f.defaults, ";"), strings.TrimSuffix(rule.Tag()+"="+rule.Param(), "="))
				}
			}
		}
	}
	return nil
}

// looksAside matches the rules that depend on other fields.
var looksAside = regexp.MustCompile(`field|^(required|excluded|skip)_`)
