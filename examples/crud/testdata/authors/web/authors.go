package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/crud/library"
	"github.com/dram-go/dram/typed"
)

func (w *Web) listAuthors(ctx context.Context, _ *pageQuery) (List[library.Author], error) {
	return listOf(ctx, w, func(r library.Range) ([]library.Author, error) { return w.store.Authors(ctx, r) }, library.Author.Position)
}

func (w *Web) getAuthor(ctx context.Context, in *byID) (library.Author, error) {
	return w.store.Author(ctx, in.ID)
}

type newAuthor struct {
	repeatable
	library.AuthorFields
}

func (w *Web) createAuthor(ctx context.Context, in *newAuthor) (typed.Created[library.Author], error) {
	if err := in.Clean(); err != nil {
		return typed.Created[library.Author]{}, err
	}
	author, err := w.store.CreateAuthor(ctx, in.AuthorFields)
	return typed.Created[library.Author]{Location: fmt.Sprintf("/api/authors/%d", author.ID), Body: author}, err
}

func (w *Web) authorsPage(c *dram.Context) error {
	var in pageQuery
	list, err := call(c, &in, w.listAuthors)
	if err == nil {
		w.page(c, http.StatusOK, "authors.html", "Authors", list)
	}
	return err
}

// authorPage is the list of the author's books.
func (w *Web) authorPage(c *dram.Context) error {
	author, err := call(c, &byID{}, w.getAuthor)
	if err == nil {
		c.Redirect(http.StatusSeeOther, "/books?author="+url.QueryEscape(author.Name))
	}
	return err
}

var authorForm = form{Title: "New author", Action: "/authors", Button: "Save", Back: "/authors", Fields: []field{
	{Name: "name", Label: "Name"},
	{Name: "born", Label: "Year of birth", Hint: "empty if not known", Mode: "numeric", Optional: true},
}}

func (w *Web) newAuthorPage(c *dram.Context) error { return w.show(c, authorForm, nil, nil) }

func (w *Web) createAuthorForm(c *dram.Context) error {
	var in newAuthor
	if _, err := call(c, &in, w.createAuthor); err != nil {
		return w.show(c, authorForm, c.Request.PostForm, err)
	}
	return w.done(c, "/authors", in.Name+" is added.")
}
