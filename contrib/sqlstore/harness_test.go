package sqlstore_test

import (
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/sqlstore"
)

// This file opens the databases: SQLite always, PostgreSQL and MySQL or MariaDB where
// these variables name one.
const (
	postgresEnv = "DRAM_TEST_POSTGRES"
	mysqlEnv    = "DRAM_TEST_MYSQL"
)

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	os.Exit(m.Run())
}

// table is a table of a test's own.
type table struct {
	*sqlstore.Store
	db      *sql.DB
	dialect sqlstore.Dialect
	name    string
}

// newTable makes the table; it is dropped at the end of the test.
func newTable(t testing.TB, dialect sqlstore.Dialect, db *sql.DB) table {
	t.Helper()
	tab := table{db: db, dialect: dialect, name: "records_" + strings.ToLower(rand.Text()[:12])}
	_, err := db.Exec(sqlstore.Schema(dialect, tab.name))
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := db.Exec("DROP TABLE IF EXISTS " + tab.name)
		require.NoError(t, err)
	})
	tab.Store = tab.by(db)
	return tab
}

// by is the table by another pool of connections.
func (tab table) by(db *sql.DB) *sqlstore.Store {
	return sqlstore.New(db, sqlstore.Config{Dialect: tab.dialect, Table: tab.name, Timeout: time.Minute})
}

// count is how many rows there are, expired or not.
func (tab table) count(t testing.TB) (n int) {
	t.Helper()
	require.NoError(t, tab.db.QueryRow("SELECT count(*) FROM "+tab.name).Scan(&n))
	return n
}

// running counts the deletions from a table that are under way.
var running = map[sqlstore.Dialect]string{
	sqlstore.Postgres: "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'DELETE FROM %s%%'",
	sqlstore.MySQL:    "SELECT count(*) FROM information_schema.processlist WHERE info LIKE 'DELETE FROM %s%%'",
}

// awaitDelete returns when a deletion waits.
func (tab table) awaitDelete(t testing.TB) {
	t.Helper()
	require.Eventually(t, func() bool {
		var n int
		err := tab.db.QueryRow(fmt.Sprintf(running[tab.dialect], tab.name)).Scan(&n)
		return err == nil && n > 0
	}, time.Minute, time.Millisecond)
}

// onEachDatabase runs a test on a new table of each database that there is. What MySQL
// reports depends on an option of the connection, so there it is run with and without.
func onEachDatabase(t *testing.T, test func(t *testing.T, tab table)) {
	t.Helper()
	for name, open := range openers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tab := open(t)
			test(t, tab)
		})
	}
}

var openers = map[string]func(t testing.TB) table{
	"sqlite": func(t testing.TB) table {
		return newTable(t, sqlstore.SQLite, openSQLite(t, filepath.Join(t.TempDir(), "test.db")))
	},
	"postgres": func(t testing.TB) table { return newTable(t, sqlstore.Postgres, openPostgres(t)) },
	"postgres, serializable": func(t testing.TB) table {
		return newTable(t, sqlstore.Postgres, openPostgres(t, func(cfg *pgx.ConnConfig) {
			cfg.RuntimeParams["default_transaction_isolation"] = "serializable"
		}))
	},
	"mysql": func(t testing.TB) table { return newTable(t, sqlstore.MySQL, openMySQL(t)) },
	"mysql, counting matches": func(t testing.TB) table {
		return newTable(t, sqlstore.MySQL, openMySQL(t, func(cfg *mysql.Config) { cfg.ClientFoundRows, cfg.InterpolateParams = true, true }))
	},
}

func openSQLite(t testing.TB, file string, pragmas ...string) *sql.DB {
	t.Helper()
	query := url.Values{"_pragma": append(pragmas, "busy_timeout(60000)", "journal_mode(WAL)", "synchronous(OFF)")}
	db, err := sql.Open("sqlite", "file:"+file+"?"+query.Encode())
	require.NoError(t, err)
	return closing(t, db)
}

func openPostgres(t testing.TB, edits ...func(*pgx.ConnConfig)) *sql.DB {
	t.Helper()
	cfg, err := pgx.ParseConfig(variable(t, postgresEnv))
	require.NoError(t, err)
	for _, edit := range edits {
		edit(cfg)
	}
	return closing(t, stdlib.OpenDB(*cfg))
}

func openMySQL(t testing.TB, edits ...func(*mysql.Config)) *sql.DB {
	t.Helper()
	u, err := url.Parse(variable(t, mysqlEnv))
	require.NoError(t, err)
	cfg := mysql.NewConfig()
	cfg.User, cfg.Net, cfg.Addr, cfg.DBName = u.User.Username(), "tcp", u.Host, strings.TrimPrefix(u.Path, "/")
	cfg.Passwd, _ = u.User.Password()
	cfg.Logger = &mysql.NopLogger{}
	for _, edit := range edits {
		edit(cfg)
	}
	connector, err := mysql.NewConnector(cfg)
	require.NoError(t, err)
	return closing(t, sql.OpenDB(connector))
}

// variable returns what an environment variable names; the test is skipped without it.
func variable(t testing.TB, name string) string {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		t.Skip(name + " is not set: set it to the URL of a server on which tables may be made")
	}
	return value
}

// closing closes a pool of not too many connections at the end of the test.
func closing(t testing.TB, db *sql.DB) *sql.DB {
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(20)
	return db
}
