package typed_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/typed"
)

type Book struct {
	ID    int    `json:"id"`
	Title string `json:"title"`
}

type AddBook struct {
	Shelf string `uri:"shelf"`
	Title string `json:"title" binding:"required,max=20" doc:"as on the cover"`
}

var ErrTaken = errors.New("there is such a book")

func addBook(_ context.Context, in *AddBook) (typed.Created[Book], error) {
	if in.Title == "Momo" {
		return typed.Created[Book]{}, ErrTaken
	}
	return typed.Created[Book]{Location: "/books/7", Body: Book{7, in.Title}}, nil
}

func Example() {
	r := dram.New()
	api := typed.New(&r.RouterGroup, typed.Info{Title: "Library", Version: "1.2"},
		typed.Errors(typed.Is(ErrTaken, typed.Problem(409, "title-taken", "The book is there already"))))
	typed.POST(api, "/shelves/:shelf/books", addBook, typed.Summary("adds a book"))

	for _, body := range []string{`{"title":"Jim Knopf"}`, `{"title":"Momo"}`, `{}`} {
		req := httptest.NewRequest("POST", "/shelves/a/books", strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		r.ServeHTTP(w, req)
		fmt.Println(w.Code, w.Header().Get("Location"), w.Body)
	}
	// Output:
	// 201 /books/7 {"id":7,"title":"Jim Knopf"}
	// 409  {"type":"title-taken","title":"The book is there already","status":409}
	// 422  {"title":"Unprocessable Entity","status":422,"detail":"The request is not valid.","errors":[{"in":"body","pointer":"/title","rule":"required","detail":"is required"}]}
}

func ExampleRoute_Call() {
	r := dram.New()
	api := typed.New(&r.RouterGroup, typed.Info{Title: "Library", Version: "1.2"})
	add := typed.POST(api, "/shelves/:shelf/books", addBook)
	server := httptest.NewServer(r)
	defer server.Close()

	client := &typed.Client{Base: server.URL}
	made, err := add.Call(context.Background(), client, &AddBook{Shelf: "a", Title: "Jim Knopf"})
	fmt.Println(made.Location, made.Body, err)
	_, err = add.Call(context.Background(), client, &AddBook{Shelf: "a"})
	var problem *dram.Problem
	fmt.Println(errors.As(err, &problem), problem.Status, problem.Member("errors"))
	// Output:
	// /books/7 {7 Jim Knopf} <nil>
	// true 422 [map[detail:is required in:body pointer:/title rule:required]]
}

func ExampleAPI_Spec() {
	r := dram.New()
	api := typed.New(&r.RouterGroup, typed.Info{Title: "Library", Version: "1.2"})
	typed.GET(api, "/books/:id", func(_ context.Context, in *struct {
		ID int `uri:"id" binding:"min=1"`
	}) (Book, error) {
		return Book{in.ID, "Momo"}, nil
	})
	api.Spec("/openapi.json")

	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest("GET", "/openapi.yaml", nil))
	text, _, _ := strings.Cut(w.Body.String(), "      responses:")
	fmt.Println(text)
	// Output:
	// openapi: "3.1.1"
	// info:
	//   title: Library
	//   version: "1.2"
	// servers:
	//   - url: /
	// paths:
	//   /books/{id}:
	//     get:
	//       summary: GET /books/{id}
	//       operationId: getBooksById
	//       parameters:
	//         - name: id
	//           in: path
	//           required: true
	//           schema:
	//             type: integer
	//             format: int64
	//             minimum: 1
}
