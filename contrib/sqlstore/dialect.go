package sqlstore

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/dram-go/dram/contrib/internal/layer"
)

// This file has all of the SQL, and hides what the databases do differently: the types,
// the placeholders, and an INSERT that may find a row.

// Dialect is the SQL that a database understands.
type Dialect string

// The dialects. MySQL is MariaDB's too.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
	MySQL    Dialect = "mysql"
)

// A name is compared by its bytes, and times are microseconds since 1970 in UTC: no
// collation, time zone or option of a driver changes what they mean.
var schemas = map[Dialect]string{
	SQLite: `CREATE TABLE IF NOT EXISTS {table} (
    name       TEXT NOT NULL PRIMARY KEY,
    owner      TEXT NOT NULL,
    data       BLOB NOT NULL,
    expires_at INTEGER NOT NULL -- microseconds since 1970, UTC
);
CREATE INDEX IF NOT EXISTS {table}_expires_at ON {table} (expires_at);
`,
	Postgres: `CREATE TABLE IF NOT EXISTS {table} (
    name       TEXT NOT NULL PRIMARY KEY,
    owner      TEXT NOT NULL,
    data       BYTEA NOT NULL,
    expires_at BIGINT NOT NULL -- microseconds since 1970, UTC
);
CREATE INDEX IF NOT EXISTS {table}_expires_at ON {table} (expires_at);
`,
	MySQL: `CREATE TABLE IF NOT EXISTS {table} (
    name       VARBINARY(255) NOT NULL PRIMARY KEY,
    owner      VARBINARY(255) NOT NULL,
    data       LONGBLOB NOT NULL,
    expires_at BIGINT NOT NULL, -- microseconds since 1970, UTC
    INDEX {table}_expires_at (expires_at)
) ENGINE = InnoDB;
`,
}

// Schema returns the statements that make the table and its index, for the program's
// migrations; they do nothing if the table is there. Table is as in Config. It panics if
// one of them is wrong.
func Schema(dialect Dialect, table string) string {
	cfg := Config{Dialect: dialect, Table: table}
	layer.Must(cfg.Validate())
	return cfg.named(schemas[dialect])
}

// named puts the table's name into a text.
func (cfg Config) named(text string) string {
	return strings.ReplaceAll(text, "{table}", cmp.Or(cfg.Table, DefaultTable))
}

// A put stores a row unless there is one that expires after $5.
const (
	insert = "INSERT INTO {table} (name, owner, data, expires_at) VALUES ($1, $2, $3, $4) "

	onConflict = "ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, data = excluded.data, expires_at = excluded.expires_at WHERE {table}.expires_at <= $5"

	// MySQL assigns from left to right: what the others depend on is the last.
	onDuplicateKey = "ON DUPLICATE KEY UPDATE owner = IF(expires_at <= $5, $2, owner), data = IF(expires_at <= $5, $3, data), expires_at = IF(expires_at <= $5, $4, expires_at)"
)

// statements are what a Store sends.
type statements struct {
	find, put, update, touch, remove, expired statement
	sweep                                     func(names int) statement
}

func (cfg Config) statements() statements {
	put := insert + onConflict
	if cfg.Dialect == MySQL {
		put = insert + onDuplicateKey
	}
	return statements{
		find:    cfg.statement("SELECT data FROM {table} WHERE name = $1 AND expires_at > $2"),
		put:     cfg.statement(put),
		update:  cfg.statement("UPDATE {table} SET data = $3, expires_at = $4 WHERE name = $1 AND owner = $2 AND expires_at > $5"),
		touch:   cfg.statement("UPDATE {table} SET expires_at = $3 WHERE name = $1 AND owner = $2 AND expires_at > $4"),
		remove:  cfg.statement("DELETE FROM {table} WHERE name = $1 AND owner = $2"),
		expired: cfg.statement("SELECT name FROM {table} WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2"),
		sweep: func(names int) statement {
			var list strings.Builder
			for i := range names {
				fmt.Fprintf(&list, "$%d, ", i+1)
			}
			return cfg.statement(fmt.Sprintf("DELETE FROM {table} WHERE name IN (%s) AND expires_at <= $%d", strings.TrimSuffix(list.String(), ", "), names+1))
		},
	}
}

// statement is a statement as the database takes it.
type statement struct {
	text  string
	order []int // which argument each ? is; nil where they are numbered
}

var placeholder = regexp.MustCompile(`\$\d+`)

// statement makes one of a text with {table} and the placeholders $1, $2 and so on.
func (cfg Config) statement(text string) (s statement) {
	s.text = cfg.named(text)
	if cfg.Dialect == Postgres {
		return s
	}
	s.text = placeholder.ReplaceAllStringFunc(s.text, func(number string) string {
		n, _ := strconv.Atoi(number[1:]) // it is one
		s.order = append(s.order, n-1)
		return "?"
	})
	return s
}

// arrange returns the arguments $1, $2 and so on as the statement takes them.
func (s statement) arrange(args ...any) []any {
	if s.order == nil {
		return args
	}
	arranged := make([]any, len(s.order))
	for i, n := range s.order {
		arranged[i] = args[n]
	}
	return arranged
}
