package schema

// Lists, arrays and maps.

import (
	"reflect"
	"strings"
)

// collection describes a list or a map.
func (b builder) collection(s *Schema, typ reflect.Type, elements *elementRules, v variant) error {
	var keys, values []item
	if elements != nil {
		keys, values = elements.keys, elements.values
	} else if v == checked {
		v = unchecked
		b.unasked(typ)
	}
	inner := b
	inner.field += "[]"
	item, err := inner.value(typ.Elem(), values, v)
	if err != nil {
		return err
	}
	if typ.Kind() != reflect.Map {
		s.Type, s.Items = Types{"array"}, item
		if typ.Kind() != reflect.Array {
			return nil
		}
		b.array(s, typ.Len(), v)
		accepted := true
		if v == checked { // the rules are asked of items that were not sent too
			accepted, err = inner.acceptsZero(typ.Elem(), values)
		}
		if !accepted {
			s.MinItems = count(typ.Len())
		}
		return err
	}
	s.Type = Types{"object"}
	if item.constrains() {
		s.AdditionalProperties = item
	}
	s.PropertyNames, err = inner.mapKeys(typ.Key(), keys, v)
	return err
}

// maxTuple is how many items an array may have to be described one by one.
const maxTuple = 8

// array bounds the items of an array. encoding/json reads fewer and more, and does not look at
// what is too much.
func (b builder) array(s *Schema, size int, v variant) {
	switch {
	case v == written || b.text != nil:
		s.MinItems, s.MaxItems = count(size), count(size)
	case size <= maxTuple:
		for range size {
			s.PrefixItems = append(s.PrefixItems, s.Items)
		}
		s.Items = nil
	}
}

// mapKeys describes the names of an object that is a map.
func (b builder) mapKeys(typ reflect.Type, rules []item, v variant) (*Schema, error) {
	b.field += "(key)"
	if kind := typ.Kind(); kind != reflect.String && !isInt(kind) && !isUint(kind) && !has(typ, textReader) && !has(typ, textWriter) {
		return nil, b.fail("", "has the type "+typ.String()+", which JSON cannot have as the name of a member: use a string or an integer, or give the type MarshalText and UnmarshalText")
	}
	switch {
	case typ.Kind() == reflect.String && (v == written || !has(typ, textReader)):
		names, err := b.rules(typ, rules, false, v)
		if err != nil || names.isEmpty() {
			return nil, err
		}
		return names, nil
	case len(rules) > 0 && v != written:
		b.inexact(rules, "its keys are text in JSON, but not in Go")
	}
	digits := strings.Split("0 1 2 3 4 5 6 7 8 9 10 11 12 20 99 127", " ") // "05" is 5 as well
	switch {
	case v == written || has(typ, textReader):
		return nil, nil
	case isInt(typ.Kind()):
		return &Schema{Pattern: `^[-+]?[0-9]+$`, samples: digits}, nil
	}
	return &Schema{Pattern: `^[0-9]+$`, samples: digits}, nil
}
