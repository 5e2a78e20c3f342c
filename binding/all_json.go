package binding

// A JSON body fills the fields of a struct that are its own, by the rules of encoding/json,
// and does not see the others. So the engine gets a view of the struct: a struct type made at
// run time that has a pointer to each of these fields, under the name that it has in JSON.
// Of
//
//	type In struct {
//		ID    int    `uri:"id"`
//		Title string `json:"title"`
//	}
//
// it is struct{ F0 *string `json:"title"` }, and a body of {"ID":9} has nothing to fill.
// See docs/internals/15-binding.md.

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/dram-go/dram/codec/json"
	"github.com/dram-go/dram/internal/jsonfield"
)

// jsonView is the type of a view, and the way to each of its fields in the struct.
type jsonView struct {
	typ    reflect.Type
	fields [][]int
	empty  sync.Pool // pointers to such structs, of nil pointers
}

// newJSONView returns nil for a struct that JSON fills nothing of.
func newJSONView(typ reflect.Type) *jsonView {
	view := new(jsonView)
	var list []reflect.StructField
	for _, f := range jsonfield.But(typ, notInJSON).List {
		if f.Hidden {
			continue
		}
		_, opts, _ := strings.Cut(typ.FieldByIndex(f.Index).Tag.Get("json"), ",")
		shown := f.Type
		if shown.Kind() != reflect.Pointer {
			shown = reflect.PointerTo(shown)
		}
		list = append(list, reflect.StructField{
			Name: "F" + strconv.Itoa(len(list)), Type: shown,
			Tag: reflect.StructTag("json:" + strconv.Quote(f.Name+","+opts)),
		})
		view.fields = append(view.fields, slices.Clip(f.Index))
	}
	if len(list) == 0 {
		return nil
	}
	view.typ = reflect.StructOf(list)
	view.empty.New = func() any { return reflect.New(view.typ).Interface() }
	return view
}

// notInJSON reports whether a field is not in the view: another source's, or one in an
// embedded pointer that cannot be set.
func notInJSON(sf reflect.StructField) bool {
	return isForeign(sf) || isFile(sf.Type) || sf.Anonymous && !sf.IsExported() && sf.Type.Kind() == reflect.Pointer
}

// decode fills target. whole is false if nothing is known of the values: a body that is not
// JSON, or not an object.
func (view *jsonView) decode(text []byte, target reflect.Value) (errs Errors, whole bool) {
	obj := view.empty.Get()
	shown := reflect.ValueOf(obj).Elem()
	view.show(shown, target)
	if err := unmarshalJSON(text, obj); err != nil {
		var mended []byte
		errs, mended = explainJSON(err, text, obj)
		view.show(shown, target)
		if mended == nil || unmarshalMended(mended, obj) != nil {
			return errs, false
		}
	}
	view.take(shown, target)
	shown.SetZero()
	view.empty.Put(obj)
	return errs, true
}

// show has the fields of the view point to those of target. What is behind a nil pointer is
// left to the engine; an Optional there is absent, so that null is another thing.
func (view *jsonView) show(shown, target reflect.Value) {
	for i, index := range view.fields {
		at := shown.Field(i)
		switch v, ok := fieldAt(target, index); {
		case !ok && isOptional(at.Type().Elem()):
			at.Set(reflect.New(at.Type().Elem()))
		case !ok:
			at.SetZero()
		case v.Kind() == reflect.Pointer:
			at.Set(v)
		default:
			at.Set(v.Addr())
		}
	}
}

// take stores what the engine has put elsewhere: new values, and null, which it leaves
// behind as a nil pointer.
func (view *jsonView) take(shown, target reflect.Value) {
	for i, index := range view.fields {
		at := shown.Field(i)
		v, ok := fieldAt(target, index)
		if !ok {
			optional := isOptional(at.Type().Elem())
			if !optional && at.IsNil() || optional && !at.IsNil() && at.Elem().IsZero() {
				continue // it was not sent
			}
			f := field{index: index}
			v = f.reach(target)
		}
		switch {
		case v.Kind() == reflect.Pointer:
			v.Set(at)
		case at.IsNil():
			// The type may want to hear of null; what it says of it was said before.
			_ = json.API.Unmarshal([]byte("null"), v.Addr().Interface())
		case at.Pointer() != v.Addr().Pointer():
			v.Set(at.Elem())
		}
	}
}
