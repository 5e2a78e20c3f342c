package article

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/examples/realworld/internal/fault"
	"github.com/dram-go/dram/examples/realworld/internal/store"
)

// Store keeps the articles.
type Store struct {
	db  *store.DB
	now func() time.Time
}

// NewStore returns a Store on db. now is the clock, time.Now in a server.
func NewStore(db *store.DB, now func() time.Time) *Store { return &Store{db, now} }

// Create publishes a checked draft and returns the article.
func (s *Store) Create(ctx context.Context, d Draft, authorID int64) (Article, error) {
	slug, err := s.withSlug(candidates(d.Title), func(slug string) error {
		return s.db.Tx(ctx, func(tx *sql.Tx) error { return insert(ctx, tx, d, slug, authorID, s.now().UnixMilli()) })
	})
	if err != nil {
		return Article{}, fmt.Errorf("article: create: %w", err)
	}
	return s.Get(ctx, slug, authorID)
}

func insert(ctx context.Context, tx *sql.Tx, d Draft, slug string, authorID, now int64) error {
	var id int64
	err := tx.QueryRowContext(ctx, `
		INSERT INTO articles (author_id, slug, title, description, body, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $6) RETURNING id`,
		authorID, slug, d.Title, d.Description, d.Body, now).Scan(&id)
	if err != nil {
		return err
	}
	return insertTags(ctx, tx, id, d.Tags)
}

func insertTags(ctx context.Context, tx *sql.Tx, id int64, tags []string) error {
	for i, tag := range tags {
		_, err := tx.ExecContext(ctx, "INSERT INTO article_tags (article_id, position, tag) VALUES ($1, $2, $3)", id, i, tag)
		if err != nil {
			return err
		}
	}
	return nil
}

// Update carries out a checked change of the article, if editorID is its author; otherwise
// it returns a fault of kind Forbidden, or NotFound. A new title gives a new slug.
func (s *Store) Update(ctx context.Context, slug string, c Change, editorID int64) (Article, error) {
	own, err := s.own(ctx, slug, editorID)
	if err != nil {
		return Article{}, err
	}
	slugs, now := only(slug), s.now().UnixMilli()
	if title, ok := c.Title.Get(); ok && Slugify(title) != Slugify(own.title) {
		slugs = candidates(title)
	}
	slug, err = s.withSlug(slugs, func(slug string) error {
		return s.db.Tx(ctx, func(tx *sql.Tx) error { return update(ctx, tx, own, slug, c, now) })
	})
	if err != nil {
		return Article{}, fmt.Errorf("article: update: %w", err)
	}
	return s.Get(ctx, slug, editorID)
}

// update writes only what the change holds, if the article still has the slug by which it was
// asked for: one that got another meanwhile keeps that. The time of update always moves on,
// even when two changes fall into one millisecond.
func update(ctx context.Context, tx *sql.Tx, own owned, slug string, c Change, now int64) error {
	orNull := func(o binding.Optional[string]) (value sql.NullString) {
		value.String, value.Valid = o.Get()
		return value
	}
	err := tx.QueryRowContext(ctx, `
		UPDATE articles SET slug = $3,
			title = coalesce($4, title), description = coalesce($5, description), body = coalesce($6, body),
			updated_at = CASE WHEN $7 > updated_at THEN $7 ELSE updated_at + 1 END
		WHERE id = $1 AND slug = $2 RETURNING id`,
		own.id, own.slug, slug, orNull(c.Title), orNull(c.Description), orNull(c.Body), now).Scan(&own.id)
	if errors.Is(err, sql.ErrNoRows) {
		return fault.Missing("article")
	}
	tags, changed := c.Tags.Get()
	if err != nil || !changed {
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM article_tags WHERE article_id = $1", own.id); err != nil {
		return err
	}
	return insertTags(ctx, tx, own.id, tags)
}

// Delete removes the article with its comments, if editorID is its author; otherwise it
// returns a fault of kind Forbidden, or NotFound.
func (s *Store) Delete(ctx context.Context, slug string, editorID int64) error {
	own, err := s.own(ctx, slug, editorID)
	if err != nil {
		return err
	}
	if _, err := s.db.Exec(ctx, "DELETE FROM articles WHERE id = $1", own.id); err != nil {
		return fmt.Errorf("article: delete: %w", err)
	}
	return nil
}

// owned is what the store needs to know of an article before its author changes it.
type owned struct {
	id          int64
	slug, title string
}

// own returns the article if editorID wrote it. An article never changes hands, so what
// is true here is true in the statement that follows.
func (s *Store) own(ctx context.Context, slug string, editorID int64) (owned, error) {
	o := owned{slug: slug}
	var authorID int64
	err := s.db.Get(ctx, []any{&o.id, &o.title, &authorID}, "SELECT id, title, author_id FROM articles WHERE slug = $1", slug)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return owned{}, fault.Missing("article")
	case err != nil:
		return owned{}, fmt.Errorf("article: read: %w", err)
	case authorID != editorID:
		return owned{}, fault.Forbid("article")
	}
	return o, nil
}

// withSlug tries the slugs in turn until write does not find one taken, and returns it.
func (s *Store) withSlug(slugs iter.Seq[string], write func(slug string) error) (string, error) {
	var err error
	for slug := range slugs {
		if err = write(slug); err == nil || !store.Violates(err, "articles", "slug") {
			return slug, err
		}
	}
	return "", err
}

func only(slug string) iter.Seq[string] {
	return func(yield func(string) bool) { yield(slug) }
}
