package typed

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/router"
)

// This file writes the values of an input as the request has them: what the sources of
// binding.Source names.

// requestWriter collects the parts of a request.
type requestWriter struct {
	path    string
	query   url.Values
	header  http.Header
	cookies []*http.Cookie
	form    url.Values
	files   []*multipart.FileHeader
	names   []string // of files
	body    map[string]json.RawMessage
}

// write puts one field where it is read from.
func (w *requestWriter) write(f binding.Source, sf reflect.StructField, value reflect.Value) error {
	if f.In == "json" {
		return w.writeJSON(f.Name, sf, value)
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
		w.path, err = withParam(w.path, f.Name, texts[0])
		return err
	}
	for _, text := range texts {
		switch f.In {
		case "query":
			w.query.Add(f.Name, text)
		case "header":
			w.header.Add(f.Name, text)
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
	absent, isOptional := value.Interface().(interface{ IsAbsent() bool })
	if value.Kind() == reflect.Pointer && value.IsNil() || isOptional && absent.IsAbsent() {
		return nil
	}
	// A struct of one field has encoding/json apply the options.
	one := reflect.New(reflect.StructOf([]reflect.StructField{{Name: "F", Type: sf.Type, Tag: reflect.StructTag("json:" + strconv.Quote(name+","+opts))}})).Elem()
	one.Field(0).Set(value)
	text, err := json.Marshal(one.Interface())
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

// content returns the body and its media type.
func (w *requestWriter) content() (body io.Reader, media string, err error) {
	switch {
	case len(w.files) > 0:
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
	out, err := form.CreateFormFile(name, file.Filename)
	if err == nil {
		_, err = io.Copy(out, in)
	}
	return err
}

// withParam puts a value in place of a param of a pattern.
func withParam(pattern, name, value string) (string, error) {
	segments := strings.Split(pattern, "/")
	for i, segment := range segments {
		at := router.Wildcard(segment)
		if at < 0 || segment[at+1:] != name {
			continue
		}
		if segment[at] == '*' {
			parts := strings.Split(strings.TrimPrefix(value, "/"), "/")
			for i := range parts {
				parts[i] = url.PathEscape(parts[i])
			}
			segments[i] = segment[:at] + strings.Join(parts, "/")
		} else if value == "" || value == "." || value == ".." {
			return "", fmt.Errorf("%q cannot be a segment of a path", value)
		} else {
			segments[i] = segment[:at] + url.PathEscape(value)
		}
	}
	return strings.ReplaceAll(strings.Join(segments, "/"), `\:`, ":"), nil
}

// textsOf returns the texts that a field is read from; none for what is not there.
func textsOf(value reflect.Value, f binding.Source) ([]string, error) {
	if value.Kind() == reflect.Slice && (f.Many || f.Separator != "") {
		var texts []string
		for i := range value.Len() {
			text, _, err := textOf(value.Index(i), f)
			if err != nil {
				return nil, err
			}
			texts = append(texts, text)
		}
		if f.Separator != "" && len(texts) > 0 {
			texts = []string{strings.Join(texts, f.Separator)}
		}
		return texts, nil
	}
	text, there, err := textOf(value, f)
	if !there || err != nil {
		return nil, err
	}
	return []string{text}, nil
}

// textOf returns the text of one value. The zero value of what is not in the path is not sent.
func textOf(value reflect.Value, f binding.Source) (text string, there bool, err error) {
	if optional, ok := value.Interface().(interface{ IsAbsent() bool }); ok {
		if optional.IsAbsent() {
			return "", false, nil
		}
		got := value.MethodByName("Get").Call(nil)
		value = got[0]
		if !got[1].Bool() {
			return "", true, nil // null
		}
	} else if value.IsZero() && value.Kind() != reflect.Struct && f.In != "uri" {
		return "", false, nil
	}
	for value.Kind() == reflect.Pointer {
		if value.IsNil() {
			return "", false, nil
		}
		value = value.Elem()
	}
	switch known := value.Interface().(type) {
	case time.Time:
		return timeText(known, f.TimeFormat)
	case time.Duration:
		return known.String(), true, nil
	case encoding.TextMarshaler:
		text, err := known.MarshalText()
		return string(text), true, err
	}
	switch value.Kind() {
	case reflect.Struct, reflect.Map, reflect.Slice, reflect.Array:
		text, err := json.Marshal(value.Interface())
		return string(text), true, err
	}
	return fmt.Sprint(value.Interface()), true, nil
}

// timeText writes a time by the field's format.
func timeText(t time.Time, format string) (text string, there bool, err error) {
	if t.IsZero() {
		return "", false, nil
	}
	switch format {
	case time.RFC3339:
		return t.Format(time.RFC3339Nano), true, nil
	case "unix":
		return strconv.FormatInt(t.Unix(), 10), true, nil
	case "unixmilli":
		return strconv.FormatInt(t.UnixMilli(), 10), true, nil
	case "unixmicro":
		return strconv.FormatInt(t.UnixMicro(), 10), true, nil
	case "unixnano":
		return strconv.FormatInt(t.UnixNano(), 10), true, nil
	default:
		return t.Format(format), true, nil
	}
}
