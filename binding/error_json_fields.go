package binding

// Which member of an object goes into which field of a struct: the rules of
// encoding/json, for error_json.go.

import (
	"reflect"
	"slices"
	"strings"
)

// jsonField is a field under the name that it has in JSON.
type jsonField struct {
	name   string
	typ    reflect.Type
	index  []int // the way from the struct
	quoted bool  // the tag option string
	tagged bool
	hidden bool // another one of the same level has its name
}

// jsonFields are the fields of a struct with those of the structs that it embeds.
type jsonFields struct {
	list   []jsonField
	byName map[string]int
}

// newJSONFields goes through the levels of embedding: an outer field hides the inner
// ones of its name, on one level a tagged one does, and two equals hide each other.
func newJSONFields(typ reflect.Type) *jsonFields {
	return jsonFieldsBut(typ, func(reflect.StructField) bool { return false })
}

// jsonFieldsBut is newJSONFields without the fields that are to be left out.
func jsonFieldsBut(typ reflect.Type, leftOut func(reflect.StructField) bool) *jsonFields {
	f := &jsonFields{byName: make(map[string]int)}
	seen := map[reflect.Type]bool{typ: true}
	for level := []jsonField{{typ: typ}}; len(level) > 0; {
		var next []jsonField
		outer := len(f.list)
		for _, embedding := range level {
			for i := range embedding.typ.NumField() {
				sf, index := embedding.typ.Field(i), append(slices.Clip(embedding.index), i)
				if leftOut(sf) {
					continue
				}
				embedded := f.add(sf, index, outer)
				if embedded != nil && !seen[embedded] {
					seen[embedded] = true
					next = append(next, jsonField{typ: embedded, index: index})
				}
			}
		}
		level = next
	}
	// The first one that differs in case only is the first one in the source.
	slices.SortFunc(f.list, func(a, b jsonField) int { return slices.Compare(a.index, b.index) })
	for i, field := range f.list {
		f.byName[field.name] = i
	}
	return f
}

// add adds a field, or returns the struct whose fields stand in its place. outer is
// where the fields of this level begin.
func (f *jsonFields) add(sf reflect.StructField, index []int, outer int) (embedded reflect.Type) {
	tag := sf.Tag.Get("json")
	inner := indirect(sf.Type)
	isStruct := sf.Anonymous && inner.Kind() == reflect.Struct
	if tag == "-" || !sf.IsExported() && !isStruct {
		return nil
	}
	name, rest, _ := strings.Cut(tag, ",")
	if name == "" && isStruct {
		return inner
	}
	field := jsonField{name: name, typ: sf.Type, index: index, tagged: name != ""}
	if !field.tagged {
		field.name = sf.Name
	}
	switch kind := inner.Kind(); {
	case kind >= reflect.Bool && kind <= reflect.Float64, kind == reflect.String:
		field.quoted = strings.Contains(","+rest+",", ",string,")
	}
	at, taken := f.byName[field.name]
	switch {
	case !taken:
		f.byName[field.name] = len(f.list)
		f.list = append(f.list, field)
	case at < outer: // an outer field hides it
	case field.tagged && !f.list[at].tagged:
		f.list[at] = field
	case field.tagged == f.list[at].tagged:
		f.list[at].hidden = true
	}
	return nil
}

// find returns the field for the name of a member, the exact one or else, unless it has
// to be exact, one that differs in case only.
func (f *jsonFields) find(name string, exact bool) (jsonField, bool) {
	if at, ok := f.byName[name]; ok && !f.list[at].hidden {
		return f.list[at], true
	}
	if exact {
		return jsonField{}, false
	}
	for _, field := range f.list {
		if !field.hidden && strings.EqualFold(field.name, name) {
			return field, true
		}
	}
	return jsonField{}, false
}
