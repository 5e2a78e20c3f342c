package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Diff says what a new file changes, a line for each: + what is new, - what is gone, and ~ each
// value that is another.
func Diff(a, b *File) []string {
	var lines []string
	compare(&lines, "", plain(reflect.ValueOf(a)), plain(reflect.ValueOf(b)))
	return lines
}

// plain is a value by the names of the file: a map, or a text. Routes have their patterns as
// names.
func plain(v reflect.Value) any {
	if s, ok := v.Interface().(fmt.Stringer); ok && (v.Kind() != reflect.Pointer || !v.IsNil()) {
		return s.String()
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return plain(v.Elem())
	case reflect.Struct:
		fields := make(map[string]any)
		for _, field := range reflect.VisibleFields(v.Type()) {
			if name, _ := nameOf(field); name != "" {
				set(fields, name, plain(v.FieldByIndex(field.Index)))
			}
		}
		return fields
	case reflect.Map:
		fields := make(map[string]any)
		for _, key := range v.MapKeys() {
			set(fields, key.String(), plain(v.MapIndex(key)))
		}
		return fields
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Pointer {
			break
		}
		fields := make(map[string]any)
		for i := range v.Len() {
			set(fields, label(v.Index(i).Interface(), i), plain(v.Index(i)))
		}
		return fields
	}
	return fmt.Sprint(v.Interface())
}

func set(fields map[string]any, name string, v any) {
	if v != nil && v != "" && v != "[]" {
		fields[name] = v
	}
}

// label is the name of an entry in a list.
func label(entry any, i int) string {
	switch e := entry.(type) {
	case *Route:
		return strings.Join(slices.Concat(e.Methods, e.Hosts, []string{e.Path}), " ")
	case *Server:
		return e.URL.String()
	case *Part:
		return e.As
	}
	return fmt.Sprint(i)
}

func compare(lines *[]string, path string, a, b any) {
	am, aIs := a.(map[string]any)
	bm, bIs := b.(map[string]any)
	switch {
	case reflect.DeepEqual(a, b):
	case aIs && bIs:
		names := maps.Clone(am)
		maps.Copy(names, bm)
		for _, name := range slices.Sorted(maps.Keys(names)) {
			compare(lines, join(path, name), am[name], bm[name])
		}
	case a == nil:
		*lines = append(*lines, "+ "+path+brief(b))
	case b == nil:
		*lines = append(*lines, "- "+path)
	default:
		*lines = append(*lines, "~ "+path+brief(a)+" →"+strings.TrimPrefix(brief(b), ":"))
	}
}

// brief is a value at the end of a line; of a group the name is enough.
func brief(v any) string {
	if text, ok := v.(string); ok {
		return ": " + text
	}
	return ""
}
