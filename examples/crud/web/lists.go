package web

import (
	"context"

	"github.com/dram-go/dram/examples/crud/library"
	"github.com/dram-go/dram/pagination"
	"github.com/dram-go/dram/typed"
)

// This file is what all lists share, on pages and in the API.

// pageQuery is the part of a query that says which page of a list. Package pagination reads it;
// it is here for the document of the API.
type pageQuery struct {
	Cursor string `query:"cursor" doc:"from the links of another page"`
	Limit  int    `query:"limit,default=20" binding:"min=1,max=100"`
}

// List is a page of a list. Its links are relative to the list's URL, and in the header Link.
type List[T any] struct {
	Items []T              `json:"items" binding:"required"` // never null
	Links pagination.Links `json:"links"`
}

// listOf reads the page that the request asks for.
func listOf[T any](ctx context.Context, w *Web, read func(library.Range) ([]T, error), position func(T) library.Position) (list List[T], err error) {
	c := typed.Context(ctx)
	page, err := w.pages.From(c)
	if err != nil {
		return list, err
	}
	rows, err := read(library.Range{After: page.After, Before: page.Before, Limit: page.Limit})
	if err != nil {
		return list, err
	}
	list.Items, list.Links, err = pagination.Rows(c, page, rows, position)
	return list, err
}
