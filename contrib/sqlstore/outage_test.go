package sqlstore_test

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/internal/redistest"
	"github.com/dram-go/dram/contrib/sqlstore"
	"github.com/dram-go/dram/middleware"
)

// server is a database server that is reached at an address of the test's choice.
type server struct {
	addr func(t *testing.T) string
	open func(t testing.TB, addr string) *sql.DB
}

var servers = map[sqlstore.Dialect]server{
	sqlstore.Postgres: {
		addr: func(t *testing.T) string {
			cfg, err := pgx.ParseConfig(variable(t, postgresEnv))
			require.NoError(t, err)
			return net.JoinHostPort(cfg.Host, fmt.Sprint(cfg.Port))
		},
		open: func(t testing.TB, addr string) *sql.DB {
			return openPostgres(t, func(cfg *pgx.ConnConfig) {
				to, err := net.ResolveTCPAddr("tcp", addr)
				require.NoError(t, err)
				cfg.Host, cfg.Port = to.IP.String(), uint16(to.Port)
			})
		},
	},
	sqlstore.MySQL: {
		addr: func(t *testing.T) (addr string) {
			openMySQL(t, func(cfg *mysql.Config) { addr = cfg.Addr })
			return addr
		},
		open: func(t testing.TB, addr string) *sql.DB {
			return openMySQL(t, func(cfg *mysql.Config) { cfg.Addr = addr })
		},
	},
}

// calls are all that a Store can be asked.
func calls(ctx context.Context, kept *sqlstore.Store, id string) map[string]func() error {
	record, later := middleware.IdempotencyRecord{Owner: "a"}, time.Now().Add(time.Hour)
	return map[string]func() error{
		"Find":    func() error { _, _, err := kept.Sessions().FindCtx(ctx, id); return err },
		"Commit":  func() error { return kept.Sessions().CommitCtx(ctx, id, []byte("data"), later) },
		"Touch":   func() error { _, err := kept.Sessions().Touch(ctx, id, later); return err },
		"Update":  func() error { _, err := kept.Sessions().Update(ctx, id, []byte("data"), later); return err },
		"Delete":  func() error { return kept.Sessions().DeleteCtx(ctx, id) },
		"Begin":   func() error { _, err := kept.Idempotency().Begin(ctx, id, record, time.Hour); return err },
		"Finish":  func() error { return kept.Idempotency().Finish(ctx, id, record, time.Hour) },
		"Release": func() error { return kept.Idempotency().Release(ctx, id, "a") },
		"Secret":  func() error { _, err := kept.Secret(ctx, id); return err },
		"Sweep":   func() error { return kept.Sweep(ctx) },
	}
}

// Each store behind its layer while the database is gone, and when it is back.
func TestDatabaseGone(t *testing.T) {
	for dialect, at := range servers {
		t.Run(string(dialect), func(t *testing.T) {
			line := redistest.NewLine(t, at.addr(t))
			tab := newTable(t, dialect, at.open(t, at.addr(t)))
			kept := tab.by(at.open(t, line.Addr))
			ask := func(r *dram.Engine, target string) int {
				w, _ := send(r, "POST", target, "__Host-session="+strings.Repeat("A", 43))
				return w.Code
			}
			open, closed := serving(kept.Sessions(), true), serving(kept.Sessions(), false)
			free, strict := paying(kept.Idempotency(), true), paying(kept.Idempotency(), false)
			assert.Equal(t, http.StatusOK, ask(closed, "/logout"))
			assert.Equal(t, http.StatusCreated, ask(strict, "/pay"))
			line.Cut()
			for range 3 {
				assert.Equal(t, http.StatusServiceUnavailable, ask(closed, "/login"))
				assert.Equal(t, http.StatusServiceUnavailable, ask(strict, "/pay"))
				assert.NotEqual(t, http.StatusOK, ask(open, "/login"), "a log-in that is not stored is none")
				assert.Equal(t, http.StatusCreated, ask(free, "/pay"))
			}
			for name, call := range calls(t.Context(), kept, "id") {
				assert.ErrorContains(t, call(), "dram: contrib/sqlstore: ", name)
			}
			line.Mend()
			assert.Equal(t, http.StatusOK, ask(closed, "/login"))
			assert.Equal(t, http.StatusCreated, ask(strict, "/pay"))
			for name, call := range calls(t.Context(), kept, "id") {
				assert.NoError(t, call(), name)
			}
		})
	}
}

// A server that accepts connections and never answers holds nobody up for ever, even
// without a deadline of the request's.
func TestSilentDatabase(t *testing.T) {
	for dialect, at := range servers {
		t.Run(string(dialect), func(t *testing.T) {
			at.addr(t)
			silent, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			defer func() { _ = silent.Close() }()
			kept := sqlstore.New(at.open(t, silent.Addr().String()), sqlstore.Config{Dialect: dialect, Timeout: 10 * time.Millisecond})
			for name, call := range calls(context.Background(), kept, "id") {
				assert.ErrorIs(t, call(), context.DeadlineExceeded, name)
			}
		})
	}
}

// A connection that never comes free is not waited for either.
func TestPoolThatIsUsedUp(t *testing.T) {
	db := openSQLite(t, t.TempDir()+"/test.db")
	tab := newTable(t, sqlstore.SQLite, db)
	db.SetMaxOpenConns(1)
	conn, err := db.Conn(t.Context())
	require.NoError(t, err)
	kept := sqlstore.New(db, sqlstore.Config{Dialect: tab.dialect, Table: tab.name, Timeout: time.Millisecond})
	for name, call := range calls(context.Background(), kept, "id") {
		assert.ErrorIs(t, call(), context.DeadlineExceeded, name)
	}
	require.NoError(t, conn.Close())
}

func TestCancelledContext(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, tab table) {
		gone, leave := context.WithCancel(t.Context())
		leave()
		for name, call := range calls(gone, tab.Store, "id") {
			assert.ErrorIs(t, call(), context.Canceled, name)
		}
		assert.Zero(t, tab.count(t))
	})
}

// A database that may only be read serves what it holds, and each write says why it is
// refused.
func TestReadOnly(t *testing.T) {
	for dialect, open := range map[sqlstore.Dialect]func(t *testing.T) (db, readOnly *sql.DB, want string){
		sqlstore.SQLite: func(t *testing.T) (*sql.DB, *sql.DB, string) {
			file := t.TempDir() + "/test.db"
			return openSQLite(t, file), openSQLite(t, file, "query_only(1)"), "readonly database"
		},
		sqlstore.Postgres: func(t *testing.T) (*sql.DB, *sql.DB, string) {
			return openPostgres(t), openPostgres(t, func(cfg *pgx.ConnConfig) { cfg.RuntimeParams["default_transaction_read_only"] = "on" }), "read-only transaction"
		},
		sqlstore.MySQL: func(t *testing.T) (*sql.DB, *sql.DB, string) {
			readOnly := openMySQL(t)
			readOnly.SetMaxOpenConns(1)
			_, err := readOnly.Exec("SET SESSION TRANSACTION READ ONLY")
			require.NoError(t, err)
			return openMySQL(t), readOnly, "READ ONLY transaction"
		},
	} {
		t.Run(string(dialect), func(t *testing.T) {
			db, readOnly, want := open(t)
			tab := newTable(t, dialect, db)
			secret, err := tab.Secret(t.Context(), "cursors")
			require.NoError(t, err)
			require.NoError(t, tab.Sessions().Commit("old", nil, time.Now().Add(-time.Hour)))
			require.NoError(t, tab.Sessions().Commit("id", []byte("data"), time.Now().Add(time.Hour)))

			held := middleware.IdempotencyRecord{Owner: "a"}
			_, err = tab.Idempotency().Begin(t.Context(), "held", held, time.Hour)
			require.NoError(t, err)

			kept := tab.by(readOnly)
			found, err := kept.Idempotency().Begin(t.Context(), "held", middleware.IdempotencyRecord{Owner: "b"}, time.Hour)
			require.NoError(t, err, "an INSERT that fails does not hide the row that is there")
			assert.Equal(t, held, found)
			again, err := kept.Secret(t.Context(), "cursors")
			require.NoError(t, err)
			assert.Equal(t, secret, again)
			_, live, err := kept.Sessions().Find("id")
			require.NoError(t, err)
			assert.True(t, live)
			for name, call := range calls(t.Context(), kept, "id") {
				if name != "Find" {
					assert.ErrorContains(t, call(), want, name)
				}
			}
		})
	}
}

// Without the table each call says so, and works when it is there.
func TestNoTable(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, tab table) {
		_, err := tab.db.Exec("DROP TABLE " + tab.name)
		require.NoError(t, err)
		for name, call := range calls(t.Context(), tab.Store, "id") {
			assert.ErrorContains(t, call(), tab.name, name)
		}
		_, err = tab.db.Exec(sqlstore.Schema(tab.dialect, tab.name))
		require.NoError(t, err)
		for name, call := range calls(t.Context(), tab.Store, "id") {
			assert.NoError(t, call(), name)
		}
	})
}

// A name that is too long is refused, not cut to that of another row.
func TestNamesThatAreTooLong(t *testing.T) {
	onEachDatabase(t, func(t *testing.T, tab table) {
		for name, call := range calls(t.Context(), tab.Store, strings.Repeat("a", 200)) {
			assert.NoError(t, call(), name)
		}
		for name, call := range calls(t.Context(), tab.Store, strings.Repeat("a", 201)) {
			if name != "Sweep" {
				assert.ErrorContains(t, call(), "a name of 201 bytes: there may be 200", name)
			}
		}
	})
}
