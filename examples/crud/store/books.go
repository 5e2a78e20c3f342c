package store

import (
	"context"
	"strings"

	"github.com/dram-go/dram/examples/crud/library"
)

const bookSelect = `SELECT b.id, b.isbn, b.title, b.author, COALESCE(b.year, 0), b.copies, b.version, b.created_at, b.updated_at,
	b.copies - (SELECT COUNT(*) FROM loans l WHERE l.book_id = b.id AND l.is_open = 1) FROM books b`

func scanBook(row scanner) (b library.Book, err error) {
	err = row.Scan(&b.ID, &b.ISBN, &b.Title, &b.Author, &b.Year, &b.Copies, &b.Version, &b.CreatedAt, &b.UpdatedAt, &b.Available)
	return b, err
}

// bookColumns are the columns by sort key: never a column from outside.
var bookColumns = map[string]string{"title": "b.title", "author": "b.author", "added": "b.id"}

// bookList builds the query of Books.
func (q Queries) bookList(f library.BookFilter, r library.Range) (string, []any) {
	l := list{sql: bookSelect}
	if f.Search != "" {
		pattern := "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(f.Search) + "%"
		like := q.dialect.like + " ? ESCAPE '!'"
		l.and("(b.title "+like+" OR b.author "+like+" OR b.isbn = ?)", pattern, pattern, strings.ReplaceAll(f.Search, "-", ""))
	}
	if f.Author != "" {
		l.and("b.author = ?", f.Author)
	}
	if f.Available {
		l.and("b.copies > (SELECT COUNT(*) FROM loans l WHERE l.book_id = b.id AND l.is_open = 1)")
	}
	key, descending := f.Order()
	return l.page(bookColumns[key], "b.id", descending, r)
}

// Books returns a part of the list, and one book more if there are more.
func (q Queries) Books(ctx context.Context, f library.BookFilter, r library.Range) ([]library.Book, error) {
	query, args := q.bookList(f, r)
	return all(ctx, q, scanBook, query, args...)
}

// Book returns one book.
func (q Queries) Book(ctx context.Context, id int64) (library.Book, error) {
	return one(ctx, q, scanBook, bookSelect+" WHERE b.id = ?", id)
}

// lockBook returns the book and keeps others from changing or lending it until the
// transaction ends. The lock comes first, in a statement of its own: only the next statement
// is sure to see what the lock was waiting for.
func (q Queries) lockBook(ctx context.Context, id int64) (library.Book, error) {
	scanID := func(row scanner) (id int64, err error) { return id, row.Scan(&id) }
	if _, err := one(ctx, q, scanID, "SELECT id FROM books WHERE id = ?"+q.dialect.forUpdate, id); err != nil {
		return library.Book{}, err
	}
	return q.Book(ctx, id)
}

// CreateBook stores a new book, whose fields are clean.
func (q Queries) CreateBook(ctx context.Context, f library.BookFields) (library.Book, error) {
	t := now()
	id, err := q.insert(ctx, library.ErrISBNTaken, `INSERT INTO books (isbn, title, author, year, copies, created_at, updated_at)
		VALUES (?, ?, ?, NULLIF(?, 0), ?, ?, ?)`, f.ISBN, f.Title, f.Author, f.Year, f.Copies, t, t)
	if err != nil {
		return library.Book{}, err
	}
	return q.Book(ctx, id)
}

// UpdateBook lets change see the book, which nobody else can touch meanwhile, and stores the
// fields that it returns. An error of change cancels everything.
func (s *Store) UpdateBook(ctx context.Context, id int64, change func(library.Book) (library.BookFields, error)) (book library.Book, err error) {
	err = s.Tx(ctx, func(q Queries) error {
		if book, err = q.lockBook(ctx, id); err != nil {
			return err
		}
		f, err := change(book)
		if err == nil {
			err = book.Change(f)
		}
		if err != nil {
			return err
		}
		_, err = q.exec(ctx, `UPDATE books SET isbn = ?, title = ?, author = ?, year = NULLIF(?, 0), copies = ?, updated_at = ?, version = version + 1
			WHERE id = ?`, f.ISBN, f.Title, f.Author, f.Year, f.Copies, now(), id)
		if isUnique(err) {
			return library.ErrISBNTaken
		}
		if err != nil {
			return err
		}
		book, err = q.Book(ctx, id)
		return err
	})
	return book, err
}

// DeleteBook deletes a book that agree lets go and nobody has on loan, along with the history
// of its loans.
func (s *Store) DeleteBook(ctx context.Context, id int64, agree func(library.Book) error) error {
	return s.Tx(ctx, func(q Queries) error {
		book, err := q.lockBook(ctx, id)
		if err == nil {
			err = agree(book)
		}
		if err == nil {
			err = book.MayGo()
		}
		for _, query := range []string{"DELETE FROM loans WHERE book_id = ?", "DELETE FROM books WHERE id = ?"} {
			if err == nil {
				_, err = q.exec(ctx, query, id)
			}
		}
		return err
	})
}
