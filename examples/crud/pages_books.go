package main

// This file is the pages of books. They use the same store as the API;
// the version that a form was opened with does what If-Match does there.

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/dram-go/dram"
)

type sortOption struct{ Key, Name string }

var sortOptions = []sortOption{
	{"title", "Title"}, {"-title", "Title, Z to A"}, {"author", "Author"}, {"-author", "Author, Z to A"},
	{"-added", "Newest first"}, {"added", "Oldest first"},
}

func (a *App) booksPage(c *dram.Context) {
	f, books, next, err := a.findBooks(c)
	if err != nil {
		a.fail(c, err)
		return
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
}

// bookView is the data of book.html.
type bookView struct {
	Book  Book
	Loan  *Loan // by which the reader has the book
	Error string
}

func (a *App) bookPage(c *dram.Context) { a.showBook(c, http.StatusOK, "") }

func (a *App) showBook(c *dram.Context, status int, message string) {
	id := pathID(c)
	book, err := a.store.Book(c.Request.Context(), id)
	if err != nil {
		a.fail(c, err)
		return
	}
	view := bookView{Book: book, Error: message}
	if user := currentUser(c); user.ID != 0 {
		if loan, err := a.store.OpenLoan(c.Request.Context(), id, user.ID); err == nil {
			view.Loan = &loan
		}
	}
	a.page(c, status, "book.html", book.Title, view)
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
	var errs []FieldError
	number := func(name, text string) int {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil {
			errs = append(errs, FieldError{"/" + name, "must be a whole number"})
		}
		return n
	}
	*f = BookFields{ISBN: form.ISBN, Title: form.Title, Author: form.Author, Copies: number("copies", form.Copies)}
	if strings.TrimSpace(form.Year) != "" {
		year := number("year", form.Year)
		f.Year = &year
	}
	return invalid(merge(errs, f.validate()))
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

func (a *App) createBookForm(c *dram.Context) {
	var form bookForm
	var fields BookFields
	err := c.ShouldBind(&form)
	if err == nil {
		err = form.apply(&fields)
	}
	var book Book
	if err == nil {
		book, err = a.store.CreateBook(c.Request.Context(), fields)
	}
	if err != nil {
		a.failForm(c, err, func(p Problem) { a.showForm(c, p, formView{Form: form}) })
		return
	}
	a.done(c, pagePath(book.ID), "The book is added.")
}

func (a *App) editBookPage(c *dram.Context) {
	id := pathID(c)
	book, err := a.store.Book(c.Request.Context(), id)
	if err != nil {
		a.fail(c, err)
		return
	}
	a.page(c, http.StatusOK, "book_form.html", "Edit "+book.Title, formView{ID: id, Form: formOf(book)})
}

func (a *App) editBookForm(c *dram.Context) {
	id := pathID(c)
	var form bookForm
	if err := c.ShouldBind(&form); err != nil {
		a.fail(c, err)
		return
	}
	var stale *Book
	_, err := a.store.UpdateBook(c.Request.Context(), id, func(b *Book) error {
		if stale = nil; b.Version != form.Version {
			current := *b
			stale = &current
			return &Problem{Status: http.StatusConflict, Detail: "Somebody else saved this book while you were editing it. Nothing of yours is lost: compare, and save again if yours is right."}
		}
		return form.apply(&b.BookFields)
	})
	if err != nil {
		a.failForm(c, err, func(p Problem) {
			view := formView{ID: id, Form: form}
			if stale != nil {
				view.Changes = compare(formOf(*stale), form)
				view.Form.Version = stale.Version // saving again is then on purpose
			}
			a.showForm(c, p, view)
		})
		return
	}
	a.done(c, pagePath(id), "Your changes are saved.")
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

func (a *App) showForm(c *dram.Context, p Problem, view formView) {
	view.Error, view.Errors = p.Detail, map[string]string{}
	for _, e := range p.Errors {
		view.Errors[strings.TrimPrefix(e.Pointer, "/")] = e.Detail
	}
	title := "New book"
	if view.ID != 0 {
		title = "Edit " + view.Form.Title
	}
	a.page(c, p.Status, "book_form.html", title, view)
}

func (a *App) deleteBookForm(c *dram.Context) {
	err := a.store.DeleteBook(c.Request.Context(), pathID(c), func(b Book) error {
		if strconv.FormatInt(b.Version, 10) != c.PostForm("version") {
			return &Problem{Status: http.StatusConflict, Detail: "Somebody else has changed this book. Look at it again before you delete it."}
		}
		return nil
	})
	if err != nil {
		a.failForm(c, err, func(p Problem) { a.showBook(c, p.Status, p.Detail) })
		return
	}
	a.done(c, "/books", "The book is deleted.")
}

func pagePath(id int64) string { return "/books/" + strconv.FormatInt(id, 10) }
