package typed

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/dram-go/dram/internal/schema"
)

// This file makes the values that a form of the page begins with: those that the tag example gives,
// and else the plainest that keep the rules.

type prefill struct {
	schemas    *schema.Registry
	components schema.Properties
}

// How deep members are written: optional ones, and all.
const (
	maxPrefill = 2
	maxNested  = 8
)

// text is the value of a field; "" for one that is optional and has no example. A list has a value
// a line.
func (p prefill) text(s *schema.Schema, required bool) string {
	if !required && len(s.Examples) == 0 {
		return ""
	}
	value := p.of(s, 0)
	list, isList := value.([]any)
	if !isList {
		list = []any{value}
	}
	var lines []string
	for _, one := range list {
		lines = append(lines, fmt.Sprint(one))
	}
	return strings.Join(lines, "\n")
}

// of returns a value of a schema: one by chance where the plain one breaks a rule.
func (p prefill) of(s *schema.Schema, level int) any {
	value := p.plain(s, level)
	if len(p.schemas.Check(s, value)) > 0 {
		if other, err := p.schemas.Valid(s, rand.New(rand.NewPCG(1, 1))); err == nil {
			return other
		}
	}
	return value
}

func (p prefill) plain(s *schema.Schema, level int) any {
	switch {
	case s.Const != nil:
		return s.Const
	case len(s.Examples) > 0:
		return s.Examples[0]
	case s.Default != nil:
		return s.Default
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Ref != nil:
		value := p.of(p.components.Get(s.Ref.Name()), level)
		if members, ok := value.(map[string]any); ok { // a member of a union has its name beside
			members = maps.Clone(members)
			for _, property := range s.Properties {
				members[property.Name] = p.of(property.Schema, level)
			}
			return members
		}
		return value
	case level > maxNested: // a type that has to contain itself
		return nil
	case len(s.Type) > 0:
		return p.typed(s, level)
	}
	for _, one := range slices.Concat(s.AnyOf, s.OneOf, s.AllOf) {
		return p.of(one, level)
	}
	return nil
}

// formats are texts of the formats that have a form of their own.
var formats = map[string]string{
	"date-time": "2026-11-26T12:00:00Z", "date": "2026-11-26", "email": "name@example.com", "uri": "https://example.com/", "uri-reference": "/",
	"uuid": "6ba7b810-9dad-41d1-80b4-00c04fd430c8", "ipv4": "192.0.2.1", "ipv6": "2001:db8::1", "hostname": "example.com",
}

// typed is the plainest value of a type.
func (p prefill) typed(s *schema.Schema, level int) any {
	switch s.Type[0] {
	case "object":
		members := make(map[string]any)
		for _, property := range s.Properties {
			if slices.Contains(s.Required, property.Name) || level < maxPrefill && !property.Schema.Deprecated {
				members[property.Name] = p.of(property.Schema, level+1)
			}
		}
		return members
	case "array":
		if s.Items == nil || level >= maxPrefill {
			return []any{}
		}
		return []any{p.of(s.Items, level+1)}
	case "string":
		if text, ok := formats[s.Format]; ok {
			return text
		}
		return "text"
	case "integer", "number":
		if s.Minimum == "" || len(p.schemas.Check(s, 0)) == 0 {
			return 0
		}
		return s.Minimum
	case "boolean":
		return false
	}
	return nil
}
