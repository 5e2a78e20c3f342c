package schema

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/dram-go/dram/internal/jsonfield"
)

// union is what an interface may hold: types by the value of a property that they all have.
type union struct {
	property string
	members  map[string]reflect.Type
}

// unions are those of the interfaces.
type unions map[reflect.Type]*union

// Union says which types a sealed interface has, by the value of the property that tells
// them apart: oneOf with a discriminator. The members are structs, or pointers to them, that
// have the property in JSON. It is an error behind the first schema that has the interface.
func (r *Registry) Union(iface reflect.Type, property string, members map[string]reflect.Type) error {
	if iface.Kind() != reflect.Interface {
		return fmt.Errorf("dram: a union is of an interface, which %s is not: pass the interface that its members implement", iface)
	}
	if property == "" || len(members) == 0 {
		return fmt.Errorf("dram: the union %s has no property that tells its members apart, or no members: pass both", iface)
	}
	for value, member := range members {
		if member == nil {
			return fmt.Errorf("dram: the member %q of the union %s is nil: pass a value of its type", value, iface)
		}
		typ, _, _ := unwrapped(member)
		switch {
		case !member.Implements(iface):
			return fmt.Errorf("dram: the member %q of the union %s: %s does not implement it: give it the methods, or pass a pointer to it", value, iface, member)
		case typ.Kind() != reflect.Struct || typ.Name() == "":
			return fmt.Errorf("dram: the member %q of the union %s: %s is not a struct with a name, which is what has properties", value, iface, member)
		case !hasProperty(typ, property):
			return fmt.Errorf("dram: the member %q of the union %s: %s has no field of the name %q in JSON: add it, as clients tell the members by it", value, iface, member, property)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.unions[iface] != nil:
		return fmt.Errorf("dram: the union %s is declared already: declare it once, with all of its members", iface)
	case r.open[iface]:
		return fmt.Errorf("dram: the union %s comes behind a route that has the type, and whose schema says nothing of it: declare it before the routes", iface)
	}
	known := maps.Clone(r.unions) // they may be read meanwhile
	known[iface] = &union{property, maps.Clone(members)}
	r.unions = known
	return nil
}

func hasProperty(typ reflect.Type, name string) bool {
	_, ok := jsonfield.Of(typ).Find(name, true)
	return ok
}

// unionSchema is the component of a union.
func (b builder) unionSchema(iface reflect.Type, u *union, v variant) (*Schema, error) {
	describe := func(s *Schema) error {
		s.Discriminator = &Discriminator{PropertyName: u.property, Mapping: make(map[string]*Component)}
		for _, value := range slices.Sorted(maps.Keys(u.members)) {
			typ, _, _ := unwrapped(u.members[value])
			ref, err := b.base(typ, nil, v)
			if err != nil {
				return err
			}
			if ref.Ref != nil {
				s.Discriminator.Mapping[value] = ref.Ref
			}
			s.OneOf = append(s.OneOf, &Schema{
				Ref: ref.Ref, Properties: Properties{{u.property, &Schema{Const: value}}}, Required: []string{u.property},
			})
		}
		return nil
	}
	if iface.Name() == "" {
		s := &Schema{}
		return s, describe(s)
	}
	c, err := b.component(iface, v, describe)
	return &Schema{Ref: c}, err
}
