package binding

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/dram-go/dram/internal/jsonfield"
)

// This file lists which field BindAll fills from where, for documents of an API. See docs/internals/15-binding.md.

// Source is a field that All fills, and from where.
type Source struct {
	// In is the tag: uri, query, header, cookie, form or json.
	In string
	// Name is what the client calls the field there.
	Name string
	// Field is what the program calls it: "ID", "Page.Size".
	Field string
	// Index is the way to the field, as for reflect.Type.FieldByIndex, but that it goes through an
	// Optional as through a pointer.
	Index []int
	// Formats are those of bodies beside JSON and forms that the field has a tag of: xml, yaml …
	Formats []string
	// Many reports that it takes all values of its name; File that these are files.
	Many, File bool
	// Default is what it has if none is sent; nil for the zero value.
	Default []string
	// Separator is what collection_format has between values, "" if each has its own name.
	Separator string
	// TimeFormat is how text is a time: a layout of package time, or unix, unixmilli, unixmicro
	// or unixnano. It is "" for what is not a time.
	TimeFormat string
	// TimeLocation is where a time is whose text does not say it; nil for what is not a time.
	TimeLocation *time.Location
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
			source := Source{In: from.tag, Name: f.name, Field: goName(typ, f.index), Index: f.index, Many: f.many, File: f.file, Default: f.defaults}
			source.describe(structField(typ, f.index), from.tag)
			list = append(list, source)
		}
	}
	for _, f := range jsonfield.But(typ, notInJSON).List {
		if !f.Hidden {
			source := Source{In: sourceJSON, Name: f.Name, Field: goName(typ, f.Index), Index: f.Index}
			for _, tag := range tagsOf(structField(typ, f.Index)) {
				if tag != sourceJSON && tag != sourceForm {
					source.Formats = append(source.Formats, tag)
				}
			}
			list = append(list, source)
		}
	}
	slices.SortStableFunc(list, func(a, b Source) int { return slices.Compare(a.Index, b.Index) })
	return list, nil
}

// describe adds what the tags of a field say of its text. They were read before, so that
// there is nothing wrong with them.
func (s *Source) describe(sf reflect.StructField, tag string) {
	o, _ := parseOptions(sf, tag)
	s.Separator, s.TimeFormat, s.TimeLocation = o.separator, o.times.layout, o.times.location
	if o.times.unit != 0 {
		s.TimeFormat = strings.ToLower(sf.Tag.Get("time_format"))
	}
	if valueType(sf.Type) == timeType && o.textFirst {
		s.TimeFormat = time.RFC3339
	}
}

// structField is typ.FieldByIndex, through an Optional too.
func structField(typ reflect.Type, index []int) (sf reflect.StructField) {
	for _, i := range index {
		sf = valueType(typ).Field(i)
		typ = sf.Type
	}
	return sf
}
