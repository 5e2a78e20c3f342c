package binding

// Which field of a struct is filled from where, for BindAll: read from the tags when the
// type is first bound, and kept, with the mistakes in them.
// See docs/internals/15-binding.md.

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/dram-go/dram/internal/jsonfield"
)

// ErrTags reports that BindAll cannot fill a struct: the tags of a field contradict each other, or
// the route. It is a mistake of the program, not the client's.
var ErrTags = errors.New("dram: BindAll cannot fill the struct")

// The tags of sources that are always there, and those of the body.
var (
	otherTags = []string{sourceURI, sourceQuery, sourceHeader, sourceCookie}
	bodyTags  = []string{"json", "form", "xml", "yaml", "toml", "msgpack", "bson"}
)

// allPlan is what a struct type wants from a request: a plan per source of keys and values,
// and the rest from the body.
type allPlan struct {
	uri, query, header, cookie, form *plan
	// json has the fields that a JSON body fills, nil if there are none.
	json *jsonView
	// foreign are the fields that no decoder of a whole body may fill.
	foreign [][]int
}

// cachedPlan is a plan, or what is wrong with the type.
type cachedPlan struct {
	plan *allPlan
	err  error
}

var allPlans sync.Map // reflect.Type → cachedPlan

func allPlanFor(typ reflect.Type) (*allPlan, error) {
	known, ok := allPlans.Load(typ)
	if !ok {
		p, err := newAllPlan(typ)
		known, _ = allPlans.LoadOrStore(typ, cachedPlan{p, err})
	}
	cached := known.(cachedPlan)
	return cached.plan, cached.err
}

func newAllPlan(typ reflect.Type) (*allPlan, error) {
	p := &allPlan{}
	w := ownership{root: typ, plan: p}
	if err := cmp.Or(w.walk(typ, nil, false), checkNames(typ)); err != nil {
		return nil, err
	}
	for tag, at := range map[string]**plan{
		sourceURI: &p.uri, sourceQuery: &p.query, sourceHeader: &p.header, sourceCookie: &p.cookie, sourceForm: &p.form,
	} {
		var err error
		if *at, err = planFor(typ, request{tag: tag, header: tag == sourceHeader, tagged: true}); err != nil {
			return nil, fmt.Errorf("%w: %s", ErrTags, strings.TrimPrefix(err.Error(), "dram: "))
		}
	}
	if p.json = newJSONView(typ); p.json != nil && reflect.PointerTo(typ).Implements(jsonUnmarshalerType) {
		return nil, fmt.Errorf("%w: %s has a method UnmarshalJSON, which would take the fields of other sources as well: give the method to the type of a field", ErrTags, typ)
	}
	return p, nil
}

// ownership goes through the fields of a struct, finds the foreign ones, and the mistakes.
type ownership struct {
	root reflect.Type
	plan *allPlan
	path []reflect.Type // the struct types that enclose the current one
}

// walk looks at the fields of typ. Those of a group are not the body's as JSON.
func (w *ownership) walk(typ reflect.Type, index []int, group bool) error {
	w.path = append(w.path, typ)
	defer func() { w.path = w.path[:len(w.path)-1] }()
	for i := range typ.NumField() {
		sf := typ.Field(i)
		index := append(slices.Clip(index), i)
		mistake := cmp.Or(tagMistake(sf, group), reachMistake(sf))
		if mistake != "" {
			return fmt.Errorf("%w: %s of %s %s", ErrTags, goPath(w.root, index), w.root, mistake)
		}
		if !sf.IsExported() && !isEmbeddedStruct(sf) {
			continue
		}
		foreign := isForeign(sf)
		if foreign && !group {
			w.plan.foreign = append(w.plan.foreign, index)
		}
		inner := valueType(sf.Type)
		walked := isEmbeddedStruct(sf) && !hasTag(sf, "json") || foreign && isNested(inner)
		if walked && len(tagsOf(sf)) == 0 && !slices.Contains(w.path, inner) {
			if err := w.walk(inner, index, group || foreign); err != nil {
				return err
			}
		}
	}
	return nil
}

// tagMistake returns what is wrong with the tags of a field, and the mend.
func tagMistake(sf reflect.StructField, group bool) string {
	tags := tagsOf(sf)
	other := otherTag(sf)
	switch {
	case len(tags) == 0 && isFile(sf.Type) && sf.IsExported() && sf.Tag.Get("json") != "-":
		return "takes files, which come in the body's form: write `form:\"" + strings.ToLower(sf.Name) + "\"`"
	case jsonfield.Formats(sf):
		return "has the option format, for which encoding/json refuses the whole struct: leave it out, and give the type MarshalJSON and UnmarshalJSON"
	case jsonfield.Embeds(sf) && valueType(sf.Type).Kind() != reflect.Struct:
		return "has the option embed, but is not a struct: give it a name in JSON"
	case jsonfield.Embeds(sf) && strayTag(valueType(sf.Type), nil) != "":
		return "has the option embed, and the tag " + strayTag(valueType(sf.Type), nil) + " in it: embed the struct in Go, by leaving the field's name and this tag out"
	case len(tags) == 0:
		return ""
	case !sf.IsExported() && !sf.Anonymous:
		return "has the tag " + tags[0] + ", but is not exported: write its name with a capital letter, or remove the tag"
	case other != "" && len(tags) > 1:
		return "has the tags " + tags[0] + " and " + tags[1] + ", but a field has one source: remove one of them, or write `" + tags[1] + ":\"-\"`"
	case isFile(sf.Type) && !slices.Contains(tags, "form"):
		return "takes files, which come in the body's form, but has the tag " + tags[0] + ": write form"
	case group && other == "" && !isFormOnly(sf):
		return "has the tag " + tags[0] + ", but stands in a struct for other sources than the body: embed that struct, or move the field out of it"
	}
	return ""
}

// reachMistake returns what is wrong with a field without a tag in which are fields of other
// sources that those cannot fill, and the mend.
func reachMistake(sf reflect.StructField) string {
	switch elem := elemType(sf.Type); {
	case len(tagsOf(sf)) > 0:
		return ""
	case sf.Anonymous && !sf.IsExported() && sf.Type.Kind() == reflect.Pointer:
		if isNested(elem) && tagsWithin(elem, func(sf reflect.StructField) bool { return len(tagsOf(sf)) > 0 }) {
			return "is an embedded pointer to a struct that is not exported, which nothing can make: embed the struct itself"
		}
	case sf.IsExported() && sf.Tag.Get("json") != "-" && elem != valueType(sf.Type):
		if tag := strayTag(elem, nil); tag != "" {
			return "is a list or a map of structs that have the tag " + tag + ", which no source but the body has: remove that tag, or write `json:\"" + strings.ToLower(sf.Name) + "\"` for it to mean nothing there"
		}
	}
	return ""
}

// elemType returns what is in lists and maps of a type, or else its valueType.
func elemType(typ reflect.Type) reflect.Type {
	for typ = valueType(typ); isList(typ.Kind()) || typ.Kind() == reflect.Map; typ = valueType(typ.Elem()) {
	}
	return typ
}

// strayTag returns the tag of another source than the body that a field of a struct has; of
// what is the body's own, which tags its fields have does not matter.
func strayTag(typ reflect.Type, inside []reflect.Type) string {
	if !isNested(typ) || slices.Contains(inside, typ) {
		return ""
	}
	for i := range typ.NumField() {
		sf := typ.Field(i)
		tag := otherTag(sf)
		if tag == "" && len(tagsOf(sf)) == 0 && (sf.IsExported() || sf.Anonymous) {
			tag = strayTag(elemType(sf.Type), append(slices.Clip(inside), typ))
		}
		if tag != "" {
			return tag
		}
	}
	return ""
}

// tagsOf returns the tags of sources that a field has.
func tagsOf(sf reflect.StructField) (tags []string) {
	for _, list := range [][]string{otherTags, bodyTags} {
		for _, tag := range list {
			if hasTag(sf, tag) {
				tags = append(tags, tag)
			}
		}
	}
	return tags
}

// hasTag reports whether a tag says that a field is filled from there.
func hasTag(sf reflect.StructField, tag string) bool {
	value, ok := sf.Tag.Lookup(tag)
	name, _, _ := strings.Cut(value, ",") // without one, as json:",inline", it names no source
	return ok && value != "-" && (name != "" || !sf.Anonymous)
}

// otherTag returns the tag of a source that is not the body, "" if the field has none.
func otherTag(sf reflect.StructField) string {
	for _, tag := range otherTags {
		if hasTag(sf, tag) {
			return tag
		}
	}
	return ""
}

// isFormOnly reports whether of all bodies only a form has the field.
func isFormOnly(sf reflect.StructField) bool {
	tags := tagsOf(sf)
	return len(tags) == 1 && tags[0] == "form"
}

// isForeign reports whether no decoder of a whole body may fill a field: another source
// does, or it is a group of such fields.
func isForeign(sf reflect.StructField) bool {
	if otherTag(sf) != "" || isFormOnly(sf) {
		return true
	}
	typ := valueType(sf.Type)
	return len(tagsOf(sf)) == 0 && !isEmbeddedStruct(sf) && isNested(typ) &&
		tagsWithin(typ, func(sf reflect.StructField) bool { return otherTag(sf) != "" || isFormOnly(sf) })
}

// ownedByOther reports whether the plan of a tag has nothing in a struct field.
func ownedByOther(sf reflect.StructField, tag string) bool {
	if hasTag(sf, tag) {
		return false
	}
	if tag == "form" {
		return otherTag(sf) != ""
	}
	return len(tagsOf(sf)) > 0
}

// tagsWithin reports whether a struct has a field of a kind, in structs inside it too.
func tagsWithin(typ reflect.Type, is func(reflect.StructField) bool) bool {
	seen := make(map[reflect.Type]bool)
	var within func(reflect.Type) bool
	within = func(typ reflect.Type) bool {
		if seen[typ] || !isNested(typ) {
			return false
		}
		seen[typ] = true
		for i := range typ.NumField() {
			sf := typ.Field(i)
			if (sf.IsExported() || sf.Anonymous) && (is(sf) || within(valueType(sf.Type))) {
				return true
			}
		}
		return false
	}
	return within(typ)
}

// goPath is what the program calls a field, for errors: "field Page.Size".
func goPath(typ reflect.Type, index []int) string { return "field " + goName(typ, index) }

// goName is what the program calls a field: "ID", "Page.Size".
func goName(typ reflect.Type, index []int) string {
	var names []string
	for _, i := range index {
		sf := valueType(typ).Field(i)
		names = append(names, sf.Name)
		typ = sf.Type
	}
	return strings.Join(names, ".")
}
