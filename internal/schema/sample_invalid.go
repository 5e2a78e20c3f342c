package schema

// Values that break one rule of a schema, and fit it else.

import (
	"cmp"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// Invalid returns a value that does not fit a schema, and what it breaks. ok is false if none
// was found: a schema that accepts everything. It breaks nothing that binding would let pass: no
// null, and no name in another case.
func (r *Registry) Invalid(s *Schema, rnd *rand.Rand) (v any, breaks Fault, ok bool) {
	for tries, failed := 0, 0; tries < maxTries && failed < 3; tries++ {
		valid, err := r.Valid(s, rnd)
		if err != nil {
			failed++
			continue
		}
		left := maxValues
		broken, ok := sampler{rnd, 0, &left}.broken(s, valid)
		if !ok {
			continue
		}
		if faults := r.Check(s, broken); len(faults) > 0 {
			return broken, faults[0], true
		}
	}
	return nil, Fault{}, false
}

// broken changes a value in one place.
func (p sampler) broken(s *Schema, v any) (any, bool) {
	f := p.flat(s)
	if len(f.Type) > 0 && p.IntN(6) == 0 {
		return p.wrongType(f)
	}
	switch v := v.(type) {
	case map[string]any:
		return p.brokenObject(f, v)
	case []any:
		return p.brokenList(f, v)
	case string:
		return p.brokenText(f, v), true
	case json.Number:
		return p.brokenNumber(f), true
	case bool:
		return !v, true
	}
	return p.wrongType(f)
}

// wrongType is a value of another type that nothing reads as this one.
func (p sampler) wrongType(f *Schema) (any, bool) {
	switch {
	case len(f.Type) == 0:
		return nil, false
	case slices.Contains(f.Type, "string"):
		return pick(p, []any{json.Number("7"), true, map[string]any{}}), true
	case slices.Contains(f.Type, "array"):
		return pick(p, []any{json.Number("7"), true, "a"}), true
	}
	return pick(p, []any{"a", []any{}}), true
}

func (p sampler) brokenObject(f *Schema, v map[string]any) (any, bool) {
	out := maps.Clone(v)
	names := slices.Sorted(maps.Keys(v))
	switch {
	case len(names) > 0 && p.IntN(3) > 0:
		name := pick(p, names)
		property := f.Properties.Get(name)
		if property == nil {
			property = f.AdditionalProperties
		}
		if property == nil {
			return nil, false
		}
		broken, ok := p.broken(property, v[name])
		out[name] = broken
		return out, ok
	case len(f.Required) > 0 && p.coin():
		delete(out, pick(p, f.Required))
	case len(f.Properties) > 0 && p.coin(): // a condition may ask for it
		delete(out, pick(p, f.Properties).Name)
	case len(f.Properties) > 0: // or forbid it
		property := pick(p, f.Properties)
		if value, ok := p.fitting(property.Schema); ok {
			out[property.Name] = value
		}
	case f.MinProperties != nil && len(names) > 0:
		delete(out, names[0])
	case f.AdditionalProperties != nil || f.PropertyNames != nil || f.MaxProperties != nil:
		value, _ := p.value(cmp.Or(f.AdditionalProperties, &Schema{}))
		for range length(f.MaxProperties, 0) + 1 {
			out[p.odd()] = value
		}
	}
	return out, true
}

func (p sampler) brokenList(f *Schema, v []any) (any, bool) {
	switch out := slices.Clone(v); {
	case len(v) > 0 && f.Items != nil && p.coin():
		at := p.IntN(len(v))
		broken, ok := p.broken(f.Items, v[at])
		out[at] = broken
		return out, ok
	case f.MinItems != nil && p.coin():
		return out[:max(0, min(len(out), int(*f.MinItems)-1))], true
	case f.UniqueItems && len(v) > 0 && p.coin():
		return append(out, v[0]), true
	case f.MaxItems != nil:
		for len(out) <= length(f.MaxItems, 0) {
			item, ok := p.value(cmp.Or(f.Items, &Schema{}))
			if !ok {
				return nil, false
			}
			out = append(out, item)
		}
		return out, true
	}
	return nil, false
}

func (p sampler) brokenText(f *Schema, v string) string {
	switch {
	case f.MinLength != nil && p.coin():
		chars := []rune(v)
		return string(chars[:min(len(chars), max(0, length(f.MinLength, 0)-1))])
	case f.MaxLength != nil && p.coin():
		return v + strings.Repeat("a", length(f.MaxLength, 0)+1-min(len([]rune(v)), length(f.MaxLength, 0)))
	case f.Not != nil && f.Not.Pattern != "" && p.coin():
		return v + p.matching(f.Not.Pattern, 0)
	case f.Not != nil && f.Not.Const != nil && p.coin():
		if text, ok := f.Not.Const.(string); ok {
			return text
		}
	}
	return pick(p, []string{"", "\x00", "~", v + "\n", "-" + v, p.odd()})
}

// odd is a text that few rules accept.
func (p sampler) odd() string {
	return "\u2007" + strings.Repeat("%", p.IntN(3)+1) + pick(p, []string{"a", "B", "9"})
}

func (p sampler) brokenNumber(f *Schema) json.Number {
	near := bounds(f)
	if f.Not != nil {
		if n, ok := asNumber(f.Not.Const); ok && p.coin() {
			return n
		}
	}
	if len(near) == 0 || p.IntN(6) == 0 {
		near = append(near, "12345678", "-12345678")
	}
	return sum(pick(p, near), pick(p, []json.Number{"0", "1", "-1", "100", "-100"}))
}
