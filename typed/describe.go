package typed

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/schema"
)

// This file has the types of a route described when it is registered, so that what the
// document cannot say is said there.

// Schema is a JSON Schema. A type that describes itself has a method JSONSchema that returns
// one; see SchemaOf.
type Schema = schema.Schema

// Keyword teaches the documents of the API what a rule of the tag binding means: apply sets the
// keywords. It has to accept all that the rule accepts. Call it before routes are registered.
func (api *API) Keyword(rule string, apply func(s *Schema, param string)) {
	api.schemas.Keyword(rule, apply)
}

// mustDescribe makes the schemas of a route. It panics at a rule that contradicts its type.
func (api *API) mustDescribe(rt *route) {
	rt.schemas = api.schemas
	var err error
	if rt.input, err = api.schemas.Request(rt.in); err == nil && rt.output.body != nil {
		rt.output.schema, err = api.schemas.Of(rt.output.body, schema.Output)
	}
	if err != nil {
		rt.panic(rt.pattern, "%s", strings.TrimPrefix(err.Error(), "dram: "))
	}
	notes := api.schemas.Notes()
	for _, note := range notes[api.notes:] {
		switch {
		case note.Kind != schema.Unknown:
		case api.info.Strict:
			rt.panic(rt.pattern, "%s: teach it by API.Keyword, or leave Info.Strict out", note)
		case dram.Mode() == dram.DebugMode:
			_, _ = fmt.Fprintf(dram.DefaultWriter, "[DRAM-debug] [WARNING] %s %s (%s): %s: teach it by API.Keyword\n", rt.method, rt.pattern, rt.source, note)
		}
	}
	api.notes = len(notes)
}

// Union declares that a value of the interface I is one of the members, whose property says by
// these names which: oneOf with a discriminator. Call it before routes are registered.
//
//	typed.Union[Shape](api, "kind", map[string]Shape{"circle": Circle{}, "square": Square{}})
//
// It panics if I is not an interface, or if a member does not have the property.
func Union[I any](api *API, property string, members map[string]I) {
	types := make(map[string]reflect.Type, len(members))
	for name, member := range members {
		types[name] = reflect.TypeOf(member)
	}
	if err := api.schemas.Union(reflect.TypeFor[I](), property, types); err != nil {
		panic("dram: typed.Union: " + strings.TrimPrefix(err.Error(), "dram: "))
	}
}
