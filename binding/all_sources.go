package binding

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/dram-go/dram/internal/jsonfield"
)

// Source is a field that All fills, and from where.
type Source struct {
	// In is the tag: uri, query, header, cookie, form or json.
	In string
	// Name is what the client calls the field there.
	Name string
	// Index is the way to the field, as for reflect.Type.FieldByIndex.
	Index []int
	// Many reports that it takes all values of its name; File that these are files.
	Many, File bool
	// Default is what it has if none is sent; nil for the zero value.
	Default []string
}

// Sources returns what All fills of a struct type, in the order of its fields, for those who
// describe a request. The error is ErrTags, as of All. What codecs read of a body is not among it.
func Sources(typ reflect.Type) ([]Source, error) {
	if typ.Kind() != reflect.Struct {
		return nil, fmt.Errorf("%w; for all sources it must be a struct, not a %s", ErrDestination, typ)
	}
	p, err := allPlanFor(typ)
	if err != nil {
		return nil, err
	}
	var list []Source
	for _, from := range []struct {
		tag  string
		plan *plan
	}{{sourceURI, p.uri}, {sourceQuery, p.query}, {sourceHeader, p.header}, {sourceCookie, p.cookie}, {sourceForm, p.form}} {
		for _, f := range from.plan.fields {
			list = append(list, Source{In: from.tag, Name: f.name, Index: f.index, Many: f.many, File: f.file, Default: f.defaults})
		}
	}
	for _, f := range jsonfield.But(typ, notInJSON).List {
		if !f.Hidden {
			list = append(list, Source{In: sourceJSON, Name: f.Name, Index: f.Index})
		}
	}
	slices.SortStableFunc(list, func(a, b Source) int { return slices.Compare(a.Index, b.Index) })
	return list, nil
}

// Separator returns what collection_format has between the values of a field, "" if each
// value has its own key.
func Separator(sf reflect.StructField) string { return separators[sf.Tag.Get("collection_format")] }

// TimeLayout returns how text is a time for a field: a layout of package time, or the unit
// of an integer ("unix", "unixmilli" …).
func TimeLayout(sf reflect.StructField) (layout string, isNumber bool) {
	o, err := parseTimeOptions(sf)
	if err != nil || o.unit != 0 {
		return strings.ToLower(sf.Tag.Get("time_format")), o.unit != 0
	}
	return o.layout, false
}
