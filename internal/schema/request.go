package schema

// A struct of BindAll is several things in OpenAPI: parameters, and the body as a form or as
// JSON. What is text becomes a Go value by binding's converters, so that a duration is "1h30m".

import (
	"encoding/json"
	"mime/multipart"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/internal/jsonfield"
)

// Request is what a struct of BindAll wants.
type Request struct {
	Params []Param
	// JSON and Form describe the body as that; nil if no field is filled from it.
	JSON, Form *Schema
	// Files reports that the form has files, which only multipart/form-data carries.
	Files bool
}

// Param is a parameter: of the path, the query, the header or a cookie.
type Param struct {
	In, Name    string // In is path, query, header or cookie
	Schema      *Schema
	Required    bool
	Description string
	Deprecated  bool
	// Style and Explode say how a list is written; Style is "" for what OpenAPI assumes.
	Style   string
	Explode bool
	// Index is the way to the field, as that of a binding.Source.
	Index []int
}

// BodyRequired reports whether the request cannot do without a body.
func (q *Request) BodyRequired() bool {
	one := func(s *Schema) bool { return s == nil || !fits(s, map[string]any{}) }
	return (q.JSON != nil || q.Form != nil) && one(q.JSON) && one(q.Form)
}

// places are what OpenAPI calls the sources.
var places = map[string]string{"uri": "path", "query": "query", "header": "header", "cookie": "cookie"}

// Request describes a struct that binding.All fills. The error is that of binding.Sources, or of
// a rule that contradicts itself.
func (r *Registry) Request(typ reflect.Type) (*Request, error) {
	sources, err := binding.Sources(typ)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	whole := object{builder: builder{Registry: r, owner: typ}, typ: typ}
	for _, f := range jsonfield.Of(typ).List {
		if f.Hidden {
			if err := whole.unread(f); err != nil {
				return nil, err
			}
		}
	}
	q := &Request{}
	var inJSON, inForm []jsonfield.Field
	for _, from := range sources {
		sf := fieldAt(typ, from.Index)
		f := jsonfield.Field{Name: from.Name, Type: sf.Type, Index: from.Index}
		switch from.In {
		case "json":
			f.Quoted = jsonfield.IsQuoted(sf)
			inJSON = append(inJSON, f)
		case "form":
			q.Files = q.Files || from.File
			inForm = append(inForm, f)
		default:
			param, err := r.param(typ, from, f)
			if err != nil {
				return nil, err
			}
			q.Params = append(q.Params, param)
		}
	}
	switch {
	case inJSON == nil:
	case len(inJSON) == len(sources) && inForm == nil && !reflect.PointerTo(typ).Implements(textReader): // of whose method BindAll knows nothing
		q.JSON, err = builder{Registry: r, owner: typ}.value(typ, nil, r.asked())
	default:
		q.JSON, err = r.bodyOf(typ, inJSON)
	}
	if err != nil || inForm == nil {
		return q, err
	}
	q.Form = &Schema{}
	if err := (builder{Registry: r, owner: typ, text: sources}).objectOf(q.Form, typ, r.asked(), inForm); err != nil {
		return nil, err
	}
	for _, from := range sources {
		if from.In == "form" && from.Default != nil {
			textDefault(q.Form.Properties.Get(from.Name), from.Default)
			q.Form.Required = slices.DeleteFunc(q.Form.Required, func(name string) bool { return name == from.Name })
		}
	}
	return q, q.choose(typ, sources)
}

// param describes one parameter: an object of one member.
func (r *Registry) param(typ reflect.Type, from binding.Source, f jsonfield.Field) (Param, error) {
	holder := &Schema{}
	b := builder{Registry: r, owner: typ, text: []binding.Source{from}}
	if err := b.objectOf(holder, typ, r.asked(), []jsonfield.Field{f}); err != nil {
		return Param{}, err
	}
	p := Param{
		In: places[from.In], Name: from.Name, Schema: holder.Properties[0].Schema, Index: from.Index,
		Required: len(holder.Required) > 0 || from.In == "uri", Explode: from.In == "query",
	}
	if from.Default != nil {
		textDefault(p.Schema, from.Default)
		p.Required = from.In == "uri"
	}
	p.Description, p.Schema.Description = p.Schema.Description, ""
	p.Deprecated, p.Schema.Deprecated = p.Schema.Deprecated, false
	if from.Many {
		switch from.Separator {
		case ",":
			p.Explode = false
		case " ":
			p.Style, p.Explode = "spaceDelimited", false
		case "|":
			p.Style, p.Explode = "pipeDelimited", false
		}
	}
	return p, nil
}

// asked is the variant of what a client sends.
func (r *Registry) asked() variant {
	if binding.Validator == nil {
		return unchecked
	}
	return checked
}

var (
	fileType    = reflect.TypeFor[multipart.FileHeader]()
	paramReader = reflect.TypeFor[binding.BindUnmarshaler]()
)

// textBase is base for what comes as text.
func (b builder) textBase(typ reflect.Type, elements *elementRules, v variant) (s *Schema, ok bool, err error) {
	switch kind := typ.Kind(); {
	case typ == fileType:
		return &Schema{Type: Types{"string"}, ContentMediaType: "application/octet-stream"}, true, nil
	case has(typ, paramReader):
		return &Schema{Type: Types{"string"}}, true, nil
	case typ == timeType:
		return b.textTime(), true, nil
	case typ == durationType:
		return &Schema{Type: Types{"string"}, Pattern: `^[-+]?([0-9.]+(ns|us|µs|μs|ms|s|m|h))*[0-9]*$`, samples: []string{"1h30m0s", "2s"}}, true, nil
	case has(typ, textReader):
		s := b.opaque(typ, v)
		s.Type = Types{"string"}
		if other, ok := known[typ]; ok {
			s = &other
		}
		return s, true, nil
	case kind == reflect.Slice, kind == reflect.Array:
		s := &Schema{}
		return s, true, b.collection(s, typ, elements, v)
	case kind == reflect.Struct, kind == reflect.Map:
		inner, err := builder{Registry: b.Registry, owner: b.owner, field: b.field}.base(typ, elements, v)
		return &Schema{Type: Types{"string"}, ContentMediaType: "application/json", ContentSchema: inner}, true, err
	}
	return nil, false, nil
}

// classOf is what the validator sees, where text or JSON says the same of it.
func (b builder) classOf(typ reflect.Type) class {
	class := classOf(typ)
	switch {
	case b.text == nil:
	case typ == durationType, has(typ, paramReader), class == isMap, class == isStruct:
		return isOpaqueValue
	case class == isBytes:
		return isList
	}
	return class
}

// textTime is a time as the tags of the field have it.
func (b builder) textTime() *Schema {
	layout := b.source.TimeFormat
	if strings.HasPrefix(layout, "unix") {
		return &Schema{Type: Types{"integer"}, Format: "int64", Description: "time as " + layout}
	}
	example := time.Date(2026, 11, 26, 15, 4, 5, 0, time.UTC).Format(layout)
	s := &Schema{Type: Types{"string"}, samples: []string{example}}
	switch layout {
	case time.RFC3339:
		s.Format = "date-time"
	case time.DateOnly:
		s.Format = "date"
	default:
		s.Examples = []any{example}
	}
	return s
}

// textDefault adds the default of a field's tag.
func textDefault(s *Schema, values []string) {
	for s.AnyOf != nil && len(s.Type) == 0 {
		s = s.AnyOf[0]
	}
	isList := slices.Contains(s.Type, "array")
	var list []any
	for _, text := range values {
		item := s
		if isList {
			item = s.Items
		}
		var value any = text
		if !slices.Contains(item.Type, "string") && json.Valid([]byte(text)) {
			value, _ = decoded(strings.TrimSpace(text))
		}
		list = append(list, value)
	}
	if isList {
		s.Default = list
	} else if len(list) > 0 {
		s.Default = list[0]
	}
}
