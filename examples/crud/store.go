package main

// This file opens the database and hides what the three of them do differently:
// the driver, the placeholders, how an insert tells its id, how a row is locked
// and how errors are told apart. The queries stand beside what they are about:
// users.go, sessions.go, books.go, loans.go, idempotency.go.

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
)

//go:embed migrations
var migrations embed.FS

// database is a parsed DATABASE_URL.
type database struct {
	dialect   goose.Dialect
	open      func() (*sql.DB, error)
	isolation sql.IsolationLevel
	forUpdate string // locks the rows that a SELECT in a transaction reads
	like      string // matches a pattern whatever the case
	numbered  bool   // $1, $2 instead of ?
	returning bool   // INSERT … RETURNING id instead of LastInsertId
}

// parseDatabaseURL understands sqlite:FILE, sqlite::memory:, postgres://… and mysql://….
func parseDatabaseURL(raw string) (database, error) {
	scheme, rest, _ := strings.Cut(raw, ":")
	switch scheme {
	case "sqlite", "file":
		if file := strings.TrimPrefix(rest, "//"); file != "" && !strings.ContainsAny(file, "?#%") {
			return sqliteDatabase(file), nil
		}
	case "postgres", "postgresql":
		config, err := pgx.ParseConfig(raw)
		if err != nil {
			return database{}, errors.New("postgres://user:password@host:port/name expected") // err may show the password
		}
		return database{
			dialect: goose.DialectPostgres, isolation: sql.LevelReadCommitted,
			forUpdate: " FOR UPDATE", like: "ILIKE", numbered: true, returning: true,
			open: func() (*sql.DB, error) { return stdlib.OpenDB(*config), nil },
		}, nil
	case "mysql", "mariadb":
		u, err := url.Parse(raw)
		if err != nil || u.Host == "" || len(u.Path) < 2 {
			return database{}, errors.New("mysql://user:password@host:port/name expected")
		}
		return mysqlDatabase(u), nil
	}
	return database{}, errors.New("sqlite:FILE, sqlite::memory:, postgres://… or mysql://… expected")
}

// sqliteDatabase: one writer at a time is SQLite's nature. WAL lets readers go
// on meanwhile, busy_timeout lets writers queue, and _txlock=immediate takes the
// write lock at BEGIN, so that no transaction fails half-way for want of it.
func sqliteDatabase(file string) database {
	query := url.Values{
		"_pragma":      {"busy_timeout(5000)", "journal_mode(WAL)", "foreign_keys(1)", "synchronous(NORMAL)"},
		"_txlock":      {"immediate"},
		"_time_format": {"sqlite"}, // in UTC it sorts as text
	}
	return database{
		dialect: goose.DialectSQLite3, like: "LIKE", returning: true,
		open: func() (*sql.DB, error) {
			db, err := sql.Open("sqlite", "file:"+file+"?"+query.Encode())
			if err == nil && file == ":memory:" {
				db.SetMaxOpenConns(1) // each connection would be a database of its own
			}
			return db, err
		},
	}
}

func mysqlDatabase(u *url.URL) database {
	config := mysql.NewConfig()
	config.User = u.User.Username()
	config.Passwd, _ = u.User.Password()
	config.Net, config.Addr, config.DBName = "tcp", u.Host, u.Path[1:]
	if u.Port() == "" {
		config.Addr += ":3306"
	}
	config.ParseTime, config.Loc = true, time.UTC
	config.ClientFoundRows = true // rows matched, as the others count
	return database{
		dialect: goose.DialectMySQL, isolation: sql.LevelReadCommitted, forUpdate: " FOR UPDATE", like: "LIKE",
		open: func() (*sql.DB, error) {
			connector, err := mysql.NewConnector(config)
			if err != nil {
				return nil, err
			}
			return sql.OpenDB(connector), nil
		},
	}
}

// Store is the database. Its embedded Queries run outside a transaction.
type Store struct {
	Queries
	sql *sql.DB
}

// Queries is the set of queries, on the pool or in a transaction (see Store.Tx).
type Queries struct {
	run interface {
		ExecContext(context.Context, string, ...any) (sql.Result, error)
		QueryContext(context.Context, string, ...any) (*sql.Rows, error)
		QueryRowContext(context.Context, string, ...any) *sql.Row
	}
	db database
}

// openStore opens the database and brings its tables up to date.
func openStore(ctx context.Context, rawURL string) (*Store, error) {
	db, err := parseDatabaseURL(rawURL)
	if err != nil {
		return nil, err
	}
	pool, err := db.open()
	if err != nil {
		return nil, err
	}
	pool.SetConnMaxIdleTime(5 * time.Minute)
	provider, err := migrator(db, pool)
	if err == nil {
		_, err = provider.Up(ctx)
	}
	if err != nil {
		_ = pool.Close()
		return nil, fmt.Errorf("migrations: %w", err)
	}
	return &Store{Queries: Queries{run: pool, db: db}, sql: pool}, nil
}

// migrator knows the migrations of the dialect. Each has a folder of its own, since
// identity columns, time types and partial indexes differ in every table.
func migrator(db database, pool *sql.DB) (*goose.Provider, error) {
	dir, err := fs.Sub(migrations, "migrations/"+strings.TrimSuffix(string(db.dialect), "3"))
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(db.dialect, pool, dir)
}

// Tx runs work in a transaction: committed when work returns nil, rolled back
// otherwise. A deadlock or a serialization failure is not the caller's fault:
// work is run again, so it must keep its hands off anything but the database.
func (s *Store) Tx(ctx context.Context, work func(Queries) error) error {
	var err error
	for range 5 {
		if err = s.tryTx(ctx, work); !isContention(err) {
			return err
		}
	}
	return err
}

func (s *Store) tryTx(ctx context.Context, work func(Queries) error) error {
	tx, err := s.sql.BeginTx(ctx, &sql.TxOptions{Isolation: s.db.isolation})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	if err := work(Queries{run: tx, db: s.db}); err != nil {
		return err
	}
	return tx.Commit()
}

// bind turns ? into $1, $2, … for PostgreSQL. No query here has a ? in a literal.
func (q Queries) bind(query string) string {
	if !q.db.numbered {
		return query
	}
	var b strings.Builder
	for i := 1; ; i++ {
		before, after, found := strings.Cut(query, "?")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteString("$" + strconv.Itoa(i))
		query = after
	}
}

// exec returns the number of rows that the statement matched.
func (q Queries) exec(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := q.run.ExecContext(ctx, q.bind(query), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// insert returns the id of the new row.
func (q Queries) insert(ctx context.Context, query string, args ...any) (id int64, err error) {
	if q.db.returning {
		err = q.row(ctx, query+" RETURNING id", args...).Scan(&id)
		return id, err
	}
	result, err := q.run.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return result.LastInsertId()
}

func (q Queries) row(ctx context.Context, query string, args ...any) *sql.Row {
	return q.run.QueryRowContext(ctx, q.bind(query), args...)
}

// collect runs a query and scans each row with scan.
func collect[T any](ctx context.Context, q Queries, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.run.QueryContext(ctx, q.bind(query), args...)
	if err != nil {
		return nil, err
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
	return items, rows.Err()
}

// scanner is a *sql.Row or *sql.Rows.
type scanner interface{ Scan(dest ...any) error }

// clean makes text fit for every database and for one line: valid UTF-8 without
// control characters (PostgreSQL refuses NUL), and spaces only between words.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && !unicode.IsSpace(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return strings.Join(strings.Fields(s), " ")
}

// now is the time as all three databases keep it.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// driverCode is the database's own name for an error, "" when it is not from there.
func driverCode(err error) string {
	var lite *sqlite.Error
	var postgres *pgconn.PgError
	var my *mysql.MySQLError
	switch {
	case errors.As(err, &lite):
		return "sqlite " + strconv.Itoa(lite.Code())
	case errors.As(err, &postgres):
		return "postgres " + postgres.Code
	case errors.As(err, &my):
		return "mysql " + strconv.Itoa(int(my.Number))
	}
	return ""
}

// isUnique reports whether a unique constraint refused the statement.
func isUnique(err error) bool {
	switch driverCode(err) {
	case "sqlite 2067", "sqlite 1555", "postgres 23505", "mysql 1062": // SQLite tells unique from primary key
		return true
	}
	return false
}

// isContention reports whether the statement lost a race for a lock: run it again.
func isContention(err error) bool {
	switch driverCode(err) {
	case "sqlite 5", "sqlite 6", "sqlite 517", // busy, locked, busy snapshot
		"postgres 40001", "postgres 40P01", "postgres 55P03", // serialization, deadlock, lock not available
		"mysql 1205", "mysql 1213": // lock wait timeout, deadlock
		return true
	}
	return false
}
