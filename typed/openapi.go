package typed

import (
	"maps"
	"slices"

	"github.com/dram-go/dram/internal/schema"
)

// This file is the form of a document: what the OpenAPI Specification calls its objects, with
// the fields that this package writes, in the order in which they are written. What is in
// them is document.go's.

type document struct {
	OpenAPI    string               `json:"openapi"`
	Info       documentInfo         `json:"info"`
	Servers    []server             `json:"servers,omitempty"`
	Security   []requirement        `json:"security,omitempty"`
	Tags       []Tag                `json:"tags,omitempty"`
	Paths      map[string]*pathItem `json:"paths"` // encoding/json sorts the keys
	Components components           `json:"components,omitzero"`
}

type documentInfo struct {
	Title       string   `json:"title"`
	Version     string   `json:"version"`
	Description string   `json:"description,omitempty"`
	License     *License `json:"license,omitempty"`
}

type server struct {
	URL       string              `json:"url"`
	Variables map[string]variable `json:"variables,omitempty"`
}

type variable struct {
	Default string `json:"default"`
}

// Tag is a tag of routes, by which a document is divided, and what it says.
type Tag struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
}

// requirement names the schemes of which all are needed.
type requirement map[string][]string

type pathItem struct {
	Get        *operationObject            `json:"get,omitempty"`
	Put        *operationObject            `json:"put,omitempty"`
	Post       *operationObject            `json:"post,omitempty"`
	Delete     *operationObject            `json:"delete,omitempty"`
	Options    *operationObject            `json:"options,omitempty"`
	Head       *operationObject            `json:"head,omitempty"`
	Patch      *operationObject            `json:"patch,omitempty"`
	Trace      *operationObject            `json:"trace,omitempty"`
	Query      *operationObject            `json:"query,omitempty"`                // since 3.2
	Additional map[string]*operationObject `json:"additionalOperations,omitempty"` // since 3.2
}

type operationObject struct {
	Tags        []string                  `json:"tags,omitempty"`
	Summary     string                    `json:"summary,omitempty"`
	Description string                    `json:"description,omitempty"`
	ID          string                    `json:"operationId"`
	Parameters  []parameter               `json:"parameters,omitempty"`
	RequestBody *requestBody              `json:"requestBody,omitempty"`
	Responses   map[string]responseObject `json:"responses"`
	Deprecated  bool                      `json:"deprecated,omitempty"`
	Security    *[]requirement            `json:"security,omitempty"` // empty: none is asked for
	Servers     []server                  `json:"servers,omitempty"`
}

type parameter struct {
	Name        string         `json:"name"`
	In          string         `json:"in"`
	Description string         `json:"description,omitempty"`
	Required    bool           `json:"required,omitempty"`
	Deprecated  bool           `json:"deprecated,omitempty"`
	Style       string         `json:"style,omitempty"`
	Explode     *bool          `json:"explode,omitempty"`
	Schema      *schema.Schema `json:"schema"`
	Example     any            `json:"example,omitempty"`
}

type requestBody struct {
	Content  map[string]mediaType `json:"content"`
	Required bool                 `json:"required,omitempty"`
}

type mediaType struct {
	Schema     *schema.Schema     `json:"schema,omitempty"`
	ItemSchema *schema.Schema     `json:"itemSchema,omitempty"` // since 3.2: of each value of a stream
	Examples   map[string]example `json:"examples,omitempty"`
}

type example struct {
	Summary string `json:"summary,omitempty"`
	Value   any    `json:"value"`
}

type responseObject struct {
	Description string                  `json:"description"`
	Headers     map[string]headerObject `json:"headers,omitempty"`
	Content     map[string]mediaType    `json:"content,omitempty"`
}

type headerObject struct {
	Description string         `json:"description,omitempty"`
	Schema      *schema.Schema `json:"schema"`
}

type components struct {
	Schemas         schema.Properties  `json:"schemas,omitempty"`
	SecuritySchemes map[string]*Scheme `json:"securitySchemes,omitempty"`
}

// IsZero has a document without components have no empty ones.
func (c components) IsZero() bool { return len(c.Schemas) == 0 && len(c.SecuritySchemes) == 0 }

// below puts the prefix of a proxy before the addresses of servers; given ones stay.
func (d *document) below(prefix string, given bool) {
	if prefix == "" {
		return
	}
	if !given {
		d.Servers = []server{{URL: prefix}}
	}
	for _, item := range d.Paths {
		for _, o := range item.all() {
			for i := range o.Servers {
				o.Servers[i].URL += prefix
			}
		}
	}
}

// all returns the operations.
func (item *pathItem) all() []*operationObject {
	list := slices.Collect(maps.Values(item.Additional))
	for _, o := range []*operationObject{item.Get, item.Put, item.Post, item.Delete, item.Options, item.Head, item.Patch, item.Trace, item.Query} {
		if o != nil {
			list = append(list, o)
		}
	}
	return list
}

// at returns where the operation of a method is.
func (item *pathItem) at(method string) **operationObject {
	known := map[string]**operationObject{
		"GET": &item.Get, "PUT": &item.Put, "POST": &item.Post, "DELETE": &item.Delete, "OPTIONS": &item.Options,
		"HEAD": &item.Head, "PATCH": &item.Patch, "TRACE": &item.Trace, "QUERY": &item.Query,
	}
	return known[method]
}

// set puts the operation of a method in its place.
func (item *pathItem) set(method string, o *operationObject) {
	if at := item.at(method); at != nil {
		*at = o
		return
	}
	if item.Additional == nil {
		item.Additional = make(map[string]*operationObject)
	}
	item.Additional[method] = o
}
