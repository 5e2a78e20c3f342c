package rows

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/typed"
)

// This file is what a typed handler costs beside the same handler by hand, and beside huma, whose handlers are functions of
// types too: a route that binds, validates and answers. The rules are the same ones, in the tags of either side.

// bookInput is what dram reads.
type bookInput struct {
	Shelf  string   `uri:"shelf" binding:"min=2,max=20"`
	Dry    bool     `query:"dry"`
	Limit  int      `query:"limit,default=20" binding:"min=1,max=100"`
	Title  string   `json:"title" binding:"required,max=200"`
	Author string   `json:"author" binding:"required,max=80"`
	Year   int      `json:"year" binding:"min=1450,max=2100"`
	Genre  string   `json:"genre" binding:"oneof=novel poem essay"`
	Tags   []string `json:"tags" binding:"max=5"`
}

// humaInput is what huma reads.
type humaInput struct {
	Shelf string `path:"shelf" minLength:"2" maxLength:"20"`
	Dry   bool   `query:"dry"`
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Body  struct {
		Title  string   `json:"title" minLength:"1" maxLength:"200"`
		Author string   `json:"author" minLength:"1" maxLength:"80"`
		Year   int      `json:"year" minimum:"1450" maximum:"2100"`
		Genre  string   `json:"genre" enum:"novel,poem,essay"`
		Tags   []string `json:"tags,omitempty" maxItems:"5"`
	}
}

// book is the answer.
type book struct {
	ID     int      `json:"id"`
	Shelf  string   `json:"shelf"`
	Title  string   `json:"title"`
	Author string   `json:"author"`
	Year   int      `json:"year"`
	Genre  string   `json:"genre"`
	Tags   []string `json:"tags"`
}

type humaOutput struct{ Body book }

func (in *bookInput) book() book {
	return book{ID: in.Limit, Shelf: in.Shelf, Title: in.Title, Author: in.Author, Year: in.Year, Genre: in.Genre, Tags: in.Tags}
}

func bookByHand() http.Handler {
	r := dram.New()
	r.POST("/shelves/:shelf/books", func(c *dram.Context) {
		in := new(bookInput)
		if err := c.ShouldBindAll(in); err != nil {
			c.Fail(err)
			return
		}
		c.JSON(http.StatusOK, in.book())
	})
	return r
}

func bookByType() http.Handler {
	r := dram.New()
	api := typed.New(&r.RouterGroup, typed.Info{Title: "Library", Version: "1"})
	typed.POST(api, "/shelves/:shelf/books", func(_ context.Context, in *bookInput) (book, error) {
		return in.book(), nil
	})
	return r
}

// bookByHuma is huma on net/http's ServeMux. The routes of its documents are left out, and with
// CreateHooks, as its documentation says, what adds a link to the schema to each answer.
func bookByHuma() http.Handler {
	mux := http.NewServeMux()
	config := huma.DefaultConfig("Library", "1")
	config.OpenAPIPath, config.DocsPath, config.SchemasPath, config.CreateHooks = "", "", "", nil
	huma.Register(humago.New(mux, config), huma.Operation{
		OperationID: "add-book", Method: http.MethodPost, Path: "/shelves/{shelf}/books",
		BodyReadTimeout: -1, // the server's, as in the others; measured without a connection there is none to set
	}, func(_ context.Context, in *humaInput) (*humaOutput, error) {
		return &humaOutput{book{
			ID: in.Limit, Shelf: in.Shelf, Title: in.Body.Title, Author: in.Body.Author, Year: in.Body.Year, Genre: in.Body.Genre, Tags: in.Body.Tags,
		}}, nil
	})
	return mux
}

// BookPeer is a program with the route.
type BookPeer struct {
	Name    string
	Handler http.Handler
	wrong   int // the status of a request that breaks rules
}

// BookPeers are the typed handler, and those that it is compared with.
func BookPeers() []BookPeer {
	dram.SetMode(dram.ReleaseMode)
	return []BookPeer{
		{"dram, typed", bookByType(), http.StatusUnprocessableEntity},
		{"dram, by hand", bookByHand(), http.StatusBadRequest}, // what Context.Fail answers
		{"huma", bookByHuma(), http.StatusUnprocessableEntity},
	}
}

// Book is a request, and the faults that the answer names, or what it is without one.
type Book struct {
	Name string
	Request
	faults int
	want   string
}

// Books are the rows.
func Books() []Book {
	const book = `"title":"The Neverending Story","author":"Michael Ende","year":1979,"genre":"novel","tags":["fantasy","children"]}`
	request := func(target, body string) Request {
		return Request{Method: http.MethodPost, Target: target, ContentType: jsonType, Body: body}
	}
	return []Book{
		{"bind, validate, answer", request("/shelves/classics/books?dry=true&limit=50", "{"+book), 0, `{"id":50,"shelf":"classics",` + book},
		{"five broken rules", request("/shelves/c/books?limit=500",
			`{"title":"","author":"Michael Ende","year":1200,"genre":"song","tags":["fantasy"]}`), 5, ""},
	}
}

// Check compares the answer, or counts the faults that it names.
func (b Book) Check(p BookPeer) error {
	answer := Serve(p.Handler, b.Request)
	status, text := answer.Code, strings.TrimSpace(answer.Body.String())
	media, _, _ := strings.Cut(answer.Header().Get("Content-Type"), ";")
	right := status == http.StatusOK && media == jsonType && text == b.want
	if b.faults > 0 {
		var problem struct{ Errors []any }
		right = json.Unmarshal([]byte(text), &problem) == nil && status == p.wrong &&
			media == "application/problem+json" && len(problem.Errors) == b.faults
	}
	if !right {
		return fmt.Errorf("%s, %s: status %d, %s %s", b.Name, p.Name, status, media, text)
	}
	return nil
}
