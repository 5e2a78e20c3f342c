package binding

import (
	"cmp"
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"github.com/go-playground/validator/v10"

	"github.com/dram-go/dram/internal/jsonfield"
)

// This file asks about the rules of a type before there is a request. See docs/internals/15-binding.md.

// CheckTags returns an error, ErrTags, for what is wrong with the tags of a struct type, or of those that
// it consists of, and what Bind and the validator say nothing of: an option of the tags form, header and uri
// that means nothing, and a rule that names a field which is not there: eqfield refuses every value then, and
// required_if lets every one pass. In debug mode the Context's Bind methods print it.
func CheckTags(typ reflect.Type) error { return cmp.Or(checkOptions(typ), checkNames(typ)) }

// CheckRules is CheckTags, and reports whether the validator knows the rules, and whether defaults
// keep the rules of their fields, for those who would rather know before the first request: it
// asks them about zero values. The error is ErrTags, and names the rule, and one that is like it.
func CheckRules(typ reflect.Type) (err error) {
	if err := CheckTags(typ); err != nil {
		return err
	}
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

// checkOptions returns an error for an option in the tags of a field which means nothing.
func checkOptions(root reflect.Type) (err error) {
	eachStruct(root, map[reflect.Type]visit{}, func(typ reflect.Type, again bool) {
		for i := 0; i < typ.NumField() && err == nil && !again; i++ {
			if jsonfield.Formats(typ.Field(i)) {
				err = fmt.Errorf("%w: field %s of %s %s", ErrTags, typ.Field(i).Name, typ, tagMistake(typ.Field(i), false))
			}
			for _, tag := range []string{sourceForm, sourceHeader, sourceURI} {
				if o, _ := parseOptions(typ.Field(i), tag); o.unknown != "" {
					err = fmt.Errorf("%w: field %s of %s: %w", ErrTags, typ.Field(i).Name, typ, o.meansNothing(tag))
				}
			}
		}
	})
	return err
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

// checkNames returns an error for a rule that names a field which is not there.
func checkNames(root reflect.Type) (err error) {
	if _, ok := Validator.(*defaultValidator); !ok {
		return nil
	}
	eachStruct(root, map[reflect.Type]visit{}, func(typ reflect.Type, again bool) {
		for i := 0; i < typ.NumField() && err == nil && !again; i++ {
			sf := typ.Field(i)
			for _, rule := range strings.FieldsFunc(sf.Tag.Get("binding"), func(r rune) bool { return r == ',' || r == '|' }) {
				if name := noField(typ, rule); name != "" {
					err = fmt.Errorf("%w: field %s of %s: the rule %q names %q, which is not a field of %s: write a field's Go name", ErrTags, sf.Name, typ, rule, name, typ)
				}
			}
		}
	})
	return err
}

// The rules that name fields of the same struct, and the words of a parameter, as the validator has them.
var (
	comparesFields = regexp.MustCompile(`^((eq|ne|gte?|lte?)field|field(contains|excludes))$`)
	asksForFields  = regexp.MustCompile(`^(skip_unless|(required|excluded)_(if|unless|with(_all)?|without(_all)?))$`)
	word           = regexp.MustCompile(`'[^']*'|\S+`)
)

// noField returns the name in a rule of a field that typ does not have. What the rules that begin at
// the outermost struct name (eqcsfield) is not asked, which may be any.
func noField(typ reflect.Type, rule string) string {
	rule, param, _ := strings.Cut(rule, "=")
	var names []string
	step := 1
	switch {
	case comparesFields.MatchString(rule), rule == "excluded_without": // whose parameter is one name
		names = []string{strings.TrimSpace(param)}
	case asksForFields.MatchString(rule):
		names = word.FindAllString(param, -1)
		if strings.HasSuffix(rule, "_if") || strings.HasSuffix(rule, "_unless") {
			step = 2 // each with a value
		}
	}
	for i := 0; i < len(names); i += step {
		if name := strings.ReplaceAll(names[i], "'", ""); !hasField(typ, name) {
			return name
		}
	}
	return ""
}

// hasField reports whether there may be a field at a path of Go names: what is in an interface is
// for the client to say.
func hasField(typ reflect.Type, path string) bool {
	for path != "" {
		name, _, levels, rest := nextName(path)
		sf, ok := fieldOf(typ, name)
		if !ok {
			return typ != nil && valueType(typ).Kind() == reflect.Interface
		}
		typ, path = elemOf(sf.Type, levels), rest
	}
	return true
}
