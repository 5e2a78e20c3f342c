// Package enum finds the constants of a type that lists them: a method EnumValues() []T.
// See docs/adr/0022-rules-and-schemas.md.
package enum

import (
	"reflect"
	"sync"
)

var lists sync.Map // reflect.Type → reflect.Value

// Values returns what a type lists, and whether it does.
func Values(typ reflect.Type) (list reflect.Value, ok bool) {
	known, found := lists.Load(typ)
	if !found {
		method, has := reflect.PointerTo(typ).MethodByName("EnumValues")
		if has && method.Type.NumIn() == 1 && method.Type.NumOut() == 1 && method.Type.Out(0) == reflect.SliceOf(typ) && typ.Comparable() {
			list = reflect.New(typ).MethodByName("EnumValues").Call(nil)[0]
		}
		known, _ = lists.LoadOrStore(typ, list)
	}
	list = known.(reflect.Value)
	return list, list.IsValid()
}
