package store_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/realworld/internal/store"
	"github.com/dram-go/dram/examples/realworld/internal/store/storetest"
)

const insertUser = `INSERT INTO users (username, username_key, email, email_key, password_hash, created_at, updated_at)
	VALUES ($1, $2, $3, $4, '', 0, 0)`

func TestMigrateTwice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		assert.NoError(t, db.Migrate(context.Background()), "an up-to-date schema stays as it is")
	})
}

func TestViolates(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		_, err := db.Exec(ctx, insertUser, "Ann", "ann", "a@x.org", "a@x.org")
		require.NoError(t, err)

		_, err = db.Exec(ctx, insertUser, "ANN", "ann", "b@x.org", "b@x.org")
		assert.True(t, store.Violates(err, "users", "username_key"), "%v", err)
		assert.False(t, store.Violates(err, "users", "email_key"), "%v", err)

		_, err = db.Exec(ctx, insertUser, "Bob", "bob", "A@x.org", "a@x.org")
		assert.True(t, store.Violates(err, "users", "email_key"), "%v", err)
		assert.False(t, store.Violates(err, "users", "username_key"), "%v", err)

		_, err = db.Exec(ctx, "INSERT INTO follows (follower_id, followee_id) VALUES (1, 999)")
		assert.True(t, store.Dangles(err), "%v", err)
		assert.False(t, store.Dangles(sql.ErrNoRows))
		assert.False(t, store.Violates(nil, "users", "email_key"))
	})
}

func TestTxRollsBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		boom := errors.New("boom")
		err := db.Tx(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, insertUser, "Ann", "ann", "a@x.org", "a@x.org")
			require.NoError(t, err)
			return boom
		})
		require.ErrorIs(t, err, boom)
		var n int
		require.NoError(t, db.Get(ctx, []any{&n}, "SELECT count(*) FROM users"))
		assert.Zero(t, n)
	})
}

func TestADatabaseThatOnlyReadsIsNotReady(t *testing.T) {
	url := storetest.PostgresURL(t)
	open := func(url string) *store.DB {
		db, err := store.Open(t.Context(), url)
		require.NoError(t, err)
		t.Cleanup(func() { _ = db.Close() })
		return db
	}
	db := open(url)
	require.NoError(t, db.Migrate(t.Context()))
	require.NoError(t, db.Ready(t.Context()))
	require.ErrorContains(t, open(url+"&default_transaction_read_only=on").Ready(t.Context()), "read-only")
}

func TestOpenNamesTheSetting(t *testing.T) {
	for name, url := range map[string]string{
		"SQLite":     filepath.Join(t.TempDir(), "no", "such", "folder", "x.db"),
		"PostgreSQL": "postgres://nobody@127.0.0.1:1/nothing",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := store.Open(context.Background(), url)
			require.Error(t, err)
			assert.ErrorContains(t, err, name)
			assert.ErrorContains(t, err, "DATABASE_URL")
		})
	}
}

func TestOpenSpellingsOfSQLite(t *testing.T) {
	dir := t.TempDir()
	for _, prefix := range []string{"", "file:", "sqlite:", "sqlite://"} {
		db, err := store.Open(context.Background(), prefix+filepath.Join(dir, "one.db"))
		require.NoError(t, err, prefix)
		assert.Equal(t, store.SQLite, db.Dialect())
		require.NoError(t, db.Close())
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.db"))
	require.NoError(t, err)
	assert.Len(t, found, 1, "all of them name the same file")
}
