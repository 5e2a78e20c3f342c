package transcode

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/gateway/internal/grammar"
	"github.com/dram-go/dram/typed"
)

// filler makes the message of a request. What does not fit is a fault, and the others are looked
// at nevertheless.
type filler struct {
	*rule
	read   protojson.UnmarshalOptions
	in     *dynamicpb.Message
	faults []typed.Fault
}

// fill makes the message for a request: of the body, then the path, then the query. What was removed from the body is not to
// be there by its other name. The error is a *dram.Problem, or that of a body that could not be read.
func (r *Rules) fill(c *dram.Context, one *rule, parts []string, removed [][]string) (*dynamicpb.Message, error) {
	f := &filler{rule: one, in: dynamicpb.NewMessage(one.rpc.Input()), read: protojson.UnmarshalOptions{Resolver: r.types}}
	if one.body != "" && c.Request.Body != nil {
		text, err := c.GetRawData()
		if err != nil {
			return nil, err
		}
		if len(text) > 0 && (grammar.IsCoded(c.Request.Header) || !grammar.IsJSON(grammar.BodyType(c.Request.Header))) {
			return nil, dram.NewProblem(http.StatusUnsupportedMediaType, "The body has to be JSON in UTF-8, without a Content-Encoding.")
		}
		f.fromBody(text)
		for _, at := range removed {
			f.without(at)
		}
	}
	for _, v := range one.vars {
		f.text("path", v.field, []string{one.value(v, parts)})
	}
	f.fromQuery(c.Request.URL.RawQuery)
	if len(f.faults) > 0 {
		return nil, dram.NewProblem(http.StatusBadRequest, "The request is not valid.").With("errors", f.faults)
	}
	return f.in, nil
}

func (f *filler) fault(in, pointer, rule, detail string) {
	f.faults = append(f.faults, typed.Fault{In: in, Pointer: pointer, Rule: rule, Detail: detail})
}

// fromBody fills the message, or a field of it, from JSON.
func (f *filler) fromBody(text []byte) {
	if text = bytes.TrimSpace(text); len(text) == 0 {
		return
	}
	if !json.Valid(text) {
		f.fault("body", "", "syntax", "is not JSON")
		return
	}
	if f.body != "*" {
		text = slices.Concat([]byte(`{"`+f.body+`":`), text, []byte("}"))
	}
	if err := f.read.Unmarshal(text, f.in); err != nil {
		pointer := pointerAt(text, err)
		if f.body != "*" {
			_, rest, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
			if pointer = ""; rest != "" {
				pointer = "/" + rest
			}
		}
		f.doesNotFit("body", pointer, err)
	}
}

// without sees that a pointer into the body, removed as it is written, leads to no field: protojson reads is_admin and isAdmin.
func (f *filler) without(pointer []string) {
	at := pointer
	if f.body != "*" {
		at = slices.Concat([]string{f.body}, pointer)
	}
	var text strings.Builder
	for _, step := range pointer {
		text.WriteString("/" + grammar.Step(step))
	}
	if has(f.in, at) {
		f.fault("body", text.String(), "unknown", "must not be there, by any of its names")
	}
}

// has reports whether a message has the field at the end of a path of steps, each one of its names, the number of an item or a key.
func has(m protoreflect.Message, at []string) bool {
	field := fieldOf(m.Descriptor(), at[0])
	if field == nil || !m.Has(field) {
		return false
	}
	inner, at := m.Get(field), at[1:]
	switch {
	case len(at) == 0:
		return true
	case field.IsList():
		n, err := strconv.Atoi(at[0])
		if err != nil || n < 0 || n >= inner.List().Len() {
			return false
		}
		inner, at = inner.List().Get(n), at[1:]
	case field.IsMap():
		if field.MapKey().Kind() != protoreflect.StringKind {
			return false
		}
		inner, at = inner.Map().Get(protoreflect.ValueOfString(at[0]).MapKey()), at[1:]
	}
	next, ok := inner.Interface().(protoreflect.Message)
	return ok && len(at) > 0 && has(next, at)
}

// doesNotFit is the fault of a value that is not one of its field, or has none.
func (f *filler) doesNotFit(in, pointer string, err error) {
	if strings.Contains(err.Error(), "unknown field") {
		f.fault(in, pointer, "unknown", "is not known here")
		return
	}
	f.fault(in, pointer, "type", "is not a value of this field")
}

// fromQuery fills fields from the parameters: those that neither the path nor the body has.
func (f *filler) fromQuery(query string) {
	values, err := url.ParseQuery(query)
	if err != nil {
		f.fault("query", "", "syntax", "cannot be read")
		return
	}
	spelled := make(map[string]bool)
	for _, name := range slices.Sorted(maps.Keys(values)) {
		field, path := fieldAt(f.rpc.Input(), name)
		switch {
		case field == nil || f.isBound(path):
			f.fault("query", "/"+grammar.Step(name), "unknown", "is not known here")
		case spelled[path]:
			f.fault("query", "/"+grammar.Step(name), "max", "must be there once, as "+path+" or as JSON has it")
		case f.excluded(path):
			f.fault("query", "/"+grammar.Step(name), "oneof", "must not be there beside another one of its oneof")
		default:
			f.text("query", name, values[name])
		}
		spelled[path] = true
	}
}

// excluded reports whether the message has another field of a oneof that is on a path.
func (f *filler) excluded(path string) bool {
	m := f.in.ProtoReflect()
	for name := range strings.SplitSeq(path, ".") {
		field := fieldOf(m.Descriptor(), name)
		if one := field.ContainingOneof(); one != nil {
			if other := m.WhichOneof(one); other != nil && other != field {
				return true
			}
		}
		if field.Message() == nil || field.IsList() || field.IsMap() {
			break
		}
		m = m.Get(field).Message() // an empty one if it is not set
	}
	return false
}

// isBound reports whether a field is one of the path or the body.
func (f *filler) isBound(path string) bool {
	first, _, _ := strings.Cut(path, ".")
	return f.body == "*" || f.body == first || slices.ContainsFunc(f.vars, func(v variable) bool { return v.field == path })
}

// text fills the field at a path from texts: as JSON has them, and strings for all others.
func (f *filler) text(in, path string, texts []string) {
	pointer := "/" + grammar.Step(path)
	field, _ := fieldAt(f.rpc.Input(), path)
	if !field.IsList() && len(texts) > 1 {
		f.fault(in, pointer, "max", "must be there once")
		return
	}
	values := make([]string, len(texts))
	for i, text := range texts {
		values[i] = inJSON(field, text)
	}
	value := strings.Join(values, ",")
	if field.IsList() {
		value = "[" + value + "]"
	}
	names := strings.Split(path, ".")
	for _, name := range slices.Backward(names) {
		value = `{"` + name + `":` + value + "}"
	}
	part := f.in.New().Interface()
	if err := f.read.Unmarshal([]byte(value), part); err != nil {
		f.doesNotFit(in, pointer, err)
		return
	}
	proto.Merge(f.in, part)
}

// inJSON is a text as JSON has a value of the field: bools, and the numbers of an enum, are no
// strings there.
func inJSON(field protoreflect.FieldDescriptor, text string) string {
	kind := field.Kind()
	if m := field.Message(); m != nil && isWrapper(m) {
		kind = m.Fields().ByNumber(1).Kind()
	}
	_, err := strconv.ParseInt(text, 10, 32)
	if kind == protoreflect.BoolKind && (text == "true" || text == "false") || kind == protoreflect.EnumKind && err == nil {
		return text
	}
	quoted, _ := json.Marshal(text)
	return string(quoted)
}

var position = regexp.MustCompile(`\(line (\d+):(\d+)\)`)

// pointerAt is the JSON Pointer of the value that an error of protojson is about; "" if it does
// not say where.
func pointerAt(text []byte, failed error) string {
	m := position.FindStringSubmatch(failed.Error())
	if m == nil {
		return ""
	}
	line, _ := strconv.Atoi(m[1])
	column, _ := strconv.Atoi(m[2])
	offset := 0
	for ; line > 1; line-- {
		offset += bytes.IndexByte(text[offset:], '\n') + 1
	}
	for ; column > 1 && offset < len(text); column-- {
		_, size := utf8.DecodeRune(text[offset:])
		offset += size
	}
	in := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	for int(in.InputOffset()) <= offset {
		if _, err := in.ReadToken(); err != nil {
			return ""
		}
	}
	return string(in.StackPointer())
}
