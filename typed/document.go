package typed

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/schema"
)

// This file makes the document of an API from its routes: the same bytes for the same
// program, whatever the order of maps and of registration is.

// The versions of the specification: the newer one where a stream or QUERY needs it.
const (
	version31 = "3.1.1"
	version32 = "3.2.0"
)

// Document returns the API as an OpenAPI document in JSON: 3.1, or 3.2 if a route is a stream
// or is for a method that 3.1 does not have (QUERY), or a scheme has OAuth's flow for devices. It is the same in every run of a program.
// A command that prints it sets dram.DefaultWriter to os.Stderr before it registers routes, since
// debug mode prints them.
func (api *API) Document() []byte { return api.documentBelow("") }

// documentBelow is the document of a service that its clients reach below a prefix: "/app".
func (api *API) documentBelow(prefix string) []byte {
	d := api.document()
	d.below(prefix, api.info.Servers != nil)
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(d); err != nil {
		panic(fmt.Sprintf("dram: typed: the document of %s cannot be written: %v", api.info.Title, err))
	}
	return out.Bytes()
}

// document builds the document.
func (api *API) document() *document {
	d := &document{
		OpenAPI: version31,
		Info:    documentInfo{api.info.Title, api.info.Version, api.info.Description, api.info.License},
		Tags:    slices.Clip(api.info.Tags),
		Paths:   make(map[string]*pathItem),
	}
	for _, url := range api.info.Servers {
		d.Servers = append(d.Servers, server{URL: url})
	}
	if len(d.Servers) == 0 {
		d.Servers = []server{{URL: "/"}}
	}
	ids := api.ids()
	for _, rt := range api.routes {
		if rt.hidden {
			continue
		}
		path := pathOf(rt.pattern)
		item := d.Paths[path]
		if item == nil {
			item = &pathItem{}
			d.Paths[path] = item
		}
		o := api.operation(rt)
		o.ID = ids[rt]
		item.set(rt.method, o)
		if rt.output.stream || item.at(rt.method) == nil || rt.method == dram.MethodQuery {
			d.OpenAPI = version32
		}
		for _, name := range rt.tags {
			if !slices.ContainsFunc(d.Tags, func(t Tag) bool { return t.Name == name }) {
				d.Tags = append(d.Tags, Tag{Name: name})
			}
		}
		for _, scheme := range slices.Concat(rt.security...) {
			if d.Components.SecuritySchemes == nil {
				d.Components.SecuritySchemes = make(map[string]*Scheme)
			}
			d.Components.SecuritySchemes[scheme.name] = &scheme
			if scheme.hasFlow("deviceAuthorization") {
				d.OpenAPI = version32
			}
		}
	}
	d.Components.Schemas = api.schemas.Components()
	return d
}

// operation describes one route.
func (api *API) operation(rt *route) *operationObject {
	o := &operationObject{
		Tags: rt.tags, Summary: rt.summary, Description: rt.description, Deprecated: rt.deprecated,
		Responses: make(map[string]responseObject),
	}
	if o.Summary == "" {
		o.Summary = rt.method + " " + pathOf(rt.pattern)
	}
	if rt.host != "" {
		o.Servers = []server{serverOf(rt.host)}
	}
	o.Security = rt.requirements()
	inPath := paramsOf(rt.pattern)
	for _, p := range rt.input.Params {
		if p.In == "path" && !inPath[p.Name] || p.In == "header" && slices.Contains(ownHeaders, http.CanonicalHeaderKey(p.Name)) {
			continue // it is one of the host, or described by other means
		}
		one := parameter{Name: p.Name, In: p.In, Description: p.Description, Required: p.Required, Deprecated: p.Deprecated, Style: p.Style, Schema: p.Schema}
		if len(p.Schema.Examples) > 0 { // tools fill their forms with that of the parameter
			one.Example = p.Schema.Examples[0]
		}
		if p.Style != "" || p.In == "query" && !p.Explode {
			one.Explode = &p.Explode
		}
		o.Parameters = append(o.Parameters, one)
	}
	o.RequestBody = rt.body()
	rt.success(o.Responses)
	api.failures(rt, o.Responses)
	return o
}

// ownHeaders are the headers that OpenAPI describes by other means than parameters.
var ownHeaders = []string{"Accept", "Authorization", "Content-Type"}

// serverOf describes the host of Engine.Host, whose params are variables.
func serverOf(host string) server {
	s := server{URL: "//" + host}
	for name := range paramsOf(host) {
		if s.Variables == nil {
			s.Variables = make(map[string]variable)
		}
		s.Variables[name] = variable{Default: name}
	}
	return s
}

// body describes the body of a request, nil if there is none. Schemas have JSON's names, and those
// of forms; what other formats call a field is for the tags of that format.
func (rt *route) body() *requestBody {
	if len(rt.reads) == 0 {
		return nil
	}
	body := &requestBody{Content: make(map[string]mediaType), Required: rt.input.BodyRequired()}
	for _, media := range rt.reads {
		switch media {
		case dram.MIMEJSON:
			body.Content[media] = mediaType{Schema: rt.input.JSON}
		case dram.MIMEPOSTForm, dram.MIMEMultipartPOSTForm:
			body.Content[media] = mediaType{Schema: rt.input.Form}
		default:
			body.Content[media] = mediaType{}
		}
	}
	return body
}

// success describes the answer of a handler that returns no error.
func (rt *route) success(responses map[string]responseObject) {
	r := responseObject{Description: http.StatusText(rt.output.status)}
	for _, header := range slices.Concat(rt.output.header, rt.headers) {
		if r.Headers == nil {
			r.Headers = make(map[string]headerObject)
		}
		one := headerObject{Description: header.description, Schema: &schema.Schema{Type: schema.Types{"string"}}}
		if header.name == "Location" {
			one.Schema.Format = "uri-reference"
		}
		name := header.name
		for known := range r.Headers {
			if strings.EqualFold(known, name) {
				name = known
			}
		}
		r.Headers[name] = one
	}
	add := func(media string, content mediaType) {
		if r.Content == nil {
			r.Content = make(map[string]mediaType)
		}
		r.Content[media] = content
	}
	switch {
	case rt.output.stream:
		for _, media := range streamTypes {
			add(media, mediaType{ItemSchema: rt.streamed(media)})
		}
	case rt.output.file:
		add("*/*", mediaType{})
		conditions(responses)
	case rt.output.schema != nil:
		for _, media := range rt.media() {
			add(media, mediaType{Schema: rt.output.schema})
		}
	}
	responses[strconv.Itoa(rt.output.status)] = r
	if rt.output.tagged && (rt.method == http.MethodGet || rt.method == http.MethodHead) {
		responses[strconv.Itoa(http.StatusNotModified)] = responseObject{Description: "The version that If-None-Match names is the newest"}
	}
}

// streamed is the schema of one value of a stream.
func (rt *route) streamed(media string) *schema.Schema {
	if media != "text/event-stream" {
		return rt.output.schema
	}
	text := &schema.Schema{Type: schema.Types{"string"}}
	return &schema.Schema{
		Type:     schema.Types{"object"},
		Required: []string{"data"},
		Properties: schema.Properties{
			{Name: "data", Schema: &schema.Schema{Type: schema.Types{"string"}, ContentMediaType: dram.MIMEJSON, ContentSchema: rt.output.schema}},
			{Name: "event", Schema: text}, {Name: "id", Schema: text},
		},
	}
}

// media are the media types of a plain value.
func (rt *route) media() []string {
	if len(rt.offers) > 0 {
		return rt.offers
	}
	return []string{dram.MIMEJSON}
}

// failures describes what a client may get instead, each a problem.
func (api *API) failures(rt *route, responses map[string]responseObject) {
	problem := func(description string) responseObject {
		return responseObject{Description: description, Content: map[string]mediaType{"application/problem+json": {Schema: api.problem}}}
	}
	add := func(status int, text string, kind *dram.Problem) {
		key := strconv.Itoa(status)
		r, known := responses[key]
		if known {
			text = r.Description + "; " + text
		} else {
			r = problem(text)
		}
		r.Description = text
		if kind != nil && kind.Type != "" {
			media := r.Content["application/problem+json"]
			if media.Examples == nil {
				media.Examples = make(map[string]example)
			}
			name := exampleName(kind.Type)
			for n := 2; ; n++ { // another kind may end in the same word
				if other, taken := media.Examples[name].Value.(*dram.Problem); !taken || other.Type == kind.Type {
					break
				}
				name = exampleName(kind.Type) + "-" + strconv.Itoa(n)
			}
			media.Examples[name] = example{kind.Title, kind}
			r.Content["application/problem+json"] = media
		}
		responses[key] = r
	}
	if len(rt.fields) > 0 {
		add(http.StatusUnprocessableEntity, "Values that break a rule, all of them at once", nil)
	}
	if rt.input.JSON != nil || rt.input.Form != nil {
		add(http.StatusBadRequest, "A body that cannot be read", nil)
		add(http.StatusRequestEntityTooLarge, "A body that is too large", nil)
		add(http.StatusUnsupportedMediaType, "A body of another media type", nil)
	}
	if rt.output.stream || len(rt.offers) > 0 {
		add(http.StatusNotAcceptable, "None of the media types is accepted", nil)
	}
	if len(*rt.requirements()) > 0 {
		add(http.StatusUnauthorized, "Credentials are missing or wrong", nil)
	}
	if rt.output.file {
		add(http.StatusPreconditionFailed, "The file is not the one that the conditions name", nil)
		add(http.StatusRequestedRangeNotSatisfiable, "The file does not have the range", nil)
	}
	if rt.hasIfMatch() {
		add(http.StatusPreconditionRequired, "If-Match is missing", nil)
		add(http.StatusPreconditionFailed, "There is another version than that of If-Match", nil)
	}
	for _, c := range rt.errors {
		text := c.problem.Title
		if c.problem.Type != "" {
			text += " (" + c.problem.Type + ")"
		}
		add(c.problem.Status, text, c.problem)
	}
	responses["default"] = problem("Any other failure")
}

// exampleName is the last word of the type of a problem, a URI: a name of letters and digits.
func exampleName(kind string) string {
	kind = strings.TrimRight(kind, "/")
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._-", r) {
			return r
		}
		return '-'
	}, kind[strings.LastIndexAny(kind, "/#:")+1:])
}
