package typed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/internal/httpfield"
	"github.com/dram-go/dram/router"
)

// This file writes the values of an input as the request has them: what the sources of
// binding.Source names.

// newRequest makes the request that in is filled from.
func (rt *route) newRequest(ctx context.Context, client *Client, in reflect.Value) (*http.Request, error) {
	w := rt.newWriter()
	format, err := rt.bodyFor(in)
	if err != nil {
		return nil, err
	}
	for _, f := range rt.fields {
		value, ok := valueAt(in, f.Index)
		if !ok || inBody(f) && f.In != format {
			continue
		}
		if err := w.write(f, rt.in, value); err != nil {
			return nil, fmt.Errorf("the field %s: %w", f.Field, err)
		}
	}
	base, err := client.base()
	if err != nil {
		return nil, err
	}
	host, path := w.target()
	target := base + path
	if len(w.query) > 0 {
		target += "?" + w.query.Encode()
	}
	body, media, err := w.content(rt.input.Files)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, rt.method, target, body)
	if err != nil {
		return nil, err
	}
	if name, _, _ := strings.Cut(host, ":"); name != "" && name != req.URL.Hostname() {
		req.Host = host
	}
	return req, w.writeHeader(req, client.Header, rt.accepts(), media)
}

func inBody(f binding.Source) bool { return f.In == "json" || f.In == "form" }

// bodyFor chooses the format of the body: the first one that carries all fields that are set.
func (rt *route) bodyFor(in reflect.Value) (format string, err error) {
	alone := make(map[string]string) // a field that is set and comes in that format alone
	for _, f := range rt.fields {
		value, ok := valueAt(in, f.Index)
		if ok && inBody(f) && !value.IsZero() && !slices.ContainsFunc(rt.fields, func(other binding.Source) bool {
			return inBody(other) && other.In != f.In && slices.Equal(other.Index, f.Index)
		}) {
			alone[f.In] = f.Field
		}
	}
	switch {
	case rt.input.JSON != nil && alone["form"] == "":
		return "json", nil
	case alone["json"] == "":
		return "form", nil
	}
	return "", fmt.Errorf("the field %s comes in JSON alone, and %s in a form alone: no body has both: leave one of them out, or give it the tag of the other as well", alone["json"], alone["form"])
}

// valueAt is the value that a Source's Index leads to. ok is false where it is in a pointer that is nil,
// or in an Optional without a value.
func valueAt(in reflect.Value, index []int) (value reflect.Value, ok bool) {
	for at, i := range index {
		if at > 0 {
			in = held(in)
		}
		if !in.IsValid() {
			return in, false
		}
		in = in.Field(i)
	}
	return in, true
}

// anyOptional is what a binding.Optional is.
var anyOptional = reflect.TypeFor[interface{ IsAbsent() bool }]()

// held is the value behind pointers and in Optionals, and not valid where there is none.
func held(value reflect.Value) reflect.Value {
	for value.IsValid() {
		switch {
		case value.Kind() == reflect.Pointer:
			value = value.Elem()
			continue
		case !value.Type().Implements(anyOptional):
			return value
		}
		got := value.MethodByName("Get").Call(nil)
		if value = got[0]; !got[1].Bool() {
			return reflect.Value{}
		}
	}
	return value
}

// requestWriter collects the parts of a request.
type requestWriter struct {
	pattern string
	host    string // of Engine.Host
	params  map[string]string
	query   url.Values
	header  http.Header
	cookies []*http.Cookie
	form    url.Values
	files   []sentFile
	body    map[string]json.RawMessage
}

func (rt *route) newWriter() requestWriter {
	return requestWriter{pattern: rt.pattern, host: rt.host, params: map[string]string{}, query: url.Values{}, form: url.Values{}, header: http.Header{}, body: map[string]json.RawMessage{}}
}

// write puts one field where it is read from.
func (w *requestWriter) write(f binding.Source, in reflect.Type, value reflect.Value) error {
	if f.In == "json" {
		return w.writeJSON(f.Name, in.FieldByIndex(f.Index), value)
	}
	if f.File {
		return w.writeFiles(f.Name, value)
	}
	texts, err := textsOf(value, f)
	if err != nil {
		return err
	}
	if f.In == "uri" {
		if len(texts) != 1 {
			return errors.New("a path parameter needs a value")
		}
		return w.setParam(f.Name, texts[0])
	}
	for _, text := range texts {
		switch f.In {
		case "query":
			w.query.Add(f.Name, text)
		case "header":
			if err := w.addHeader(f.Name, text); err != nil {
				return err
			}
		case "cookie":
			w.cookies = append(w.cookies, &http.Cookie{Name: f.Name, Value: url.QueryEscape(text)})
		case "form":
			w.form.Add(f.Name, text)
		}
	}
	return nil
}

// writeJSON adds a member of the body. A nil pointer and an Optional that is absent are left
// out, and what omitempty and omitzero leave out.
func (w *requestWriter) writeJSON(name string, sf reflect.StructField, value reflect.Value) error {
	_, opts, _ := strings.Cut(sf.Tag.Get("json"), ",")
	if (value.Kind() == reflect.Pointer || value.Type().Implements(anyOptional)) && value.IsZero() {
		return nil
	}
	// A struct of one field has encoding/json apply the options.
	one := reflect.New(reflect.StructOf([]reflect.StructField{{Name: "F", Type: sf.Type, Tag: reflect.StructTag("json:" + strconv.Quote(name+","+opts))}}))
	one.Elem().Field(0).Set(value)
	text, err := textInJSON(one)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, &w.body)
}

// setParam keeps the value of a param of the path or of the host.
func (w *requestWriter) setParam(name, value string) error {
	switch {
	case strings.Contains(w.host, "{"+name+"}"):
		if value == "" || strings.ContainsFunc(value, func(r rune) bool { return !httpfield.IsToken(string(r)) || r == '.' }) {
			return fmt.Errorf("%q cannot be a label of a host", value)
		}
	case strings.HasSuffix(w.pattern, "*"+name):
		if !strings.HasPrefix(value, "/") && strings.HasSuffix(w.pattern, "/*"+name) {
			return fmt.Errorf("%q is the rest of a path, which begins with a slash: write %q", value, "/"+value)
		}
	case slices.Contains([]string{"", ".", ".."}, value):
		return fmt.Errorf("%q cannot be a segment of a path", value)
	case strings.Contains(value, "/") && literal(w.pattern) != escaped(w.pattern):
		return fmt.Errorf("%q has a slash, for which a server compares %s with the path as it is sent, with its escapes: there is no such route; take the rest of the path (*%s)", value, w.pattern, name)
	}
	w.params[name] = value
	return nil
}

// literal is the text of a part of a pattern.
func literal(part string) string { return strings.ReplaceAll(part, `\:`, ":") }

// escaped is that text as a request has it: with the escapes that it needs, and no more.
func escaped(part string) string {
	path := "/" + literal(part)
	return (&url.URL{Path: path, RawPath: path}).EscapedPath()[1:]
}

// target returns the host and the path with their params. A value is not looked into for other params.
func (w *requestWriter) target() (host, path string) {
	var labels []string
	for name, value := range w.params {
		labels = append(labels, "{"+name+"}", value)
	}
	segments := strings.Split(w.pattern, "/")
	for i, segment := range segments {
		at := router.Wildcard(segment)
		if at < 0 {
			segments[i] = escaped(segment)
			continue
		}
		value := (&url.URL{Path: "/" + w.params[segment[at+1:]]}).EscapedPath()[1:]
		if segment[at] == '*' {
			value = strings.TrimPrefix(value, "/")
		} else {
			value = strings.ReplaceAll(value, "/", "%2F")
		}
		segments[i] = escaped(segment[:at]) + value
	}
	return strings.NewReplacer(labels...).Replace(w.host), strings.Join(segments, "/")
}
