package article

import (
	"context"
	"fmt"
)

// Explain returns how SQLite means to run the two statements of List: the plan of
// the count, then the plan of the page, one step a line.
func (s *Store) Explain(ctx context.Context, f Filter, viewerID int64) (count, page []string, err error) {
	query, args := countQuery(f)
	if count, err = s.explain(ctx, query, args); err != nil {
		return nil, nil, err
	}
	query, args = pageQuery(f, viewerID)
	page, err = s.explain(ctx, query, args)
	return count, page, err
}

func (s *Store) explain(ctx context.Context, query string, args []any) ([]string, error) {
	rows, err := s.db.Query(ctx, "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		return nil, fmt.Errorf("article: explain: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var steps []string
	for rows.Next() {
		var id, parent, unused any
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			return nil, fmt.Errorf("article: explain: %w", err)
		}
		steps = append(steps, detail)
	}
	return steps, rows.Err()
}
