package article

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/dram-go/dram/examples/realworld/internal/fault"
	"github.com/dram-go/dram/examples/realworld/internal/store"
)

// Favorite notes that the user likes the article and returns it. Doing it twice, or from
// two places at once, counts once: the primary key (article, user) sees to that.
func (s *Store) Favorite(ctx context.Context, slug string, userID int64) (Article, error) {
	return s.like(ctx, slug, userID,
		"INSERT INTO favorites (article_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING")
}

// Unfavorite takes back what Favorite noted. Doing it twice changes nothing.
func (s *Store) Unfavorite(ctx context.Context, slug string, userID int64) (Article, error) {
	return s.like(ctx, slug, userID, "DELETE FROM favorites WHERE article_id = $1 AND user_id = $2")
}

func (s *Store) like(ctx context.Context, slug string, userID int64, statement string) (Article, error) {
	id, err := s.ID(ctx, slug)
	if err != nil {
		return Article{}, err
	}
	_, err = s.db.Exec(ctx, statement, id, userID)
	if store.Dangles(err) { // deleted a moment ago
		return Article{}, fault.Missing("article")
	}
	if err != nil {
		return Article{}, fmt.Errorf("article: favorite: %w", err)
	}
	return s.Get(ctx, slug, userID)
}

// ID returns the ID of the article with that slug, or a fault of kind NotFound.
func (s *Store) ID(ctx context.Context, slug string) (int64, error) {
	var id int64
	err := s.db.Get(ctx, []any{&id}, "SELECT id FROM articles WHERE slug = $1", slug)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, fault.Missing("article")
	}
	if err != nil {
		return 0, fmt.Errorf("article: read: %w", err)
	}
	return id, nil
}
