package schema

// Reading an answer whose type has unions in it: encoding/json cannot choose a member for an
// interface, and the discriminator says which it is.

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/dram-go/dram/internal/jsonfield"
)

// Unmarshal is json.Unmarshal that knows the unions.
func (r *Registry) Unmarshal(text []byte, v any) error {
	r.mu.Lock()
	unions := r.unions
	r.mu.Unlock()
	return unions.unmarshal(text, reflect.ValueOf(v).Elem())
}

func (r unions) unmarshal(text []byte, v reflect.Value) error {
	typ := v.Type()
	u := r[typ]
	switch {
	case !r.hasUnion(typ, nil), string(text) == "null":
		return json.Unmarshal(text, v.Addr().Interface())
	case u != nil:
		return r.member(u, text, v)
	case typ.Kind() == reflect.Pointer:
		p := reflect.New(typ.Elem())
		v.Set(p)
		return r.unmarshal(text, p.Elem())
	case typ.Kind() == reflect.Struct:
		if inner, ok := inOptional(typ); ok {
			return r.optional(text, v, inner)
		}
		return r.members(text, v)
	case typ.Kind() == reflect.Map:
		return r.entries(text, v)
	}
	var items []json.RawMessage
	if err := json.Unmarshal(text, &items); err != nil {
		return err
	}
	if typ.Kind() == reflect.Slice {
		v.Set(reflect.MakeSlice(typ, len(items), len(items)))
	}
	for i := range min(len(items), v.Len()) {
		if err := r.unmarshal(items[i], v.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

// optional reads what a binding.Optional holds.
func (r unions) optional(text []byte, v reflect.Value, inner reflect.Type) error {
	held := reflect.New(inner).Elem()
	err := r.unmarshal(text, held)
	if err == nil {
		v.Addr().MethodByName("Set").Call([]reflect.Value{held})
	}
	return err
}

// member reads the member of a union that the text has.
func (r unions) member(u *union, text []byte, v reflect.Value) error {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(text, &object); err != nil {
		return err
	}
	var name string
	_ = json.Unmarshal(object[u.property], &name) // anything but a text names no member
	typ, ok := u.members[name]
	if !ok {
		return fmt.Errorf("dram: the property %q of a %s is %q, which is not a member of the union", u.property, v.Type(), name)
	}
	member := reflect.New(typ).Elem()
	if err := r.unmarshal(text, member); err != nil {
		return err
	}
	v.Set(member)
	return nil
}

// members reads an object: what has no union as ever, and the rest beside it.
func (r unions) members(text []byte, v reflect.Value) error {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(text, &object); err != nil {
		return err
	}
	var later []jsonfield.Field
	for _, f := range jsonfield.Of(v.Type()).List {
		if _, there := object[f.Name]; there && !f.Hidden && r.hasUnion(f.Type, nil) {
			later = append(later, f)
		}
	}
	rest := maps.Clone(object)
	for _, f := range later {
		rest[f.Name] = json.RawMessage("null")
	}
	plain, err := json.Marshal(rest)
	if err == nil {
		err = json.Unmarshal(plain, v.Addr().Interface())
	}
	for _, f := range later {
		if err == nil {
			err = r.unmarshal(object[f.Name], v.FieldByIndex(f.Index))
		}
	}
	return err
}

// entries reads a map.
func (r unions) entries(text []byte, v reflect.Value) error {
	typ := v.Type()
	texts := reflect.New(reflect.MapOf(typ.Key(), reflect.TypeFor[json.RawMessage]()))
	if err := json.Unmarshal(text, texts.Interface()); err != nil {
		return err
	}
	v.Set(reflect.MakeMap(typ))
	for key, text := range texts.Elem().Seq2() {
		value := reflect.New(typ.Elem()).Elem()
		if err := r.unmarshal(text.Bytes(), value); err != nil {
			return err
		}
		v.SetMapIndex(key, value)
	}
	return nil
}

// hasUnion reports whether a type has a union in it that this package has to read.
func (r unions) hasUnion(typ reflect.Type, inside []reflect.Type) bool {
	switch inner, optional := inOptional(typ); {
	case r[typ] != nil:
		return true
	case optional:
		return r.hasUnion(inner, inside)
	case len(r) == 0, slices.Contains(inside, typ), has(typ, jsonReader), has(typ, textReader):
		return false
	}
	inside = append(slices.Clip(inside), typ)
	switch typ.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return r.hasUnion(typ.Elem(), inside)
	case reflect.Struct:
		return slices.ContainsFunc(jsonfield.Of(typ).List, func(f jsonfield.Field) bool { return r.hasUnion(f.Type, inside) })
	}
	return false
}
