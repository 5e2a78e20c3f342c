package validate

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/dram-go/dram/examples/gateway/internal/grammar"
)

// Some services tell names apart by their letters' case, some do not: Go's encoding/json and ASP.NET read "N" as "n". A
// document that has one of them has not checked the other. This file refuses it, wherever names stand. Of gRPC a field has two
// names as well, read_at and readAt.

// spelling knows how the schemas of a document spell names.
type spelling struct {
	isRPC    bool
	folded   map[*openapi3.Schema]map[string]string // their own properties, by their names without case
	patterns map[string]*regexp.Regexp              // nil for one that cannot be read
}

func newSpelling(isRPC bool) spelling {
	return spelling{isRPC, make(map[*openapi3.Schema]map[string]string), make(map[string]*regexp.Regexp)}
}

// fold is what names have in common that differ by their case only, as strings.EqualFold has it; those of gRPC by their
// underscores as well.
func (sp *spelling) fold(name string) string {
	return strings.Map(func(r rune) rune {
		if sp.isRPC && r == '_' {
			return -1
		}
		least := r
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			least = min(least, other)
		}
		if 'A' <= least && least <= 'Z' { // so that most names stay as they are
			least += 'a' - 'A'
		}
		return least
	}, name)
}

// otherwise is the property that a name differs from by that only; "" if it is one, or like none.
func (sp *spelling) otherwise(name string, parts []*openapi3.Schema) (as string) {
	for _, part := range parts {
		if part.Properties[name] != nil {
			return ""
		}
		own, ok := sp.folded[part]
		if !ok {
			own = make(map[string]string, len(part.Properties))
			for name := range part.Properties {
				own[sp.fold(name)] = name
			}
			sp.folded[part] = own
		}
		if as == "" && len(own) > 0 {
			as = own[sp.fold(name)]
		}
	}
	return as
}

// consist are the schemas that a value of one of these may be of: they consist of others.
func consist(parts ...*openapi3.Schema) []*openapi3.Schema {
	for i := 0; i < len(parts); i++ {
		s := parts[i]
		add(&parts, s.AllOf...)
		add(&parts, s.AnyOf...)
		add(&parts, s.OneOf...)
		add(&parts, s.If, s.Then, s.Else)
		for _, part := range s.DependentSchemas {
			add(&parts, part)
		}
	}
	return parts
}

// add adds those that are there, each once: two may consist of each other.
func add(parts *[]*openapi3.Schema, refs ...*openapi3.SchemaRef) {
	for _, ref := range refs {
		if ref != nil && ref.Value != nil && !slices.Contains(*parts, ref.Value) {
			*parts = append(*parts, ref.Value)
		}
	}
}

// items are the schemas of an item of a list.
func items(parts []*openapi3.Schema, i int) (own []*openapi3.Schema) {
	for _, part := range parts {
		if add(&own, part.Contains); i < len(part.PrefixItems) {
			add(&own, part.PrefixItems[i])
		} else {
			add(&own, part.Items)
		}
	}
	return consist(own...)
}

// under are the schemas of a member of an object.
func (sp *spelling) under(parts []*openapi3.Schema, name string) (own []*openapi3.Schema) {
	for _, part := range parts {
		named := part.Properties[name]
		add(&own, named)
		for pattern, ref := range part.PatternProperties {
			if sp.matches(pattern, name) {
				named = ref
				add(&own, ref)
			}
		}
		if named == nil {
			add(&own, part.AdditionalProperties.Schema, part.UnevaluatedProperties.Schema)
		}
	}
	return consist(own...)
}

func (sp *spelling) matches(pattern, name string) bool {
	exp, ok := sp.patterns[pattern]
	if !ok {
		exp, _ = regexp.Compile(pattern)
		sp.patterns[pattern] = exp
	}
	return exp != nil && exp.MatchString(name)
}

// query sees that what is named in a query is spelled as a parameter is, or as a member of one that is an object.
func (r *reading) query(all openapi3.Parameters) {
	named := &openapi3.Schema{Properties: make(openapi3.Schemas)}
	for _, p := range all {
		if p.Value.In != "query" {
			continue
		}
		named.Properties[p.Value.Name] = new(openapi3.SchemaRef)
		if p.Value.Schema != nil && methodOf(p.Value).Style == "form" {
			for _, part := range consist(p.Value.Schema.Value) {
				maps.Copy(named.Properties, part.Properties)
			}
		}
	}
	parts := []*openapi3.Schema{named}
	for _, key := range slices.Sorted(maps.Keys(r.in.QueryParams)) {
		begin, _, _ := strings.Cut(key, "[")
		if own := r.spelling.otherwise(begin, parts); own != "" && named.Properties[key] == nil {
			r.fault("query", "/"+grammar.Step(key), "unknown", "is written "+own+" here")
		}
	}
}

// members sees that those of a JSON value are spelled as its schemas have them.
func (r *reading) members(in, pointer string, parts []*openapi3.Schema, value any) {
	if len(parts) == 0 {
		return
	}
	switch value := value.(type) {
	case []any:
		for i, item := range value {
			if isNested(item) {
				r.members(in, pointer+"/"+strconv.Itoa(i), items(parts, i), item)
			}
		}
	case map[string]any:
		for name, inner := range value {
			if as := r.spelling.otherwise(name, parts); as != "" {
				r.fault(in, pointer+"/"+grammar.Step(name), "unknown", "is written "+as+" here")
			} else if isNested(inner) {
				r.members(in, pointer+"/"+grammar.Step(name), r.spelling.under(parts, name), inner)
			}
		}
	}
}

func isNested(value any) bool {
	switch value.(type) {
	case []any, map[string]any:
		return true
	}
	return false
}
