package schema

// Components, and what they are called: the name of the type, Page_Book for Page[Book]. Types
// of one name have that of their package in front. A type that is not the same in both
// directions is Book in answers and BookInput in requests, where it is in both. So a name
// depends on all types that are registered, and is found when it is asked for.

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Component is a schema that has a name, and what refers to it.
type Component struct {
	key      componentKey
	registry *Registry // nil for one that only has a name
	schema   *Schema
	order    int
	name     string // guarded by the registry
}

// Schema returns what the component describes.
func (c *Component) Schema() *Schema { return c.schema }

// Name returns the name under components/schemas. It is final when all types are registered.
func (c *Component) Name() string {
	if c.registry == nil {
		return c.name
	}
	c.registry.mu.Lock()
	defer c.registry.mu.Unlock()
	c.registry.assignNames()
	return c.name
}

// MarshalText writes #/components/schemas/Name.
func (c *Component) MarshalText() ([]byte, error) {
	return []byte("#/components/schemas/" + c.Name()), nil
}

// Components returns what has a name, sorted by it. Equal schemas of a type are one.
func (r *Registry) Components() Properties {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.assignNames()
	var list Properties
	for _, c := range r.components {
		list = append(list, Property{c.name, c.schema})
	}
	slices.SortFunc(list, func(a, b Property) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(list, func(a, b Property) bool { return a.Name == b.Name })
}

// assignNames finds the names anew if there are new components. All variants of a type begin
// with one name, and those that differ by the names that they refer to get another, until
// none does.
func (r *Registry) assignNames() {
	if r.named {
		return
	}
	list := slices.Collect(maps.Values(r.components))
	slices.SortFunc(list, func(a, b *Component) int { return a.order - b.order })
	byType := make(map[reflect.Type][]*Component)
	for _, c := range list {
		byType[c.key.typ] = append(byType[c.key.typ], c)
	}
	names := typeNames(slices.Collect(maps.Keys(byType)), byType)
	for _, c := range list {
		c.name = names[c.key.typ]
	}
	for range len(list) + 1 {
		if !divide(byType, names) {
			break
		}
	}
	r.named = true
}

// divide gives variants that differ names that differ, and reports whether it did.
func divide(byType map[reflect.Type][]*Component, names map[reflect.Type]string) (again bool) {
	taken := make(map[string]bool)
	for _, name := range names {
		taken[name] = true
	}
	for typ, variants := range byType {
		slices.SortFunc(variants, func(a, b *Component) int { return cmp.Compare(rank[a.key.variant], rank[b.key.variant]) })
		texts := map[string]string{}
		for i, c := range variants {
			text, _ := json.Marshal(named(c.schema))
			name, known := texts[string(text)]
			if !known {
				name = names[typ]
				if i > 0 {
					name = free(names[typ]+suffixes[c.key.variant], taken)
				}
				texts[string(text)] = name
			}
			again = again || c.name != name
			c.name = name
		}
	}
	return again
}

// named copies a schema with the names that components have now, to be compared.
func named(s *Schema) *Schema {
	if s == nil {
		return nil
	}
	out := *s
	fields := reflect.ValueOf(&out).Elem()
	for i := range fields.NumField() {
		if !fields.Type().Field(i).IsExported() {
			continue
		}
		switch f := fields.Field(i).Addr().Interface().(type) {
		case **Schema:
			*f = named(*f)
		case *[]*Schema:
			*f = slices.Clone(*f)
			for i := range *f {
				(*f)[i] = named((*f)[i])
			}
		case *Properties:
			*f = slices.Clone(*f)
			for i := range *f {
				(*f)[i].Schema = named((*f)[i].Schema)
			}
		case **Component:
			if *f != nil {
				*f = &Component{name: (*f).name}
			}
		case **Discriminator:
			*f = nil // it says what oneOf does
		}
	}
	return &out
}

// rank says which variant has the plain name, if there are several.
var rank = [...]int{written: 0, checked: 1, unchecked: 2, bodyPart: 3}

var suffixes = [...]string{checked: "Input", unchecked: "Unchecked", bodyPart: "Body"}

// free returns a name that is not taken: the name itself, or with a number.
func free(name string, taken map[string]bool) string {
	one := name
	for n := 2; taken[one]; n++ {
		one = name + "_" + strconv.Itoa(n)
	}
	return one
}

// typeNames finds a name for each type: the shortest of its spellings that is its own.
func typeNames(types []reflect.Type, byType map[reflect.Type][]*Component) map[reflect.Type]string {
	slices.SortFunc(types, func(a, b reflect.Type) int {
		return cmp.Or(strings.Compare(a.PkgPath(), b.PkgPath()), strings.Compare(a.Name(), b.Name()), byType[a][0].order-byType[b][0].order)
	})
	names := make(map[reflect.Type]string)
	for _, spell := range []func(reflect.Type) string{
		plainName,
		func(typ reflect.Type) string { return identifier(path.Base(typ.PkgPath())) + "_" + plainName(typ) },
		func(typ reflect.Type) string { return identifier(typ.PkgPath()) + "_" + plainName(typ) },
		func(typ reflect.Type) string { return identifier(typ.PkgPath()) + "_" + identifier(typ.Name()) },
	} {
		used := make(map[string]int)
		for _, name := range names {
			used[name] += 2
		}
		for _, typ := range types {
			if names[typ] == "" {
				used[spell(typ)]++
			}
		}
		for _, typ := range types {
			if name := spell(typ); names[typ] == "" && used[name] == 1 {
				names[typ] = name
			}
		}
	}
	taken := make(map[string]bool)
	for _, typ := range types {
		if names[typ] == "" { // types of functions, say
			names[typ] = free(plainName(typ), taken)
		}
		taken[names[typ]] = true
	}
	return names
}

var qualifier = regexp.MustCompile(`[\w./~-]*[./]`)

// plainName is the name of a type without packages.
func plainName(typ reflect.Type) string {
	name, arguments, generic := strings.Cut(typ.Name(), "[")
	if !generic {
		return identifier(name)
	}
	arguments = strings.NewReplacer("[]", "List ", "map[", "Map ", "]", " ").Replace(strings.TrimSuffix(arguments, "]"))
	return identifier(name + "_" + qualifier.ReplaceAllString(arguments, ""))
}

var notIdentifier = regexp.MustCompile(`[^A-Za-z0-9]+`)

func identifier(text string) string {
	return strings.Trim(notIdentifier.ReplaceAllString(text, "_"), "_")
}

// component returns the component of a type, which make fills if it is new.
func (r *Registry) component(typ reflect.Type, v variant, make func(*Schema) error) (*Component, error) {
	key := componentKey{typ, v}
	if c, ok := r.components[key]; ok {
		return c, nil
	}
	c := &Component{key: key, registry: r, schema: &Schema{}, order: len(r.components)}
	r.components[key] = c
	r.named = false
	if err := make(c.schema); err != nil {
		delete(r.components, key)
		return nil, err
	}
	return c, nil
}

// Marshal writes a schema or a part of OpenAPI that has some, without a newline and without
// escaping what only HTML has to.
func Marshal(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}
