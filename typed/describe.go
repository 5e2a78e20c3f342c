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
// one.
type Schema = schema.Schema

// Keyword teaches the documents of the API what a rule of the tag binding means: apply sets the
// keywords. It has to accept all that the rule accepts. Call it before routes are registered.
func (api *API) Keyword(rule string, apply func(s *Schema, param string)) {
	if rule == "" || apply == nil {
		panic("dram: typed: Keyword has no name of a rule, or no function: pass both")
	}
	api.schemas.Keyword(rule, apply)
	api.hidden.Keyword(rule, apply)
}

// mustBeNew panics if the document has the route's operationId already, or its path with other
// names for the params, which the specification forbids.
func (api *API) mustBeNew(rt *route) {
	if strings.ContainsFunc(rt.id, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`/\"<>{}?#`, r) }) {
		rt.panic(rt.pattern, "the ID %q has a character that tools make no name of: write letters, digits, - and _", rt.id)
	}
	if strings.ContainsAny(rt.pattern, "{}") && !rt.hidden {
		rt.panic(rt.pattern, "the path has a { or a }, which in a document begins and ends a param: write another path, or Hidden")
	}
	for _, other := range api.routes {
		switch {
		case rt.hidden || other.hidden:
		case rt.id != "" && rt.id == other.id:
			rt.panic(rt.pattern, "the ID %q is that of %s %s (%s): write another one", rt.id, other.method, other.pattern, other.source)
		case !samePath(rt.pattern, other.pattern):
		case rt.method == other.method && withoutNames(rt.pattern) != withoutNames(other.pattern):
			rt.panic(rt.pattern, "%s (%s) is the same path in a document, which has no params that take the rest of a path: write another path for one of them, or Hidden", other.pattern, other.source)
		case pathOf(rt.pattern) == pathOf(other.pattern) && rt.method == other.method:
			rt.panic(rt.pattern, "the document has the route already, for the host %q (%s), and can have it once: make an API for each host, or write Hidden", other.host, other.source)
		case pathOf(rt.pattern) != pathOf(other.pattern):
			rt.panic(rt.pattern, "%s (%s) is the same path with other names for its params, and a document has it once: give them the same names", other.pattern, other.source)
		}
	}
}

// mustDescribe makes the schemas of a route. It panics at a rule that contradicts its type.
func (api *API) mustDescribe(rt *route) {
	if rt.schemas = api.schemas; rt.hidden {
		rt.schemas = api.hidden
	}
	api.mustBeNew(rt)
	var err error
	if rt.input, err = rt.schemas.Request(rt.in); err == nil && rt.output.body != nil {
		body := rt.output.body
		if !rt.output.stream && body.Kind() == reflect.Pointer {
			body, rt.output.pointer = body.Elem(), true
		}
		rt.output.schema, err = rt.schemas.Of(body, schema.Output)
	}
	if err != nil {
		rt.panic(rt.pattern, "%s", strings.TrimPrefix(err.Error(), "dram: "))
	}
	for _, note := range rt.schemas.Notes() {
		switch {
		case api.noted[note]:
		case note.Kind != schema.Unknown:
		case api.info.Strict:
			rt.panic(rt.pattern, "%s: teach it by API.Keyword, or leave Info.Strict out", note)
		case dram.Mode() == dram.DebugMode:
			_, _ = fmt.Fprintf(dram.DefaultWriter, "[DRAM-debug] [WARNING] %s %s (%s): %s: teach it by API.Keyword\n", rt.method, rt.pattern, rt.source, note)
		}
		api.noted[note] = true
	}
}

// Union declares that a value of the interface I is one of the members, whose property says by
// these names which: oneOf with a discriminator. It is for answers; nothing can be read into an
// interface. Call it before routes are registered.
//
//	typed.Union[Shape](api, "kind", map[string]Shape{"circle": Circle{}, "square": Square{}})
//
// It panics if I is not an interface, if a member does not have the property, or if the document has said
// something of I already: by another Union, or for a route that was registered before.
func Union[I any](api *API, property string, members map[string]I) {
	types := make(map[string]reflect.Type, len(members))
	for name, member := range members {
		types[name] = reflect.TypeOf(member)
	}
	for _, schemas := range []*schema.Registry{api.schemas, api.hidden} {
		if err := schemas.Union(reflect.TypeFor[I](), property, types); err != nil {
			panic("dram: typed.Union: " + strings.TrimPrefix(err.Error(), "dram: "))
		}
	}
}
