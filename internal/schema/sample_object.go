package schema

// Objects and lists of values: what is required, some of the rest, and what conditions ask for.

import (
	"maps"
	"slices"
)

// members makes an object: what is required, and some of the rest.
func (p sampler) members(f *Schema) (any, bool) {
	object := make(map[string]any)
	inner := p
	inner.level++
	for _, property := range f.Properties {
		required := slices.Contains(f.Required, property.Name)
		if !required && (p.level > maxLevel || p.coin()) {
			continue
		}
		v, ok := inner.fitting(property.Schema)
		if !ok && required {
			return nil, false
		}
		if ok {
			object[property.Name] = v
		}
	}
	if len(f.Properties) == 0 {
		return object, inner.entries(f, object)
	}
	for range 3 { // one condition may make another one true
		p.keep(f, object, inner)
	}
	return object, true
}

// fitting is value, which it tries again until it fits.
func (p sampler) fitting(s *Schema) (v any, ok bool) {
	for range maxTries / 3 {
		if v, ok = p.value(s); ok && fitsStrictly(s, v) {
			return v, true
		}
	}
	return nil, false
}

// keep adds and removes members until the conditions of an object hold.
func (p sampler) keep(f *Schema, object map[string]any, inner sampler) {
	add := func(name string, narrower *Schema) {
		both := &Schema{}
		for _, s := range []*Schema{f.Properties.Get(name), narrower} {
			if s != nil {
				both.AllOf = append(both.AllOf, s)
			}
		}
		if v, ok := inner.fitting(both); ok {
			object[name] = v
		}
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		for _, other := range f.DependentRequired[name] {
			if _, ok := object[other]; !ok {
				add(other, nil)
			}
		}
	}
	for _, condition := range f.AllOf {
		if condition.If == nil || !fits(condition.If, object) || fits(condition.Then, object) {
			continue
		}
		then := condition.Then
		if then.Not != nil {
			for _, name := range then.Not.Required {
				delete(object, name)
			}
			continue
		}
		for _, name := range then.Required {
			add(name, then.Properties.Get(name))
		}
	}
}

// entries fills a map.
func (p sampler) entries(f *Schema, object map[string]any) bool {
	least := length(f.MinProperties, 0)
	n := p.size(least, 3, f.MaxProperties)
	names, values := &Schema{Type: Types{"string"}}, &Schema{}
	if f.PropertyNames != nil {
		names.and(f.PropertyNames)
	}
	if f.AdditionalProperties != nil {
		values = f.AdditionalProperties
	}
	for tries := 0; len(object) < n && tries < maxTries; tries++ {
		name, named := p.fitting(names)
		value, ok := p.fitting(values)
		if text, isText := name.(string); named && ok && isText {
			object[text] = value
		}
	}
	return len(object) >= least
}
