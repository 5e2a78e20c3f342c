package typed

import (
	"reflect"
	"slices"
)

// This file finds the values of an answer whose methods encoding/json does not ask: those with a pointer
// receiver, of a value that has no address.

// mustAskMethods reports whether an answer has to be written by its address. It panics where that does not help.
func (rt *route) mustAskMethods(body reflect.Type) (byAddress bool) {
	if body == nil || !rt.output.stream && len(rt.offers) > 0 && !slices.ContainsFunc(rt.offers, isJSON) {
		return false
	}
	if typ := unasked(reach{body, true}, nil); typ != nil {
		rt.panic(rt.pattern, "the answer has a %s in a map, whose methods encoding/json does not ask, since they have a pointer receiver: make it a map of pointers", typ)
	}
	return unasked(reach{body, false}, nil) != nil
}

// reach is a type, and whether its value has an address.
type reach struct {
	reflect.Type
	addressed bool
}

// unasked returns the type in a type whose methods are not asked, nil if there is none.
func unasked(r reach, inside []reach) reflect.Type {
	switch {
	case slices.Contains(inside, r), writesJSON(r.Type):
		return nil
	case writesJSON(reflect.PointerTo(r.Type)):
		if r.addressed {
			return nil
		}
		return r.Type
	}
	inside = append(slices.Clip(inside), r)
	switch r.Kind() {
	case reflect.Map:
		return unasked(reach{r.Elem(), false}, inside)
	case reflect.Pointer, reflect.Slice:
		return unasked(reach{r.Elem(), true}, inside)
	case reflect.Array:
		return unasked(reach{r.Elem(), r.addressed}, inside)
	case reflect.Struct:
		for i := range r.NumField() {
			if sf := r.Field(i); (sf.IsExported() || sf.Anonymous) && sf.Tag.Get("json") != "-" {
				if found := unasked(reach{sf.Type, r.addressed}, inside); found != nil {
					return found
				}
			}
		}
	}
	return nil
}
