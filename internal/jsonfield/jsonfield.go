// Package jsonfield knows which member of an object goes into which field of a struct: the
// rules of encoding/json. The errors and the views of binding and the schemas of types ask it.
// See docs/internals/15-binding.md.
package jsonfield

import (
	"reflect"
	"slices"
	"strings"
)

// Field is a field under the name that it has in JSON.
type Field struct {
	Name   string
	Type   reflect.Type
	Index  []int // the way from the struct
	Quoted bool  // the tag option string
	Hidden bool  // another one of the same level has its name
	tagged bool
	cased  string // strict or ignore, if the tag says so: whether names differ that differ in case
}

// Fields are the fields of a struct with those of the structs that it embeds.
type Fields struct {
	// List is in the order of the source.
	List   []Field
	byName map[string]int
}

// Of goes through the levels of embedding: an outer field hides the inner
// ones of its name, on one level a tagged one does, and two equals hide each other.
func Of(typ reflect.Type) *Fields {
	return But(typ, func(reflect.StructField) bool { return false })
}

// But is Of without the fields that are to be left out.
func But(typ reflect.Type, leftOut func(reflect.StructField) bool) *Fields {
	f := &Fields{byName: make(map[string]int)}
	seen := map[reflect.Type]bool{typ: true}
	for level := []Field{{Type: typ}}; len(level) > 0; {
		var next []Field
		outer := len(f.List)
		for _, embedding := range level {
			for i := range embedding.Type.NumField() {
				sf, index := embedding.Type.Field(i), append(slices.Clip(embedding.Index), i)
				if leftOut(sf) {
					continue
				}
				embedded := f.add(sf, index, outer)
				if embedded != nil && !seen[embedded] {
					seen[embedded] = true
					next = append(next, Field{Type: embedded, Index: index})
				}
			}
		}
		level = next
	}
	// The first one that differs in case only is the first one in the source.
	slices.SortFunc(f.List, func(a, b Field) int { return slices.Compare(a.Index, b.Index) })
	for i, field := range f.List {
		f.byName[field.Name] = i
	}
	return f
}

// add adds a field, or returns the struct whose fields stand in its place. outer is
// where the fields of this level begin.
func (f *Fields) add(sf reflect.StructField, index []int, outer int) (embedded reflect.Type) {
	tag := sf.Tag.Get("json")
	inner := Indirect(sf.Type)
	isStruct := (sf.Anonymous || Embeds(sf)) && inner.Kind() == reflect.Struct
	if tag == "-" || !sf.IsExported() && !isStruct {
		return nil
	}
	name, options, _ := strings.Cut(tag, ",")
	if name == "" && isStruct {
		return inner
	}
	if Embeds(sf) { // a map, for members without a field
		return nil
	}
	field := Field{Name: name, Type: sf.Type, Index: index, tagged: name != ""}
	if moreOptions {
		_, cased, _ := strings.Cut(","+options, ",case:")
		field.cased, _, _ = strings.Cut(cased, ",")
	}
	if !field.tagged {
		field.Name = sf.Name
	}
	field.Quoted = IsQuoted(sf)
	at, taken := f.byName[field.Name]
	switch {
	case !taken:
		f.byName[field.Name] = len(f.List)
		f.List = append(f.List, field)
	case at < outer: // an outer field hides it
	case field.tagged && !f.List[at].tagged:
		f.List[at] = field
	case field.tagged == f.List[at].tagged:
		f.List[at].Hidden = true
	}
	return nil
}

// Embeds reports whether the members of a field stand in the place of the field, though it has a name in
// Go: the option embed, since Go 1.27.
func Embeds(sf reflect.StructField) bool {
	name, options, _ := strings.Cut(sf.Tag.Get("json"), ",")
	return name == "" && sf.IsExported() && moreOptions && strings.Contains(","+options+",", ",embed,")
}

// Formats reports whether a field has the option format, for which Go 1.27 refuses every value.
func Formats(sf reflect.StructField) bool {
	_, options, _ := strings.Cut(sf.Tag.Get("json"), ",")
	return sf.IsExported() && moreOptions && strings.Contains(","+options, ",format:")
}

// IsQuoted reports whether the option string of the tag json puts the value of a field into
// a string.
func IsQuoted(sf reflect.StructField) bool {
	_, options, _ := strings.Cut(sf.Tag.Get("json"), ",")
	kind := Indirect(sf.Type).Kind()
	return (kind >= reflect.Bool && kind <= reflect.Float64 || kind == reflect.String) && strings.Contains(","+options+",", ",string,")
}

// maxPointers is how many pointers a type may be away from what it points at: "type P *P"
// never gets there.
const maxPointers = 16

// Indirect returns what typ points to in the end, or a pointer if there is no end.
func Indirect(typ reflect.Type) reflect.Type {
	for n := 0; typ.Kind() == reflect.Pointer && n < maxPointers; n++ {
		typ = typ.Elem()
	}
	return typ
}

// Find returns the field for the name of a member, the exact one or else, unless it has
// to be exact, one that differs in case only. What the tag says of that is above exact.
func (f *Fields) Find(name string, exact bool) (Field, bool) {
	if at, ok := f.byName[name]; ok && !f.List[at].Hidden {
		return f.List[at], true
	}
	for _, field := range f.List {
		folds := field.cased == "ignore" || field.cased == "" && !exact
		if folds && !field.Hidden && strings.EqualFold(field.Name, name) {
			return field, true
		}
	}
	return Field{}, false
}
