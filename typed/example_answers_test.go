package typed_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/typed"
)

// library returns an API for an example.
func library() (*dram.Engine, *typed.API) {
	r := dram.New()
	return r, typed.New(&r.RouterGroup, typed.Info{Title: "Library", Version: "1.2"})
}

// get prints what a client gets, with a header that it sends.
func get(h http.Handler, path, name, value string) {
	req := httptest.NewRequest("GET", path, nil)
	req.Header.Set(name, value)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	fmt.Println(w.Code, w.Header().Get("Content-Type"), strings.TrimSpace(w.Body.String()))
}

// A stream is an event stream or lines of JSON, whichever the client accepts.
func ExampleEvent() {
	r, api := library()
	typed.GET(api, "/returns", func(ctx context.Context, in *struct {
		Last string `header:"Last-Event-ID"`
	}) (iter.Seq2[typed.Event[Book], error], error) {
		return func(yield func(typed.Event[Book], error) bool) {
			if in.Last == "" && !yield(typed.Event[Book]{ID: "1", Name: "back", Data: Book{7, "Momo"}}, nil) {
				return // the client is gone
			}
			yield(typed.Event[Book]{ID: "2", Data: Book{8, "Jim Knopf"}}, nil)
		}, nil
	})
	get(r, "/returns", "Accept", "application/jsonl")
	get(r, "/returns", "Last-Event-ID", "1")
	// Output:
	// 200 application/jsonl {"id":7,"title":"Momo"}
	// {"id":8,"title":"Jim Knopf"}
	// 200 text/event-stream;charset=utf-8 id:2
	// data:{"id":8,"title":"Jim Knopf"}
}

func ExampleFile() {
	r, api := library()
	typed.GET(api, "/catalogue", func(context.Context, *struct{}) (typed.File, error) {
		return typed.File{
			Content: strings.NewReader("Jim Knopf\nMomo\n"), Name: "catalogue.txt", Type: "text/plain",
			ETag: `"v1"`, ModTime: time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC),
		}, nil
	})
	get(r, "/catalogue", "Range", "bytes=10-13")
	get(r, "/catalogue", "If-None-Match", `"v1"`)
	// Output:
	// 206 text/plain Momo
	// 304
}

func ExampleOffers() {
	r, api := library()
	typed.GET(api, "/books/7", func(context.Context, *struct{}) (Book, error) { return Book{7, "Momo"}, nil },
		typed.Offers("application/json", "application/xml"))
	get(r, "/books/7", "Accept", "*/*")
	get(r, "/books/7", "Accept", "application/xml")
	// Output:
	// 200 application/json; charset=utf-8 {"id":7,"title":"Momo"}
	// 200 application/xml; charset=utf-8 <Book><ID>7</ID><Title>Momo</Title></Book>
}

func ExampleRedirect() {
	r, api := library()
	typed.GET(api, "/old", func(context.Context, *struct{}) (typed.Redirect, error) {
		return typed.Redirect{Location: "/new"}, nil
	}, typed.Status(http.StatusPermanentRedirect))
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest("GET", "/old", nil))
	fmt.Println(w.Code, w.Header().Get("Location"))
	// Output: 308 /new
}

// Quota is an error that knows more than its kind.
type Quota struct{ Wait time.Duration }

func (q *Quota) Error() string { return "too many loans" }

// Errors of the program become answers, and these are in the document.
func ExampleErrors() {
	r, api := library()
	errLent := errors.New("lent to somebody else")
	loans := api.Group("/loans", typed.Errors(
		typed.Is(errLent, typed.Problem(409, "lent", "The book is lent")),
		typed.As(typed.Problem(429, "quota", "Too many loans"), func(q *Quota, p *dram.Problem) *dram.Problem {
			return p.WithHeader("Retry-After", fmt.Sprint(q.Wait.Seconds())).With("wait", q.Wait.String())
		}),
	))
	typed.GET(loans, "/:book", func(_ context.Context, in *struct {
		Book string `uri:"book"`
	}) (Book, error) {
		if in.Book == "momo" {
			return Book{}, fmt.Errorf("loan of %s: %w", in.Book, errLent)
		}
		return Book{}, &Quota{time.Minute}
	})
	get(r, "/loans/momo", "Accept", "*/*")
	get(r, "/loans/jim", "Accept", "*/*")
	// Output:
	// 409 application/problem+json {"type":"lent","title":"The book is lent","status":409}
	// 429 application/problem+json {"type":"quota","title":"Too many loans","status":429,"wait":"1m0s"}
}
