package binding

import (
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strings"

	"github.com/go-playground/validator/v10"
)

// What an any holds is for the client to say, and the validator panics where a rule
// does not fit: `eq=admin` and a number, `unique` and an object. Such a value breaks the
// rule. A panic says neither which field nor which rule it was, so what panicked is
// validated again by a second validator, made for its type. Each rule of that one asks
// the first one about one value, and takes a panic for a no if the client has chosen the
// value. Otherwise the rule contradicts the type of its field, a mistake of the program.
// See docs/internals/15-binding.md.

// validateCarefully validates what made the validator panic.
func (v *defaultValidator) validateCarefully(typ reflect.Type, value reflect.Value, panicked any) error {
	if text, ok := panicked.(string); ok && (strings.HasPrefix(text, "Undefined validation") || strings.HasPrefix(text, "Invalid validation")) {
		panic("dram: " + noRule(typ, text))
	}
	second, ok := v.second.Load(typ)
	if !ok {
		second, _ = v.second.LoadOrStore(typ, v.newSecond(typ))
	}
	err := second.(*validator.Validate).Struct(value.Interface())
	if err != nil {
		return err
	}
	// It was not a rule of a tag: one of RegisterStructValidationMapRules, say.
	text, _ := panicked.(string)
	if holdsInterface(typ) && (strings.HasPrefix(text, "Bad field type") || strings.HasPrefix(text, "strconv.")) {
		return Errors{{Rule: ruleType, Param: "object", Message: "has a value that does not fit its rule", Err: errors.New(text)}}
	}
	panic(panicked)
}

// newSecond makes the second validator for a struct type and all that it consists of.
func (v *defaultValidator) newSecond(root reflect.Type) *validator.Validate {
	second := validator.New()
	second.RegisterTagNameFunc(clientName)
	known := map[string]bool{"": true, "-": true, "omitempty": true, "omitnil": true, "omitzero": true, "dive": true, "keys": true, "endkeys": true,
		"structonly": true, "nostructlevel": true, "required": true, "isdefault": true}
	register := func(name string, rule validator.Func) {
		if !known[name] {
			known[name] = true
			_ = second.RegisterValidation(name, rule, true) // v has taken the name
		}
	}
	register(ruleDive, isOfKind)
	for _, name := range []string{"iso3166_1_alpha_numeric", "iso3166_1_alpha_numeric_eu"} {
		register(name, v.fits(name)) // country_code and eu_country_code consist of them
	}
	eachStruct(root, map[reflect.Type]visit{}, func(typ reflect.Type, _ bool) {
		rules := make(map[string]string)
		for i := range typ.NumField() {
			sf := typ.Field(i)
			var tag []string
			all := strings.Split(sf.Tag.Get("binding"), ",")
			for i, alternatives := range all {
				for _, rule := range strings.Split(alternatives, "|") {
					name, _, _ := strings.Cut(rule, "=")
					register(name, v.fits(name))
				}
				// The validator dives into whatever there is, so ask before.
				switch {
				case alternatives == "dive" && i+1 < len(all) && all[i+1] == "keys":
					tag = append(tag, ruleDive+"=object")
				case alternatives == "dive":
					tag = append(tag, ruleDive+"=array")
				}
				tag = append(tag, alternatives)
			}
			rules[sf.Name] = strings.Join(tag, ",")
		}
		second.RegisterStructValidationMapRules(rules, reflect.Zero(typ).Interface())
	})
	return second
}

// fits is a rule that holds where v's rule of this name does.
func (v *defaultValidator) fits(name string) validator.Func {
	return func(level validator.FieldLevel) (ok bool) {
		value := level.Field()
		static := staticType(level)
		defer judge(level, static, name, &ok)
		if value.Kind() == reflect.Struct && !value.Type().ConvertibleTo(timeType) {
			return true // the validator would validate the struct itself
		}
		other := level.Parent()
		if strings.HasSuffix(name, "csfield") {
			other = level.Top()
		}
		if !other.CanInterface() { // an embedded struct of an unexported type
			other = reflect.Zero(other.Type())
		}
		param := strings.NewReplacer(",", "0x2C", "|", "0x7C").Replace(level.Param())
		return v.engine().VarWithValue(asHeld(value, static), other.Interface(), name+"="+param) == nil
	}
}

// asHeld returns the value as the validator found it: behind a pointer, if it was.
func asHeld(value reflect.Value, static reflect.Type) any {
	switch {
	case value.Kind() == reflect.Interface:
		return (*any)(nil)
	case value.Kind() != reflect.Pointer && static != nil && (static.Kind() == reflect.Interface || static.Kind() == reflect.Pointer):
		ptr := reflect.New(value.Type())
		ptr.Elem().Set(value)
		return ptr.Interface()
	}
	return value.Interface()
}

// ruleDive is what a dive fails with when there is nothing to dive into. To a client it is
// the rule "type".
const (
	ruleDive    = "dram-type"
	ruleDiveTag = "dive"
)

// isOfKind is the rule before a dive, with the parameter array, which an object passes as
// well, or object.
func isOfKind(level validator.FieldLevel) (ok bool) {
	kind := level.Field().Kind()
	if kind == reflect.Map || level.Param() == "array" && isList(kind) {
		return true
	}
	defer judge(level, staticType(level), ruleDiveTag, &ok)
	panic("a value of kind " + kind.String())
}

// judge recovers from the panic of a rule: it makes it false if the client has chosen
// the value, or that of a field that the rule compares with.
func judge(level validator.FieldLevel, static reflect.Type, name string, ok *bool) {
	panicked := recover()
	if panicked == nil {
		return
	}
	open := static == nil || isOpen(static, panicked)
	for _, other := range strings.Fields(level.Param()) {
		open = open || isOpen(typeAt(level.Parent().Type(), other), panicked) || isOpen(typeAt(level.Top().Type(), other), panicked)
	}
	if !open {
		rule := strings.TrimSuffix(name+"="+level.Param(), "=")
		if name == ruleDiveTag { // whose parameter is ours
			rule = name
		}
		panic(fmt.Sprintf("dram: field %s of %s: the rule %q does not fit the type %s (%v); %s",
			level.StructFieldName(), level.Parent().Type(), rule, static, panicked, instead(rule, static)))
	}
	*ok = false
}

// instead says what to write for a rule that does not fit a type.
func instead(rule string, static reflect.Type) string {
	kind := valueType(static).Kind()
	switch {
	case strings.HasPrefix(rule, "dive"):
		return "take dive out of the tag `binding`, or make the field a list or a map"
	case isList(kind), kind == reflect.Map:
		return fmt.Sprintf("write binding:%q for a rule of its elements, or a rule for %s", "dive,"+rule, article(typeName(static)))
	}
	return "write a rule for " + article(typeName(static)) + " into the tag `binding`"
}

// isOpen reports whether a client may put a value into typ that made a rule panic: typ
// is an interface, or has one inside which the rule could not compare or convert.
func isOpen(typ reflect.Type, panicked any) bool {
	if typ == nil {
		return false
	}
	if valueType(typ).Kind() == reflect.Interface {
		return true
	}
	switch panicked.(type) {
	case runtime.Error, *reflect.ValueError:
	default:
		return false
	}
	return holdsInterface(typ)
}

// holdsInterface reports whether there is an interface anywhere in typ.
func holdsInterface(typ reflect.Type) bool {
	found := elementType(typ).Kind() == reflect.Interface
	eachStruct(typ, map[reflect.Type]visit{}, func(typ reflect.Type, _ bool) {
		for i := range typ.NumField() {
			found = found || elementType(typ.Field(i).Type).Kind() == reflect.Interface
		}
	})
	return found
}

// staticType returns the type of the field or the element, as the program wrote it; nil
// if it is not known.
func staticType(level validator.FieldLevel) reflect.Type {
	return typeAt(level.Parent().Type(), level.StructFieldName())
}

// typeAt follows a path of Go names from a struct type.
func typeAt(typ reflect.Type, path string) reflect.Type {
	for path != "" && typ != nil {
		name, _, levels, rest := nextName(path)
		sf, _ := fieldOf(typ, name)
		typ, path = elemOf(sf.Type, levels), rest
	}
	return typ
}
