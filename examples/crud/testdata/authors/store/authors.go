package store

import (
	"context"

	"github.com/dram-go/dram/examples/crud/library"
)

const authorSelect = "SELECT id, name, COALESCE(born, 0) FROM authors"

func scanAuthor(row scanner) (a library.Author, err error) {
	err = row.Scan(&a.ID, &a.Name, &a.Born)
	return a, err
}

// Authors returns a part of the list, and one author more if there are more.
func (q Queries) Authors(ctx context.Context, r library.Range) ([]library.Author, error) {
	l := list{sql: authorSelect}
	query, args := l.page("name", "id", false, r)
	return all(ctx, q, scanAuthor, query, args...)
}

// Author returns one author.
func (q Queries) Author(ctx context.Context, id int64) (library.Author, error) {
	return one(ctx, q, scanAuthor, authorSelect+" WHERE id = ?", id)
}

// CreateAuthor stores a new author, whose fields are clean.
func (q Queries) CreateAuthor(ctx context.Context, f library.AuthorFields) (library.Author, error) {
	id, err := q.insert(ctx, library.ErrAuthorExists, "INSERT INTO authors (name, born) VALUES (?, NULLIF(?, 0))", f.Name, f.Born)
	return library.Author{ID: id, AuthorFields: f}, err
}
