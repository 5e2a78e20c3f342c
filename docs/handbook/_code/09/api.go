package main

import (
	"context"
	"fmt"
	"net/http"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/typed"
)

// Search is what a list of books is asked for.
type Search struct {
	Query string `query:"q" binding:"max=100" doc:"a part of the title or the author"`
	After int64  `query:"after" binding:"min=0" doc:"the ID of the last book that the client has"`
	Limit int    `query:"limit,default=20" binding:"min=1,max=100"`
}

// OneBook names a book.
type OneBook struct {
	ID int64 `uri:"id"`
}

// NewBook is a book that somebody wants to add.
type NewBook struct {
	Title  string `json:"title" binding:"required,max=200" example:"Momo"`
	Author string `json:"author" binding:"required,max=200" example:"Michael Ende"`
	Year   int    `json:"year" binding:"omitempty,min=1450,max=2100"`
}

// ChangedBook is a book that somebody wants to change.
type ChangedBook struct {
	ID    int64  `uri:"id"`
	Dry   bool   `query:"dry_run" doc:"only say what would be"`
	Match string `header:"If-Match" binding:"required" doc:"the ETag of what the client has seen"`
	NewBook
}

// describe registers the routes of the API, with what the document says of them.
func (a *app) describe(group *dram.RouterGroup) *typed.API {
	api := typed.New(group, typed.Info{Title: "Library", Version: "1"})
	api.Spec("/openapi.json")
	api.Docs("/docs")
	noBook := typed.Errors(typed.Is(errNoBook, typed.Problem(http.StatusNotFound, "no-such-book", "There is no such book.")))
	stale := typed.Errors(typed.Is(errStale, typed.Problem(http.StatusPreconditionFailed, "stale", "Somebody has changed the book meanwhile.")))

	typed.GET(api, "/books", a.list, typed.Summary("lists books"))
	typed.GET(api, "/books/:id", a.show, typed.Summary("shows a book"), noBook)
	edit := api.Group("", typed.Security(typed.APIKey("session", "cookie", "__Host-session")))
	edit.Use(a.only(editor))
	typed.POST(edit, "/books", a.add, typed.Summary("adds a book"))
	typed.PUT(edit, "/books/:id", a.update, typed.Summary("changes a book"), noBook, stale)
	return api
}

func (a *app) list(ctx context.Context, in *Search) ([]Book, error) {
	return a.store.List(ctx, *in)
}

func (a *app) show(ctx context.Context, in *OneBook) (Book, error) {
	return tagged(ctx)(a.store.Get(ctx, in.ID))
}

func (a *app) add(ctx context.Context, in *NewBook) (typed.Created[Book], error) {
	book, err := a.store.Add(ctx, in.book())
	if err != nil {
		return typed.Created[Book]{}, err
	}
	a.added.tell()
	return typed.Created[Book]{Location: fmt.Sprintf("/api/books/%d", book.ID), Body: book}, nil
}

func (a *app) update(ctx context.Context, in *ChangedBook) (Book, error) {
	book := in.book()
	book.ID = in.ID
	return tagged(ctx)(a.store.Update(ctx, book, in.Match, in.Dry))
}

func (b NewBook) book() Book {
	return Book{Title: b.Title, Author: b.Author, Year: b.Year}
}

// tagged sets the ETag of the answer to that of a book.
func tagged(ctx context.Context) func(Book, error) (Book, error) {
	return func(book Book, err error) (Book, error) {
		if err == nil {
			ctx.Value(dram.ContextKey).(*dram.Context).Header("ETag", book.ETag())
		}
		return book, err
	}
}
