// Package store keeps the library in a database: SQLite, PostgreSQL or MySQL. dialect.go has
// all that these do differently; the queries stand in the files of what they are about.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/dram-go/dram/contrib/sqlstore"
	"github.com/dram-go/dram/examples/crud/library"
)

// Store is the database. Its embedded Queries run outside of a transaction.
type Store struct {
	Queries
	*sqlstore.Store // what dram's layers want kept: sessions, answers to repeated requests

	pool   *sql.DB
	opened os.FileInfo // the file that the pool has open
}

// Queries are the queries, on the pool or in a transaction (see Store.Tx).
type Queries struct {
	run interface {
		ExecContext(context.Context, string, ...any) (sql.Result, error)
		QueryContext(context.Context, string, ...any) (*sql.Rows, error)
		QueryRowContext(context.Context, string, ...any) *sql.Row
	}
	dialect *dialect
}

// Open opens the database that the URL names (see Parse) and brings its tables up to date.
func Open(ctx context.Context, url string) (*Store, error) {
	d, err := Parse(url)
	if err != nil {
		return nil, err
	}
	pool, err := d.open()
	if err != nil {
		return nil, err
	}
	if pool.Stats().MaxOpenConnections != 1 { // that of a database in memory, which ends with its connection
		pool.SetConnMaxIdleTime(5 * time.Minute)
	}
	if d.file != "" { // SQLite opens a file that it may not write for reading alone, and stays with that
		pool.SetConnMaxLifetime(time.Second)
	}
	s := &Store{Queries: Queries{run: pool, dialect: d}, Store: sqlstore.New(pool, sqlstore.Config{Dialect: d.kept}), pool: pool}
	provider, err := s.migrator()
	if err == nil {
		_, err = provider.Up(ctx)
	}
	if err == nil && d.file != "" {
		s.opened, err = os.Stat(d.file)
	}
	if err != nil && d.file != "" {
		err = fmt.Errorf("%s: %w", d.file, err) // SQLite says only that it cannot open a file
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("migrations: %w", err), pool.Close())
	}
	return s, nil
}

// Close closes the connections.
func (s *Store) Close() error { return s.pool.Close() }

// Replaced returns library.Gone if the file in the place of the database is not the one that
// is open: what is written now would be lost with the last connection.
func (s *Store) Replaced() error {
	if s.opened == nil {
		return nil
	}
	if now, err := os.Stat(s.dialect.file); err != nil || !os.SameFile(now, s.opened) {
		return fmt.Errorf("%w: %s was removed or replaced: start the program again", library.Gone, s.dialect.file)
	}
	return nil
}

// Ready reports whether a request could be served, also one that writes: it writes a row that
// is nobody's session. A file is opened anew for it, since connections that are open do not notice
// that theirs was overwritten.
func (s *Store) Ready(ctx context.Context) error {
	if err := s.Replaced(); err != nil {
		return err
	}
	kept := s.Store
	if s.opened != nil {
		anew, err := sql.Open("sqlite", "file:"+s.dialect.file+"?mode=rw&_pragma=busy_timeout(1000)")
		if err != nil {
			return err
		}
		defer func() { _ = anew.Close() }()
		kept = sqlstore.New(anew, sqlstore.Config{Dialect: s.dialect.kept})
	}
	now := time.Now() // in the data, since no database writes a row that stays as it is; by day in the index
	err := kept.Sessions().CommitCtx(ctx, "of nobody", []byte(now.String()), now.Truncate(24*time.Hour).Add(48*time.Hour))
	if err != nil && !isContention(err) {
		return err
	}
	return s.pool.PingContext(ctx)
}

// Checkpoint writes the log of SQLite into its file and begins it anew. SQLite does that by itself only
// in a moment in which nobody writes: without one the log would fill the disk.
func (s *Store) Checkpoint(ctx context.Context) error {
	if s.opened == nil {
		return nil
	}
	_, err := s.pool.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}

// Tx runs work in a transaction, which is committed when work returns nil and rolled back
// otherwise. A deadlock is not the caller's fault: work is run again, so it must keep its
// hands off anything but the database.
func (s *Store) Tx(ctx context.Context, work func(Queries) error) error {
	for range 5 {
		if err := s.try(ctx, work); !errors.Is(err, library.Busy) || ctx.Err() != nil {
			return err
		}
	}
	return library.Busy
}

func (s *Store) try(ctx context.Context, work func(Queries) error) error {
	tx, err := s.pool.BeginTx(ctx, &sql.TxOptions{Isolation: s.dialect.isolation})
	if err != nil {
		return fault(err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	if err := work(Queries{run: tx, dialect: s.dialect}); err != nil {
		return err
	}
	return fault(tx.Commit())
}

// exec returns the number of rows that the statement matched.
func (q Queries) exec(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := q.run.ExecContext(ctx, q.dialect.bind(query), args...)
	if err != nil {
		return 0, fault(err)
	}
	return result.RowsAffected()
}

// insert returns the id of the new row, or taken if a unique constraint is against it.
func (q Queries) insert(ctx context.Context, taken error, query string, args ...any) (id int64, err error) {
	if q.dialect.returning {
		err = q.run.QueryRowContext(ctx, q.dialect.bind(query)+" RETURNING id", args...).Scan(&id)
	} else if result, failed := q.run.ExecContext(ctx, query, args...); failed != nil {
		err = failed
	} else {
		id, err = result.LastInsertId()
	}
	if isUnique(err) {
		return 0, taken
	}
	return id, fault(err)
}

// scanner is a *sql.Row or *sql.Rows.
type scanner interface{ Scan(dest ...any) error }

// one returns the row of a query, or library.NotFound.
func one[T any](ctx context.Context, q Queries, scan func(scanner) (T, error), query string, args ...any) (T, error) {
	value, err := scan(q.run.QueryRowContext(ctx, q.dialect.bind(query), args...))
	return value, fault(err)
}

// all returns the rows of a query.
func all[T any](ctx context.Context, q Queries, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.run.QueryContext(ctx, q.dialect.bind(query), args...)
	if err != nil {
		return nil, fault(err)
	}
	defer func() { _ = rows.Close() }()
	items := []T{} // not nil: an empty list is [] in JSON
	for rows.Next() {
		item, err := scan(rows)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, fault(rows.Err())
}

// list is a SELECT whose WHERE grows, and which ends as a page of a list.
type list struct {
	sql   string
	where []string
	args  []any
}

func (l *list) and(condition string, values ...any) {
	l.where, l.args = append(l.where, condition), append(l.args, values...)
}

// page returns the query for a part of the list, sorted by column and, so that the order is
// total, by id: it begins behind a row, instead of counting rows to skip. One row more than
// the page has shows that there is another page.
func (l *list) page(column, id string, descending bool, r library.Range) (string, []any) {
	at, operator, direction := r.After, ">", ""
	if r.Before != nil {
		at, descending = r.Before, !descending
	}
	if descending {
		operator, direction = "<", " DESC"
	}
	order := id + direction
	switch {
	case at != nil && column == id:
		l.and(id+" "+operator+" ?", at.ID)
	case at != nil: // one range of the index (column, id)
		l.and(column+" "+operator+"= ? AND ("+column+" "+operator+" ? OR "+id+" "+operator+" ?)", at.Key, at.Key, at.ID)
	}
	if column != id {
		order = column + direction + ", " + order
	}
	if len(l.where) > 0 {
		l.sql += " WHERE " + strings.Join(l.where, " AND ")
	}
	return l.sql + " ORDER BY " + order + " LIMIT ?", append(l.args, r.Limit+1)
}

// now is the time as all three databases keep it.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
