package binding

import (
	"reflect"
	"strings"

	"github.com/dram-go/dram/internal/jsonfield"
)

// What the client calls a field depends on what was bound. One struct may be read
// from JSON and from a form, with
//
//	Name string `json:"fullName" form:"full_name"`
//
// The validator gives a path of Go names, "Order.Items[2].Qty". followed finds the
// struct fields on it, clientPath picks the names that they have in the source. Both
// run only when something is wrong.
// See docs/internals/15-binding.md.

// nameTags are the tags that name a field, the usual one first.
var nameTags = []string{"json", "form", "uri", "header", "xml", "yaml", "toml", "query", "cookie"}

// clientName is the name that the validator gets: that of the first tag with one.
// It returns "" for the Go name.
func clientName(sf reflect.StructField) string {
	for _, tag := range nameTags {
		if name := tagName(sf, tag); name != "" {
			return name
		}
	}
	return ""
}

// tagName returns the name in a tag, "" when there is none or the field is left out.
func tagName(sf reflect.StructField, tag string) string {
	name, _, _ := strings.Cut(sf.Tag.Get(tag), ",")
	if name == "-" {
		return ""
	}
	if tag == "xml" {
		// `xml:"space name"` has a name space; `xml:"a>b"` an element within.
		name = name[strings.LastIndexByte(name, ' ')+1:]
		name = strings.ReplaceAll(name, ">", ".")
	}
	return name
}

// nameIn returns what a field is called under a tag.
func nameIn(sf reflect.StructField, tag string) string {
	if name := tagName(sf, tag); name != "" {
		return name
	}
	if tag == "yaml" {
		return strings.ToLower(sf.Name)
	}
	return sf.Name
}

// isInlined reports whether the fields of sf, an embedded struct, stand in its
// parent.
func isInlined(sf reflect.StructField, tag string) bool {
	if tag == "yaml" {
		return strings.Contains(sf.Tag.Get(tag), ",inline")
	}
	return sf.Anonymous && tagName(sf, tag) == "" || tag == sourceJSON && jsonfield.Embeds(sf)
}

// sourceTag returns the tag that names the fields of a source.
func sourceTag(source string) string {
	if source == sourceQuery {
		return "form"
	}
	return source
}

// isFlat reports whether a source has keys and values: nested structs share the
// keys of the root then, and only what stands in a list or a map is JSON.
func isFlat(source string) bool {
	switch source {
	case sourceForm, sourceQuery, sourceURI, sourceHeader, sourceCookie:
		return true
	}
	return false
}

// step is one name of a path of Go names.
type step struct {
	field reflect.StructField // its Type is nil where the path leads into an interface
	name  string              // the Go name
	index string              // what follows it: "[2]", "[key][0]"
}

// followed follows structNamespace ("Order.Items[2].Qty") through the type of the root.
func followed(root reflect.Type, structNamespace string) (steps []step) {
	rest := structNamespace
	if root.Name() != "" {
		rest = strings.TrimPrefix(rest, root.Name()+".")
	}
	for typ := root; rest != ""; {
		var s step
		var levels int
		s.name, s.index, levels, rest = nextName(rest)
		s.field, _ = fieldOf(typ, s.name)
		typ = elemOf(s.field.Type, levels)
		steps = append(steps, s)
	}
	return steps
}

// placing returns the source of the field that the steps lead to, the tag that names it there,
// and whether only fields with the tag have a name of their own: what else is in a struct is in
// the JSON of its value then.
type placing func(steps []step) (source, tag string, tagged bool)

// path is the source of the field that the steps lead to, and its path as the client knows it.
func (placed placing) path(steps []step) (source, before, field string) {
	source, tag, tagged := placed(steps)
	before, field = clientPath(steps, tag, isFlat(source), tagged)
	return source, before, field
}

// placedIn is the placing of a struct that is read from one source.
func placedIn(source string) placing {
	return func([]step) (string, string, bool) { return source, sourceTag(source), false }
}

// clientPath returns the path by the names of a tag, cut before its last name: "items[2].",
// "qty". What leads into an interface keeps its Go name.
func clientPath(steps []step, tag string, flat, tagged bool) (before, field string) {
	tagged = tagged && !hasTag(steps[len(steps)-1].field, tag)
	for i, s := range steps {
		name := s.name
		if s.field.Type != nil {
			name = nameIn(s.field, tag)
		}
		field = name + s.index
		switch {
		case i == len(steps)-1:
		case s.field.Type != nil && isInlined(s.field, tag):
			// An embedded struct's fields stand in its parent.
		case flat && s.index == "" && !(tagged && hasTag(s.field, tag)):
			// A nested struct's fields have the keys of the root.
		default:
			before += field + "."
		}
		if flat && (s.index != "" || tagged && hasTag(s.field, tag)) {
			tag, flat = "json", false
		}
	}
	return before, field
}

// given is the name that the validator was given for the field.
func (s step) given() string {
	if name := clientName(s.field); name != "" {
		return name + s.index
	}
	return s.name + s.index
}

// nextName cuts the first name with its indices off a path: "Items", "[2]", one
// level, from "Items[2].Qty". A map's key may hold anything; a bracket closes where
// another one opens, or where the path goes on or ends.
func nextName(path string) (name, index string, levels int, rest string) {
	end := strings.IndexAny(path, ".[")
	if end < 0 {
		return path, "", 0, ""
	}
	name, rest = path[:end], path[end:]
	for strings.HasPrefix(rest, "[") {
		closing := closingBracket(rest)
		index, rest, levels = index+rest[:closing], rest[closing:], levels+1
	}
	return name, index, levels, strings.TrimPrefix(rest, ".")
}

// closingBracket returns the position behind the bracket that closes s[0].
func closingBracket(s string) int {
	for i := range len(s) - 1 {
		if s[i] == ']' && (s[i+1] == '.' || s[i+1] == '[') {
			return i + 1
		}
	}
	return len(s)
}

// fieldOf returns the field of a struct type, or of what it points to.
func fieldOf(typ reflect.Type, name string) (reflect.StructField, bool) {
	if typ == nil {
		return reflect.StructField{}, false
	}
	if typ = valueType(typ); typ.Kind() != reflect.Struct {
		return reflect.StructField{}, false
	}
	return typ.FieldByName(name)
}

// elemOf returns the type of typ's elements so many levels down, nil when it is not
// known.
func elemOf(typ reflect.Type, levels int) reflect.Type {
	for ; typ != nil && levels > 0; levels-- {
		switch typ = valueType(typ); typ.Kind() {
		case reflect.Slice, reflect.Array, reflect.Map:
			typ = typ.Elem()
		default:
			return nil
		}
	}
	return typ
}
