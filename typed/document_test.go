package typed_test

import (
	"context"
	"encoding/json"
	"flag"
	"iter"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/typed"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Genre is an enum.
type Genre string

func (Genre) EnumValues() []Genre { return []Genre{"novel", "poem"} }

// Author and Volume refer to each other.
type Author struct {
	Name  string    `json:"name" binding:"required,max=80" doc:"as on the cover" example:"Michael Ende"`
	Works []*Volume `json:"works,omitempty"`
}

// Volume is what the library has.
type Volume struct {
	ID      int                      `json:"id"`
	Title   string                   `json:"title" binding:"required,min=1,max=200"`
	ISBN    string                   `json:"isbn" binding:"omitempty,isbn13"`
	Genre   Genre                    `json:"genre"`
	Author  *Author                  `json:"author,omitempty"`
	Pages   map[string]int           `json:"pages,omitempty" xml:"-"`
	Printed time.Time                `json:"printed"`
	Series  binding.Optional[string] `json:"series,omitzero"`
	Price   json.Number              `json:"price" binding:"omitempty,numeric" deprecated:"true"`
}

// Page is a page of a list.
type Page[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

type listing struct {
	Query  string  `query:"q" binding:"max=50" doc:"a word of the title"`
	Genres []Genre `query:"genre" binding:"max=2" collection_format:"csv"`
	Limit  int     `query:"limit,default=20" binding:"min=1,max=100"`
	Tag    string  `header:"If-None-Match"`
}

type upload struct {
	ID    int                   `uri:"id"`
	Cover *multipart.FileHeader `form:"cover" binding:"required"`
	Alt   string                `form:"alt" binding:"required,max=100"`
}

type change struct {
	ID      int                      `uri:"id" binding:"min=1"`
	IfMatch string                   `header:"If-Match" binding:"required"`
	Title   binding.Optional[string] `json:"title" binding:"omitnil,min=1,max=200"`
	Series  binding.Optional[string] `json:"series" binding:"omitnil,max=100"`
}

// featured is an API with every feature.
func featured() (*dram.Engine, *typed.API) {
	volume := Volume{Title: "Momo", ISBN: "9783522202558", Genre: "novel", Author: &Author{Name: "Michael Ende"}, Price: "9.90"}
	r := dram.New()
	api := typed.New(&r.RouterGroup, typed.Info{Title: "Library", Version: "1.2", Description: "Books, and who wrote them.", Servers: []string{"https://api.example.com"}},
		typed.Errors(typed.Is(errTaken, typed.Problem(409, "title-taken", "The title is taken"))))
	books := api.Group("/books", typed.Tags("books"))
	books.Use(func(c *dram.Context) { c.Header("Cache-Control", "no-store"); c.Next() })
	typed.GET(books, "", func(context.Context, *listing) (Page[Volume], error) {
		return Page[Volume]{Items: []Volume{volume}}, nil
	}, typed.Summary("lists books"))
	typed.GET(books, "/:id", func(context.Context, *byID) (*Volume, error) { return &volume, nil }, typed.Offers("application/json", "application/xml"))
	typed.POST(books, "", func(context.Context, *struct{ Volume }) (typed.Created[Volume], error) {
		return typed.Created[Volume]{Body: volume}, nil
	},
		typed.Security(typed.Bearer("token", "JWT")), typed.Description("Adds a book.\n\nIts number is chosen by the library."))
	typed.PATCH(books, "/:id", func(context.Context, *change) (Volume, error) { return volume, nil }, typed.Security(typed.APIKey("session", "cookie", "__Host-session")))
	typed.DELETE(books, "/:id", func(context.Context, *byID) (typed.NoContent, error) { return typed.NoContent{}, nil }, typed.Deprecated(), typed.ID("removeBook"))
	typed.PUT(books, "/:id/cover", func(context.Context, *upload) (typed.NoContent, error) { return typed.NoContent{}, nil })
	typed.GET(books, "/:id/cover", func(context.Context, *byID) (typed.File, error) {
		return typed.File{Content: strings.NewReader("a file"), Name: "a.txt"}, nil
	})
	typed.POST(api, "/jobs", func(context.Context, *struct{}) (map[string]string, error) { return nil, nil }, typed.Status(202), typed.Security(typed.Basic("staff")))
	typed.GET(api, "/latest", func(context.Context, *struct{}) (typed.Redirect, error) { return typed.Redirect{}, nil })
	typed.GET(api, "/files/*path", func(context.Context, *struct {
		Path string `uri:"path"`
	}) (typed.File, error) {
		return typed.File{Content: strings.NewReader("a file"), Name: "a.txt"}, nil
	})
	typed.GET(api, "/secret", func(context.Context, *struct{}) (Author, error) { return Author{}, nil }, typed.Hidden())
	return r, api
}

func TestDocumentOfEveryFeature(t *testing.T) {
	_, api := featured()
	golden(t, "featured.json", api.Document())
	_, again := featured()
	assert.Equal(t, string(api.Document()), string(again.Document()), "the same bytes each time")

	// A stream, and QUERY, need the newer version.
	typed.GET(api, "/watch", func(context.Context, *struct{}) (iter.Seq2[typed.Event[Volume], error], error) { return nil, nil })
	typed.QUERY(api, "/search", func(context.Context, *struct {
		Words []string `json:"words" binding:"required,max=5"`
	}) ([]Volume, error) {
		return nil, nil
	})
	golden(t, "featured32.json", api.Document())
}

type secret struct {
	Code string `json:"internal_code" doc:"what nobody is to know"`
}

// What a hidden route reads and answers is hidden too, and so is that there is another type of a name.
func TestTypesOfHiddenRoutesAreHidden(t *testing.T) {
	r, api := newAPI()
	typed.Union(api, "kind", map[string]Shape{"circle": circle{}})
	typed.GET(api, "/author", func(context.Context, *none) (Author, error) { return Author{}, nil })
	before := string(api.Document())
	type Author struct { // another one
		A int `json:"a"`
	}
	typed.POST(api, "/a", func(context.Context, *secret) (secret, error) { return secret{}, nil }, typed.Hidden())
	typed.POST(api, "/b", func(context.Context, *none) (Author, error) { return Author{}, nil }, typed.Hidden())
	typed.GET(api, "/c", func(context.Context, *none) (Shape, error) { return circle{Kind: "hexagon"}, nil }, typed.Hidden())
	assert.Equal(t, before, string(api.Document()))
	api.Docs("/docs", typed.InAllModes())
	assert.NotContains(t, ask(r, "GET", "/docs/", "").Body.String(), "internal_code")
	assert.Equal(t, 500, ask(r, "GET", "/c", "").Code, "its answers are held against its type as ever")
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	name = "testdata/" + name
	if *update {
		require.NoError(t, os.WriteFile(name, got, 0o644))
	}
	want, err := os.ReadFile(name)
	require.NoError(t, err)
	assert.Equal(t, string(want), string(got), "%s; go test ./typed -update writes it anew", name)
}

func TestSpecIsServed(t *testing.T) {
	r, api := featured()
	api.Spec("/openapi.json")
	w := ask(r, "GET", "/openapi.json", "")
	assert.Equal(t, 200, w.Code)
	assert.Equal(t, "application/json", w.Header().Get("Content-Type"))
	assert.Equal(t, string(api.Document()), w.Body.String())
	assert.Equal(t, 304, ask(r, "GET", "/openapi.json", "", "If-None-Match", w.Header().Get("ETag")).Code)
	w = ask(r, "GET", "/openapi.yaml", "")
	assert.Equal(t, "application/yaml", w.Header().Get("Content-Type"))
	golden(t, "featured.yaml", w.Body.Bytes())
	assert.NotContains(t, w.Body.String(), "openapi.json", "it is not a route of the API")
}

func TestDocsAreForDevelopers(t *testing.T) {
	r, api := featured()
	api.Docs("/docs")
	api.Docs("/public", typed.InAllModes())
	assert.Equal(t, 404, ask(r, "GET", "/docs/", "").Code)
	for path, media := range map[string]string{"/public/": "text/html", "/public/style.css": "text/css", "/public/try.js": "text/javascript"} {
		w := ask(r, "GET", path, "")
		assert.Equal(t, 200, w.Code)
		assert.Contains(t, w.Header().Get("Content-Type"), media)
		assert.Contains(t, w.Header().Get("Content-Security-Policy"), "default-src 'none'")
	}
	page := ask(r, "GET", "/public/", "").Body.String()
	for _, text := range []string{"Library", "lists books", "/books/{id}", "Page_Volume", "a word of the title", "title-taken", "Deprecated"} {
		assert.Contains(t, page, text)
	}
	assert.NotContains(t, strings.ReplaceAll(page, `href="#`, ""), "http://", "nothing is loaded from elsewhere")
	w := ask(r, "GET", "/public", "")
	assert.Equal(t, http.StatusMovedPermanently, w.Code)
	assert.Equal(t, "/public/", w.Header().Get("Location"))
	assert.Equal(t, 404, ask(r, "GET", "/docs", "").Code, "nothing leads to what is not there")
}

// The page asks for paths of the service from wherever it stands itself.
func TestDocsLeadToTheRootOfTheService(t *testing.T) {
	for base, roots := range map[string]map[string]string{
		"/":   {"/docs": "../", "docs": "../", "/a/docs/": "../../", "/": ""},
		"/v1": {"/docs": "../../", "/a/docs": "../../../"},
	} {
		for path, root := range roots {
			r := dram.New()
			group := r.Group(base)
			typed.New(group, typed.Info{Title: "t", Version: "1"}).Docs(path, typed.InAllModes())
			page := group.Group(strings.TrimSuffix(path, "/") + "/").BasePath()
			assert.Contains(t, ask(r, "GET", page, "").Body.String(), `data-root="`+root+`"`, "%s below %s", path, base)
		}
	}
}

// The document has a path as the router has it.
func TestPathsOfTheDocumentAreThoseOfTheRouter(t *testing.T) {
	r := dram.New()
	api := typed.New(r.Group("/v1"), typed.Info{Title: "t", Version: "1"})
	for _, path := range []string{"", "books", "/books/", "//a//b"} {
		typed.GET(api, path, func(context.Context, *struct{}) (int, error) { return 1, nil })
	}
	document := string(api.Document())
	for _, route := range r.Routes() {
		assert.Contains(t, document, `"`+route.Path+`": {`)
		assert.Equal(t, 200, ask(r, "GET", route.Path, "").Code)
	}
}
