package typed

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/schema"
)

// This file serves the document as a page for people. It is made by the server, reads without
// JavaScript, and asks for nothing from elsewhere; with JavaScript requests can be tried.

//go:embed docs/page.html docs/style.css docs/try.js
var docsFiles embed.FS

// docsPolicy lets the page load what is its own, and send requests to its own server.
const docsPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; " +
	"form-action 'none'; frame-ancestors 'none'; base-uri 'none'"

// DocsOption changes what Docs does.
type DocsOption func(*docs)

// InAllModes has Docs answer in release and test mode too: for an API that is public, or behind
// a layer that asks who it is.
func InAllModes() DocsOption { return func(d *docs) { d.allModes = true } }

type docs struct{ allModes bool }

// Docs registers a page at path that shows the document. Unless InAllModes says otherwise it is
// there in debug mode only, and a 404 in the others.
func (api *API) Docs(path string, options ...DocsOption) {
	var d docs
	for _, option := range options {
		option(&d)
	}
	path = strings.TrimSuffix(path, "/")
	root := strings.Repeat("../", strings.Count(api.RouterGroup.Group(path+"/").BasePath(), "/")-1)
	page := sync.OnceValues(func() ([]byte, error) { return api.page(root) })
	serve := func(media string, text func() ([]byte, error)) dram.HandlerFunc {
		return dram.Try(func(c *dram.Context) error {
			if !d.allModes && dram.Mode() != dram.DebugMode {
				return dram.NewProblem(http.StatusNotFound, "")
			}
			body, err := text()
			if err != nil {
				return err
			}
			h := c.Writer.Header()
			h.Set("Content-Security-Policy", docsPolicy)
			h.Set("X-Content-Type-Options", "nosniff")
			h.Set("Referrer-Policy", "no-referrer")
			h.Set("Cache-Control", "no-cache")
			c.Data(http.StatusOK, media, body)
			return nil
		})
	}
	file := func(name string) func() ([]byte, error) {
		return func() ([]byte, error) { return docsFiles.ReadFile("docs/" + name) }
	}
	// The page is at "/docs/", so that what it loads is relative to it, behind any prefix.
	api.RouterGroup.GET(path+"/", serve("text/html; charset=utf-8", page))
	api.RouterGroup.GET(path+"/style.css", serve("text/css; charset=utf-8", file("style.css")))
	api.RouterGroup.GET(path+"/try.js", serve("text/javascript; charset=utf-8", file("try.js")))
}

// page executes the template with what it shows; root leads from the page to the service's root.
func (api *API) page(root string) ([]byte, error) {
	d := api.document()
	view := docsView{Info: d.Info, Root: root}
	byTag := map[string]*docsSection{}
	for _, path := range sortedKeys(d.Paths) {
		for _, method := range []string{"GET", "QUERY", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"} {
			o := *d.Paths[path].at(method)
			if o == nil {
				continue
			}
			name := "Routes"
			if len(o.Tags) > 0 {
				name = o.Tags[0]
			}
			if byTag[name] == nil {
				byTag[name] = &docsSection{Name: name}
				view.Sections = append(view.Sections, byTag[name])
			}
			byTag[name].Operations = append(byTag[name].Operations, viewOf(method, path, o))
		}
	}
	for _, property := range d.Components.Schemas {
		view.Schemas = append(view.Schemas, docsSchema{property.Name, property.Schema.Description, fieldsOf(property.Schema), typeOf(property.Schema)})
	}
	var out bytes.Buffer
	text, err := docsFiles.ReadFile("docs/page.html")
	if err != nil {
		return nil, err
	}
	page, err := template.New("page").Parse(string(text))
	if err == nil {
		err = page.Execute(&out, view)
	}
	return out.Bytes(), err
}

// docsView is what the template shows.
type docsView struct {
	Info     documentInfo
	Root     string
	Sections []*docsSection
	Schemas  []docsSchema
}

type docsSection struct {
	Name       string
	Operations []docsOperation
}

type docsOperation struct {
	Method, Path, ID, Summary, Description string
	Deprecated                             bool
	Parameters                             []docsField
	Media                                  string
	Body                                   []docsField
	BodyType                               docsType
	Responses                              []docsResponse
}

type docsResponse struct {
	Status, Description string
	Type                docsType
}

type docsSchema struct {
	Name, Description string
	Fields            []docsField
	Type              docsType
}

type docsField struct {
	Name, In, Rules, Description string
	Type                         docsType
	Required, Deprecated         bool
}

// docsType is how a type is called, with a link to its schema if it has a name.
type docsType struct{ Text, Link string }

func viewOf(method, path string, o *operationObject) docsOperation {
	v := docsOperation{Method: method, Path: path, ID: o.ID, Summary: o.Summary, Description: o.Description, Deprecated: o.Deprecated}
	for _, p := range o.Parameters {
		v.Parameters = append(v.Parameters, docsField{p.Name, p.In, rulesOf(p.Schema), p.Description, typeOf(p.Schema), p.Required, p.Deprecated})
	}
	if o.RequestBody != nil {
		media := sortedKeys(o.RequestBody.Content)
		v.Media = media[0]
		s := o.RequestBody.Content[v.Media].Schema
		v.Body, v.BodyType = fieldsOf(s), typeOf(s)
	}
	for _, status := range sortedKeys(o.Responses) {
		r := docsResponse{Status: status, Description: o.Responses[status].Description}
		for _, media := range sortedKeys(o.Responses[status].Content) {
			content := o.Responses[status].Content[media]
			if r.Type = typeOf(content.Schema); content.ItemSchema != nil {
				r.Type = typeOf(content.ItemSchema)
				r.Type.Text = "stream of " + r.Type.Text
			}
			break
		}
		v.Responses = append(v.Responses, r)
	}
	return v
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// fieldsOf lists the members of an object.
func fieldsOf(s *schema.Schema) (fields []docsField) {
	if s == nil {
		return nil
	}
	for _, p := range s.Properties {
		fields = append(fields, docsField{
			Name: p.Name, Rules: rulesOf(p.Schema), Description: p.Schema.Description, Type: typeOf(p.Schema),
			Required: slices.Contains(s.Required, p.Name), Deprecated: p.Schema.Deprecated,
		})
	}
	return fields
}

// typeOf says in a few words what a schema is of.
func typeOf(s *schema.Schema) docsType {
	switch {
	case s == nil:
		return docsType{}
	case s.Ref != nil:
		return docsType{s.Ref.Name(), "#schema-" + s.Ref.Name()}
	case s.Items != nil:
		inner := typeOf(s.Items)
		return docsType{"array of " + inner.Text, inner.Link}
	case s.AdditionalProperties != nil:
		inner := typeOf(s.AdditionalProperties)
		return docsType{"map of " + inner.Text, inner.Link}
	case len(s.Type) > 0:
		text := strings.Join(s.Type, " or ")
		if s.Format != "" {
			text += " (" + s.Format + ")"
		}
		return docsType{Text: text}
	case len(s.AnyOf)+len(s.OneOf) > 0:
		var words []string
		for _, one := range slices.Concat(s.AnyOf, s.OneOf) {
			if word := typeOf(one).Text; !slices.Contains(words, word) {
				words = append(words, word)
			}
		}
		return docsType{Text: strings.Join(words, " or ")}
	}
	return docsType{Text: "any"}
}

// rulesOf writes the keywords that bound a value.
func rulesOf(s *schema.Schema) string {
	if s == nil {
		return ""
	}
	rest := *s
	if len(rest.Type) == 0 { // typeOf has them
		rest.AnyOf, rest.OneOf = nil, nil
	}
	rest.Ref, rest.Type, rest.Format, rest.Description, rest.Items, rest.Properties, rest.AdditionalProperties, rest.Deprecated = nil, nil, "", "", nil, nil, nil, false
	text, err := json.Marshal(&rest)
	if err != nil || len(text) <= len("{}") {
		return ""
	}
	return strings.NewReplacer(`"`, "", ",", ", ", ":", " ").Replace(string(text[1 : len(text)-1]))
}
