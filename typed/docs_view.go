package typed

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/schema"
	"github.com/dram-go/dram/router"
)

// This file is what the page of Docs shows: the document, in the words of the template.

type docsView struct {
	Info     documentInfo
	Root     string
	Schemes  []docsScheme
	Sections []*docsSection
	Schemas  []docsSchema
}

// docsScheme is a security scheme, and which way credentials for it go: as bearer, basic, or in a
// header or the query under Key; "" is a way that a page cannot take.
type docsScheme struct{ Name, Kind, Description, Way, Key string }

type docsSection struct {
	Name, Description string
	Operations        []docsOperation
}

type docsOperation struct {
	Method, Path, ID, Summary, Description string
	Deprecated                             bool
	Parameters                             []docsField
	Media                                  []string // of the body
	Body, Form                             []docsField
	BodyType                               docsType
	Example                                string // of a body in JSON
	Responses                              []docsResponse
	Accept                                 []string // the media types of the answer
	Security                               []string // the alternatives
	Schemes                                string   // their names in JSON
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
	Example                      string // what a request begins with
	List                         string // what stands between the values of a list, "&" for each its own name
	Rest                         bool   // it takes the rest of the path
	File                         bool
}

// docsType is how a type is called, with a link to its schema if it has a name.
type docsType struct{ Text, Link string }

// docsView makes the view of the document.
func (api *API) docsView(root string) docsView {
	d := api.document()
	view := docsView{Info: d.Info, Root: root}
	for _, name := range sortedKeys(d.Components.SecuritySchemes) {
		view.Schemes = append(view.Schemes, viewOfScheme(name, d.Components.SecuritySchemes[name]))
	}
	rest := make(map[string]string)
	for _, rt := range api.routes {
		last := rt.pattern[strings.LastIndexByte(rt.pattern, '/')+1:]
		if at := router.Wildcard(last); at >= 0 && last[at] == '*' {
			rest[rt.method+" "+pathOf(rt.pattern)] = last[at+1:]
		}
	}
	values := prefill{api.schemas, d.Components.Schemas}
	for _, tag := range d.Tags {
		view.Sections = append(view.Sections, &docsSection{Name: tag.Name, Description: tag.Description})
	}
	view.Sections = append(view.Sections, &docsSection{Name: "Routes"}) // without a tag
	for _, path := range sortedKeys(d.Paths) {
		for _, method := range slices.Concat([]string{"GET", "QUERY", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"}, sortedKeys(d.Paths[path].Additional)) {
			o := d.Paths[path].Additional[method]
			if at := d.Paths[path].at(method); at != nil {
				o = *at
			}
			if o == nil {
				continue
			}
			at := len(view.Sections) - 1
			if len(o.Tags) > 0 {
				at = slices.IndexFunc(view.Sections, func(s *docsSection) bool { return s.Name == o.Tags[0] })
			}
			view.Sections[at].Operations = append(view.Sections[at].Operations, values.operation(method, path, rest[method+" "+path], o))
		}
	}
	view.Sections = slices.DeleteFunc(view.Sections, func(s *docsSection) bool { return len(s.Operations) == 0 })
	for _, property := range d.Components.Schemas {
		view.Schemas = append(view.Schemas, docsSchema{property.Name, property.Schema.Description, fieldsOf(property.Schema), typeOf(property.Schema)})
	}
	return view
}

func viewOfScheme(name string, s *Scheme) docsScheme {
	v := docsScheme{Name: name, Kind: strings.TrimSpace(s.Type + " " + s.Scheme), Description: s.Description}
	switch {
	case s.Type == "http" && s.Scheme == "basic":
		v.Way = "basic"
	case s.Type == "http" && s.Scheme == "bearer", s.Type == "oauth2", s.Type == "openIdConnect":
		v.Way = "bearer"
	case s.Type == "apiKey":
		v.Kind = "key in the " + s.In + ", " + s.Name
		if s.In != "cookie" { // which browsers send by themselves
			v.Way, v.Key = s.In, s.Name
		}
	}
	return v
}

// operation is the view of a route. rest is the parameter that takes the rest of the path.
func (p prefill) operation(method, path, rest string, o *operationObject) docsOperation {
	v := docsOperation{Method: method, Path: path, ID: o.ID, Summary: o.Summary, Description: o.Description, Deprecated: o.Deprecated}
	for _, one := range o.Parameters {
		f := docsField{Name: one.Name, In: one.In, Rules: rulesOf(one.Schema), Description: one.Description, Type: typeOf(one.Schema), Required: one.Required, Deprecated: one.Deprecated}
		f.Rest = one.In == "path" && one.Name == rest
		f.Example = p.text(one.Schema, one.Required)
		if itemsOf(one.Schema) != nil {
			f.List = "&"
			if one.Explode != nil && !*one.Explode {
				f.List = map[string]string{"spaceDelimited": " ", "pipeDelimited": "|", "": ","}[one.Style]
			}
		}
		v.Parameters = append(v.Parameters, f)
	}
	if o.RequestBody != nil {
		p.body(&v, o.RequestBody.Content)
	}
	for _, status := range sortedKeys(o.Responses) {
		r := docsResponse{Status: status, Description: o.Responses[status].Description}
		media := sortedKeys(o.Responses[status].Content)
		if status < "3" && len(media) > 1 {
			v.Accept = media
		}
		if len(media) > 0 {
			content := o.Responses[status].Content[media[0]]
			if r.Type = typeOf(content.Schema); content.ItemSchema != nil {
				r.Type = typeOf(content.ItemSchema)
				r.Type.Text = "stream of " + r.Type.Text
				v.Accept = streamTypes
			}
		}
		v.Responses = append(v.Responses, r)
	}
	v.secure(*o.Security)
	return v
}

// body is the view of the body: one of JSON has an example, one of a form fields.
func (p prefill) body(v *docsOperation, content map[string]mediaType) {
	v.Media = sortedKeys(content)
	if s := content[dram.MIMEJSON].Schema; s != nil {
		v.Body, v.BodyType = fieldsOf(s), typeOf(s)
		text, _ := json.MarshalIndent(p.of(s, 0), "", "  ") // of what was JSON
		v.Example = string(text)
	}
	s := content[dram.MIMEMultipartPOSTForm].Schema
	v.Form = fieldsOf(s)
	for i := range v.Form {
		f := &v.Form[i]
		one := s.Properties.Get(f.Name)
		if f.In = "form"; itemsOf(one) != nil {
			one, f.List = itemsOf(one), "&"
		}
		if f.File = one.ContentMediaType == fileMedia; !f.File {
			f.Example = p.text(one, f.Required)
		}
	}
}

// fileMedia is what the schema of a file has.
const fileMedia = "application/octet-stream"

// secure says which credentials are asked for.
func (v *docsOperation) secure(alternatives []requirement) {
	names := [][]string{}
	for _, all := range alternatives {
		var words []string
		for _, name := range sortedKeys(all) {
			if scopes := all[name]; len(scopes) > 0 {
				name += " (" + strings.Join(scopes, ", ") + ")"
			}
			words = append(words, name)
		}
		if words == nil {
			words = []string{"nothing"}
		}
		v.Security = append(v.Security, strings.Join(words, " and "))
		names = append(names, sortedKeys(all))
	}
	text, _ := json.Marshal(names) // of texts
	v.Schemes = string(text)
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
