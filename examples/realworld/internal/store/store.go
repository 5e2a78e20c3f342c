// Package store opens the database: SQLite by default, PostgreSQL when the URL says so.
//
// The rest of the application writes one dialect of SQL that both understand: $1
// placeholders, RETURNING, ON CONFLICT DO NOTHING, string_agg. What differs
// (connection settings, the spelling of an identity column, the code of a unique
// violation) is kept in this package.
package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"net/url"
	"os"
	"strings"
	"sync"

	"github.com/dram-go/dram/examples/realworld/internal/fault"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"
)

// Dialect tells which database is behind a DB.
type Dialect int

// The two databases that Conduit runs on.
const (
	SQLite Dialect = iota
	Postgres
)

// String returns the name that people use.
func (d Dialect) String() string {
	if d == Postgres {
		return "PostgreSQL"
	}
	return "SQLite"
}

// DB is a pool of connections that keeps its statements prepared. It is safe for
// concurrent use. Make one with Open or New.
type DB struct {
	pool    *sql.DB
	dialect Dialect
	file    string      // of SQLite
	opened  os.FileInfo // what the pool has open of it; nil if it is not a file

	// prepared holds a *sql.Stmt by its text. The texts are constants of this program
	// put together in a handful of ways, so the map stays small.
	prepared sync.Map
}

// Open connects to the database that rawURL names and checks that it answers.
// postgres:// and postgresql:// mean PostgreSQL; anything else is the path of a
// SQLite file (with or without "sqlite:" or "file:" before it), made if missing.
func Open(ctx context.Context, rawURL string) (*DB, error) {
	driver, dsn, file, dialect := resolve(rawURL)
	pool, err := sql.Open(driver, dsn)
	if err != nil {
		return nil, fmt.Errorf("store: open %s: %w", dialect, err)
	}
	db := New(pool, dialect)
	if err := pool.PingContext(ctx); err != nil {
		_ = pool.Close()
		return nil, fmt.Errorf("store: %s does not answer; check DATABASE_URL: %w", dialect, err)
	}
	db.file = file
	db.opened, _ = os.Stat(file)
	return db, nil
}

// New wraps a pool that was opened elsewhere, as tests do to watch the driver.
func New(pool *sql.DB, dialect Dialect) *DB {
	pool.SetMaxOpenConns(16)
	pool.SetMaxIdleConns(16)
	return &DB{pool: pool, dialect: dialect}
}

// errReplaced says that what is written would be lost with the last connection.
var errReplaced = errors.New("store: the database file was removed or replaced: start the program again")

// replaced returns errReplaced if the file in the place of the database is not the one that is open.
func (db *DB) replaced() error {
	if db.opened == nil {
		return nil
	}
	if now, err := os.Stat(db.file); err != nil || !os.SameFile(now, db.opened) {
		return errReplaced
	}
	return nil
}

// SQLiteDSN returns the data source name that Open uses for a SQLite file: write-ahead
// log, foreign keys on, transactions that take the write lock when they begin (so that
// two of them never deadlock on the way up), and five seconds of patience for it.
func SQLiteDSN(path string) string {
	q := url.Values{"_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(NORMAL)", "foreign_keys(1)",
	}}
	return "file:" + path + "?" + q.Encode()
}

func resolve(rawURL string) (driver, dsn, file string, dialect Dialect) {
	if strings.HasPrefix(rawURL, "postgres://") || strings.HasPrefix(rawURL, "postgresql://") {
		return "pgx", rawURL, "", Postgres
	}
	file = strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(rawURL, "sqlite:"), "file:"), "//")
	return "sqlite", SQLiteDSN(file), file, SQLite
}

// Dialect tells which database this is.
func (db *DB) Dialect() Dialect { return db.dialect }

// Ready checks that the database answers, and takes writes: one that only reads, or whose disk
// is full, does not.
func (db *DB) Ready(ctx context.Context) error {
	if err := db.replaced(); err != nil {
		return err
	}
	_, err := db.pool.ExecContext(ctx, "UPDATE probes SET writes = writes + 1")
	return err
}

// Close ends all connections, after the statements under way.
func (db *DB) Close() error { return db.pool.Close() }

// Query runs a statement that returns rows, prepared at its first use.
func (db *DB) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, err := db.prepare(ctx, query, args)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args...)
}

// Get runs a statement that returns one row and scans it into dest; sql.ErrNoRows if there is none.
func (db *DB) Get(ctx context.Context, dest []any, query string, args ...any) error {
	stmt, err := db.prepare(ctx, query, args)
	if err != nil {
		return err
	}
	return stmt.QueryRowContext(ctx, args...).Scan(dest...)
}

// Exec runs a statement that returns no rows and tells how many rows it touched.
func (db *DB) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	stmt, err := db.prepare(ctx, query, args)
	if err != nil {
		return 0, err
	}
	res, err := stmt.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// prepare returns the statement, or the refusal of a text that PostgreSQL has in no row, and
// would call an error of the server: so what a path or a query names needs no check of its own.
func (db *DB) prepare(ctx context.Context, query string, args []any) (*sql.Stmt, error) {
	var wrong fault.List
	for _, arg := range args {
		if text, ok := arg.(string); ok {
			wrong.Text("request", text, math.MaxInt)
		}
	}
	if err := cmp.Or(wrong.Err(), db.replaced()); err != nil {
		return nil, err
	}
	if stmt, ok := db.prepared.Load(query); ok {
		return stmt.(*sql.Stmt), nil
	}
	stmt, err := db.pool.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if earlier, loaded := db.prepared.LoadOrStore(query, stmt); loaded {
		_ = stmt.Close()
		return earlier.(*sql.Stmt), nil
	}
	return stmt, nil
}

// Tx runs fn in a transaction: committed when fn returns nil, rolled back otherwise.
// Inside, use only the *sql.Tx: on SQLite another connection would wait for this one.
func (db *DB) Tx(ctx context.Context, fn func(tx *sql.Tx) error) error {
	if err := db.replaced(); err != nil {
		return err
	}
	tx, err := db.pool.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("store: begin: %w", err)
	}
	if err := fn(tx); err != nil {
		return errors.Join(err, ignoreDone(tx.Rollback()))
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("store: commit: %w", err)
	}
	return nil
}

// ignoreDone drops the error of a rollback that came after the context had done it already.
func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}
