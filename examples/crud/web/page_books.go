package web

// This file is the pages of books. The version that a form was opened with does what If-Match
// does in the API.

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/examples/crud/library"
)

var sortNames = [][2]string{
	{"title", "Title"}, {"-title", "Title, Z to A"}, {"author", "Author"}, {"-author", "Author, Z to A"},
	{"-added", "Newest first"}, {"added", "Oldest first"},
}

func (w *Web) booksPage(c *dram.Context) error {
	var in bookQuery
	list, err := call(c, &in, w.listBooks)
	if err != nil {
		return err
	}
	w.page(c, http.StatusOK, "books.html", "Books", struct {
		Filter library.BookFilter
		Sorts  [][2]string
		List[library.Book]
	}{in.BookFilter, sortNames, list})
	return nil
}

func (w *Web) bookPage(c *dram.Context) error {
	var in byID
	err := c.ShouldBindAll(&in)
	return w.showBook(c, in.ID, err)
}

// showBook shows a book, and on its page what was refused. Other failures it returns.
func (w *Web) showBook(c *dram.Context, id int64, failed error) error {
	view := struct {
		Book  library.Book
		Loan  *library.Loan // by which the reader has the book
		Error string
	}{}
	status := http.StatusOK
	fault, refused := errors.AsType[*library.Fault](failed)
	if refused {
		status, view.Error = statuses[fault.Kind], fault.Reason
	} else if failed != nil {
		return failed
	}
	book, err := w.store.Book(c, id)
	if err != nil {
		return err
	}
	view.Book = book
	loan, err := w.store.OpenLoan(c, id, currentUser(c).ID)
	if err == nil {
		view.Loan = &loan
	} else if !errors.Is(err, library.NotFound) {
		return err
	}
	w.page(c, status, "book.html", book.Title, view)
	return nil
}

var bookFields = []field{
	{Name: "title", Label: "Title"},
	{Name: "author", Label: "Author"},
	{Name: "isbn", Label: "ISBN", Hint: "10 or 13 digits"},
	{Name: "year", Label: "Year", Hint: "empty if not known", Mode: "numeric", Optional: true},
	{Name: "copies", Label: "Copies", Mode: "numeric"},
}

// bookValues is a book as it stands in the form.
func bookValues(b library.Book) url.Values {
	v := url.Values{"title": {b.Title}, "author": {b.Author}, "isbn": {b.ISBN}, "copies": {strconv.Itoa(b.Copies)}}
	if b.Year != 0 {
		v.Set("year", strconv.Itoa(b.Year))
	}
	return v
}

var newBookForm = form{Title: "New book", Action: "/books", Button: "Save", Back: "/books", Fields: bookFields}

func (w *Web) newBookPage(c *dram.Context) error {
	return w.show(c, newBookForm, url.Values{"copies": {"1"}}, nil)
}

func (w *Web) createBookForm(c *dram.Context) error {
	book, err := call(c, &newBook{}, w.createBook)
	if err != nil {
		return w.show(c, newBookForm, c.Request.PostForm, err)
	}
	return w.done(c, bookPath(book.Body.ID), "The book is added.")
}

func editForm(id, version int64, title string) form {
	return form{Title: "Edit " + title, Action: bookPath(id) + "/edit", Button: "Save", Back: bookPath(id), Fields: bookFields,
		Hidden: url.Values{"version": {strconv.FormatInt(version, 10)}}}
}

func (w *Web) editBookPage(c *dram.Context) error {
	tagged, err := call(c, &byID{}, w.getBook)
	if err != nil {
		return err
	}
	book := tagged.Body
	return w.show(c, editForm(book.ID, book.Version, book.Title), bookValues(book), nil)
}

// seen is the version of a book that a form was made of.
type seen struct {
	ID      int64 `uri:"id"`
	Version int64 `form:"version"`
}

func (w *Web) editBookForm(c *dram.Context) error {
	var in struct {
		seen
		library.BookFields
	}
	err := bind(c, &in)
	if err == nil {
		err = in.Clean()
	}
	f := editForm(in.ID, in.Version, in.Title)
	if err == nil {
		_, err = w.store.UpdateBook(c, in.ID, func(b library.Book) (library.BookFields, error) {
			if b.Version == in.Version {
				return in.BookFields, nil
			}
			f = editForm(in.ID, b.Version, in.Title) // saving again is then on purpose
			f.Changes, f.Button = compare(bookFields, bookValues(b), c.Request.PostForm), "Save mine over it"
			return b.BookFields, &library.Fault{Kind: library.Conflict, Reason: "Somebody else saved this book while you were editing it. Nothing of yours is lost: compare, and save again if yours is right."}
		})
	}
	if err != nil {
		book, gone := w.store.Book(c, in.ID)
		if errors.Is(gone, library.NotFound) { // then no field needs a correction
			return gone
		}
		f.Title = "Edit " + cmp.Or(book.Title, in.Title)
		return w.show(c, f, c.Request.PostForm, err)
	}
	return w.done(c, bookPath(in.ID), "Your changes are saved.")
}

func (w *Web) deleteBookForm(c *dram.Context) error {
	var in seen
	if err := c.ShouldBindAll(&in); err != nil {
		return err
	}
	err := w.store.DeleteBook(c, in.ID, func(b library.Book) error {
		if b.Version != in.Version {
			return &library.Fault{Kind: library.Conflict, Reason: "Somebody else has changed this book. Look at it again before you delete it."}
		}
		return nil
	})
	if err != nil {
		return w.showBook(c, in.ID, err)
	}
	return w.done(c, "/books", "The book is deleted.")
}

func bookPath(id int64) string { return fmt.Sprintf("/books/%d", id) }
