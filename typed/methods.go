package typed

import (
	"reflect"
	"slices"
)

// This file finds the values of an answer whose methods encoding/json and encoding/xml do not ask: those
// with a pointer receiver, of a value that has no address.

// mustAskMethods reports whether an answer has to be written by its address. It panics where that does not help.
func (rt *route) mustAskMethods(body reflect.Type) (byAddress bool) {
	if body == nil {
		return false
	}
	if rt.output.stream || len(rt.offers) == 0 || slices.ContainsFunc(rt.offers, isJSON) {
		if typ := unasked(reach{body, true}, writesJSON, nil); typ != nil {
			rt.panic(rt.pattern, "the answer has a %s in a map, whose methods encoding/json does not ask, since they have a pointer receiver: make it a map of pointers", typ)
		}
		byAddress = unasked(reach{body, false}, writesJSON, nil) != nil
	}
	return byAddress || slices.ContainsFunc(rt.offers, isXML) && unasked(reach{body, false}, writesXML, nil) != nil
}

// reach is a type, and whether its value has an address.
type reach struct {
	reflect.Type
	addressed bool
}

// unasked returns the type in a type whose methods are not asked, nil if there is none.
func unasked(r reach, writes func(reflect.Type) bool, inside []reach) reflect.Type {
	switch {
	case slices.Contains(inside, r), writes(r.Type):
		return nil
	case writes(reflect.PointerTo(r.Type)):
		if r.addressed {
			return nil
		}
		return r.Type
	}
	inside = append(slices.Clip(inside), r)
	switch r.Kind() {
	case reflect.Map:
		return unasked(reach{r.Elem(), false}, writes, inside)
	case reflect.Pointer, reflect.Slice:
		return unasked(reach{r.Elem(), true}, writes, inside)
	case reflect.Array:
		return unasked(reach{r.Elem(), r.addressed}, writes, inside)
	case reflect.Struct:
		for i := range r.NumField() {
			if sf := r.Field(i); (sf.IsExported() || sf.Anonymous) && sf.Tag.Get("json") != "-" {
				if found := unasked(reach{sf.Type, r.addressed}, writes, inside); found != nil {
					return found
				}
			}
		}
	}
	return nil
}
