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
		err = lost(pointer.Elem(), true) // which has an end, since Marshal has come to one
	}
	return text, err
}

var (
	jsonWriter = reflect.TypeFor[json.Marshaler]()
	jsonReader = reflect.TypeFor[json.Unmarshaler]()
	textReader = reflect.TypeFor[encoding.TextUnmarshaler]()
)

func writesJSON(typ reflect.Type) bool {
	return typ.Implements(jsonWriter) || typ.Implements(textMaker)
}

// lost returns an error for what is in a value and not in its JSON. What is sent is also not to be null
// where the value is not.
func lost(value reflect.Value, sent bool) error {
	if !value.IsValid() {
		return nil
	}
	typ, open := value.Type(), value.CanInterface() // which an embedded value of a type that is not exported cannot
	switch {
	case open && typ.Kind() == reflect.Struct && typ.Implements(anyOptional):
		got := value.MethodByName("Get").Call(nil)
		if sent && got[1].Bool() && isNull(got[0]) {
			return fmt.Errorf("the %s has a value that is nil, and is read as null: make it Null, or the value an empty one", typ)
		}
		inner := reflect.New(got[0].Type()).Elem() // it is written by its address
		inner.Set(got[0])
		return lost(inner, sent)
	case isHalf(typ, "MarshalJSON", "MarshalText"):
		return fmt.Errorf("encoding/json writes a %s by the method of what it embeds, without its other fields: give it MarshalJSON, or the embedded field a name", typ)
	case typ.Kind() != reflect.Pointer && writesJSON(typ):
		return nil
	case typ.Kind() != reflect.Pointer && writesJSON(reflect.PointerTo(typ)):
		if !value.CanAddr() {
			return fmt.Errorf("encoding/json does not ask the methods of a %s in a map or an interface, which have a pointer receiver: make it a pointer", typ)
		}
		return nil
	}
	switch typ.Kind() {
	case reflect.String:
		return lostInText(value.String(), typ)
	case reflect.Pointer, reflect.Interface:
		if sent && !value.IsNil() && isNull(value.Elem()) {
			return fmt.Errorf("a %s that leads to nil is read as nil: leave it nil, or make it an empty one", typ)
		}
		return lost(value.Elem(), sent)
	case reflect.Map:
		if open {
			return lostInMap(value, sent)
		}
	case reflect.Slice, reflect.Array:
		for i := range value.Len() {
			if err := lostIn(value.Index(i), sent); err != nil {
				return err
			}
		}
	case reflect.Struct:
		return lostInStruct(value, sent)
	}
	return nil
}

// lostIn is lost for a value of a list or a map, which cannot be left out.
func lostIn(value reflect.Value, sent bool) error {
	if value.Type().Implements(anyOptional) && sent && value.IsZero() {
		return fmt.Errorf("a %s that is absent is read as null in a list or a map: make it Null", value.Type())
	}
	return lost(value, sent)
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

func lostInMap(value reflect.Value, sent bool) error {
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
		if err := lostIn(entries.Value(), sent); err != nil {
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

func lostInStruct(value reflect.Value, sent bool) error {
	shown := false
	for i := range value.NumField() {
		sf := value.Type().Field(i)
		if !sf.IsExported() && !sf.Anonymous {
			continue
		}
		shown = true
		if sf.Tag.Get("json") != "-" {
			if err := lost(value.Field(i), sent); err != nil {
				return err
			}
		}
	}
	if !shown && !value.IsZero() {
		return fmt.Errorf("no field of a %s is exported: give it MarshalJSON, and UnmarshalJSON", value.Type())
	}
	return nil
}
