package validate

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/dram-go/dram/examples/gateway/internal/grammar"
)

// Some services tell names apart by their letters' case, some do not: Go's encoding/json and ASP.NET read "N" as "n". A
// document that has one of them has not checked the other.

// otherwise is the one of the names that a name differs from by its case only; "" if it is one of them, or like none.
func otherwise(name string, names []string) string {
	i := slices.IndexFunc(names, func(other string) bool { return strings.EqualFold(other, name) })
	if i < 0 || slices.Contains(names, name) {
		return ""
	}
	return names[i]
}

// properties are the members that a schema names, and those that it consists of.
func properties(s *openapi3.Schema) map[string]*openapi3.Schema {
	all, parts := make(map[string]*openapi3.Schema), []*openapi3.Schema{s}
	for i := 0; i < len(parts); i++ {
		for name, own := range parts[i].Properties {
			all[name] = own.Value
		}
		for _, part := range slices.Concat(parts[i].AllOf, parts[i].AnyOf, parts[i].OneOf) {
			if !slices.Contains(parts, part.Value) { // two may consist of each other
				parts = append(parts, part.Value)
			}
		}
	}
	return all
}

// spelled sees that what is named in a query is spelled as a parameter is.
func (r *reading) spelled(all openapi3.Parameters) {
	var names []string
	for _, p := range all {
		if p.Value.In == "query" {
			names = append(names, p.Value.Name)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(r.in.QueryParams)) {
		begin, _, _ := strings.Cut(key, "[")
		if own := otherwise(begin, names); own != "" && !slices.Contains(names, key) {
			r.fault("query", "/"+grammar.Step(key), "unknown", "is written "+own+" here")
		}
	}
}

// members sees that those of a JSON value are spelled as the schema has them.
func (r *reading) members(pointer string, s *openapi3.Schema, value any) {
	switch value := value.(type) {
	case []any:
		for i, item := range value {
			if own, _ := inside(s, strconv.Itoa(i)); own != nil && isNested(item) {
				r.members(pointer+"/"+strconv.Itoa(i), own, item)
			}
		}
	case map[string]any:
		named, ok := r.named[s]
		if !ok {
			named = properties(s)
			r.named[s] = named
		}
		for name, inner := range value {
			own := named[name]
			if own == nil {
				var known bool
				if own, known = member(s, name); known { // else the schema refuses it
					if as := otherwise(name, slices.Sorted(maps.Keys(named))); as != "" {
						r.fault("body", pointer+"/"+grammar.Step(name), "unknown", "is written "+as+" here")
						continue
					}
				}
			}
			if own != nil && isNested(inner) {
				r.members(pointer+"/"+grammar.Step(name), own, inner)
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
