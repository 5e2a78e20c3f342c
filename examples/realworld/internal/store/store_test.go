package store_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"os/exec"
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

// On a full disk every write was refused, and the process ready. The test fills a disk of its own.
func TestADatabaseOnAFullDiskIsNotReady(t *testing.T) {
	disk := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk).CombinedOutput(); err != nil {
		t.Skipf("run it where a disk may be mounted: %s", out)
	}
	t.Cleanup(func() { require.NoError(t, exec.Command("umount", disk).Run()) })
	db, err := store.Open(t.Context(), filepath.Join(disk, "conduit.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	require.NoError(t, db.Migrate(t.Context()))
	require.NoError(t, db.Ready(t.Context()))
	filler := filepath.Join(disk, "filler")
	require.Error(t, os.WriteFile(filler, make([]byte, 1<<20), 0o600))
	require.ErrorContains(t, db.Ready(t.Context()), "full")
	require.NoError(t, os.Remove(filler))
	require.NoError(t, db.Ready(t.Context()))
}

// What was written to a file that was removed or replaced was answered with 201, and lost.
func TestADatabaseWhoseFileIsAnotherTakesNothing(t *testing.T) {
	for name, harm := range map[string]func(file string) error{
		"removed": os.Remove,
		"replaced": func(file string) error {
			return errors.Join(os.Rename(file, file+".old"), os.WriteFile(file, nil, 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "conduit.db")
			db, err := store.Open(t.Context(), "sqlite:"+file)
			require.NoError(t, err)
			t.Cleanup(func() { _ = db.Close() })
			require.NoError(t, db.Migrate(t.Context()))
			require.NoError(t, harm(file))
			_, err = db.Exec(t.Context(), insertUser, "Ann", "ann", "a@x.org", "a@x.org")
			_, read := db.Query(t.Context(), "SELECT id FROM users")
			for _, err := range []error{err, read, db.Tx(t.Context(), func(*sql.Tx) error { return nil }), db.Ready(t.Context())} {
				require.ErrorContains(t, err, "removed or replaced")
				assert.True(t, store.Away(err))
			}
		})
	}
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
