package typed

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/internal/schema"
)

// This file makes requests of random values by what the document says. Most of a request is text,
// of which the server makes values: "7" that was to be no string is one.

// draft is a request that is being made.
type draft struct {
	*rand.Rand
	rt *route
	requestWriter
	uploads url.Values // the contents of files
	text    []byte     // the body, where it is JSON
	breaks  string
}

// generated makes a request of random values, and says what one of them breaks. It is nil if
// none can be made.
func (rt *route) generated(rnd *rand.Rand, valid bool) (req *http.Request, breaks string) {
	d := &draft{Rand: rnd, rt: rt, requestWriter: rt.newWriter(), uploads: url.Values{}}
	params := rt.input.Params
	parts, wrong := len(params), -1
	if rt.input.JSON != nil || rt.input.Form != nil {
		parts++
	}
	if !valid {
		if parts == 0 {
			return nil, ""
		}
		wrong = d.IntN(parts)
	}
	for i, p := range params {
		if i != wrong && !p.Required && d.IntN(2) == 0 {
			continue
		}
		if !d.param(p, i == wrong) {
			return nil, ""
		}
	}
	if parts > len(params) && !d.body(wrong == len(params)) {
		return nil, ""
	}
	return d.request(), d.breaks
}

// value is one that fits a schema, or that does not.
func (d *draft) value(s *schema.Schema, name string, wrong bool) (v any, ok bool) {
	if !wrong {
		v, err := d.rt.schemas.Valid(s, d.Rand)
		return v, err == nil
	}
	v, fault, ok := d.rt.schemas.Invalid(s, d.Rand)
	d.breaks = fmt.Sprintf(" (%s%s %s)", name, fault.Path, fault.Message)
	return v, ok
}

// param adds a parameter.
func (d *draft) param(p schema.Param, wrong bool) bool {
	tag := p.In
	if tag == "path" {
		tag = "uri"
	}
	v, ok := d.value(p.Schema, p.Name, wrong)
	f := d.rt.field(tag, p.Name)
	texts, isText := textsIn(v, f)
	if !ok || !isText || wrong == (len(d.rt.schemas.Check(p.Schema, d.rt.asRead(p.Schema, texts, f))) == 0) {
		return false
	}
	for _, text := range texts {
		switch tag {
		case "uri":
			if strings.Contains(text, "//") || strings.Contains(text, "/") && !strings.Contains(d.rt.pattern, "*"+p.Name) {
				return false // an Engine without UseRawPath takes it for two segments
			}
			if d.setParam(p.Name, text) != nil {
				return false
			}
		case "query":
			d.query.Add(p.Name, text)
		case "header":
			d.header.Add(p.Name, text)
		default:
			d.cookies = append(d.cookies, &http.Cookie{Name: p.Name, Value: url.QueryEscape(text)})
		}
	}
	return true
}

// body adds the body: JSON where that is one of the formats.
func (d *draft) body(wrong bool) bool {
	if s := d.rt.input.JSON; s != nil {
		v, ok := d.value(s, "body", wrong)
		var err error
		d.text, err = json.Marshal(v)
		return ok && err == nil
	}
	s := d.rt.input.Form
	v, ok := d.value(s, "body", wrong)
	members, isObject := v.(map[string]any)
	if !ok || !isObject {
		return false
	}
	read := make(map[string]any, len(members))
	for name, value := range members {
		f := d.rt.field("form", name)
		texts, isText := textsIn(value, f)
		if !isText {
			return false
		}
		if f.File {
			d.uploads[name] = texts
		} else {
			d.form[name] = texts
		}
		read[name] = d.rt.asRead(s.Properties.Get(name), texts, f)
	}
	return wrong == (len(d.rt.schemas.Check(s, read)) > 0)
}

// request is what was drafted.
func (d *draft) request() *http.Request {
	body, media := d.text, dram.MIMEJSON
	switch {
	case d.rt.input.JSON != nil:
	case d.rt.input.Files:
		body, media = d.multipart()
	case d.rt.input.Form != nil:
		body, media = []byte(d.form.Encode()), dram.MIMEPOSTForm
	default:
		media = ""
	}
	req := httptest.NewRequest(d.rt.method, "/", bytes.NewReader(body))
	host, path := d.target()
	req.URL, req.Header = &url.URL{Path: path, RawQuery: d.query.Encode()}, d.header
	if unescaped, err := url.PathUnescape(path); err == nil {
		req.URL.Path, req.URL.RawPath = unescaped, path
	}
	if host != "" {
		req.Host = host
	}
	if media != "" {
		req.Header.Set("Content-Type", media)
	}
	for _, cookie := range d.cookies {
		req.AddCookie(cookie)
	}
	return req
}

// multipart is a form with files. A Buffer takes all that is written to it.
func (d *draft) multipart() (body []byte, media string) {
	var out bytes.Buffer
	form := multipart.NewWriter(&out)
	for _, name := range sortedKeys(d.form) {
		for _, text := range d.form[name] {
			_ = form.WriteField(name, text)
		}
	}
	for _, name := range sortedKeys(d.uploads) {
		for i, content := range d.uploads[name] {
			if file, err := form.CreateFormFile(name, strconv.Itoa(i)+".txt"); err == nil {
				_, _ = file.Write([]byte(content))
			}
		}
	}
	_ = form.Close()
	return out.Bytes(), form.FormDataContentType()
}

// field is the field that a parameter, or a value of a form, is read into.
func (rt *route) field(tag, name string) binding.Source {
	for _, f := range rt.fields {
		if f.In == tag && f.Name == name {
			return f
		}
	}
	return binding.Source{}
}

// textsIn writes a value as parameters and forms have it.
func textsIn(v any, f binding.Source) (texts []string, ok bool) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			text, ok := textsIn(item, binding.Source{})
			if !ok || len(text) != 1 {
				return nil, false
			}
			texts = append(texts, text[0])
		}
		if f.Separator != "" {
			texts = []string{strings.Join(texts, f.Separator)}
		}
		return texts, len(texts) > 0
	case map[string]any, nil:
		return nil, false
	}
	return []string{fmt.Sprint(v)}, !slices.Contains([]string{"", ".", ".."}, strings.TrimSpace(fmt.Sprint(v)))
}

// asRead is the value that texts are to the server: one that fits the schema, if they can be read
// as such a one.
func (rt *route) asRead(s *schema.Schema, texts []string, f binding.Source) any {
	if f.Separator != "" {
		texts = strings.Split(texts[0], f.Separator)
	}
	if f.In == "uri" && strings.Contains(rt.pattern, "*"+f.Name) {
		texts = []string{"/" + strings.TrimPrefix(texts[0], "/")}
	}
	for _, read := range []func(string) (any, bool){asText, asTrimmed, asNumber, asBool} {
		var list []any
		for _, text := range texts {
			if v, ok := read(text); ok {
				list = append(list, v)
			}
		}
		if len(list) != len(texts) {
			continue
		}
		for _, v := range []any{list, list[0]} {
			if len(rt.schemas.Check(s, v)) == 0 {
				return v
			}
		}
	}
	return texts[0]
}

func asText(text string) (any, bool) { return text, true }

// asTrimmed is what binding makes of text, unless it is for a string.
func asTrimmed(text string) (any, bool) { return strings.TrimSpace(text), true }

func asNumber(text string) (any, bool) {
	text = strings.TrimSpace(text)
	_, err := strconv.ParseFloat(text, 64)
	return json.Number(text), err == nil && json.Valid([]byte(text))
}

func asBool(text string) (any, bool) {
	v, err := strconv.ParseBool(strings.TrimSpace(text))
	return v, err == nil
}
