package typed

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/dram-go/dram/internal/schema"
)

// This file says in words what a schema is of, for the page of Docs.

// typeOf says in a few words what a schema is of.
func typeOf(s *schema.Schema) docsType {
	switch {
	case s == nil:
		return docsType{}
	case s.Ref != nil:
		return docsType{s.Ref.Name(), "#schema-" + s.Ref.Name()}
	case s.Items != nil:
		inner := typeOf(s.Items)
		return docsType{"array of " + inner.Text, inner.Link}
	case s.AdditionalProperties != nil:
		inner := typeOf(s.AdditionalProperties)
		return docsType{"map of " + inner.Text, inner.Link}
	case len(s.Type) > 0:
		text := strings.Join(s.Type, " or ")
		if s.Format != "" {
			text += " (" + s.Format + ")"
		}
		return docsType{Text: text}
	case len(s.AnyOf)+len(s.OneOf) > 0:
		var words []string
		for _, one := range slices.Concat(s.AnyOf, s.OneOf) {
			if word := typeOf(one).Text; !slices.Contains(words, word) {
				words = append(words, word)
			}
		}
		return docsType{Text: strings.Join(words, " or ")}
	}
	return docsType{Text: "any"}
}

// rulesOf writes the keywords that bound a value.
func rulesOf(s *schema.Schema) string {
	if s == nil {
		return ""
	}
	rest := *s
	if len(rest.Type) == 0 { // typeOf has them
		rest.AnyOf, rest.OneOf = nil, nil
	}
	rest.Ref, rest.Type, rest.Format, rest.Description, rest.Items, rest.Properties, rest.AdditionalProperties, rest.Deprecated = nil, nil, "", "", nil, nil, nil, false
	text, err := json.Marshal(&rest)
	if err != nil || len(text) <= len("{}") {
		return ""
	}
	return strings.NewReplacer(`"`, "", ",", ", ", ":", " ").Replace(string(text[1 : len(text)-1]))
}

// itemsOf is the schema of a list's values; nil for one that is not a list's.
func itemsOf(s *schema.Schema) *schema.Schema {
	if s.Items != nil {
		return s.Items
	}
	for _, one := range s.AnyOf {
		if items := itemsOf(one); items != nil {
			return items
		}
	}
	return nil
}
