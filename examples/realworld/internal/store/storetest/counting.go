package storetest

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/realworld/internal/store"
)

// Counter counts the statements that reach the driver, however they get there: prepared
// or not, in a transaction or not. Preparing one is not running it and does not count.
type Counter struct{ n atomic.Int64 }

// During returns how many statements ran while fn did.
func (c *Counter) During(fn func()) int {
	before := c.n.Load()
	fn()
	return int(c.n.Load() - before)
}

// Counted returns a SQLite database as SQLite does, and the counter of its statements.
func Counted(t *testing.T) (*store.DB, *Counter) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "conduit.db")
	plain, err := sql.Open("sqlite", "")
	require.NoError(t, err)
	counter := &Counter{}
	pool := sql.OpenDB(connector{plain.Driver(), store.SQLiteDSN(path), counter})
	db := store.New(pool, store.SQLite)
	t.Cleanup(func() { _ = db.Close(); _ = plain.Close() })
	require.NoError(t, db.Migrate(context.Background()))
	return db, counter
}

type connector struct {
	driver  driver.Driver
	dsn     string
	counter *Counter
}

func (c connector) Driver() driver.Driver { return c.driver }

func (c connector) Connect(context.Context) (driver.Conn, error) {
	inner, err := c.driver.Open(c.dsn)
	if err != nil {
		return nil, err
	}
	return &conn{inner, c.counter}, nil
}

// conn passes everything on to the real connection; what runs a statement counts it.
type conn struct {
	driver.Conn
	counter *Counter
}

func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	inner, err := c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	return &stmt{inner, c.counter}, nil
}

func (c *conn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	return c.Conn.(driver.ConnBeginTx).BeginTx(ctx, opts)
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	c.counter.n.Add(1)
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.counter.n.Add(1)
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
}

type stmt struct {
	driver.Stmt
	counter *Counter
}

func (s *stmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	s.counter.n.Add(1)
	return s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
}

func (s *stmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	s.counter.n.Add(1)
	return s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
}
