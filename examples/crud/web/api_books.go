package web

import (
	"context"
	"fmt"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/examples/crud/library"
	"github.com/dram-go/dram/typed"
)

// byID is the input of routes that read nothing but an id.
type byID struct {
	ID int64 `uri:"id"`
}

type bookQuery struct {
	library.BookFilter
	pageQuery
}

func (w *Web) listBooks(ctx context.Context, in *bookQuery) (List[library.Book], error) {
	in.Clean()
	return listOf(ctx, w, func(r library.Range) ([]library.Book, error) { return w.store.Books(ctx, in.BookFilter, r) }, in.Position)
}

func (w *Web) getBook(ctx context.Context, in *byID) (typed.Tagged[library.Book], error) {
	book, err := w.store.Book(ctx, in.ID)
	return tagged(ctx, book), err
}

// tagged is a book with its ETag. A body that is compressed would make that weak, which
// If-Match does not take.
func tagged(ctx context.Context, b library.Book) typed.Tagged[library.Book] {
	typed.Context(ctx).Header("Cache-Control", "private, no-cache, no-transform")
	return typed.Tagged[library.Book]{ETag: etag(b), Body: b}
}

// etag changes with all that the JSON of a book shows: the row (version) and the loans
// (available).
func etag(b library.Book) string { return fmt.Sprintf(`"%d-%d"`, b.Version, b.Available) }

// repeatable is part of the input of a POST that makes something.
type repeatable struct {
	Key string `header:"Idempotency-Key" doc:"a text of your own, new for each new request: a repetition with it gets the first answer again"`
}

type newBook struct {
	repeatable
	library.BookFields
}

func (w *Web) createBook(ctx context.Context, in *newBook) (typed.Created[library.Book], error) {
	if err := in.Clean(); err != nil {
		return typed.Created[library.Book]{}, err
	}
	book, err := w.store.CreateBook(ctx, in.BookFields)
	if err == nil {
		typed.Context(ctx).Header("ETag", etag(book))
	}
	return typed.Created[library.Book]{Location: fmt.Sprintf("/api/books/%d", book.ID), Body: book}, err
}

// bookPatch is a JSON merge patch (RFC 7396): absent members stay, null empties what may be
// empty.
type bookPatch struct {
	byID
	typed.IfMatch
	ISBN   binding.Optional[string] `json:"isbn" binding:"omitnil,isbn"`
	Title  binding.Optional[string] `json:"title" binding:"omitnil,max=200"`
	Author binding.Optional[string] `json:"author" binding:"omitnil,max=200"`
	Year   binding.Optional[int]    `json:"year" binding:"omitempty,min=1,max=2100"`
	Copies binding.Optional[int]    `json:"copies" binding:"omitnil,min=0,max=1000"`
}

func (w *Web) patchBook(ctx context.Context, in *bookPatch) (typed.Tagged[library.Book], error) {
	book, err := w.store.UpdateBook(ctx, in.ID, func(b library.Book) (library.BookFields, error) {
		if err := in.Check(etag(b)); err != nil {
			return b.BookFields, err
		}
		set(&b.ISBN, in.ISBN)
		set(&b.Title, in.Title)
		set(&b.Author, in.Author)
		set(&b.Year, in.Year)
		set(&b.Copies, in.Copies)
		if in.Copies.IsNull() {
			b.Copies = -1 // which is refused: no copies are 0
		}
		return b.BookFields, b.Clean()
	})
	return tagged(ctx, book), err
}

// set stores what was given.
func set[T any](field *T, given binding.Optional[T]) {
	if !given.IsAbsent() {
		*field, _ = given.Get()
	}
}

type bookDeletion struct {
	byID
	typed.IfMatch
}

func (w *Web) deleteBook(ctx context.Context, in *bookDeletion) (typed.NoContent, error) {
	return typed.NoContent{}, w.store.DeleteBook(ctx, in.ID, func(b library.Book) error { return in.Check(etag(b)) })
}
