package main

import (
	"context"
	"database/sql"
	"errors"
)

// Store holds the books in a database.
type Store struct {
	db        *sql.DB
	forUpdate string // locks the row that a transaction reads, where others write meanwhile
}

const columns = "id, version, title, author, year"

// scan reads the columns of a row.
func scan(row interface{ Scan(...any) error }) (b Book, err error) {
	err = row.Scan(&b.ID, &b.Version, &b.Title, &b.Author, &b.Year)
	if errors.Is(err, sql.ErrNoRows) {
		err = errNoBook
	}
	return b, err
}

// List returns the books that have a word in their title or author.
func (s *Store) List(ctx context.Context, search Search) ([]Book, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT "+columns+" FROM books"+
		" WHERE id > $1 AND lower(title || ' ' || author) LIKE lower('%' || $2 || '%') ORDER BY id LIMIT $3",
		search.After, search.Query, search.Limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := []Book{}
	for rows.Next() {
		book, err := scan(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, book)
	}
	return found, rows.Err()
}

// Get returns one book.
func (s *Store) Get(ctx context.Context, id int64) (Book, error) {
	return scan(s.db.QueryRowContext(ctx, "SELECT "+columns+" FROM books WHERE id = $1", id))
}

// Add stores a new book and returns it with its ID.
func (s *Store) Add(ctx context.Context, book Book) (Book, error) {
	return scan(s.db.QueryRowContext(ctx, "INSERT INTO books (title, author, year) VALUES ($1, $2, $3) RETURNING "+columns,
		book.Title, book.Author, book.Year))
}

// Update replaces a book if it still has the ETag; a dry one only says what would be.
func (s *Store) Update(ctx context.Context, book Book, etag string, dry bool) (changed Book, err error) {
	err = s.transaction(ctx, func(tx *sql.Tx) error {
		old, err := scan(tx.QueryRowContext(ctx, "SELECT "+columns+" FROM books WHERE id = $1"+s.forUpdate, book.ID))
		if err != nil {
			return err
		}
		if old.ETag() != etag {
			return errStale
		}
		_, err = tx.ExecContext(ctx, "INSERT INTO history (book_id, version, title, author, year) VALUES ($1, $2, $3, $4, $5)",
			old.ID, old.Version, old.Title, old.Author, old.Year)
		if err != nil {
			return err
		}
		changed, err = scan(tx.QueryRowContext(ctx, "UPDATE books SET version = version + 1, title = $1, author = $2, year = $3"+
			" WHERE id = $4 RETURNING "+columns, book.Title, book.Author, book.Year, book.ID))
		if err == nil && dry {
			err = errDry
		}
		return err
	})
	if errors.Is(err, errDry) {
		err = nil
	}
	return changed, err
}

// errDry takes a transaction back that was for a look only.
var errDry = errors.New("only tried")

// transaction runs work in a transaction: what it does is done as a whole, or not at all.
func (s *Store) transaction(ctx context.Context, work func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing after a Commit
	if err := work(tx); err != nil {
		return err
	}
	return tx.Commit()
}
