package typed

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/codec"
	"github.com/dram-go/dram/internal/body"
	"github.com/dram-go/dram/internal/httpfield"
	"github.com/dram-go/dram/internal/jsonpointer"
	"github.com/dram-go/dram/internal/jsontext"
	"github.com/dram-go/dram/router"
	"github.com/dram-go/dram/typed/internal/form"
)

// This file is the way in: that a struct can be filled from a route, which is asked when the
// route is registered, and what a client is told of a request that cannot fill it.

// mustRead returns the fields of the input. It panics if the struct and the route do not fit.
func (rt *route) mustRead() []binding.Source {
	if rt.in.Kind() != reflect.Struct {
		rt.panic(rt.pattern, "%s is not a struct, and what a handler reads is one: write struct{} if it reads nothing", rt.in)
	}
	fields, err := binding.Sources(rt.in)
	if err == nil {
		err = binding.CheckRules(rt.in)
	}
	if err != nil {
		rt.panic(rt.pattern, "%s", strings.TrimPrefix(strings.TrimPrefix(err.Error(), binding.ErrTags.Error()+": "), "dram: "))
	}
	params := paramsOf(rt.host + rt.pattern)
	seen := make(map[string]string)
	for _, f := range fields {
		name := f.Name
		if f.In == "header" {
			name = http.CanonicalHeaderKey(name)
		}
		if other, twice := seen[f.In+" "+name]; twice {
			rt.panic(rt.pattern, "the fields %s and %s of %s have the tag `%s:%q`: give one of them another name", other, f.Field, rt.in, f.In, f.Name)
		}
		seen[f.In+" "+name] = f.Field
		if typ := halfRead(rt.in.FieldByIndex(f.Index).Type, f.In); typ != nil {
			rt.panic(rt.pattern, "the field %s of %s has a %s, which is read by the method of what it embeds, without its other fields: give it UnmarshalJSON and MarshalJSON, or the embedded field a name", f.Field, rt.in, typ)
		}
		switch {
		case (f.In == "header" || f.In == "cookie") && !httpfield.IsToken(f.Name):
			rt.panic(rt.pattern, "the field %s of %s has the tag `%s:%q`, which is not the name of a %[3]s: correct it", f.Field, rt.in, f.In, f.Name)
		case f.In == "header" && unfilled[name] != "":
			rt.panic(rt.pattern, "the field %s of %s has the tag `header:%q`, which package net/http takes out of the header: use the Request's %s, which Context(ctx) has", f.Field, rt.in, f.Name, unfilled[name])
		case f.In == "uri" && !params[f.Name]:
			rt.panic(rt.pattern, "the field %s of %s is the path parameter %q, which the route does not have: name it in the pattern, or change the tag uri", f.Field, rt.in, f.Name)
		case f.In == "uri":
			delete(params, f.Name)
		case (f.In == "json" || f.In == "form") && (rt.method == http.MethodGet || rt.method == http.MethodHead || rt.method == http.MethodTrace):
			rt.panic(rt.pattern, "the field %s of %s is the body's, and %s has none: give it the tag query, header or cookie, or json:\"-\" to leave it out, or use QUERY or POST", f.Field, rt.in, rt.method)
		}
	}
	for param := range params {
		rt.panic(rt.pattern, "no field of %s has the path parameter %q: add one with the tag `uri:%q`", rt.in, param, param)
	}
	return fields
}

// misspelt are tags that name a source as other frameworks do, or in another case; they mean nothing here.
var misspelt = map[string]string{
	"path": "uri", "param": "uri", "Uri": "uri", "URI": "uri", "Query": "query", "Header": "header", "Cookie": "cookie", "Form": "form", "Json": "json", "JSON": "json",
}

// warnOfTags prints a line in debug mode for a field that JSON fills, and that has no tag but a misspelt one.
func (rt *route) warnOfTags() {
	for _, f := range rt.fields {
		if f.In != "json" || dram.Mode() != dram.DebugMode {
			continue
		}
		tag := rt.in.FieldByIndex(f.Index).Tag
		for _, wrong := range slices.Sorted(maps.Keys(misspelt)) {
			_, has := tag.Lookup(wrong)
			if _, said := tag.Lookup("json"); has && !said {
				_, _ = fmt.Fprintf(dram.DefaultWriter, "[DRAM-debug] [WARNING] %s %s (%s): the field %s of %s is read from JSON, since the tag %q means nothing: write %q\n",
					rt.method, rt.pattern, rt.source, f.Field, rt.in, wrong, misspelt[wrong])
			}
		}
	}
}

// mediaTypes are those of bodies that the route reads, the usual one first: what the document
// declares, and no other for which the program has a codec.
func (rt *route) mediaTypes() (list []string) {
	if rt.input.JSON != nil {
		list = append(list, dram.MIMEJSON)
	}
	if rt.input.Form != nil && !rt.input.Files {
		list = append(list, dram.MIMEPOSTForm)
	}
	if rt.input.Form != nil {
		list = append(list, dram.MIMEMultipartPOSTForm)
	}
	for _, f := range rt.fields {
		for _, format := range f.Formats {
			media := dram.MIMEXML
			if format != "xml" {
				known, err := codec.Get(format)
				if err != nil { // the tag is for another program that has the type
					continue
				}
				media = known.MIMETypes()[0]
			}
			if rt.input.JSON != nil && !slices.Contains(list, media) {
				list = append(list, media)
			}
		}
	}
	return list
}

// paramsOf returns the names of the params of a pattern, "{tenant}.example.com/users/:id".
func paramsOf(pattern string) map[string]bool {
	names := make(map[string]bool)
	host, path, _ := strings.Cut(pattern, "/")
	for label := range strings.SplitSeq(host, ".") {
		if name, ok := strings.CutPrefix(label, "{"); ok {
			names[strings.TrimSuffix(name, "}")] = true
		}
	}
	for segment := range strings.SplitSeq(path, "/") {
		if at := router.Wildcard(segment); at >= 0 {
			names[segment[at+1:]] = true
		}
	}
	return names
}

// Fault is one thing that is wrong with a request: a member of "errors" in the problem.
type Fault = form.Fault

// problemOfInput returns the answer to a request that does not fill the struct: 415 for a
// body of another type, 400 for one that is not what it says, 422 for all that is wrong with
// its values and those beside it; and for a body that cannot be read what Context.Fail says.
func problemOfInput(err error) error {
	status, unread := http.StatusUnprocessableEntity, false
	known := binding.EachFieldError(err, func(fe *binding.FieldError) {
		switch {
		case fe.Rule == "oneof" && fe.Source == "header" && errors.Is(fe, binding.ErrMediaType):
			status = http.StatusUnsupportedMediaType
		case fe.Rule == "syntax":
			if unread = true; status == http.StatusUnprocessableEntity {
				status = http.StatusBadRequest
			}
		}
	})
	if !known || unread {
		if fault, status := faultOfBody(err); status != 0 {
			return dram.NewProblem(status, "The body "+fault.Detail+".").With("errors", []Fault{fault}).Because(err)
		}
	}
	if !known {
		return err
	}
	p := dram.Problem{Title: http.StatusText(status), Status: status, Detail: "The request is not valid."}
	return p.Because(err).With("errors", &faults{jsontext.Late[[]Fault]{Err: err}})
}

// faults is the member errors of the problem: the faults of an error of binding.
type faults struct{ jsontext.Late[[]Fault] }

func (f *faults) Value() any { return f.From(faultsIn) }

func faultsIn(err error) (list []Fault) {
	binding.EachFieldError(err, func(fe *binding.FieldError) {
		list = append(list, Fault{In: place(fe.Source), Pointer: jsonpointer.Of(fe.Field), Rule: fe.Rule, Param: fe.Param, Detail: fe.Message})
	})
	return list
}

func (f *faults) AppendJSON(b []byte) []byte {
	var room [64]byte // for most pointers
	b = append(b, '[')
	binding.EachFieldError(f.Err, func(fe *binding.FieldError) {
		b = jsontext.Append(append(b, '{'), "in", place(fe.Source))
		b = jsontext.Append(b, "pointer", jsonpointer.Append(room[:0], fe.Field))
		b = jsontext.Append(b, "rule", fe.Rule)
		b = jsontext.AppendGiven(b, "param", fe.Param)
		b = append(jsontext.Close(jsontext.Append(b, "detail", fe.Message), '}'), ',')
	})
	return jsontext.Close(b, ']')
}

// faultOfBody returns what is wrong with a body that could not be read, and the status of the
// answer; 0 if that is not the matter.
func faultOfBody(err error) (fault Fault, status int) {
	switch {
	case body.IsTooMany(err):
		return Fault{In: "body", Rule: "max", Detail: "has too many parts, or too much in them"}, http.StatusRequestEntityTooLarge
	case body.IsTooLarge(err):
		fault = Fault{In: "body", Rule: "max", Detail: "is larger than it may be"}
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			fault.Param = strconv.FormatInt(large.Limit, 10)
			fault.Detail = "must have at most " + fault.Param + " bytes"
		}
		return fault, http.StatusRequestEntityTooLarge
	case body.IsLate(err):
		return Fault{In: "body", Rule: "syntax", Detail: "did not arrive in time"}, http.StatusRequestTimeout
	case body.IsBroken(err):
		return Fault{In: "body", Rule: "syntax", Detail: "is cut off"}, http.StatusBadRequest
	}
	return fault, 0
}

// place is what a client calls a source.
func place(source string) string {
	switch source {
	case "uri":
		return "path"
	case "query", "header", "cookie":
		return source
	}
	return "body"
}
