package typed

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/textproto"
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
	host, path := w.target()
	target := strings.TrimSuffix(client.Base, "/") + path
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
	files   []*multipart.FileHeader
	names   []string // of files
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

func (w *requestWriter) writeFiles(name string, value reflect.Value) error {
	var files []*multipart.FileHeader
	switch file := value.Interface().(type) {
	case *multipart.FileHeader:
		files = append(files, file)
	case []*multipart.FileHeader:
		files = file
	case multipart.FileHeader:
		files = append(files, &file)
	default:
		return fmt.Errorf("a %T cannot be sent: use *multipart.FileHeader or a slice of them", file)
	}
	for _, file := range files {
		if file != nil {
			w.files, w.names = append(w.files, file), append(w.names, name)
		}
	}
	return nil
}

// content returns the body and its media type. A route with files reads forms as multipart alone.
func (w *requestWriter) content(multi bool) (body io.Reader, media string, err error) {
	switch {
	case multi && len(w.files)+len(w.form) > 0:
		var buffer bytes.Buffer
		form := multipart.NewWriter(&buffer)
		for name, values := range w.form {
			for _, value := range values {
				_ = form.WriteField(name, value) // a Buffer takes all
			}
		}
		for i, file := range w.files {
			if err := copyFile(form, w.names[i], file); err != nil {
				return nil, "", err
			}
		}
		return &buffer, form.FormDataContentType(), form.Close()
	case len(w.form) > 0:
		return strings.NewReader(w.form.Encode()), "application/x-www-form-urlencoded", nil
	case len(w.body) > 0:
		text, err := json.Marshal(w.body)
		return bytes.NewReader(text), "application/json", err
	}
	return nil, "", nil
}

func copyFile(form *multipart.Writer, name string, file *multipart.FileHeader) error {
	in, err := file.Open()
	if err != nil {
		return err
	}
	defer in.Close()
	header := maps.Clone(file.Header)
	if header == nil {
		header = textproto.MIMEHeader{}
	}
	header.Set("Content-Disposition", multipart.FileContentDisposition(name, file.Filename))
	if header.Get("Content-Type") == "" {
		header.Set("Content-Type", "application/octet-stream")
	}
	out, err := form.CreatePart(header)
	if err == nil {
		_, err = io.Copy(out, in)
	}
	return err
}

// setParam keeps the value of a param of the path or of the host.
func (w *requestWriter) setParam(name, value string) error {
	switch {
	case strings.Contains(w.host, "{"+name+"}"):
		if value == "" || strings.ContainsFunc(value, func(r rune) bool { return !httpfield.IsToken(string(r)) || r == '.' }) {
			return fmt.Errorf("%q cannot be a label of a host", value)
		}
	case slices.Contains([]string{"", ".", ".."}, value) && !strings.HasSuffix(w.pattern, "*"+name):
		return fmt.Errorf("%q cannot be a segment of a path", value)
	}
	w.params[name] = value
	return nil
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
			segments[i] = strings.ReplaceAll(segment, `\:`, ":")
			continue
		}
		value := url.PathEscape(w.params[segment[at+1:]])
		if segment[at] == '*' {
			value = strings.ReplaceAll(strings.TrimPrefix(value, "%2F"), "%2F", "/")
		}
		segments[i] = strings.ReplaceAll(segment[:at], `\:`, ":") + value
	}
	return strings.NewReplacer(labels...).Replace(w.host), strings.Join(segments, "/")
}
