package main

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// sessions keeps the sessions of package session in the database, so that a log-in outlives
// the process.
type sessions struct{ *Store }

// FindCtx returns the data of a session.
func (s sessions) FindCtx(ctx context.Context, id string) (data []byte, found bool, err error) {
	err = s.db.QueryRowContext(ctx, "SELECT data FROM sessions WHERE id = $1 AND expires > $2", id, time.Now().Unix()).Scan(&data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil
	}
	return data, err == nil, err
}

// CommitCtx stores a session, and forgets those that have expired.
func (s sessions) CommitCtx(ctx context.Context, id string, data []byte, expires time.Time) error {
	_, err := s.db.ExecContext(ctx, "INSERT INTO sessions (id, data, expires) VALUES ($1, $2, $3)"+
		" ON CONFLICT (id) DO UPDATE SET data = excluded.data, expires = excluded.expires", id, data, expires.Unix())
	if err == nil {
		_, err = s.db.ExecContext(ctx, "DELETE FROM sessions WHERE expires <= $1", time.Now().Unix())
	}
	return err
}

// Update stores a session that has not ended meanwhile.
func (s sessions) Update(ctx context.Context, id string, data []byte, expires time.Time) (bool, error) {
	result, err := s.db.ExecContext(ctx, "UPDATE sessions SET data = $2, expires = $3 WHERE id = $1", id, data, expires.Unix())
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// DeleteCtx ends a session.
func (s sessions) DeleteCtx(ctx context.Context, id string) error {
	_, err := s.db.ExecContext(ctx, "DELETE FROM sessions WHERE id = $1", id)
	return err
}

// What scs asks for besides.
func (s sessions) Find(id string) ([]byte, bool, error) { return s.FindCtx(context.Background(), id) }
func (s sessions) Delete(id string) error               { return s.DeleteCtx(context.Background(), id) }
func (s sessions) Commit(id string, data []byte, expires time.Time) error {
	return s.CommitCtx(context.Background(), id, data, expires)
}
