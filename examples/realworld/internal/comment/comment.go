// Package comment holds what readers say below an article.
package comment

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/dram-go/dram/examples/realworld/internal/fault"
	"github.com/dram-go/dram/examples/realworld/internal/profile"
	"github.com/dram-go/dram/examples/realworld/internal/store"
)

const maxBody = 10_000 // characters

// Comment is one comment as a viewer sees it.
type Comment struct {
	ID        int64
	Body      string
	CreatedAt time.Time
	UpdatedAt time.Time
	Author    profile.Profile
}

// Draft is what a reader enters.
type Draft struct {
	Body string `json:"body"`
}

// Check returns every rule that the draft breaks.
func (d *Draft) Check() error {
	var wrong fault.List
	wrong.Blank("body", d.Body)
	wrong.Text("body", d.Body, maxBody)
	return wrong.Err()
}

// Store keeps the comments.
type Store struct {
	db  *store.DB
	now func() time.Time
}

// NewStore returns a Store on db. now is the clock, time.Now in a server.
func NewStore(db *store.DB, now func() time.Time) *Store { return &Store{db, now} }

// columns reads a comment "c" of an author "u" as the viewer $1 sees it.
const columns = `c.id, c.body, c.created_at, c.updated_at, u.username, u.bio, u.image,
	EXISTS (SELECT 1 FROM follows w WHERE w.follower_id = $1 AND w.followee_id = c.author_id)`

// Create adds a checked draft to the article and returns the comment.
func (s *Store) Create(ctx context.Context, d Draft, articleID, authorID int64) (Comment, error) {
	var id int64
	err := s.db.Get(ctx, []any{&id}, `
		INSERT INTO comments (article_id, author_id, body, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $4) RETURNING id`, articleID, authorID, d.Body, s.now().UnixMilli())
	if store.Dangles(err) { // the article was deleted a moment ago
		return Comment{}, fault.Missing("article")
	}
	if err != nil {
		return Comment{}, fmt.Errorf("comment: create: %w", err)
	}
	all, err := s.read(ctx, "c.id = $2", authorID, id)
	if err != nil {
		return Comment{}, err
	}
	if len(all) == 0 { // deleted a moment ago
		return Comment{}, fault.Missing("comment")
	}
	return all[0], nil
}

// List returns the comments of the article, the oldest first, as viewerID sees them (0 for
// someone who is not logged in). It takes one statement.
func (s *Store) List(ctx context.Context, articleID, viewerID int64) ([]Comment, error) {
	return s.read(ctx, "c.article_id = $2", viewerID, articleID)
}

func (s *Store) read(ctx context.Context, where string, viewerID, id int64) ([]Comment, error) {
	rows, err := s.db.Query(ctx, "SELECT "+columns+" FROM comments c JOIN users u ON u.id = c.author_id WHERE "+where+" ORDER BY c.id", viewerID, id)
	if err != nil {
		return nil, fmt.Errorf("comment: read: %w", err)
	}
	defer func() { _ = rows.Close() }()
	all := []Comment{}
	for rows.Next() {
		var c Comment
		var created, updated int64
		err := rows.Scan(&c.ID, &c.Body, &created, &updated, &c.Author.Username, &c.Author.Bio, &c.Author.Image, &c.Author.Following)
		if err != nil {
			return nil, fmt.Errorf("comment: read: %w", err)
		}
		c.CreatedAt, c.UpdatedAt = time.UnixMilli(created).UTC(), time.UnixMilli(updated).UTC()
		all = append(all, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("comment: read: %w", err)
	}
	return all, nil
}

// Delete removes a comment of the article, if editorID wrote it; otherwise it returns a
// fault of kind Forbidden, or NotFound when the article has no such comment.
func (s *Store) Delete(ctx context.Context, articleID, id, editorID int64) error {
	var authorID int64
	err := s.db.Get(ctx, []any{&authorID}, "SELECT author_id FROM comments WHERE id = $1 AND article_id = $2", id, articleID)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return fault.Missing("comment")
	case err != nil:
		return fmt.Errorf("comment: read: %w", err)
	case authorID != editorID:
		return fault.Forbid("comment")
	}
	if _, err := s.db.Exec(ctx, "DELETE FROM comments WHERE id = $1", id); err != nil {
		return fmt.Errorf("comment: delete: %w", err)
	}
	return nil
}
