package validate

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"

	"github.com/dram-go/dram/examples/gateway/internal/grammar"
	"github.com/dram-go/dram/typed"
)

const urlencoded = "application/x-www-form-urlencoded"

// body checks the body of a request: JSON, forms, and texts and bytes. Others have no schema that
// could be checked, or more than one way to be read (YAML).
func (r *reading) body(text []byte) {
	described, header := r.in.Route.Operation.RequestBody, r.in.Request.Header
	switch {
	case described == nil && len(text) > 0:
		r.fault("body", "", "unknown", "must not be there")
		return
	case described != nil && described.Value.Required && len(text) == 0:
		r.fault("body", "", "required", "is required")
		return
	case len(text) == 0 || len(described.Value.Content) == 0:
		return
	case grammar.IsCoded(header):
		r.fault("header", "/Content-Encoding", "oneof", "must not be there: the body has to be readable")
		return
	}
	name, media := grammar.BodyType(header), described.Value.Content.Get(header.Get("Content-Type"))
	if name == "" || media == nil {
		r.unknownType()
		return
	}
	if media.Schema == nil {
		return
	}
	before := len(r.faults)
	decoder := r.decoder(name, text, media)
	if len(r.faults) > before {
		return
	}
	var value any
	var err error
	r.guarded("body", "", func() {
		value, err = decoder(bytes.NewReader(text), header, media.Schema, func(name string) *openapi3.Encoding { return media.Encoding[name] })
	})
	if len(r.faults) > before {
		return
	}
	if err == nil {
		r.members("body", "", consist(media.Schema.Value), value)
		how := []openapi3.SchemaValidationOption{openapi3.VisitAsRequest(), openapi3.MultiErrors()}
		if how = append(how, options.SchemaValidationOptions...); r.in.Route.Spec.IsOpenAPI31OrLater() {
			how = append(how, openapi3.EnableJSONSchema2020())
		}
		err = media.Schema.Value.VisitJSON(value, how...)
	}
	told := make(map[string]bool)
	for _, fault := range r.faults[before:] {
		told[fault.Pointer] = true
	}
	if err != nil {
		r.faults = append(r.faults, slices.DeleteFunc(bodyFaults("body", err), func(fault typed.Fault) bool { return told[fault.Pointer] })...)
	}
	slices.SortStableFunc(r.faults[before:], func(a, b typed.Fault) int { return strings.Compare(a.Pointer, b.Pointer) })
}

func (r *reading) unknownType() {
	r.fault("header", "/Content-Type", "oneof", "must be a media type of the body, in UTF-8")
}

// decoder is what reads a body, of which there is one way to read it.
func (r *reading) decoder(name string, text []byte, media *openapi3.MediaType) openapi3filter.BodyDecoder {
	s := media.Schema.Value
	switch {
	case grammar.IsJSON(name):
		r.json("body", "", text)
		return openapi3filter.JSONBodyDecoder
	case name == urlencoded:
		values, err := url.ParseQuery(string(text))
		if err != nil || dropJoined(values) {
			r.fault("body", "", "syntax", "is not a form")
		}
		r.fields(s, values, func(name string) bool { return media.Encoding[name].SerializationMethod().Explode })
		return openapi3filter.UrlencodedBodyDecoder
	case name == "multipart/form-data":
		r.fields(s, r.parts(text, s), func(string) bool { return true })
		return openapi3filter.MultipartBodyDecoder
	case strings.HasPrefix(name, "text/"):
		if !utf8.Valid(text) {
			r.fault("body", "", "syntax", "is not UTF-8")
		}
	case name != "application/octet-stream" && !isA(s, "string") && s.ContentMediaType == "":
		r.unknownType()
	}
	return openapi3filter.FileBodyDecoder
}

// parts are the texts of a form of parts, each looked at by itself: it has to be in the schema, unless
// that says that others may be, and JSON where it says so.
func (r *reading) parts(text []byte, s *openapi3.Schema) url.Values {
	_, params, _ := mime.ParseMediaType(r.in.Request.Header.Get("Content-Type")) // BodyType has read it
	end := []byte("--" + params["boundary"] + "--")
	if bytes.Count(text, end) != 1 || !bytes.HasSuffix(bytes.TrimSpace(text), end) {
		r.fault("body", "", "syntax", "is not a form of parts that ends with its boundary")
		return nil
	}
	values, in := make(url.Values), multipart.NewReader(bytes.NewReader(text), params["boundary"])
	for {
		part, err := in.NextRawPart()
		if err == io.EOF {
			return values
		}
		var content []byte
		if err == nil {
			content, err = io.ReadAll(part)
		}
		if err != nil {
			r.fault("body", "", "syntax", "is not a form of parts")
			return nil
		}
		name, header, media := part.FormName(), http.Header(part.Header), "text/plain"
		if header.Get("Content-Type") != "" {
			media = grammar.BodyType(header)
		}
		pointer := "/" + grammar.Step(name)
		switch own, _ := member(s, name); {
		case own == nil && (s.AdditionalProperties.Has == nil || !*s.AdditionalProperties.Has):
			r.fault("body", pointer, "unknown", "is not known here")
			continue
		case media == "" || !slices.Contains([]string{"", "7bit", "8bit", "binary"}, strings.ToLower(header.Get("Content-Transfer-Encoding"))):
			r.fault("body", pointer, "syntax", "has a Content-Type or a Content-Transfer-Encoding that is not read")
		case grammar.IsJSON(media):
			r.json("body", pointer, content)
			content = nil
		case media != "text/plain":
			content = nil
		}
		values.Add(name, string(content))
	}
}
