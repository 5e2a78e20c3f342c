package binding

// What a Go type is to a binding. Plans, the validator and the errors all have to know
// which types parse themselves, which are walked and which a client may nest; they ask
// here and nowhere else.
// See docs/internals/15-binding.md.

import (
	"encoding"
	stdjson "encoding/json"
	"mime/multipart"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/dram-go/dram/internal/jsonfield"
)

var (
	durationType        = reflect.TypeFor[time.Duration]()
	timeType            = reflect.TypeFor[time.Time]()
	numberType          = reflect.TypeFor[stdjson.Number]()
	fileType            = reflect.TypeFor[multipart.FileHeader]()
	bindUnmarshalerType = reflect.TypeFor[BindUnmarshaler]()
	textUnmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
	jsonUnmarshalerType = reflect.TypeFor[stdjson.Unmarshaler]()
	optionalType        = reflect.TypeFor[optional]()
)

// indirect returns what typ points to.
func indirect(typ reflect.Type) reflect.Type { return jsonfield.Indirect(typ) }

// isPointer reports whether typ points at something in the end.
func isPointer(typ reflect.Type) bool {
	return typ.Kind() == reflect.Pointer && indirect(typ).Kind() != reflect.Pointer
}

// isOptional reports whether typ is an Optional. A struct that embeds one has its
// methods but is none.
func isOptional(typ reflect.Type) bool {
	return typ.Kind() == reflect.Struct && typ.PkgPath() == optionalType.PkgPath() && reflect.PointerTo(typ).Implements(optionalType)
}

// inOptional returns the type that an Optional holds.
func inOptional(typ reflect.Type) (inner reflect.Type, ok bool) {
	if !isOptional(typ) {
		return nil, false
	}
	return reflect.Zero(reflect.PointerTo(typ)).Interface().(optional).valueType(), true
}

// valueType returns the type of the value itself: what a pointer points to, what an
// Optional holds.
func valueType(typ reflect.Type) reflect.Type {
	for {
		typ = indirect(typ)
		inner, ok := inOptional(typ)
		if !ok {
			return typ
		}
		typ = inner
	}
}

// isList reports whether a kind has elements by number.
func isList(kind reflect.Kind) bool { return kind == reflect.Slice || kind == reflect.Array }

// isFile reports whether typ takes uploaded files: FileHeader, *FileHeader, slices and
// arrays of them, and an Optional of any of these.
func isFile(typ reflect.Type) bool {
	if inner, ok := inOptional(typ); ok {
		return isFile(inner)
	}
	if isList(typ.Kind()) {
		typ = typ.Elem()
	}
	return typ == fileType || typ.Kind() == reflect.Pointer && typ.Elem() == fileType
}

// parsesParam reports whether typ, not a pointer, has an UnmarshalParam of its own.
func parsesParam(typ reflect.Type) bool {
	return reflect.PointerTo(typ).Implements(bindUnmarshalerType) && !losesFields(typ, bindUnmarshalerType,
		func(ptr reflect.Type) (reflect.Method, bool) { return ptr.MethodByName("UnmarshalParam") })
}

// parsesText reports whether typ, not a pointer, has an UnmarshalText of its own.
func parsesText(typ reflect.Type) bool {
	return reflect.PointerTo(typ).Implements(textUnmarshalerType) && !losesFields(typ, textUnmarshalerType,
		func(ptr reflect.Type) (reflect.Method, bool) { return ptr.MethodByName("UnmarshalText") })
}

// parsesItself reports whether typ, not a pointer, is read by more than its kind.
func parsesItself(typ reflect.Type) bool {
	return typ == timeType || parsesParam(typ) || parsesText(typ)
}

// isNested reports whether typ is a struct to be walked: one that does not parse itself
// from text.
func isNested(typ reflect.Type) bool {
	return typ.Kind() == reflect.Struct && !isFile(typ) && !parsesItself(typ)
}

// isEmbeddedStruct reports whether sf embeds a struct, or a pointer to one, that has fields
// to be walked. Those of an unexported type can be set, but not the struct itself: a
// pointer to one, a file and an Optional by another name are out of reach.
func isEmbeddedStruct(sf reflect.StructField) bool {
	typ := sf.Type
	if sf.IsExported() {
		typ = indirect(typ)
	}
	return sf.Anonymous && typ.Kind() == reflect.Struct && !isOptional(typ) && !isFile(typ)
}

// losesFields reports whether typ has the method only because it embeds a type that has
// it, beside other fields, which that method knows nothing of:
//
//	struct{ slog.Level; Size int }
//
// A struct around nothing but the embedded type is that type, unless that is a pointer or
// an interface, which is nil.
func losesFields(typ, iface reflect.Type, method func(ptr reflect.Type) (reflect.Method, bool)) bool {
	if typ.Kind() != reflect.Struct {
		return false
	}
	var embedded reflect.Type
	others := 0
	for i := range typ.NumField() {
		sf := typ.Field(i)
		switch has := sf.Type.Implements(iface) || reflect.PointerTo(sf.Type).Implements(iface); {
		case sf.Anonymous && has && embedded == nil:
			embedded = sf.Type
		case sf.IsExported() || sf.Anonymous:
			others++
		}
	}
	if embedded == nil {
		return false
	}
	// A promoted method is a wrapper that the compiler wrote; typ's own has a file.
	m, _ := method(reflect.PointerTo(typ))
	pc := m.Func.Pointer()
	if file, _ := runtime.FuncForPC(pc).FileLine(pc); file != "<autogenerated>" {
		return false
	}
	isNil := embedded.Kind() == reflect.Pointer || embedded.Kind() == reflect.Interface
	return others > 0 || isNil || losesFields(embedded, iface, method)
}

// promotes reports whether there is a struct in typ that only an embedded type's method
// reads from JSON.
func promotes(typ reflect.Type) bool {
	found := false
	eachStruct(typ, map[reflect.Type]visit{}, func(typ reflect.Type, _ bool) {
		ptr := reflect.PointerTo(typ)
		found = found || ptr.Implements(textUnmarshalerType) && !parsesText(typ) ||
			ptr.Implements(jsonUnmarshalerType) && losesFields(typ, jsonUnmarshalerType,
				func(ptr reflect.Type) (reflect.Method, bool) { return ptr.MethodByName("UnmarshalJSON") })
	})
	return found
}

// unreadable says that no text can be stored in a value of type typ, and the mend; "" if some
// can.
func unreadable(typ reflect.Type) string {
	inner := valueType(typ)
	if isList(inner.Kind()) && !parsesItself(inner) {
		inner = valueType(inner.Elem())
	}
	if isFile(typ) || parsesItself(inner) {
		return ""
	}
	kind := inner.Kind()
	if kind == reflect.Map { // of JSON
		kind = elementType(inner).Kind()
	} else if kind == reflect.Interface || kind == reflect.Uintptr || isList(kind) {
		kind = reflect.Invalid
	}
	switch kind {
	case reflect.Invalid, reflect.Chan, reflect.Func, reflect.Pointer, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return "has the type " + typ.String() + ", in which no text can be stored: choose another, such as string, or give it the method UnmarshalText"
	}
	return ""
}

// typeName is what a client calls the type.
func typeName(typ reflect.Type) string {
	if typ == nil {
		return "value" // somebody's own UnmarshalJSON did not say
	}
	typ = valueType(typ)
	switch {
	case typ == durationType:
		return "duration"
	case typ == timeType:
		return "time"
	case typ == numberType:
		return "number"
	case parsesItself(typ) && typ.Name() != "":
		return strings.ToLower(typ.Name())
	}
	switch kind := typ.Kind(); kind {
	case reflect.Bool:
		return "boolean"
	case reflect.Float32, reflect.Float64:
		return "number"
	case reflect.Slice, reflect.Array:
		return "array"
	case reflect.Struct, reflect.Map:
		return "object"
	case reflect.Interface:
		return "value"
	default:
		if typ.ConvertibleTo(reflect.TypeFor[int64]()) && kind != reflect.String {
			return "integer"
		}
		return kind.String()
	}
}

// maxWraps is how many lists and maps a type may be inside: `type list []list`
// has no end.
const maxWraps = 32

// elementType returns what pointers, lists, maps and Optionals are made of.
func elementType(typ reflect.Type) reflect.Type {
	typ = valueType(typ)
	for range maxWraps {
		switch typ.Kind() {
		case reflect.Slice, reflect.Array, reflect.Map:
			typ = valueType(typ.Elem())
		default:
			return typ
		}
	}
	return typ
}

// hasRules reports whether a value of type typ may hold a struct: 10 MB of numbers
// need no look at each.
func hasRules(typ reflect.Type) bool {
	kind := elementType(typ).Kind()
	return kind == reflect.Struct || kind == reflect.Interface
}

// recursive remembers which types contain themselves.
var recursive sync.Map // reflect.Type → bool

// isRecursive reports whether a struct of type typ may hold another one like it.
func isRecursive(typ reflect.Type) bool {
	if known, ok := recursive.Load(typ); ok {
		return known.(bool)
	}
	found := false
	eachStruct(typ, map[reflect.Type]visit{}, func(_ reflect.Type, again bool) { found = found || again })
	recursive.Store(typ, found)
	return found
}

type visit uint8

const (
	entered visit = iota + 1
	left
)

// eachStruct calls found for every struct type that a value of type typ may hold, once,
// and with again for one that is met inside itself.
func eachStruct(typ reflect.Type, visits map[reflect.Type]visit, found func(typ reflect.Type, again bool)) {
	typ = elementType(typ)
	if typ.Kind() != reflect.Struct || visits[typ] == left {
		return
	}
	again := visits[typ] == entered
	found(typ, again)
	if again {
		return
	}
	visits[typ] = entered
	for i := range typ.NumField() {
		if sf := typ.Field(i); sf.IsExported() || sf.Anonymous {
			eachStruct(sf.Type, visits, found)
		}
	}
	visits[typ] = left
}
