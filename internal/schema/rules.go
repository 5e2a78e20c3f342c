package schema

// The tag binding, read as the validator reads it: rule after rule, and each may end the
// matter. "omitempty,min=3" is: the empty string, or at least three characters.

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/dram-go/dram/binding"
)

// item is what stands between two commas: alternatives, one most often.
type item []alternative

type alternative struct{ name, param string }

func (a alternative) String() string {
	return strings.TrimSuffix(a.name+"="+a.param, "=")
}

func (it item) String() string {
	var texts []string
	for _, a := range it {
		texts = append(texts, a.String())
	}
	return strings.Join(texts, "|")
}

// is reports whether an item is one of the rules, by name.
func (it item) is(names ...string) bool { return len(it) == 1 && slices.Contains(names, it[0].name) }

func texts(items []item) string {
	var all []string
	for _, it := range items {
		all = append(all, it.String())
	}
	return strings.Join(all, ",")
}

// aliases are the validator's.
var aliases = map[string]string{
	"iscolor":         "hexcolor|rgb|rgba|hsl|hsla|cmyk",
	"country_code":    "iso3166_1_alpha2|iso3166_1_alpha3|iso3166_1_alpha_numeric",
	"eu_country_code": "iso3166_1_alpha2_eu|iso3166_1_alpha3_eu|iso3166_1_alpha_numeric_eu",
}

var unescape = strings.NewReplacer("0x2C", ",", "0x7C", "|")

func parseRules(tag string) (items []item) {
	if tag == "" || tag == "-" {
		return nil
	}
	for text := range strings.SplitSeq(tag, ",") {
		var it item
		for text := range strings.SplitSeq(text, "|") {
			if alias, ok := aliases[text]; ok {
				it = append(it, parseRules(alias)[0]...)
				continue
			}
			name, param, _ := strings.Cut(text, "=")
			it = append(it, alternative{name, unescape.Replace(param)})
		}
		items = append(items, it)
	}
	return items
}

// parse reads the rules of a field.
func (b builder) parse(sf reflect.StructField) ([]item, error) {
	items := parseRules(sf.Tag.Get("binding"))
	for i, it := range items {
		for _, a := range it {
			if a.name == "" {
				return nil, b.fail(sf.Tag.Get("binding"), "has an empty name: remove the comma that is too much")
			}
		}
		if it.is("keys") && (i == 0 || !items[i-1].is("dive")) {
			return nil, b.fail("keys", "stands alone: write dive,keys,…,endkeys")
		}
	}
	return items, nil
}

// elementRules are the rules behind dive: of the keys of a map, and of values.
type elementRules struct{ keys, values []item }

func splitDive(items []item) (own []item, elements *elementRules) {
	at := slices.IndexFunc(items, func(it item) bool { return it.is("dive") })
	if at < 0 {
		return items, nil
	}
	own, rest := items[:at], items[at+1:]
	elements = &elementRules{values: rest}
	if len(rest) > 0 && rest[0].is("keys") {
		end := slices.IndexFunc(rest, func(it item) bool { return it.is("endkeys") })
		if end < 0 {
			end = len(rest) - 1
		}
		elements.keys, elements.values = rest[1:end], rest[end+1:]
	}
	return own, elements
}

// isShallow reports whether the rules inside a struct are not asked.
func isShallow(own []item) bool {
	return slices.ContainsFunc(own, func(it item) bool { return it.is("structonly", "nostructlevel") })
}

// acceptsNil reports whether a nil pointer, or an Optional without a value, may keep the rules.
func acceptsNil(rules []item) bool {
	for i, it := range rules {
		switch {
		case it.is("omitempty", "omitnil", "omitzero"), i == 0 && it.is("isdefault"):
			return true
		case !isConditional(it) && !it.is("isdefault"):
			return false
		}
	}
	return true
}

// rules returns what the rules of a value that is not nil ask.
func (b builder) rules(typ reflect.Type, own []item, pointer bool, v variant) (*Schema, error) {
	s := &Schema{}
	if v != checked {
		return s, nil
	}
	class := b.classOf(typ)
	for i, it := range own {
		switch {
		case it.is("omitempty", "omitzero"):
			rest, err := b.rules(typ, own[i+1:], pointer, v)
			if err != nil {
				return nil, err
			}
			if err := b.refusesAll(rest, own[i+1:]); err != nil {
				return nil, err
			}
			s.and(b.orZero(rest, class, it.is("omitzero"), pointer))
			return s, nil
		case it.is("omitnil"):
		case it.is("structonly", "nostructlevel", "dive"):
			return s, nil
		case it.is("required") && i == 0 && class == isStruct && !pointer:
			return nil, b.fail("required", "has no effect on a struct, which is never absent: make the field a pointer, or write the rule for a field of the struct")
		case it.is("required") && i == 0 && class == isStruct:
		case isConditional(it): // of the struct
		default:
			asked, err := b.anyOf(it, typ, class, pointer)
			if err != nil {
				return nil, err
			}
			s.and(asked)
		}
	}
	return s, nil
}

// panicsOnNil returns a rule that the validator asks of nil, for which it panics: one behind
// a conditional rule that nil keeps.
func panicsOnNil(rules []item) (it item, panics bool) {
	for i, it := range rules {
		switch {
		case isConditional(it), i > 0 && it.is("isdefault"):
		case it.is("omitempty", "omitnil", "omitzero", "required"):
			return nil, false
		default:
			return it, i > 0
		}
	}
	return nil, false
}

// anyOf returns what the alternatives of an item ask.
func (b builder) anyOf(it item, typ reflect.Type, class class, pointer bool) (*Schema, error) {
	var all []*Schema
	for _, a := range it {
		s, err := b.rule(a, typ, class, pointer)
		if err != nil {
			return nil, err
		}
		if len(it) == 1 || !s.constrains() {
			return s, nil
		}
		all = append(all, s)
	}
	return &Schema{AnyOf: all}, nil
}

// rule returns what one rule asks.
func (b builder) rule(a alternative, typ reflect.Type, class class, pointer bool) (*Schema, error) {
	s := &Schema{}
	if teach, ok := b.keywords[a.name]; ok {
		teach(s, a.param)
		return s, nil
	}
	known, ok := table[a.name]
	switch {
	case !ok:
		b.note(Note{Unknown, b.owner.String(), b.field, a.String(), "teach it with Keyword"})
		if class == isText {
			s.asked = []string{text(a)}
		}
		return s, nil
	case class == isOpaqueValue && known.on != everything:
		b.inexact([]item{{a}}, "the type reads itself")
		return s, nil
	case class == isAny && known.on != everything:
		b.inexact([]item{{a}}, "what the value is, is for the client to say")
		return s, nil
	case !known.on.has(class):
		return nil, b.fail(a.String(), "does not fit the type "+typ.String()+": "+instead(known.on))
	}
	c := call{builder: b, Schema: s, typ: typ, class: class, param: a.param, pointer: pointer}
	if why := known.apply(&c); why != "" {
		return nil, b.fail(a.String(), why)
	}
	if known.inexact != "" || c.inexact != "" {
		why := known.inexact + c.inexact
		b.inexact([]item{{a}}, why)
		s.Comment = a.String()
		if class == isText && !dependsOnFields(item{a}) {
			s.asked = []string{text(a)}
		}
	}
	return s, nil
}

func (b builder) fail(rule, why string) error {
	return &RuleError{Type: b.owner.String(), Field: b.field, Rule: rule, Why: why}
}

func (b builder) inexact(rules []item, why string) {
	b.note(Note{Inexact, b.owner.String(), b.field, texts(rules), why})
}

// orZero returns what accepts the zero value as well: that of strings, numbers and bools; of
// lists and maps only nil, which is null or absent, unless empty ones count.
func (b builder) orZero(rest *Schema, class class, empty, pointer bool) *Schema {
	zero, ok := zeros[class]
	switch {
	case !rest.constrains():
		return rest
	case pointer && !empty: // a pointer to a zero value is not empty
		return rest
	case class == isList || class == isMap || class == isBytes:
		if !empty {
			return rest
		}
	case !ok: // what is zero cannot be said
		return &Schema{Comment: rest.Comment, samples: rest.samples}
	}
	if len(b.check(rest, zero)) == 0 {
		return rest
	}
	if only := (Schema{Enum: rest.Enum}); reflect.DeepEqual(*rest, only) {
		return &Schema{Enum: append(slices.Clip(rest.Enum), zero)}
	}
	return &Schema{AnyOf: []*Schema{zeroSchema(class, zero), rest}}
}

func zeroSchema(class class, zero any) *Schema {
	switch class {
	case isText:
		return &Schema{MaxLength: count(0)}
	case isBytes: // base64 may have lines
		return &Schema{Pattern: `^[\r\n]*$`}
	case isList:
		return &Schema{MaxItems: count(0)}
	case isMap:
		return &Schema{MaxProperties: count(0)}
	}
	return &Schema{Const: zero}
}

// skipsZeroStruct reports whether the rules inside a struct are not asked when all its
// fields are zero, however they were sent.
func (b builder) skipsZeroStruct(typ reflect.Type, own []item) bool {
	if classOf(typ) != isStruct {
		return false
	}
	at := slices.IndexFunc(own, func(it item) bool { return it.is("omitempty", "omitzero") })
	if at < 0 {
		return false
	}
	if accepted, err := b.acceptsZero(typ, nil); err == nil && accepted {
		return false
	}
	b.inexact(own[at:at+1], "the rules inside a struct whose fields are all zero are not asked: use a pointer")
	return true
}

var undefined = regexp.MustCompile(`Undefined validation function '([^']*)'`)

// acceptsZero asks the validator itself whether a field that nobody sent keeps its rules,
// those aside that depend on other fields.
func (b builder) acceptsZero(typ reflect.Type, rules []item) (ok bool, err error) {
	asked := slices.DeleteFunc(slices.Clone(rules), dependsOnFields)
	for len(asked) >= 0 {
		ok, panicked := validates(typ, asked)
		if panicked == "" {
			return ok, nil
		}
		missing := undefined.FindStringSubmatch(panicked)
		if missing == nil {
			return false, b.fail(texts(rules), "makes the validator panic ("+panicked+"): correct it")
		}
		b.note(Note{Unknown, b.owner.String(), b.field, missing[1], "nor is it known to the validator: register it before the first request"})
		before := len(asked)
		asked = slices.DeleteFunc(asked, func(it item) bool {
			return slices.ContainsFunc(it, func(a alternative) bool { return a.name == missing[1] })
		})
		if len(asked) == before { // it is a rule of a field within
			return true, nil
		}
	}
	return true, nil
}

var escape = strings.NewReplacer(",", "0x2C", "|", "0x7C")

// text is an alternative as the tag has it.
func text(a alternative) string { return alternative{a.name, escape.Replace(a.param)}.String() }

// keeps asks the validator about a text and a rule. What it panics for is not kept.
func keeps(value, rule string) (ok bool) {
	defer func() { _ = recover() }()
	field := reflect.StructOf([]reflect.StructField{{Name: "F", Type: reflect.TypeFor[string](), Tag: reflect.StructTag(fmt.Sprintf("binding:%q", rule))}})
	alone := reflect.New(field)
	alone.Elem().Field(0).SetString(value)
	return binding.Validator == nil || binding.Validator.ValidateStruct(alone.Interface()) == nil
}

// validates has the validator look at a zero value.
func validates(typ reflect.Type, rules []item) (ok bool, panicked string) {
	var tag []string
	for _, it := range rules {
		var names []string
		for _, a := range it {
			names = append(names, text(a))
		}
		tag = append(tag, strings.Join(names, "|"))
	}
	alone := reflect.StructOf([]reflect.StructField{{
		Name: "F", Type: typ, Tag: reflect.StructTag(fmt.Sprintf("binding:%q", strings.Join(tag, ","))),
	}})
	defer func() {
		if why := recover(); why != nil {
			panicked = fmt.Sprint(why)
		}
	}()
	return binding.Validator.ValidateStruct(reflect.New(alone).Interface()) == nil, ""
}

// unasked notes that a list without dive has items with rules.
func (b builder) unasked(typ reflect.Type) {
	if elem, _, _ := unwrapped(typ.Elem()); hasRules(elem, map[reflect.Type]bool{}) {
		b.note(Note{Unasked, b.owner.String(), b.field, "dive", "the rules inside " + elem.String() + " are not asked without it"})
	}
}

func hasRules(typ reflect.Type, seen map[reflect.Type]bool) bool {
	if classOf(typ) != isStruct || seen[typ] {
		return false
	}
	seen[typ] = true
	for i := range typ.NumField() {
		sf := typ.Field(i)
		inner, _, _ := unwrapped(sf.Type)
		if tag := sf.Tag.Get("binding"); tag != "-" && (tag != "" || hasRules(inner, seen)) {
			return true
		}
	}
	return false
}
