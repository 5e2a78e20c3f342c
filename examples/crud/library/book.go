package library

import (
	"fmt"
	"strings"
	"time"
)

// Book is a book of the library, and how many of its copies are not lent.
type Book struct {
	ID int64 `json:"id"`
	BookFields
	Available int       `json:"available" doc:"copies that are not lent"`
	Version   int64     `json:"version" doc:"counts the changes"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// BookFields are the parts of a book that people write.
type BookFields struct {
	ISBN   string `json:"isbn" form:"isbn" binding:"required,isbn" doc:"10 or 13 digits; hyphens are dropped" example:"978-0-14-044913-6"`
	Title  string `json:"title" form:"title" binding:"required,max=200" example:"Crime and Punishment"`
	Author string `json:"author" form:"author" binding:"required,max=200" example:"Fyodor Dostoevsky"`
	Year   int    `json:"year,omitzero" form:"year" binding:"omitempty,min=1,max=2100" doc:"absent if it is not known" example:"1866"`
	Copies int    `json:"copies" form:"copies" binding:"min=0,max=1000" doc:"how many the library has" example:"2"`
}

// Clean brings the fields into their normal form, and returns what is wrong with them then.
func (f *BookFields) Clean() error {
	f.ISBN = strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(line(f.ISBN)))
	f.Title, f.Author = line(f.Title), line(f.Author)
	return check(f)
}

// Change replaces the fields, unless more copies are lent than there would be.
func (b *Book) Change(f BookFields) error {
	if lent := b.Copies - b.Available; f.Copies < lent {
		return conflict(fmt.Sprintf("%d of the copies are lent.", lent), "copies", "min", fmt.Sprintf("must be at least %d, the number that is lent", lent))
	}
	b.BookFields = f
	return nil
}

// MayGo returns why the book cannot be deleted, nil if it can.
func (b Book) MayGo() error {
	if b.Available < b.Copies {
		return &Fault{Kind: Conflict, Reason: "The book is on loan. It can be deleted once every copy is back."}
	}
	return nil
}

// ErrISBNTaken is the fault of a second book with an ISBN.
var ErrISBNTaken = conflict("Another book has this ISBN.", "isbn", "unique", "belongs to another book")

// BookFilter says which books to list, and in which order.
type BookFilter struct {
	Search    string `query:"q" binding:"max=100" doc:"part of the title or the author, or the ISBN"`
	Author    string `query:"author" binding:"max=200" doc:"the whole name"`
	Available bool   `query:"available" doc:"only those that can be borrowed now"`
	Sort      string `query:"sort,default=title" binding:"oneof=title -title author -author added -added" doc:"with - backwards"`
}

// Clean brings what is looked for into the form that books have.
func (f *BookFilter) Clean() { f.Search, f.Author = line(f.Search), line(f.Author) }

// Order returns the key that the list is sorted by: title, author or added.
func (f BookFilter) Order() (key string, descending bool) {
	key, descending = strings.CutPrefix(f.Sort, "-")
	return key, descending
}

// Position returns where a book stands in the list.
func (f BookFilter) Position(b Book) Position {
	key, _ := f.Order()
	return Position{Key: map[string]string{"title": b.Title, "author": b.Author}[key], ID: b.ID}
}
