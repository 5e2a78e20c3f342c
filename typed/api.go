package typed

import (
	"fmt"
	"net/url"
	"reflect"
	"slices"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/schema"
	"github.com/dram-go/dram/typed/internal/form"
)

// This file is what routes are registered on: an API, which has a document, and its groups.

// Info describes an API as a whole.
type Info struct {
	// Title and Version are the API's, and required.
	Title, Version string
	// Description is in CommonMark.
	Description string
	// License is that of the API; nil if there is none to name.
	License *License
	// Tags are those that are described, in the order in which the document has them; others come
	// behind.
	Tags []Tag
	// Servers are the URLs of the API; by default the root of the service that serves the document,
	// which behind a trusted proxy is its prefix.
	Servers []string
	// Strict has a rule of the tag binding that the document cannot say, since it is not known,
	// panic at registration, and not be a debug line. Keyword makes one known.
	Strict bool
}

// License names a license, and the page that has it, or its identifier (SPDX).
type License struct {
	Name       string `json:"name"`
	Identifier string `json:"identifier,omitempty"`
	URL        string `json:"url,omitempty"`
}

// API is a set of typed routes with one document. Make one with New.
type API struct {
	scope
	info    Info
	routes  []*route
	schemas *schema.Registry
	hidden  *schema.Registry // of routes that the document does not have
	problem *schema.Schema   // of the answers to errors
	noted   map[schema.Note]bool
}

// Group is a part of an API: a RouterGroup, and options that its routes share. Make one with
// Group of the API, or of another Group.
type Group struct{ scope }

// scope is what an API and a Group have in common.
type scope struct {
	// RouterGroup is the group that the routes are registered on; its layers are theirs.
	*dram.RouterGroup

	api     *API
	options []Option
}

// Router is an API or a Group.
type Router interface{ typed() *scope }

func (g *scope) typed() *scope { return g }

// New returns an API whose routes are registered on a group, that of an Engine for one:
//
//	api := typed.New(&r.RouterGroup, typed.Info{Title: "Library", Version: "1.2"})
//
// The options are those of all its routes. It panics without a title or a version.
func New(group *dram.RouterGroup, info Info, options ...Option) *API {
	switch {
	case group == nil:
		panic("dram: typed.New: the group is nil: pass one, &r.RouterGroup for an Engine r")
	case info.Title == "" || info.Version == "":
		panic("dram: typed.New: Info has no Title or no Version, which a document needs: write both")
	}
	info.must()
	api := &API{info: info, schemas: schema.New(), hidden: schema.New(), noted: make(map[schema.Note]bool)}
	problem, err := api.schemas.Of(reflect.TypeFor[form.Problem](), schema.Output)
	if err != nil {
		panic(err) // the type is our own
	}
	api.problem = problem
	api.scope = scope{RouterGroup: group, api: api, options: options}
	return api
}

// must panics at what a document cannot have.
func (info *Info) must() {
	if l := info.License; l != nil {
		if l.Name == "" || l.Identifier != "" && l.URL != "" {
			panic("dram: typed.New: the License has no Name, or both an Identifier and a URL: write a name, and one of them at most")
		}
		if _, err := url.Parse(l.URL); err != nil {
			panic(fmt.Sprintf("dram: typed.New: the URL %q of the License is none: correct it", l.URL))
		}
	}
	for i, tag := range info.Tags {
		if tag.Name == "" || slices.ContainsFunc(info.Tags[:i], func(other Tag) bool { return other.Name == tag.Name }) {
			panic(fmt.Sprintf("dram: typed.New: the tag %q of Info.Tags is there twice, or has no name: correct it", tag.Name))
		}
	}
	for _, server := range info.Servers {
		if _, err := url.Parse(server); err != nil || server == "" {
			panic(fmt.Sprintf("dram: typed.New: %q of Info.Servers is not a URL: write one, or a path", server))
		}
	}
}

// On makes a group of routes of another RouterGroup, that of a host (Engine.Host), in the document
// of this API, whose options they have. An operation tells its host. The same method and path on
// two hosts is nothing that a document can say: that needs an API for each.
func (api *API) On(group *dram.RouterGroup, options ...Option) *Group {
	if group == nil {
		panic("dram: typed: API.On: the group is nil: pass one, that of Engine.Host")
	}
	return &Group{scope{RouterGroup: group, api: api, options: slices.Concat(api.options, options)}}
}

// Group makes a group below this one; see RouterGroup.Group. Its routes have the options of
// this group and those given here.
func (g *scope) Group(relativePath string, options ...Option) *Group {
	return &Group{scope{
		RouterGroup: g.RouterGroup.Group(relativePath),
		api:         g.api,
		options:     slices.Concat(g.options, options),
	}}
}
