package main

// This file holds books: what they are, when they are valid, and their queries.
// api_books.go and pages_books.go show them to the world.

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/dram-go/dram/binding"
)

// Book is a row of the table, and how many of its copies are not lent.
type Book struct {
	ID int64 `json:"id"`
	BookFields
	Available int       `json:"available"`
	Version   int64     `json:"version"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// BookFields are the parts of a book that people write.
type BookFields struct {
	ISBN   string `json:"isbn" binding:"required,isbn"`
	Title  string `json:"title" binding:"required,max=200"`
	Author string `json:"author" binding:"required,max=200"`
	Year   *int   `json:"year" binding:"omitempty,min=1,max=2100"` // nil: not known
	Copies int    `json:"copies" binding:"min=0,max=1000"`
}

// ETag changes with everything that the book's JSON shows: its row (version)
// and the loans (available).
func (b Book) ETag() string { return fmt.Sprintf(`"%d-%d"`, b.Version, b.Available) }

// validate brings the fields into their normal form and tells all that is wrong.
func (f *BookFields) validate() binding.Errors {
	f.ISBN = strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(clean(f.ISBN)))
	f.Title, f.Author = clean(f.Title), clean(f.Author)
	wrong := validate(f)
	for _, e := range wrong {
		if e.Rule == "isbn" {
			e.Message = "must be 10 or 13 digits, of which the last checks the others"
		}
	}
	return wrong
}

const bookColumns = `b.id, b.isbn, b.title, b.author, b.year, b.copies, b.version, b.created_at, b.updated_at,
	b.copies - (SELECT COUNT(*) FROM loans l WHERE l.book_id = b.id AND l.returned_at IS NULL)`

func scanBook(row scanner) (b Book, err error) {
	err = row.Scan(&b.ID, &b.ISBN, &b.Title, &b.Author, &b.Year, &b.Copies, &b.Version, &b.CreatedAt, &b.UpdatedAt, &b.Available)
	return b, err
}

// BookList says which books to list and in which order, as the query string has it.
type BookList struct {
	Search    string `form:"q" binding:"max=100"`
	Author    string `form:"author" binding:"max=200"`
	Available bool   `form:"available"`
	Sort      string `form:"sort,default=title" binding:"oneof=title -title author -author added -added"`
	Limit     int    `form:"limit,default=20" binding:"min=1,max=100"`
	Cursor    string `form:"cursor" binding:"max=2000"`
}

// bookSorts are the sort keys and their columns: never a column from outside.
var bookSorts = map[string]string{"title": "b.title", "author": "b.author", "added": "b.id"}

// query builds the SQL. The order always ends with the id, so that it is total,
// and the page starts behind the cursor's row instead of counting rows to skip.
func (f BookList) query(like string) (string, []any, error) {
	var where []string
	var args []any
	and := func(condition string, values ...any) {
		where, args = append(where, condition), append(args, values...)
	}
	if s := clean(f.Search); s != "" {
		pattern := "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(s) + "%"
		and("(b.title "+like+" ? ESCAPE '!' OR b.author "+like+" ? ESCAPE '!' OR b.isbn = ?)",
			pattern, pattern, strings.ReplaceAll(s, "-", ""))
	}
	if a := clean(f.Author); a != "" {
		and("b.author = ?", a)
	}
	if f.Available {
		and("b.copies > (SELECT COUNT(*) FROM loans l WHERE l.book_id = b.id AND l.returned_at IS NULL)")
	}
	column, direction, after := bookSorts[strings.TrimPrefix(f.Sort, "-")], "", ">"
	if strings.HasPrefix(f.Sort, "-") {
		direction, after = " DESC", "<"
	}
	if f.Cursor != "" {
		last, err := decodeCursor(f.Cursor, f.Sort)
		if err != nil {
			return "", nil, err
		}
		if column == "b.id" {
			and("b.id "+after+" ?", last.ID)
		} else { // one range of the index (column, id)
			and(column+" "+after+"= ? AND ("+column+" "+after+" ? OR b.id "+after+" ?)", last.Key, last.Key, last.ID)
		}
	}
	query := "SELECT " + bookColumns + " FROM books b"
	if len(where) > 0 {
		query += " WHERE " + strings.Join(where, " AND ")
	}
	query += " ORDER BY " + column + direction
	if column != "b.id" {
		query += ", b.id" + direction
	}
	return query + " LIMIT ?", append(args, f.Limit+1), nil // one more shows that there is a next page
}

// Books returns a page of books and the cursor of the next page, "" on the last.
func (q Queries) Books(ctx context.Context, f BookList) ([]Book, string, error) {
	query, args, err := f.query(q.db.like)
	if err != nil {
		return nil, "", err
	}
	books, err := collect(ctx, q, scanBook, query, args...)
	if err != nil || len(books) <= f.Limit {
		return books, "", err
	}
	books = books[:f.Limit]
	last := books[f.Limit-1]
	key := map[string]string{"title": last.Title, "author": last.Author}[strings.TrimPrefix(f.Sort, "-")]
	return books, cursor{f.Sort, key, last.ID}.encode(), nil
}

// Book returns one book, or sql.ErrNoRows.
func (q Queries) Book(ctx context.Context, id int64) (Book, error) {
	return scanBook(q.row(ctx, "SELECT "+bookColumns+" FROM books b WHERE b.id = ?", id))
}

// lockBook returns the book and keeps others from changing or lending it until
// the transaction ends. The lock comes first, in a statement of its own: only the
// next statement is sure to see what the lock was waiting for.
func (q Queries) lockBook(ctx context.Context, id int64) (Book, error) {
	if err := q.row(ctx, "SELECT id FROM books WHERE id = ?"+q.db.forUpdate, id).Scan(&id); err != nil {
		return Book{}, err
	}
	return q.Book(ctx, id)
}

var errISBNTaken = conflict("Another book has this ISBN.", "isbn", "unique", "belongs to another book")

// CreateBook stores a valid new book.
func (q Queries) CreateBook(ctx context.Context, f BookFields) (Book, error) {
	t := now()
	id, err := q.insert(ctx, `INSERT INTO books (isbn, title, author, year, copies, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?)`, f.ISBN, f.Title, f.Author, f.Year, f.Copies, t, t)
	if isUnique(err) {
		return Book{}, errISBNTaken
	}
	if err != nil {
		return Book{}, err
	}
	return q.Book(ctx, id)
}

// UpdateBook lets change see and edit the current book, which nobody else can
// touch meanwhile, and stores the result. An error of change cancels everything.
func (s *Store) UpdateBook(ctx context.Context, id int64, change func(*Book) error) (book Book, err error) {
	err = s.Tx(ctx, func(q Queries) error {
		current, err := q.lockBook(ctx, id)
		if err != nil {
			return err
		}
		b, lent := current, current.Copies-current.Available
		if err := change(&b); err != nil {
			return err
		}
		if b.Copies < lent {
			return conflict(fmt.Sprintf("%d of the copies are lent.", lent), "copies", "min", fmt.Sprintf("must be at least %d, the number that is lent", lent))
		}
		_, err = q.exec(ctx, `UPDATE books SET isbn = ?, title = ?, author = ?, year = ?, copies = ?, updated_at = ?, version = version + 1
			WHERE id = ?`, b.ISBN, b.Title, b.Author, b.Year, b.Copies, now(), id)
		if isUnique(err) {
			return errISBNTaken
		}
		if err != nil {
			return err
		}
		book, err = q.Book(ctx, id)
		return err
	})
	return book, err
}

// DeleteBook deletes a book that check agrees to and nobody has on loan, along
// with the history of its loans.
func (s *Store) DeleteBook(ctx context.Context, id int64, check func(Book) error) error {
	return s.Tx(ctx, func(q Queries) error {
		book, err := q.lockBook(ctx, id)
		if err != nil {
			return err
		}
		if err := check(book); err != nil {
			return err
		}
		if book.Available < book.Copies {
			return &Refusal{Kind: Conflict, Reason: "The book is on loan. It can be deleted once every copy is back."}
		}
		if _, err := q.exec(ctx, "DELETE FROM loans WHERE book_id = ?", id); err != nil {
			return err
		}
		_, err = q.exec(ctx, "DELETE FROM books WHERE id = ?", id)
		return err
	})
}
