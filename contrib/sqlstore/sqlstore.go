// Package sqlstore keeps the state of layers in a SQL database that the program has
// anyway, so that all its processes share it: the sessions of contrib/session, the answers
// of middleware.Idempotency, and secrets. It works with SQLite (3.24 or newer), PostgreSQL,
// MySQL and MariaDB, by any driver of database/sql; it imports none. See docs/contrib.md.
//
//	kept := sqlstore.New(db, sqlstore.Config{Dialect: sqlstore.Postgres})
//	r.Use(session.Sessions(session.Config{Store: kept.Sessions()}))
//	r.Use(middleware.Idempotency(middleware.IdempotencyConfig{Scope: middleware.ByUser, Store: kept.Idempotency()}))
//
// Everything is in one table, which the program's migrations make; see Schema. A row is
// never returned after its time. What deletes it is Sweep, which the program calls now and
// then, each minute say: nothing else bounds the table.
//
// Times are those of the process, so the clocks of all processes should agree to within
// seconds. The database must be the one that is written to, not a replica of it. SQLite
// needs a busy timeout, such as _pragma=busy_timeout(5000): without it, a write beside
// another one fails at once. Statements run in the isolation that is the connection's
// default; one that the database gives up for another, a deadlock say, runs again.
//
// For what is counted or read at each request (middleware.RateLimit, middleware.Cache),
// use contrib/redisstore or memory.
//
// # Outages
//
// A call that gets no answer fails after Config.Timeout. The layer decides what to do
// without its store: see FailOpen of Idempotency and of Sessions.
package sqlstore

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"regexp"
	"time"

	"github.com/dram-go/dram/contrib/internal/layer"
)

// The values used when those of Config are zero.
const (
	// DefaultTable is the default of Table.
	DefaultTable = "records"
	// DefaultTimeout is the default of Timeout.
	DefaultTimeout = 5 * time.Second
)

// Config says what the database is. Dialect must be set.
type Config struct {
	// Dialect is what the database understands: SQLite, Postgres or MySQL.
	Dialect Dialect
	// Table is the name of the table: up to 48 letters, digits and underscores. Default
	// DefaultTable. Services that share a database need different tables, unless they
	// also share their users.
	Table string
	// Timeout is how long one statement may take, with the wait for a connection. Default
	// DefaultTimeout.
	Timeout time.Duration
}

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,47}$`)

// Validate reports what is wrong with the configuration.
func (cfg Config) Validate() error {
	switch {
	case cfg.Dialect != SQLite && cfg.Dialect != Postgres && cfg.Dialect != MySQL:
		return layer.Misconfigured("sqlstore", "Dialect", "%q is not one; write sqlstore.SQLite, sqlstore.Postgres or sqlstore.MySQL", string(cfg.Dialect))
	case cfg.Table != "" && !identifier.MatchString(cfg.Table):
		return layer.Misconfigured("sqlstore", "Table", "%q is not a plain identifier of up to 48 letters, digits and underscores; leave it empty for %q", cfg.Table, DefaultTable)
	}
	return layer.WrongTime("sqlstore", "Timeout", cfg.Timeout)
}

// Store is a table that keeps things for a while. Make one with New. It is safe for
// concurrent use.
type Store struct {
	db         *sql.DB
	timeout    time.Duration
	counts     bool // whether the database reports how many rows a statement has matched
	statements statements
}

// New returns a Store. It does not call the database, which may come later than the
// program; closing db is left to the caller. It panics if the configuration is wrong.
func New(db *sql.DB, cfg Config) *Store {
	layer.Must(cfg.Validate())
	if db == nil {
		panic(layer.Misconfigured("sqlstore", "db", "is nil; write what sql.Open returns"))
	}
	// MySQL counts rows that have changed, unless the connection asks otherwise.
	return &Store{db, cmp.Or(cfg.Timeout, DefaultTimeout), cfg.Dialect != MySQL, cfg.statements()}
}

// Sessions returns a store for contrib/session.
func (s *Store) Sessions() Sessions { return Sessions{rows{s, "session"}} }

// Idempotency returns a store for middleware.Idempotency.
func (s *Store) Idempotency() Idempotency { return Idempotency{rows{s, "answer"}} }

const secretSize = 32

// Secret returns 32 random bytes that all processes on the table share, as keys of package
// pagination, say. The first call with a name makes them, and they never expire: to have
// new ones, delete the row "secret NAME" and restart the processes. Whoever can read
// the table, or a backup of it, knows them: what must be kept from these belongs into the
// program's environment instead.
func (s *Store) Secret(ctx context.Context, name string) ([]byte, error) {
	secrets := rows{s, "secret"}
	held, found, err := secrets.find(ctx, name, 0)
	if err == nil && !found {
		fresh := make([]byte, secretSize)
		_, _ = rand.Read(fresh) // it never fails
		held, err = secrets.claim(ctx, name, "", fresh, 0, never)
	}
	switch {
	case err != nil:
		return nil, err
	case len(held) != secretSize:
		return nil, fault(secrets.kind, fmt.Errorf("%q holds %d bytes, not %d", name, len(held), secretSize))
	}
	return held, nil
}

// sweepBatch is how many rows Sweep deletes at a time, so that it never holds up the
// others for long.
const sweepBatch = 500

// Sweep deletes what has expired, in batches, each within Config.Timeout. Several processes
// may do so at once. If it fails, what is left is deleted by the next one.
func (s *Store) Sweep(ctx context.Context) error {
	for now := time.Now().UnixMicro(); ; {
		names, err := s.expired(ctx, now)
		if err == nil && len(names) > 0 {
			// By name: a range of times would lock the rows of others in MySQL. By time
			// too: some may have been claimed again meanwhile.
			_, err = s.exec(ctx, s.statements.sweep(len(names)), append(names, now)...)
		}
		if err != nil {
			return fault("sweep", err)
		}
		if len(names) < sweepBatch {
			return nil
		}
	}
}

// expired returns the names of some rows that have expired.
func (s *Store) expired(ctx context.Context, now int64) (names []any, err error) {
	st := s.statements.expired
	err = s.within(ctx, func(ctx context.Context) error {
		names = names[:0]
		found, err := s.db.QueryContext(ctx, st.text, st.arrange(now, sweepBatch)...)
		if err != nil {
			return err
		}
		defer func() { _ = found.Close() }()
		for found.Next() {
			var name string
			if err := found.Scan(&name); err != nil {
				return err
			}
			names = append(names, name)
		}
		return found.Err()
	})
	return names, err
}
