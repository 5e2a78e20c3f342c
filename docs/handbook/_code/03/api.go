package main

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/dram-go/dram"
)

// Search is what a list of books is asked for.
type Search struct {
	Query string `query:"q" binding:"max=100"`
	After int64  `query:"after" binding:"min=0"` // the ID of the last book that the client has
	Limit int    `query:"limit,default=20" binding:"min=1,max=100"`
}

// NewBook is a book that somebody wants to add.
type NewBook struct {
	Title  string `json:"title" binding:"required,max=200"`
	Author string `json:"author" binding:"required,max=200"`
	Year   int    `json:"year" binding:"omitempty,min=1450,max=2100"`
}

// ChangedBook is a book that somebody wants to change.
type ChangedBook struct {
	ID    int64  `uri:"id"`
	Dry   bool   `query:"dry_run"`
	Match string `header:"If-Match" binding:"required"` // the ETag of what the client has seen
	NewBook
}

func (a *app) list(c *dram.Context) error {
	var in Search
	if err := c.ShouldBindAll(&in); err != nil {
		return err // 400, with all that is wrong
	}
	books, err := a.store.List(c, in)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, books)
	return nil
}

func (a *app) show(c *dram.Context) error {
	id, err := dram.ParamAs[int64](c, "id")
	if err != nil {
		return err
	}
	book, err := a.store.Get(c, id)
	if err != nil {
		return problem(err)
	}
	c.Header("ETag", book.ETag())
	c.JSON(http.StatusOK, book)
	return nil
}

func (a *app) add(c *dram.Context) error {
	var in NewBook
	if err := c.ShouldBindAll(&in); err != nil {
		return err
	}
	book, err := a.store.Add(c, in.book())
	if err != nil {
		return err
	}
	c.Header("Location", fmt.Sprintf("/api/books/%d", book.ID))
	c.JSON(http.StatusCreated, book)
	return nil
}

func (a *app) update(c *dram.Context) error {
	var in ChangedBook
	if err := c.ShouldBindAll(&in); err != nil {
		return err
	}
	book := in.book()
	book.ID = in.ID
	book, err := a.store.Update(c, book, in.Match, in.Dry)
	if err != nil {
		return problem(err)
	}
	c.Header("ETag", book.ETag())
	c.JSON(http.StatusOK, book)
	return nil
}

func (b NewBook) book() Book {
	return Book{Title: b.Title, Author: b.Author, Year: b.Year}
}

// problem says what a client may know of an error of the store.
func problem(err error) error {
	switch {
	case errors.Is(err, errNoBook):
		return dram.NewProblem(http.StatusNotFound, "There is no such book.").Because(err)
	case errors.Is(err, errStale):
		return dram.NewProblem(http.StatusPreconditionFailed, "Somebody has changed the book meanwhile.").Because(err)
	}
	return err
}
