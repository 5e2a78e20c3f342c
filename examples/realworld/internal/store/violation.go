package store

import (
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// PostgreSQL's SQLSTATEs for a duplicate key, and for a reference to a row that is not there.
const (
	uniqueViolation     = "23505"
	foreignKeyViolation = "23503"
)

// Violates reports whether err is a duplicate in the given column of the given table.
// The database decides what is a duplicate, so two requests at once cannot both win.
func Violates(err error, table, column string) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		// PostgreSQL names the constraint: users_email_taken for users.email_key.
		return pg.Code == uniqueViolation && strings.HasPrefix(pg.ConstraintName, table+"_"+strings.TrimSuffix(column, "_key"))
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		// SQLite names the columns: "UNIQUE constraint failed: users.email_key (2067)".
		return lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE && strings.Contains(lite.Error(), table+"."+column)
	}
	return false
}

// Dangles reports whether err is a reference to a row that is not there, or no longer.
func Dangles(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == foreignKeyViolation
	}
	var lite *sqlite.Error
	return errors.As(err, &lite) && lite.Code() == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
}

// outages are how the SQLSTATEs begin that say nothing of the statement: connection, read-only,
// log-in, no such database, resources, shutdown, system.
var outages = []string{"08", "25006", "28", "3D", "53", "57", "58"}

// Away reports whether the database was not there for a statement, whatever that was.
func Away(err error) bool {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return slices.ContainsFunc(outages, func(o string) bool { return strings.HasPrefix(pg.Code, o) })
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		return slices.Contains([]int{sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_FULL,
			sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOTADB}, lite.Code()&0xff)
	}
	_, network := errors.AsType[*net.OpError](err)
	return network || errors.Is(err, errReplaced) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF)
}
