// Package storetest gives tests a migrated database of their own.
package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/realworld/internal/store"
)

// Each runs the test on SQLite and, when DRAM_TEST_POSTGRES holds a URL, on PostgreSQL.
func Each(t *testing.T, test func(t *testing.T, db *store.DB)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) { test(t, SQLite(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { test(t, Postgres(t)) })
}

// SQLite returns a database in a file that goes with the test.
func SQLite(t *testing.T) *store.DB {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "conduit.db"))
}

// Postgres returns a schema of its own on the server that DRAM_TEST_POSTGRES names, and
// skips the test when it names none.
func Postgres(t *testing.T) *store.DB {
	t.Helper()
	return open(t, PostgresURL(t))
}

// PostgresURL makes a schema that goes with the test and returns the URL that opens it.
func PostgresURL(t *testing.T) string {
	t.Helper()
	raw := os.Getenv("DRAM_TEST_POSTGRES")
	if raw == "" {
		t.Skip("no PostgreSQL: set DRAM_TEST_POSTGRES to a URL like postgres://user:password@127.0.0.1:5432/database")
	}
	u, err := url.Parse(raw)
	require.NoError(t, err)
	admin, err := sql.Open("pgx", raw)
	require.NoError(t, err)
	schema := "conduit_" + strings.ToLower(rand.Text())
	_, err = admin.Exec("CREATE SCHEMA " + schema)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := admin.Exec("DROP SCHEMA " + schema + " CASCADE")
		require.NoError(t, err)
		require.NoError(t, admin.Close())
	})
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	return u.String()
}

func open(t *testing.T, rawURL string) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), rawURL)
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	require.NoError(t, db.Migrate(context.Background()))
	return db
}
