package binding

// A plan, run on one request: look up, choose, convert, store.
// See docs/internals/15-binding.md.

import (
	"errors"
	"fmt"
	"mime/multipart"
	"reflect"
	"strings"
)

var (
	// ErrDestination reports that what should be filled cannot be: it is nil, not
	// a pointer, or of a kind that keys and values do not fit.
	ErrDestination = errors.New("dram: the destination of a binding must be a pointer to a struct or a map that is not nil")
	// ErrConvertMapStringSlice reports that a destination map has slices, but is not
	// a map[string][]string.
	ErrConvertMapStringSlice = errors.New("dram: a map of slices to bind into must be a map[string][]string")
	// ErrConvertToMapString reports that a destination map is not a map[string]string.
	ErrConvertToMapString = errors.New("dram: a map to bind into must be a map[string]string")
)

// request is where keys and values come from.
type request struct {
	values values
	files  map[string][]*multipart.FileHeader
	tag    string // the struct tag that names the keys
	source string // for errors
	header bool   // values is a http.Header
	tagged bool   // see planKey
}

// values finds the values of a key by its number in the plan or by its name.
type values interface {
	get(number int, name string) []string
}

type mapValues map[string][]string

func (m mapValues) get(_ int, name string) []string { return m[name] }

// bindValues fills obj and validates it.
func bindValues(obj any, r request) error {
	errs, err := mapValuesInto(obj, r)
	if err != nil {
		return err
	}
	return checked(obj, r.source, errs)
}

// mapValuesInto fills obj. errs has the fields that could not be filled; err says
// that nothing was.
func mapValuesInto(obj any, r request) (errs Errors, err error) {
	target, isMap, err := destination(obj)
	if err != nil {
		return nil, err
	}
	if isMap {
		return nil, fillMap(target, r.values.(mapValues))
	}
	p, err := planFor(target.Type(), r)
	if err != nil {
		return nil, err
	}
	return p.apply(target, r), nil
}

// destination returns the struct or the map that obj is or points to. Nil pointers
// behind the first one are allocated.
func destination(obj any) (v reflect.Value, isMap bool, err error) {
	v = reflect.ValueOf(obj)
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			if v.Kind() == reflect.Interface || !v.CanSet() {
				return v, false, fmt.Errorf("%w; it is a nil %T", ErrDestination, obj)
			}
			v.Set(reflect.New(v.Type().Elem()))
		}
		v = v.Elem()
	}
	switch {
	case v.Kind() == reflect.Map && v.Type().Key().Kind() == reflect.String && !v.IsNil():
		return v, true, nil
	case v.Kind() == reflect.Struct && v.CanSet():
		return v, false, nil
	}
	return v, false, fmt.Errorf("%w; it is a %T", ErrDestination, obj)
}

// fillMap copies the values into a map[string][]string, or the last one of each
// key into a map[string]string.
func fillMap(v reflect.Value, values mapValues) error {
	switch m := v.Interface().(type) {
	case map[string][]string:
		for k, vs := range values {
			m[k] = vs
		}
	case map[string]string:
		for k, vs := range values {
			if len(vs) > 0 {
				m[k] = vs[len(vs)-1]
			}
		}
	default:
		if v.Type().Elem().Kind() == reflect.Slice {
			return ErrConvertMapStringSlice
		}
		return ErrConvertToMapString
	}
	return nil
}

// apply runs the plan: it fills the struct v with what r has.
func (p *plan) apply(v reflect.Value, r request) (errs Errors) {
	for i := 0; i < len(p.fields); i++ {
		f := &p.fields[i]
		name := p.keys[f.number].lookup
		if r.files != nil {
			if files := r.files[name]; len(files) > 0 {
				if err := setFiles(f.reach(v), files); err != nil {
					errs = append(errs, conversionErrors(f.name, r.source, f.typ, err)...)
				}
				i += f.skip
				continue
			}
		}
		if f.file {
			continue
		}
		vs := f.choose(r.values.get(f.number, name))
		if len(vs) == 0 {
			continue
		}
		target := f.reach(v)
		if err := f.set(target, vs); err != nil {
			errs = append(errs, conversionErrors(f.name, r.source, f.typ, err)...)
		}
		i += f.skip
	}
	return errs
}

// choose returns the values that count: all for a collection, otherwise the first;
// the default where there are none, or where the one is empty.
func (f *field) choose(vs []string) []string {
	switch {
	case len(vs) == 0:
		return f.defaults
	case f.many:
		return vs
	case vs[0] == "" && f.defaults != nil:
		return f.defaults
	case f.nested && f.skip > 0 && strings.TrimSpace(vs[0]) == "":
		return nil // no JSON for the nested struct: its fields have their own keys
	}
	return vs[:1]
}

// reach goes to the field inside the root struct v. It allocates the pointers and
// opens the Optionals on the way: only a field that has a value is ever reached.
func (f *field) reach(v reflect.Value) reflect.Value {
	for at, i := range f.index {
		if at > 0 {
			v = f.enter(v)
		}
		v = v.Field(i)
	}
	return v
}

// enter returns the struct behind the pointers and Optionals that v is.
func (f *field) enter(v reflect.Value) reflect.Value {
	for {
		switch {
		case v.Kind() == reflect.Pointer:
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		case f.opens && isOptional(v.Type()):
			v = v.Addr().Interface().(optional).open()
		default:
			return v
		}
	}
}
