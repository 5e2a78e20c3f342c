package main

import (
	"encoding/csv"
	"fmt"
	"net/http"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
)

// booksView is what templates/books.html shows.
type booksView struct {
	Books  []Book
	Form   BookForm
	Faults binding.Errors
}

// BookForm is the form of that page.
type BookForm struct {
	Title  string `form:"title" binding:"required,max=200"`
	Author string `form:"author" binding:"required,max=200"`
}

func (a *app) booksPage(c *dram.Context) error {
	return a.showBooks(c, http.StatusOK, booksView{})
}

func (a *app) showBooks(c *dram.Context, status int, view booksView) (err error) {
	view.Books, err = a.store.List(c, Search{Limit: 100})
	if err == nil {
		c.HTML(status, "books.html", view)
	}
	return err
}

func (a *app) addForm(c *dram.Context) error {
	var in BookForm
	if err := c.ShouldBindAll(&in); binding.FieldErrors(err) != nil {
		return a.showBooks(c, http.StatusUnprocessableEntity, booksView{Form: in, Faults: binding.FieldErrors(err)})
	} else if err != nil {
		return err
	}
	if _, err := a.store.Add(c, Book{Title: in.Title, Author: in.Author}); err != nil {
		return err
	}
	a.added.tell()
	c.Redirect(http.StatusSeeOther, "/") // so that a reload does not add it again
	return nil
}

// export writes a row when it has it, so the list may be long.
func (a *app) export(c *dram.Context) error {
	c.Header("Content-Type", "text/csv; charset=utf-8")
	c.Header("Content-Disposition", `attachment; filename="books.csv"`)
	rows := csv.NewWriter(c.Writer)
	for search := (Search{Limit: 100}); ; {
		books, err := a.store.List(c, search)
		if err != nil {
			return err // the answer is cut: half a file does not look whole
		}
		if len(books) == 0 {
			rows.Flush()
			return rows.Error()
		}
		for _, book := range books {
			if err := rows.Write([]string{fmt.Sprint(book.ID), book.Title, book.Author}); err != nil {
				return err
			}
			search.After = book.ID
		}
	}
}
