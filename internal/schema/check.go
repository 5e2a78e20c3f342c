package schema

// The evaluator: whether a value of JSON fits a schema, for the keywords that this package
// writes. A format is a hint and refuses nothing, but for the bounds of int64 and uint64.

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/dram-go/dram/internal/jsonpointer"
)

// Fault is where a value does not fit its schema. It does not repeat the value.
type Fault struct {
	Path    string // a JSON pointer: "/items/2/qty", "" for the value itself
	Keyword string // "minLength"
	Message string // "must have at least 3 characters"
}

func (f Fault) String() string { return fmt.Sprintf("%q (%s) %s", f.Path, f.Keyword, f.Message) }

// maxFaults bounds what Check reports of one value.
const maxFaults = 100

// Check returns where a value does not fit a schema; nil if it does. The value is decoded JSON: nil,
// bool, json.Number (or a float64 or int of Go), string, []any, map[string]any.
func (r *Registry) Check(s *Schema, v any) []Fault {
	e := evaluator{}
	e.value(s, v, "")
	return e.faults
}

type evaluator struct {
	faults []Fault
	strict bool // ask the validator for the rules that a schema says less of
}

// fits reports whether a value fits, without saying why not.
func fits(s *Schema, v any) bool { return evaluator{}.fits(s, v) }

func (e evaluator) fits(s *Schema, v any) bool {
	e.faults = nil
	e.value(s, v, "")
	return len(e.faults) == 0
}

func (e *evaluator) report(path, keyword, format string, args ...any) {
	if len(e.faults) < maxFaults {
		e.faults = append(e.faults, Fault{path, keyword, fmt.Sprintf(format, args...)})
	}
}

// value evaluates all keywords of a schema.
func (e *evaluator) value(s *Schema, v any, path string) {
	if s == nil {
		return
	}
	if s.Ref != nil {
		e.value(s.Ref.schema, v, path)
	}
	if len(s.Type) > 0 && !slices.ContainsFunc(s.Type, func(name string) bool { return isOfType(v, name) }) {
		e.report(path, "type", "must be %s", strings.Join(s.Type, " or "))
		return
	}
	if s.Const != nil && !equalJSON(s.Const, v) {
		e.report(path, "const", "must be %v", s.Const)
	}
	if s.Enum != nil && !slices.ContainsFunc(s.Enum, func(one any) bool { return equalJSON(one, v) }) {
		e.report(path, "enum", "must be one of %v", s.Enum)
	}
	switch v := v.(type) {
	case string:
		e.text(s, v, path)
	case []any:
		e.list(s, v, path)
	case map[string]any:
		e.members(s, v, path)
	default:
		if n, ok := asNumber(v); ok {
			e.number(s, n, path)
		}
	}
	e.combined(s, v, path)
}

// combined evaluates allOf and the like.
func (e *evaluator) combined(s *Schema, v any, path string) {
	for _, part := range s.AllOf {
		e.value(part, v, path)
	}
	one := func(part *Schema) bool { return e.fits(part, v) }
	switch {
	case s.AnyOf == nil, slices.ContainsFunc(s.AnyOf, one):
	case s.isNullable(): // it is not null, so it is to be the other
		e.value(s.AnyOf[0], v, path)
	default:
		e.report(path, "anyOf", "fits none of the alternatives")
	}
	e.oneOf(s, v, path)
	if s.Not != nil && fits(s.Not, v) {
		e.report(path, "not", "has a value that is excluded")
	}
	switch {
	case s.If == nil:
	case fits(s.If, v):
		e.value(s.Then, v, path)
	default:
		e.value(s.Else, v, path)
	}
}

// oneOf evaluates the alternatives of a union: that which the discriminator names, if it has
// one.
func (e *evaluator) oneOf(s *Schema, v any, path string) {
	n := 0
	for _, part := range s.OneOf {
		if e.fits(part, v) {
			n++
		}
	}
	if s.OneOf == nil || n == 1 {
		return
	}
	if members, ok := v.(map[string]any); ok && s.Discriminator != nil {
		value, _ := members[s.Discriminator.PropertyName].(string)
		if named := s.Discriminator.Mapping[value]; named != nil {
			e.value(named.schema, v, path)
			return
		}
		at := path + "/" + jsonpointer.Escape(s.Discriminator.PropertyName)
		e.report(at, "oneOf", "must be one of %v", slices.Sorted(maps.Keys(s.Discriminator.Mapping)))
		return
	}
	e.report(path, "oneOf", "fits %d of the alternatives, and has to fit one", n)
}

func (e *evaluator) text(s *Schema, v, path string) {
	n := int64(utf8.RuneCountInString(v))
	if s.MinLength != nil && n < *s.MinLength {
		e.report(path, "minLength", "must have at least %d characters", *s.MinLength)
	}
	if s.MaxLength != nil && n > *s.MaxLength {
		e.report(path, "maxLength", "must have at most %d characters", *s.MaxLength)
	}
	if re := compiled(s.Pattern); re != nil && !re.MatchString(v) {
		e.report(path, "pattern", "must match %s", s.Pattern)
	}
	for _, rule := range s.asked {
		if e.strict && !keeps(v, rule) {
			e.report(path, rule, "must keep the rule")
		}
	}
}

func (e *evaluator) list(s *Schema, v []any, path string) {
	n := int64(len(v))
	if s.MinItems != nil && n < *s.MinItems {
		e.report(path, "minItems", "must have at least %d items", *s.MinItems)
	}
	if s.MaxItems != nil && n > *s.MaxItems {
		e.report(path, "maxItems", "must have at most %d items", *s.MaxItems)
	}
	if s.UniqueItems && repeats(v) {
		e.report(path, "uniqueItems", "must not have an item twice")
	}
	for i, item := range v {
		switch at := path + "/" + strconv.Itoa(i); {
		case i < len(s.PrefixItems):
			e.value(s.PrefixItems[i], item, at)
		case s.Items != nil:
			e.value(s.Items, item, at)
		}
	}
}

func (e *evaluator) members(s *Schema, v map[string]any, path string) {
	n := int64(len(v))
	if s.MinProperties != nil && n < *s.MinProperties {
		e.report(path, "minProperties", "must have at least %d members", *s.MinProperties)
	}
	if s.MaxProperties != nil && n > *s.MaxProperties {
		e.report(path, "maxProperties", "must have at most %d members", *s.MaxProperties)
	}
	e.required(s.Required, v, path, "required")
	for _, name := range slices.Sorted(maps.Keys(v)) {
		at := path + "/" + jsonpointer.Escape(name)
		if s.PropertyNames != nil && !fits(s.PropertyNames, name) {
			e.report(path, "propertyNames", "has a name that is not allowed")
		}
		switch property := s.Properties.Get(name); {
		case property != nil:
			e.value(property, v[name], at)
		case s.AdditionalProperties != nil:
			e.value(s.AdditionalProperties, v[name], at)
		}
		e.required(s.DependentRequired[name], v, path, "dependentRequired")
		if part := s.DependentSchemas.Get(name); part != nil {
			e.value(part, v, path)
		}
	}
}

func (e *evaluator) required(names []string, v map[string]any, path, keyword string) {
	for _, name := range names {
		if _, ok := v[name]; !ok {
			e.report(path+"/"+jsonpointer.Escape(name), keyword, "is missing")
		}
	}
}

func (e *evaluator) number(s *Schema, n json.Number, path string) {
	if s.Minimum != "" && compareNumbers(n, s.Minimum) < 0 {
		e.report(path, "minimum", "must be at least %s", s.Minimum)
	}
	if s.Maximum != "" && compareNumbers(n, s.Maximum) > 0 {
		e.report(path, "maximum", "must be at most %s", s.Maximum)
	}
	if s.ExclusiveMinimum != "" && compareNumbers(n, s.ExclusiveMinimum) <= 0 {
		e.report(path, "exclusiveMinimum", "must be more than %s", s.ExclusiveMinimum)
	}
	if s.ExclusiveMaximum != "" && compareNumbers(n, s.ExclusiveMaximum) >= 0 {
		e.report(path, "exclusiveMaximum", "must be less than %s", s.ExclusiveMaximum)
	}
	var least, most json.Number
	switch s.Format {
	case "int64":
		least, most = "-9223372036854775808", "9223372036854775807"
	case "uint64":
		least, most = "0", "18446744073709551615"
	default:
		return
	}
	if compareNumbers(n, least) < 0 || compareNumbers(n, most) > 0 {
		e.report(path, "format", "must be an integer of 64 bits")
	}
}

var patterns sync.Map // string → *regexp.Regexp; a program's types have finitely many

// compiled returns nil for a pattern that only ECMA-262 knows: a program's own may look ahead.
func compiled(pattern string) *regexp.Regexp {
	if pattern == "" {
		return nil
	}
	if re, ok := patterns.Load(pattern); ok {
		return re.(*regexp.Regexp)
	}
	re, _ := regexp.Compile(pattern)
	patterns.Store(pattern, re)
	return re
}

func isOfType(v any, name string) bool {
	switch v := v.(type) {
	case nil:
		return name == "null"
	case bool:
		return name == "boolean"
	case string:
		return name == "string"
	case []any:
		return name == "array"
	case map[string]any:
		return name == "object"
	default:
		n, ok := asNumber(v)
		if !ok || name != "integer" {
			return ok && name == "number"
		}
		rat, ok := rational(n)
		return ok && rat.IsInt()
	}
}
