package main

// This file is the JSON API of books.

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/dram-go/dram"
)

// listAPI is the answer of the lists: a page, and the cursor of the next one.
type listAPI[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

// answerList also sends the next page as a Link (RFC 8288).
func answerList[T any](c *dram.Context, items []T, next string) {
	if next != "" {
		c.Header("Link", "<"+pageURL(c, next)+`>; rel="next"`)
	}
	c.JSON(http.StatusOK, listAPI[T]{items, next})
}

// pageURL is the URL of the request with another cursor, "" for the first page.
func pageURL(c *dram.Context, cursor string) string {
	query := c.Request.URL.Query()
	query.Del("cursor")
	if cursor != "" {
		query.Set("cursor", cursor)
	}
	return (&url.URL{Path: c.Request.URL.Path, RawQuery: query.Encode()}).String()
}

func bookPath(id int64) string { return "/api/books/" + strconv.FormatInt(id, 10) }

// findBooks is the list that the query string asks for, here and on the page.
func (a *App) findBooks(c *dram.Context) (f BookList, books []Book, next string, err error) {
	if err = c.ShouldBindQuery(&f); err == nil {
		books, next, err = a.store.Books(c.Request.Context(), f)
	}
	return f, books, next, err
}

func (a *App) listBooks(c *dram.Context) error {
	_, books, next, err := a.findBooks(c)
	if err != nil {
		return err
	}
	answerList(c, books, next)
	return nil
}

func (a *App) getBook(c *dram.Context) error {
	id, err := dram.ParamAs[int64](c, "id")
	if err != nil {
		return err
	}
	book, err := a.store.Book(c.Request.Context(), id)
	if err != nil {
		return err
	}
	c.Header("ETag", book.ETag())
	if hasETag(strings.ReplaceAll(c.GetHeader("If-None-Match"), "W/", ""), book.ETag()) {
		c.Status(http.StatusNotModified)
		return nil
	}
	c.JSON(http.StatusOK, book)
	return nil
}

func (a *App) createBook(c *dram.Context) error {
	var in bookInput
	fields := BookFields{Copies: 1}
	bound := c.ShouldBindBodyWithJSON(&in)
	if err := in.apply(&fields, bound); err != nil {
		return err
	}
	return a.idempotent(c, func(q Queries) (reply, error) {
		book, err := q.CreateBook(c.Request.Context(), fields)
		if err != nil {
			return reply{}, err
		}
		return created(bookPath(book.ID), book.ETag(), book)
	})
}

func (a *App) patchBook(c *dram.Context) error {
	var in struct {
		ID      int64  `uri:"id"`
		IfMatch string `header:"If-Match"`
		bookInput
	}
	bound := c.ShouldBindAll(&in) // apply has a look at it, if there is such a book
	book, err := a.store.UpdateBook(c.Request.Context(), in.ID, func(b *Book) error {
		if err := ifMatch(in.IfMatch, b.ETag()); err != nil {
			return err
		}
		return in.apply(&b.BookFields, bound)
	})
	if err != nil {
		return err
	}
	c.Header("ETag", book.ETag())
	c.JSON(http.StatusOK, book)
	return nil
}

func (a *App) deleteBook(c *dram.Context) error {
	id, err := dram.ParamAs[int64](c, "id")
	if err != nil {
		return err
	}
	err = a.store.DeleteBook(c.Request.Context(), id, func(b Book) error { return ifMatch(c.GetHeader("If-Match"), b.ETag()) })
	if err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}
