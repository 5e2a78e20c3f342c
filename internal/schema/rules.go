package schema

// The tag binding, read as the validator reads it: rule after rule, and each may end the
// matter. "omitempty,min=3" is: the empty string, or at least three characters.

import (
	"reflect"
	"slices"
	"strings"
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
			s.and(b.orZero(own[i:], rest, class, pointer))
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
		return &Schema{Comment: a.String()}, nil
	case class == isAny && known.on != everything:
		b.inexact([]item{{a}}, "what the value is, is for the client to say")
		return &Schema{Comment: a.String()}, nil
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

// refusesAll returns an error if no value fits what the rules of a field ask.
func (b builder) refusesAll(s *Schema, rules []item) error {
	why := ""
	const more = "ask for more than they allow"
	reversed := func(least, most *int64) bool { return least != nil && most != nil && *least > *most }
	low := stricterNumber(s.Minimum, s.ExclusiveMinimum, 1)
	high := stricterNumber(s.Maximum, s.ExclusiveMaximum, -1)
	switch {
	case reversed(s.MinLength, s.MaxLength), reversed(s.MinItems, s.MaxItems), reversed(s.MinProperties, s.MaxProperties):
		why = more
	case slices.Contains(s.Type, "integer") && s.ExclusiveMinimum != "" && s.ExclusiveMaximum != "" && compareNumbers(sum(s.ExclusiveMinimum, "1"), s.ExclusiveMaximum) >= 0:
		why = more
	case low != "" && high != "" && (compareNumbers(low, high) > 0 || compareNumbers(low, high) == 0 && (low == s.ExclusiveMinimum || high == s.ExclusiveMaximum)):
		why = more
	case s.Const != nil && !fits(s, s.Const):
		why = "ask for one value and refuse it"
	case s.Enum != nil && !slices.ContainsFunc(s.Enum, func(v any) bool { return fits(s, v) }):
		why = "name values, none of which they accept"
	default:
		return nil
	}
	if len(rules) == 1 {
		return b.fail(texts(rules), "leaves no value of the field's type: correct it")
	}
	return b.fail(texts(rules), why+", so that no value is accepted: correct one of them")
}
