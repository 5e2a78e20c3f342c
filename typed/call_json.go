package typed

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"unicode/utf8"
)

// This file writes values in JSON for a server. What encoding/json writes otherwise than it reads is an
// error, and so it is in an answer, in debug and test mode.

// textInJSON writes what a pointer leads to, so that methods with a pointer receiver are asked. Those of what
// is in a map or in an interface are not: no value there has an address.
func textInJSON(pointer reflect.Value) ([]byte, error) {
	text, err := json.Marshal(pointer.Interface())
	if err == nil {
		err = lost(pointer.Elem()) // which has an end, since Marshal has come to one
	}
	return text, err
}

var (
	jsonWriter = reflect.TypeFor[json.Marshaler]()
	textReader = reflect.TypeFor[encoding.TextUnmarshaler]()
)

func writesJSON(typ reflect.Type) bool {
	return typ.Implements(jsonWriter) || typ.Implements(textMaker)
}

// lost returns an error for what is in a value and not in its JSON.
func lost(value reflect.Value) error {
	if !value.IsValid() {
		return nil
	}
	typ, open := value.Type(), value.CanInterface() // which an embedded value of a type that is not exported cannot
	switch {
	case open && typ.Kind() == reflect.Struct && typ.Implements(anyOptional):
		got := value.MethodByName("Get").Call(nil)
		if got[1].Bool() && isNull(got[0]) {
			return fmt.Errorf("the %s has a value that is nil, and is read as null: make it Null, or the value an empty one", typ)
		}
		inner := reflect.New(got[0].Type()).Elem() // it is written by its address
		inner.Set(got[0])
		return lost(inner)
	case writesJSON(typ):
		return nil
	case writesJSON(reflect.PointerTo(typ)):
		if !value.CanAddr() {
			return fmt.Errorf("encoding/json does not ask the methods of a %s in a map or an interface, which have a pointer receiver: make it a pointer", typ)
		}
		return nil
	}
	switch typ.Kind() {
	case reflect.String:
		return lostInText(value.String(), typ)
	case reflect.Pointer, reflect.Interface:
		return lost(value.Elem())
	case reflect.Map:
		if open {
			return lostInMap(value)
		}
	case reflect.Slice, reflect.Array:
		for i := range value.Len() {
			if err := lost(value.Index(i)); err != nil {
				return err
			}
		}
	case reflect.Struct:
		return lostInStruct(value)
	}
	return nil
}

// isNull reports whether encoding/json writes a value as null.
func isNull(value reflect.Value) bool {
	switch value.Kind() {
	case reflect.Pointer, reflect.Interface:
		return value.IsNil() || isNull(value.Elem())
	case reflect.Slice, reflect.Map:
		return value.IsNil() && !writesJSON(value.Type())
	}
	return false
}

func lostInText(text string, typ reflect.Type) error {
	switch {
	case !utf8.ValidString(text):
		return fmt.Errorf("encoding/json replaces what is not UTF-8 in the text %q: make it a []byte, which is sent in base64", text)
	case text == "" && typ == reflect.TypeFor[json.Number]():
		return errors.New("encoding/json writes a json.Number that is empty as 0: make it a pointer to a number")
	}
	return nil
}

func lostInMap(value reflect.Value) error {
	key := value.Type().Key()
	for entries := value.MapRange(); entries.Next(); {
		if key.Kind() == reflect.String && !writesJSON(key) {
			if err := lostInText(entries.Key().String(), nil); err != nil {
				return err
			}
		}
		if reflect.PointerTo(key).Implements(textReader) && !isReadBack(entries.Key()) {
			return fmt.Errorf("encoding/json writes the key %v of a map otherwise than %s reads it: give the type MarshalText with a value receiver, and another kind than string", entries.Key(), key)
		}
		if err := lost(entries.Value()); err != nil {
			return err
		}
	}
	return nil
}

// isReadBack reports whether a key of a map is read as what it is.
func isReadBack(key reflect.Value) bool {
	one := reflect.New(reflect.MapOf(key.Type(), reflect.TypeFor[bool]()))
	one.Elem().Set(reflect.MakeMap(one.Type().Elem()))
	one.Elem().SetMapIndex(key, reflect.ValueOf(true))
	text, err := json.Marshal(one.Interface())
	one.Elem().SetZero()
	return err == nil && json.Unmarshal(text, one.Interface()) == nil && one.Elem().MapIndex(key).IsValid()
}

func lostInStruct(value reflect.Value) error {
	shown := false
	for i := range value.NumField() {
		sf := value.Type().Field(i)
		if !sf.IsExported() && !sf.Anonymous {
			continue
		}
		shown = true
		if sf.Tag.Get("json") != "-" {
			if err := lost(value.Field(i)); err != nil {
				return err
			}
		}
	}
	if !shown && !value.IsZero() {
		return fmt.Errorf("no field of a %s is exported: give it MarshalJSON, and UnmarshalJSON", value.Type())
	}
	return nil
}
