package validate

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/dram-go/dram/examples/gateway/internal/grammar"
	"github.com/dram-go/dram/typed"
)

// reading is what is wrong with a request. The service has to read what was checked: openapi3filter
// takes the first of several values, the first value of a body, and leaves out what a document does
// not name, where the service may take the last, or all. So what can be read in two ways is a fault.
type reading struct {
	in       *openapi3filter.RequestValidationInput
	spelling spelling
	faults   []typed.Fault
}

func (r *reading) fault(in, pointer, rule, detail string) {
	r.faults = append(r.faults, typed.Fault{In: in, Pointer: pointer, Rule: rule, Detail: detail})
}

// parameters checks those of an operation, and of its path.
func (r *reading) parameters() {
	query, err := url.ParseQuery(r.in.Request.URL.RawQuery)
	if err != nil || dropJoined(query) {
		r.fault("query", "", "syntax", "cannot be read")
	}
	r.in.QueryParams = query
	operation := r.in.Route.Operation.Parameters
	all := slices.Clone(operation)
	for _, p := range r.in.Route.PathItem.Parameters {
		if operation.GetByInAndName(p.Value.In, p.Value.Name) == nil {
			all = append(all, p)
		}
	}
	r.query(all)
	for _, p := range all {
		before := len(r.faults)
		if r.parameter(p.Value, all); len(r.faults) > before {
			continue
		}
		r.guarded(p.Value.In, "/"+grammar.Step(p.Value.Name), func() {
			if err := openapi3filter.ValidateParameter(r.in.Request.Context(), r.in, p.Value); err != nil {
				r.faults = append(r.faults, parameterFaults(p.Value, err)...)
			}
		})
	}
}

// guarded has the library read what a client has written: what makes it panic cannot be read.
func (r *reading) guarded(in, pointer string, read func()) {
	defer func() {
		if recover() != nil {
			r.fault(in, pointer, "syntax", "cannot be read")
		}
	}()
	read()
}

// joiner is what the library writes between the names of objects in objects, and takes for that
// where a client writes it.
const joiner = "\x1f"

// dropJoined removes the names that have a joiner, and reports whether there was one.
func dropJoined(values url.Values) bool {
	before := len(values)
	maps.DeleteFunc(values, func(name string, _ []string) bool { return strings.Contains(name, joiner) })
	return len(values) < before
}

// parameter sees that there is one way to read a parameter.
func (r *reading) parameter(p *openapi3.Parameter, all openapi3.Parameters) {
	pointer, values := "/"+grammar.Step(p.Name), r.values(p)
	if p.Schema == nil {
		if r.once(p.In, pointer, nil, false, values); p.Required && len(values) == 0 {
			r.fault(p.In, pointer, "required", "is required")
		}
		if len(values) == 1 {
			if value, s, err := decodeContent(p, values); err == nil {
				r.members(p.In, pointer, consist(s), value)
			}
		}
		return
	}
	s, method := p.Schema.Value, methodOf(p)
	r.once(p.In, pointer, s, isA(s, "array") && (p.In == "header" || p.In == "query" && method.Explode), values)
	if p.In != "query" {
		return
	}
	r.deep(p.Name, s, method.Style == "deepObject", func(key string) bool { return all.GetByInAndName(p.In, key) != nil })
	if isA(s, "object") && method.Style == "form" {
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			r.once(p.In, pointer+"/"+grammar.Step(name), s.Properties[name].Value, false, r.in.QueryParams[name])
		}
	}
}

func methodOf(p *openapi3.Parameter) openapi3.SerializationMethod {
	method, err := p.SerializationMethod()
	if err != nil {
		return openapi3.SerializationMethod{}
	}
	return *method
}

// values are what a request has for a parameter, as it came.
func (r *reading) values(p *openapi3.Parameter) (values []string) {
	switch p.In {
	case "query":
		return r.in.QueryParams[p.Name]
	case "header":
		return r.in.Request.Header.Values(p.Name)
	case "cookie":
		for pair := range strings.SplitSeq(strings.Join(r.in.Request.Header.Values("Cookie"), ";"), ";") {
			if name, value, _ := strings.Cut(pair, "="); strings.TrimSpace(name) == p.Name {
				values = append(values, value)
			}
		}
		if len(values) != len(r.in.Request.CookiesNamed(p.Name)) {
			r.fault(p.In, "/"+grammar.Step(p.Name), "syntax", "is not the value of a cookie")
		}
		return values
	}
	return []string{r.in.PathParams[p.Name]}
}

// once sees that a value is there once, unless there may be many, that it is text, and that a
// boolean is not written as 1 or T.
func (r *reading) once(in, pointer string, s *openapi3.Schema, many bool, values []string) {
	item := s
	if isA(s, "array") && s.Items != nil {
		item = s.Items.Value
	}
	all := strings.Join(values, ",")
	words := strings.FieldsFuncSeq(all, func(c rune) bool { return strings.ContainsRune(", |", c) })
	switch {
	case len(values) > 1 && !many:
		r.fault(in, pointer, "duplicate", "must be there once")
	case !utf8.ValidString(all) && (item == nil || item.Format != "binary"):
		r.fault(in, pointer, "syntax", "is not UTF-8")
	case isA(item, "boolean"):
		for word := range words {
			if word != "true" && word != "false" {
				r.faults = append(r.faults, typeFault(in, pointer, item))
				return
			}
		}
	}
}

// fields sees that there is one way to read each field of a form, and that it has no others.
func (r *reading) fields(s *openapi3.Schema, values url.Values, exploded func(string) bool) {
	parts := consist(s)
	for _, name := range slices.Sorted(maps.Keys(values)) {
		own, known := member(s, name)
		if at, as := "/"+grammar.Step(name), r.spelling.otherwise(name, parts); as != "" {
			r.fault("body", at, "unknown", "is written "+as+" here")
		} else if known {
			r.once("body", at, own, isA(own, "array") && exploded(name), values[name])
		} else {
			r.fault("body", at, "unknown", "is not known here")
		}
	}
}

// deep looks at name[member][member]…: those of a parameter of this style, which others may not have.
// Keys that are parameters themselves are passed over.
func (r *reading) deep(name string, s *openapi3.Schema, style bool, other func(string) bool) {
	last := "\n"
	for _, key := range slices.Sorted(maps.Keys(r.in.QueryParams)) {
		rest, found := strings.CutPrefix(key, name+"[")
		if !found || other(key) {
			continue
		}
		pointer, node, known := "/"+grammar.Step(name), s, style && strings.HasSuffix(rest, "]") && !strings.HasPrefix(key, last+"[")
		last = key
		for step := range strings.SplitSeq(strings.TrimSuffix(rest, "]"), "][") {
			pointer += "/" + grammar.Step(step)
			if known = known && !strings.ContainsAny(step, "[]"+joiner); node != nil && known {
				as := r.spelling.otherwise(step, consist(node))
				node, known = inside(node, step)
				known = known && as == ""
			}
		}
		if known {
			r.once("query", pointer, node, false, r.in.QueryParams[key])
		} else {
			r.fault("query", pointer, "unknown", "is not known here")
		}
	}
}

// json sees that a text is one JSON value, without a name twice.
func (r *reading) json(in, pointer string, text []byte) {
	dec := jsontext.NewDecoder(bytes.NewReader(text))
	err := dec.SkipValue()
	if err == nil {
		if _, err = dec.ReadToken(); err == io.EOF {
			return
		}
	}
	var where *jsontext.SyntacticError
	if errors.Is(err, jsontext.ErrDuplicateName) && errors.As(err, &where) {
		r.fault(in, pointer+string(where.JSONPointer), "duplicate", "must be there once")
		return
	}
	r.fault(in, pointer, "syntax", "is not one value of JSON in UTF-8")
}

// decodeContent reads a parameter that is JSON.
func decodeContent(p *openapi3.Parameter, values []string) (value any, s *openapi3.Schema, err error) {
	media, check := p.Content.Get("application/json"), new(reading)
	if check.json(p.In, "", []byte(values[0])); media == nil || media.Schema == nil || len(check.faults) > 0 {
		return nil, nil, errors.New("it is not JSON")
	}
	value, err = openapi3filter.JSONBodyDecoder(strings.NewReader(values[0]), nil, nil, nil)
	return value, media.Schema.Value, err
}

// isA reports whether a schema has one type, this one.
func isA(s *openapi3.Schema, name string) bool {
	return s != nil && slices.ContainsFunc(append(openapi3.SchemaRefs{{Value: s}}, s.AllOf...), func(part *openapi3.SchemaRef) bool {
		types := part.Value.Type.Slice()
		return slices.Contains(types, name) && !slices.ContainsFunc(types, func(other string) bool { return other != name && other != "null" })
	})
}

// inside is the schema of an item or a member of what a schema describes.
func inside(s *openapi3.Schema, step string) (own *openapi3.Schema, known bool) {
	if isA(s, "array") && s.Items != nil {
		return s.Items.Value, true
	}
	return member(s, step)
}

// member is the schema of a member of an object, nil if it is free; known is false if the object may
// not have it.
func member(s *openapi3.Schema, name string) (own *openapi3.Schema, known bool) {
	known = true
	for _, part := range slices.Concat(openapi3.SchemaRefs{{Value: s}}, s.AllOf, s.AnyOf, s.OneOf) {
		if own := part.Value.Properties[name]; own != nil {
			return own.Value, true
		}
		more := part.Value.AdditionalProperties
		if more.Schema != nil {
			own = more.Schema.Value
		}
		known = known && (more.Has == nil || *more.Has)
	}
	return own, known
}
