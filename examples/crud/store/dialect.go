package store

// This file is what the three databases do differently: the driver, the placeholders, how an
// insert tells its id, how a row is locked, the words of CREATE TABLE, and how errors are told
// apart.

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing/fstest"
	"text/template"
	"time"

	"github.com/dram-go/dram/contrib/sqlstore"
	"github.com/dram-go/dram/examples/crud/library"
	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
)

// dialect is a database.
type dialect struct {
	goose     goose.Dialect
	kept      sqlstore.Dialect
	open      func() (*sql.DB, error)
	file      string // of SQLite, unless it is in memory
	isolation sql.IsolationLevel
	forUpdate string // locks the rows that a SELECT in a transaction reads
	like      string // matches a pattern whatever the case
	numbered  bool   // $1, $2 instead of ?
	returning bool   // INSERT … RETURNING id instead of LastInsertId
	words     words
}

// words are the placeholders of the migrations.
type words struct{ ID, Time, NoCase, Exact, Table, Records string }

// Parse understands sqlite:FILE, sqlite::memory:, postgres://… and mysql://….
func Parse(raw string) (*dialect, error) {
	scheme, rest, _ := strings.Cut(raw, ":")
	switch scheme {
	case "sqlite", "file":
		if file := strings.TrimPrefix(rest, "//"); file != "" && !strings.ContainsAny(file, "?#%") {
			return sqliteDialect(file), nil
		}
	case "postgres", "postgresql":
		config, err := pgx.ParseConfig(raw)
		if err != nil {
			return nil, errors.New("postgres://user:password@host:port/name expected") // err may show the password
		}
		return &dialect{
			goose: goose.DialectPostgres, kept: sqlstore.Postgres, isolation: sql.LevelReadCommitted,
			forUpdate: " FOR UPDATE", like: "ILIKE", numbered: true, returning: true,
			open:  func() (*sql.DB, error) { return stdlib.OpenDB(*config), nil },
			words: words{ID: "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY", Time: "TIMESTAMPTZ"},
		}, nil
	case "mysql", "mariadb":
		u, err := url.Parse(raw)
		if err != nil || u.Host == "" || len(u.Path) < 2 {
			return nil, errors.New("mysql://user:password@host:port/name expected")
		}
		return mysqlDialect(u)
	}
	return nil, errors.New("sqlite:FILE, sqlite::memory:, postgres://… or mysql://… expected")
}

// sqliteDialect: one writer at a time is SQLite's nature. WAL lets readers go on meanwhile,
// busy_timeout lets writers queue, and _txlock=immediate takes the write lock at BEGIN, so
// that no transaction fails half-way for want of it.
func sqliteDialect(file string) *dialect {
	query := url.Values{
		"_pragma":      {"busy_timeout(5000)", "journal_mode(WAL)", "foreign_keys(1)", "synchronous(NORMAL)"},
		"_txlock":      {"immediate"},
		"_time_format": {"sqlite"}, // in UTC it sorts as text
	}
	d := &dialect{
		goose: goose.DialectSQLite3, kept: sqlstore.SQLite, file: file, like: "LIKE", returning: true,
		open: func() (*sql.DB, error) { return sql.Open("sqlite", "file:"+file+"?"+query.Encode()) },
		// AUTOINCREMENT: ids of deleted rows do not come back.
		words: words{ID: "INTEGER PRIMARY KEY AUTOINCREMENT", Time: "TIMESTAMP", NoCase: "COLLATE NOCASE"},
	}
	if file == ":memory:" {
		d.file, d.open = "", func() (*sql.DB, error) {
			db, err := sql.Open("sqlite", "file::memory:?"+query.Encode())
			if err == nil {
				db.SetMaxOpenConns(1) // each connection would be a database of its own
			}
			return db, err
		}
	}
	return d
}

func mysqlDialect(u *url.URL) (*dialect, error) {
	config, err := mysql.ParseDSN("/?" + u.RawQuery) // tls=true, say
	if err != nil {
		return nil, errors.New("mysql://user:password@host:port/name?tls=true expected, with parameters of go-sql-driver/mysql")
	}
	config.User = u.User.Username()
	config.Passwd, _ = u.User.Password()
	config.Net, config.Addr, config.DBName = "tcp", u.Host, u.Path[1:]
	if u.Port() == "" {
		config.Addr += ":3306"
	}
	config.ParseTime, config.Loc = true, time.UTC
	config.ClientFoundRows = true // rows matched, as the others count
	return &dialect{
		goose: goose.DialectMySQL, kept: sqlstore.MySQL, isolation: sql.LevelReadCommitted, forUpdate: " FOR UPDATE", like: "LIKE",
		open: func() (*sql.DB, error) {
			connector, err := mysql.NewConnector(config)
			if err != nil {
				return nil, err
			}
			return sql.OpenDB(connector), nil
		},
		words: words{ID: "BIGINT AUTO_INCREMENT PRIMARY KEY", Time: "DATETIME(6)",
			Exact: "COLLATE utf8mb4_bin", Table: "CHARACTER SET utf8mb4"},
	}, nil
}

//go:embed migrations/*.sql
var migrations embed.FS

// migrator runs the migrations, in the words of the database.
func (s *Store) migrator() (*goose.Provider, error) {
	texts, err := template.ParseFS(migrations, "migrations/*.sql")
	if err != nil {
		return nil, err
	}
	words, files := s.dialect.words, fstest.MapFS{}
	words.Records = sqlstore.Schema(s.dialect.kept, sqlstore.DefaultTable)
	for _, t := range texts.Templates() {
		var b strings.Builder
		if err := t.Execute(&b, words); err != nil {
			return nil, err
		}
		files[t.Name()] = &fstest.MapFile{Data: []byte(b.String())}
	}
	return goose.NewProvider(s.dialect.goose, s.pool, files)
}

// bind turns ? into $1, $2, … for PostgreSQL. No query here has a ? in a literal.
func (d *dialect) bind(query string) string {
	for i := 1; d.numbered && strings.Contains(query, "?"); i++ {
		query = strings.Replace(query, "?", "$"+strconv.Itoa(i), 1)
	}
	return query
}

// code is the database's own name for an error, "" when it is not from there.
func code(err error) string {
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		return "sqlite " + strconv.Itoa(lite.Code())
	}
	if postgres, ok := errors.AsType[*pgconn.PgError](err); ok {
		return "postgres " + postgres.Code
	}
	if my, ok := errors.AsType[*mysql.MySQLError](err); ok {
		return "mysql " + strconv.Itoa(int(my.Number))
	}
	return ""
}

// isUnique reports whether a unique constraint refused the statement.
func isUnique(err error) bool {
	switch code(err) {
	case "sqlite 2067", "sqlite 1555", "postgres 23505", "mysql 1062": // SQLite tells unique from primary key
		return true
	}
	return false
}

// fault says an error of the database as one of the library, where it is one.
func fault(err error) error {
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return library.NotFound
	case isContention(err):
		return library.Busy
	case IsOutage(err):
		return fmt.Errorf("%w: %w", library.Gone, err) // the log has both
	}
	switch code(err) {
	case "sqlite 787", "sqlite 1811", "postgres 23503", "mysql 1451", "mysql 1452": // a foreign key
		return library.Conflict
	}
	return err
}

// IsOutage reports whether the database was not there for the statement, whatever that was.
func IsOutage(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	if _, connect := errors.AsType[*pgconn.ConnectError](err); connect { // whatever it says: there is no connection
		return true
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok { // permission, memory, read-only, I/O, corrupt, full, cannot open, not a database
		return slices.Contains([]int{3, 7, 8, 10, 11, 13, 14, 26}, lite.Code()&0xff) || strings.Contains(lite.Error(), "no such table")
	} else if code := code(err); code != "" {
		return slices.ContainsFunc(outages, func(o string) bool { return strings.HasPrefix(code, o) })
	}
	if errors.Is(err, context.DeadlineExceeded) { // it is the request's, which has ended
		return false
	}
	_, network := errors.AsType[net.Error](err)
	return network || strings.HasSuffix(err.Error(), "sql: database is closed") || slices.ContainsFunc([]error{driver.ErrBadConn, mysql.ErrInvalidConn, sql.ErrConnDone, io.EOF, io.ErrUnexpectedEOF},
		func(lost error) bool { return errors.Is(err, lost) })
}

// outages are how codes begin that say nothing of the statement.
var outages = []string{
	// Connection, read-only, log-in, no such database, schema or table, not allowed, resources,
	// not now, taking too long, shutdown, system.
	"postgres 08", "postgres 25006", "postgres 28", "postgres 3D", "postgres 3F", "postgres 42P01", "postgres 42501",
	"postgres 53", "postgres 55000", "postgres 57", "postgres 58",
	// Too many connections, or work for an account.
	"mysql 1040", "mysql 1203", "mysql 1226",
	// Log-in, host, password, account, privileges.
	"mysql 1044", "mysql 1045", "mysql 1129", "mysql 1130", "mysql 1142", "mysql 1698", "mysql 1820", "mysql 1862", "mysql 3118", "mysql 4151",
	// No database or table.
	"mysql 1046", "mysql 1049", "mysql 1146",
	// Memory and disk.
	"mysql 1021", "mysql 1037", "mysql 1041", "mysql 1114",
	// Read-only, not in its cluster, shutdown, killed, taking too long.
	"mysql 1290", "mysql 1792", "mysql 1836", "mysql 1047", "mysql 1053", "mysql 1317", "mysql 1927", "mysql 1969", "mysql 3024",
}

// isContention reports whether the statement lost a race for a lock: run it again.
func isContention(err error) bool {
	switch code(err) {
	case "sqlite 5", "sqlite 6", "sqlite 517", // busy, locked, busy snapshot
		"postgres 40001", "postgres 40P01", "postgres 55P03", // serialization, deadlock, lock not available
		"mysql 1205", "mysql 1213": // lock wait timeout, deadlock
		return true
	}
	return false
}
