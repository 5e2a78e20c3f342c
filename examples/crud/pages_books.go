package main

// This file is the pages of books. They use the same store as the API;
// the version that a form was opened with does what If-Match does there.

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
)

type sortOption struct{ Key, Name string }

var sortOptions = []sortOption{
	{"title", "Title"}, {"-title", "Title, Z to A"}, {"author", "Author"}, {"-author", "Author, Z to A"},
	{"-added", "Newest first"}, {"added", "Oldest first"},
}

func (a *App) booksPage(c *dram.Context) error {
	f, books, next, err := a.findBooks(c)
	if err != nil {
		return err
	}
	if next != "" {
		next = pageURL(c, next)
	}
	a.page(c, http.StatusOK, "books.html", "Books", struct {
		Filter      BookList
		Sorts       []sortOption
		Books       []Book
		First, Next string
	}{f, sortOptions, books, pageURL(c, ""), next})
	return nil
}

// bookView is the data of book.html.
type bookView struct {
	Book  Book
	Loan  *Loan // by which the reader has the book
	Error string
}

func (a *App) bookPage(c *dram.Context) error {
	id, err := dram.ParamAs[int64](c, "id")
	if err != nil {
		return err
	}
	return a.showBook(c, id, nil)
}

// showBook shows a book, and on its page the Refusal of what was tried with it, if
// failed is one. Other failures it returns.
func (a *App) showBook(c *dram.Context, id int64, failed error) error {
	view, status := bookView{}, http.StatusOK
	if no, refused := errors.AsType[*Refusal](failed); refused {
		view.Error, status = no.Reason, statuses[no.Kind]
	} else if failed != nil {
		return failed
	}
	book, err := a.store.Book(c.Request.Context(), id)
	if err != nil {
		return err
	}
	view.Book = book
	if user := currentUser(c); user.ID != 0 {
		if loan, err := a.store.OpenLoan(c.Request.Context(), id, user.ID); err == nil {
			view.Loan = &loan
		}
	}
	a.page(c, status, "book.html", book.Title, view)
	return nil
}

// bookForm is a book as it is typed. Everything is text, so that what is wrong
// can be shown again as it was.
type bookForm struct {
	ISBN    string `form:"isbn"`
	Title   string `form:"title"`
	Author  string `form:"author"`
	Year    string `form:"year"`
	Copies  string `form:"copies"`
	Version int64  `form:"version"` // of the book when the form was opened
}

func formOf(b Book) bookForm {
	form := bookForm{ISBN: b.ISBN, Title: b.Title, Author: b.Author, Copies: strconv.Itoa(b.Copies), Version: b.Version}
	if b.Year != nil {
		form.Year = strconv.Itoa(*b.Year)
	}
	return form
}

// apply writes the form into f and validates the whole.
func (form bookForm) apply(f *BookFields) error {
	var wrong binding.Errors
	number := func(name, text string) int {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil {
			wrong = append(wrong, &binding.FieldError{Field: name, Rule: "type", Message: "must be a whole number"})
		}
		return n
	}
	*f = BookFields{ISBN: form.ISBN, Title: form.Title, Author: form.Author, Copies: number("copies", form.Copies)}
	if strings.TrimSpace(form.Year) != "" {
		year := number("year", form.Year)
		f.Year = &year
	}
	return invalid(merge(wrong, f.validate()))
}

// formView is the data of book_form.html.
type formView struct {
	ID      int64 // 0: a new book
	Form    bookForm
	Error   string
	Errors  map[string]string // by field
	Changes []change          // set when somebody else has saved meanwhile
}

// change is a field that is not what the form says.
type change struct{ Name, Theirs, Yours string }

func (a *App) newBookPage(c *dram.Context) {
	a.page(c, http.StatusOK, "book_form.html", "New book", formView{Form: bookForm{Copies: "1"}})
}

func (a *App) createBookForm(c *dram.Context) error {
	var form bookForm
	if err := c.ShouldBindAll(&form); err != nil {
		return err
	}
	var fields BookFields
	if err := form.apply(&fields); err != nil {
		return a.showForm(c, err, formView{Form: form})
	}
	book, err := a.store.CreateBook(c.Request.Context(), fields)
	if err != nil {
		return a.showForm(c, err, formView{Form: form})
	}
	a.done(c, pagePath(book.ID), "The book is added.")
	return nil
}

func (a *App) editBookPage(c *dram.Context) error {
	id, err := dram.ParamAs[int64](c, "id")
	if err != nil {
		return err
	}
	book, err := a.store.Book(c.Request.Context(), id)
	if err != nil {
		return err
	}
	a.page(c, http.StatusOK, "book_form.html", "Edit "+book.Title, formView{ID: id, Form: formOf(book)})
	return nil
}

func (a *App) editBookForm(c *dram.Context) error {
	var in struct {
		ID int64 `uri:"id"`
		bookForm
	}
	if err := c.ShouldBindAll(&in); err != nil {
		return err
	}
	view := formView{ID: in.ID, Form: in.bookForm}
	_, err := a.store.UpdateBook(c.Request.Context(), in.ID, func(b *Book) error {
		if b.Version != in.Version {
			view.Changes = compare(formOf(*b), in.bookForm)
			view.Form.Version = b.Version // saving again is then on purpose
			return &Refusal{Kind: Conflict, Reason: "Somebody else saved this book while you were editing it. Nothing of yours is lost: compare, and save again if yours is right."}
		}
		return in.apply(&b.BookFields)
	})
	if err != nil {
		return a.showForm(c, err, view)
	}
	a.done(c, pagePath(in.ID), "Your changes are saved.")
	return nil
}

// formField is one input of book_form.html.
type formField struct{ Name, Label, Hint, Value, Error string }

func (form bookForm) fields() []formField {
	return []formField{
		{Name: "title", Label: "Title", Value: form.Title},
		{Name: "author", Label: "Author", Value: form.Author},
		{Name: "isbn", Label: "ISBN", Hint: "10 or 13 digits", Value: form.ISBN},
		{Name: "year", Label: "Year", Hint: "empty if not known", Value: form.Year},
		{Name: "copies", Label: "Copies", Value: form.Copies},
	}
}

// Fields are the inputs with what is wrong with each.
func (v formView) Fields() []formField {
	fields := v.Form.fields()
	for i := range fields {
		fields[i].Error = v.Errors[fields[i].Name]
	}
	return fields
}

// compare lists the fields in which the stored book and the form differ.
func compare(theirs, yours bookForm) (changes []change) {
	stored := theirs.fields()
	for i, f := range yours.fields() {
		if f.Value != stored[i].Value {
			changes = append(changes, change{f.Label, stored[i].Value, f.Value})
		}
	}
	return changes
}

// showForm shows a form again with what it was refused for. Other failures it returns.
func (a *App) showForm(c *dram.Context, failed error, view formView) error {
	no, refused := errors.AsType[*Refusal](failed)
	if !refused {
		return failed
	}
	view.Error, view.Errors = no.Reason, map[string]string{}
	for _, e := range no.Fields {
		view.Errors[e.Field] = e.Message
	}
	title := "New book"
	if view.ID != 0 {
		title = "Edit " + view.Form.Title
	}
	a.page(c, statuses[no.Kind], "book_form.html", title, view)
	return nil
}

func (a *App) deleteBookForm(c *dram.Context) error {
	var in struct {
		ID      int64 `uri:"id"`
		Version int64 `form:"version"`
	}
	if err := c.ShouldBindAll(&in); err != nil {
		return err
	}
	err := a.store.DeleteBook(c.Request.Context(), in.ID, func(b Book) error {
		if b.Version != in.Version {
			return &Refusal{Kind: Conflict, Reason: "Somebody else has changed this book. Look at it again before you delete it."}
		}
		return nil
	})
	if err != nil {
		return a.showBook(c, in.ID, err)
	}
	a.done(c, "/books", "The book is deleted.")
	return nil
}

func pagePath(id int64) string { return "/books/" + strconv.FormatInt(id, 10) }
